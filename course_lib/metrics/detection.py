"""How good a detector is: ROC, error rates, pooling over videos, confidence intervals. Lesson 10.

calibration.py asks how far its scores can be believed as probabilities.

Everywhere: fake is [N], 1 for fake and 0 for real; scores is [N], larger for more likely fake; where a function speaks
of probabilities they are P(fake) in [0, 1]. A sample is classified as fake when its score is at least the threshold.
"""
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from .calibration import EDGE, brier, checked_labels, checked_two_classes, expected_calibration_error, log_loss

__all__ = ["POOLINGS", "Confusion", "Curve", "Interval", "auc", "average_precision", "bootstrap", "brier", "confusion",
           "eer", "expected_calibration_error", "log_loss", "per_video", "pool", "roc", "tpr_at_fpr"]


class Curve(NamedTuple):
    """A ROC curve.

    Args:
        fpr, tpr: f64 [M], false and true positive rate, rising from 0 to 1.
        thresholds: f64 [M], those that give them, falling from infinity.
    """

    fpr: np.ndarray
    tpr: np.ndarray
    thresholds: np.ndarray


def roc(fake, scores):
    """The receiver operating characteristic: false and true positive rate at every threshold.

    Args:
        fake, scores: as above.
    Returns:
        A Curve with one point for each distinct score.
    Raises:
        ValueError: for inputs that do not fit, or when real or fake samples are missing.
    References:
        Fawcett 2006, algorithm 1.
    Lesson 10.
    """
    fake, scores = checked_two_classes(fake, scores)
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # the last of each run of equal scores
    tp, fp = np.cumsum(fake[order])[last], np.cumsum(1 - fake[order])[last]
    return Curve(np.r_[0.0, fp / fp[-1]], np.r_[0.0, tp / tp[-1]], np.r_[np.inf, scores[order][last]])


def auc(fake, scores):
    """The area under roc: the probability that a random fake scores higher than a random real one, ties counting half.

    Args:
        fake, scores: as for roc.
    Returns:
        A float: 0.5 is guessing, 1 perfect, 0 perfectly wrong.
    Raises:
        ValueError: as roc.
    References:
        Mann & Whitney 1947, by ranks; Hanley & McNeil 1982.
    Lesson 10.
    """
    from scipy.stats import rankdata  # here, because its import takes a second

    fake, scores = checked_two_classes(fake, scores)
    n = fake.sum()
    return float((rankdata(scores)[fake == 1].sum() - n * (n + 1) / 2) / (n * (len(fake) - n)))


def eer(fake, scores):
    """The equal error rate: where the false positive rate equals the false negative rate.

    Args:
        fake, scores: as for roc.
    Returns:
        A float from 0 to 1, interpolated: on a small set the nearest point of the curve can be far off.
    Raises:
        ValueError: as roc.
    Lesson 10.
    """
    fpr, tpr, _ = roc(fake, scores)
    gap = fpr - (1 - tpr)  # rises from -1 to 1
    k = int(np.argmax(gap >= 0))
    fraction = -gap[k - 1] / (gap[k] - gap[k - 1])
    return float(fpr[k - 1] + fraction * (fpr[k] - fpr[k - 1]))


def average_precision(fake, scores):
    """The area under the precision-recall curve, summed in steps as the field does.

    Args:
        fake, scores: as for roc.
    Returns:
        A float; it depends on the prevalence of fakes, which is what guessing scores.
    Raises:
        ValueError: as roc.
    Lesson 10.
    """
    fake, _ = checked_two_classes(fake, scores)
    fpr, tpr, _ = roc(fake, scores)
    tp, fp = tpr[1:] * fake.sum(), fpr[1:] * (1 - fake).sum()
    return float((np.diff(tpr) * tp / (tp + fp)).sum())


def tpr_at_fpr(fake, scores, fpr=0.01):
    """The largest true positive rate of a threshold at which the false positive rate is at most `fpr`.

    Not interpolated: with fewer than 1 / fpr real samples, not one of them may be classified as fake.

    Args:
        fake, scores: as for roc.
        fpr: the largest false positive rate allowed, from 0 to 1.
    Returns:
        A float.
    Raises:
        ValueError: as roc, and for an fpr outside [0, 1].
    Lesson 10.
    """
    if not 0 <= fpr <= 1:
        raise ValueError(f"fpr is {fpr}; expected a fraction from 0 to 1, for instance 0.01")
    curve = roc(fake, scores)
    return float(curve.tpr[curve.fpr <= fpr + 1e-12].max())


@dataclass(frozen=True)
class Confusion:
    """The confusion matrix, fake being the positive class. A rate without samples is nan.

    Args:
        tp, fn: numbers of fakes classified as fake and as real.
        fp, tn: numbers of real samples classified as fake and as real.
    """

    tp: int
    fn: int
    fp: int
    tn: int

    @property
    def accuracy(self):
        """The fraction of samples that are classified correctly."""
        return _fraction(self.tp + self.tn, self.tp + self.fn + self.fp + self.tn)

    @property
    def recall(self):
        """The true positive rate, TP / (TP + FN)."""
        return _fraction(self.tp, self.tp + self.fn)

    @property
    def fpr(self):
        """The false positive rate, FP / (FP + TN)."""
        return _fraction(self.fp, self.fp + self.tn)

    @property
    def precision(self):
        """TP / (TP + FP)."""
        return _fraction(self.tp, self.tp + self.fp)

    @property
    def balanced_accuracy(self):
        """The mean of the accuracies of both classes: does not reward "fake" for everything."""
        return (self.recall + 1 - self.fpr) / 2


