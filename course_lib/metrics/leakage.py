"""How much of a person's identity is in a code, measured on two people in the same scenes. Lesson 02."""
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

FOLDS, PENALTY, RESAMPLES = 4, 0.1, 2000


@dataclass(frozen=True)
class Leakage:
    """What a code tells about identity. Print it for one line.

    Args:
        accuracy: of a linear classifier of the person, cross-validated by scene, 0 to 1.
        interval: (low, high), of the accuracy, 95 % over scenes.
        chance: (least, most), the range of accuracies with the labels of random scenes exchanged.
        between: the fraction of the code's variance that lies between the two people's means.
        same_scene: the fraction of A's codes whose nearest code of B is the one from the same scene.
    """

    accuracy: float
    interval: tuple
    chance: tuple
    between: float
    same_scene: float

    def __str__(self):
        (low, high), (least, most) = self.interval, self.chance
        return (f"person {self.accuracy:4.0%} [{low:.0%}, {high:.0%}], chance "
                f"{least:.0%} to {most:.0%};  between {self.between:5.1%};  "
                f"same scene {self.same_scene:.0%}")


def identity_accuracy(a, b, exchanged=None):
    """Predicts the person from the code with a linear classifier, cross-validated by scene.

    The codes are standardised, and the two codes of a scene are in the same fold.

    Args:
        a, b: codes f32 [N, D] of two people in the same N scenes, N at least 8.
        exchanged: bool [N], the scenes whose two labels are exchanged; none when left out.
    Returns:
        f64 [N]: for each scene, the fraction of its two codes that are classified correctly.
    Raises:
        ValueError: for codes of other shapes, or too few scenes.
    Lesson 02.
    """
    _check(a, b)
    codes, scene = np.concatenate([a, b]), np.tile(np.arange(len(a)), 2)
    person = np.repeat([0, 1], len(a))
    if exchanged is not None:
        person = np.where(exchanged[scene], 1 - person, person)
    classifier = make_pipeline(StandardScaler(),
                               LogisticRegression(C=PENALTY, max_iter=2000))
    with threadpool_limits(1):  # so small a fit loses time on several threads
        predicted = cross_val_predict(classifier, codes, person, groups=scene,
                                      cv=GroupKFold(FOLDS))
    return (predicted == person).reshape(2, -1).mean(0)


def variance_between(a, b):
    """The fraction of the codes' variance that lies between the means of two people.

    Args:
        a, b: codes f32 [N, D].
    Returns:
        A float, 0 to 1.
    Raises:
        ValueError: for codes of other shapes, or too few scenes.
    Lesson 02.
    """
    _check(a, b)
    gap = ((a.mean(0) - b.mean(0)) ** 2).sum() / 4
    return float(gap / np.concatenate([a, b]).var(0).sum())


def same_scene(a, b):
    """How often the nearest of B's codes is the one from the same scene.

    Args:
        a, b: codes f32 [N, D] of two people in the same N scenes.
    Returns:
        The fraction of A's codes, 0 to 1; 1 / N by chance.
    Raises:
        ValueError: for codes of other shapes, or too few scenes.
    Lesson 02.
    """
    _check(a, b)
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return float((squares.argmin(1) == np.arange(len(a))).mean())


def leakage(a, b, draws=10, seed=0):
    """Measures the identity that is left in the codes of two people.

    Args:
        a, b: codes f32 [N, D] of two people in the same N held-out scenes, N at least 8.
        draws: random exchanges of labels that chance is measured by.
        seed: of the resampling and of the exchanges.
    Returns:
        Leakage.
    Raises:
        ValueError: for codes of other shapes, or too few scenes.
    References:
        Alain & Bengio 2016, Understanding intermediate layers using linear classifier probes.
    Lesson 02.
    """
    rng, correct = np.random.default_rng(seed), identity_accuracy(a, b)
    resampled = rng.choice(correct, (RESAMPLES, len(correct))).mean(1)
    chance = [identity_accuracy(a, b, rng.random(len(a)) < 0.5).mean()
              for _ in range(draws)]
    return Leakage(float(correct.mean()), tuple(np.percentile(resampled, [2.5, 97.5]).tolist()),
                   (float(min(chance)), float(max(chance))), variance_between(a, b),
                   same_scene(a, b))


def _check(a, b):
    if np.ndim(a) != 2 or np.shape(a) != np.shape(b) or len(a) < 2 * FOLDS:
        raise ValueError(f"the codes are {np.shape(a)} and {np.shape(b)}; expected [N, D] of two people in the same "
                         f"scenes, N at least {2 * FOLDS}")