def confusion(fake, scores, threshold=0.5):
    """The confusion matrix at a threshold. One class is enough.

    Args:
        fake, scores: as for roc.
        threshold: scores from here on are classified as fake.
    Returns:
        Confusion.
    Raises:
        ValueError: for inputs that do not fit.
    Lesson 10.
    """
    fake, scores = checked_labels(fake, scores)
    predicted = scores >= threshold
    return Confusion(*(int(np.sum((predicted == c) & (fake == f))) for f, c in ((1, 1), (1, 0), (0, 1), (0, 0))))


POOLINGS = {
    "mean": np.mean, "median": np.median,
    "max": np.max,  # one frame is enough: finds a short forgery, and every false positive
    "top": lambda s: np.mean(np.sort(s)[-max(1, len(s) // 4):]),  # the mean of the highest quarter
    "logit": lambda s: expit(np.mean(logit(np.clip(s, EDGE, 1 - EDGE)))),  # frames as independent evidence, averaged
    "vote": lambda s: np.mean(s >= 0.5),  # the fraction of frames classified as fake
}


def pool(scores, videos, how="mean"):
    """One score for each video from the scores of its frames.

    Args:
        scores: [N], of frames.
        videos: [N], the number of each frame's video.
        how: a key of POOLINGS.
    Returns:
        (numbers [V] in rising order, scores f64 [V]).
    Raises:
        ValueError: for another `how`, and inputs that do not fit.
    Lesson 10.
    """
    if how not in POOLINGS:
        raise ValueError(f"frames can be pooled by {', '.join(POOLINGS)}; got {how!r}")
    _, scores = checked_labels(np.zeros(len(np.atleast_1d(scores)), int), scores)
    numbers, inverse = _numbers(videos, len(scores))
    return numbers, np.array([POOLINGS[how](scores[inverse == k]) for k in range(len(numbers))])


def per_video(values, videos):
    """What is one and the same in all frames of a video (its label, its person), by video.

    Args:
        values: [N], of frames.
        videos: [N], the number of each frame's video.
    Returns:
        [V], in pool's order.
    Raises:
        ValueError: when a video holds two values: then labels or numbers of videos are mixed up.
    Lesson 10.
    """
    values = np.asarray(values)
    numbers, inverse = _numbers(videos, len(values))
    _, first = np.unique(inverse, return_index=True)
    wrong = np.flatnonzero(values != values[first][inverse])
    if len(wrong):
        k = wrong[0]
        raise ValueError(f"video {numbers[inverse[k]]} holds both {values[first][inverse[k]]!r} and {values[k]!r}; "
                         "all frames of a video must agree")
    return values[first]


class Interval(NamedTuple):
    """A measured value and its confidence interval.

    Args:
        value, low, high: the estimate and the ends of its interval.
    """

    value: float
    low: float
    high: float

    def __str__(self):
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def bootstrap(metric, fake, scores, people, rounds=1000, seed=0, level=0.95):
    """A metric with its confidence interval, by the percentile bootstrap over people (cluster bootstrap).

    People are drawn with replacement, each with all of his or her samples: frames of one face are not independent.
    Draws of one class only, on which the metric fails, are drawn again.

    Args:
        metric: a function of (fake, scores).
        fake, scores: as for roc.
        people: [N], who each sample shows.
        rounds, seed: number of draws, and the seed of their generator.
        level: confidence level.
    Returns:
        Interval.
    Raises:
        ValueError: when fewer than 2 people are given, or draws keep failing.
    References:
        Efron 1979; Field & Welsh 2007 for groups.
    Lesson 10.
    """
    fake, scores = checked_labels(fake, scores)
    numbers, inverse = _numbers(people, len(scores), "people")
    if len(numbers) < 2:
        raise ValueError(f"bootstrap redraws people and got {len(numbers)}; at least 2 are needed, 10 to mean much")
    value, rows = metric(fake, scores), [np.flatnonzero(inverse == k) for k in range(len(numbers))]
    rng, values, failed = np.random.default_rng(seed), [], 0
    while len(values) < rounds:
        drawn = np.concatenate([rows[k] for k in rng.integers(0, len(rows), len(rows))])
        try:
            values.append(metric(fake[drawn], scores[drawn]))
        except ValueError:
            failed += 1
            if failed > 10 * rounds:
                raise ValueError("nearly every draw of people lacks real or fake samples: give people who have "
                                 "both, or more of them") from None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(low), float(high))


def _fraction(part, whole):
    return part / whole if whole else float("nan")


def _numbers(groups, n, name="videos"):
    groups = np.asarray(groups)
    if groups.shape != (n,):
        raise ValueError(f"{name} has the shape {groups.shape}; expected one entry for each of the {n} samples")
    return np.unique(groups, return_inverse=True)
