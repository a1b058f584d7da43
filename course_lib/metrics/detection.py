"""How good a detector is: curves, errors, videos and what chance may have done. Lesson 10.

calibration.py asks how far its scores can be believed as probabilities.

Everywhere: fake is [N], 1 for fake and 0 for real; scores is [N], larger for more likely fake; where a function speaks
of probabilities they are P(fake) in [0, 1]. A sample is called fake when its score is at least the threshold.
"""
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from .calibration import EDGE, both, brier, checked, expected_calibration_error, log_loss

__all__ = [
    "POOLINGS",
    "Confusion",
    "Curve",
    "Interval",
    "auc",
    "average_precision",
    "bootstrap",
    "brier",
    "confusion",
    "eer",
    "expected_calibration_error",
    "log_loss",
    "per_video",
    "pool",
    "roc",
    "tpr_at_fpr",
]


class Curve(NamedTuple):
    """fpr and tpr, both f64 [M] rising from 0 to 1, and the thresholds that give them, falling from infinity."""

    fpr: np.ndarray
    tpr: np.ndarray
    thresholds: np.ndarray


def roc(fake, scores):
    """The receiver operating characteristic: a Curve of the shares of real (fpr) and fake (tpr) that are called fake.

    Equal scores fall together: one point for each distinct score. Raises ValueError for inputs that do not fit, or
    when real or fake are missing. Source: Fawcett 2006, algorithm 1. Lesson 10.
    """
    fake, scores = both(fake, scores)
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)  # the last of each run of equal scores
    hits, alarms = np.cumsum(fake[order])[last], np.cumsum(1 - fake[order])[last]
    return Curve(np.r_[0.0, alarms / alarms[-1]], np.r_[0.0, hits / hits[-1]], np.r_[np.inf, scores[order][last]])


def auc(fake, scores):
    """The chance that a random fake scores higher than a random real one, ties counting half: a float.

    It is the area under roc. 0.5 is guessing, 1 perfect, 0 perfectly wrong. Raises as roc. Source: Mann & Whitney
    1947, by ranks; Hanley & McNeil 1982. Lesson 10.
    """
    from scipy.stats import rankdata  # here, because its import takes a second

    fake, scores = both(fake, scores)
    n = fake.sum()
    return float((rankdata(scores)[fake == 1].sum() - n * (n + 1) / 2) / (n * (len(fake) - n)))


def eer(fake, scores):
    """The equal error rate: where the share of real called fake is that of fake called real, a float from 0 to 1.

    Between two points of the curve it is interpolated: the nearest point can be far off on a small set. Raises as
    roc. Lesson 10.
    """
    fpr, tpr, _ = roc(fake, scores)
    gap = fpr - (1 - tpr)  # rises from -1 to 1
    k = int(np.argmax(gap >= 0))
    share = -gap[k - 1] / (gap[k] - gap[k - 1])
    return float(fpr[k - 1] + share * (fpr[k] - fpr[k - 1]))


def average_precision(fake, scores):
    """The area under the precision-recall curve as the field sums it, in steps: a float.

    Precision is the share of fake among those called fake, so it depends on how many fakes there are; guessing gives
    that share. Raises as roc. Lesson 10.
    """
    fake, _ = both(fake, scores)
    fpr, tpr, _ = roc(fake, scores)
    hits, alarms = tpr[1:] * fake.sum(), fpr[1:] * (1 - fake).sum()
    return float((np.diff(tpr) * hits / (hits + alarms)).sum())


def tpr_at_fpr(fake, scores, fpr=0.01):
    """The largest share of fakes found by a threshold at which at most `fpr` of the real are called fake: a float.

    Not interpolated: with fewer than 1 / fpr real samples not one of them may be called fake. Raises as roc, and
    ValueError for an fpr outside [0, 1]. Lesson 10.
    """
    if not 0 <= fpr <= 1:
        raise ValueError(f"fpr is {fpr}; expected a share from 0 to 1, for instance 0.01")
    curve = roc(fake, scores)
    return float(curve.tpr[curve.fpr <= fpr + 1e-12].max())


@dataclass(frozen=True)
class Confusion:
    """Numbers of samples: fake called fake (hits), fake called real (misses), real called fake (alarms), real called
    real (passes). The shares are nan where they have nothing to be a share of."""

    hits: int
    misses: int
    alarms: int
    passes: int

    @property
    def accuracy(self):
        return _share(self.hits + self.passes, self.hits + self.misses + self.alarms + self.passes)

    @property
    def recall(self):
        """Of the fakes, those called fake (the true positive rate)."""
        return _share(self.hits, self.hits + self.misses)

    @property
    def fpr(self):
        """Of the real, those called fake."""
        return _share(self.alarms, self.alarms + self.passes)

    @property
    def precision(self):
        """Of those called fake, the fakes."""
        return _share(self.hits, self.hits + self.alarms)

    @property
    def balanced_accuracy(self):
        """The mean of the shares of each class that are right: does not reward saying "fake" to all."""
        return (self.recall + 1 - self.fpr) / 2


def confusion(fake, scores, threshold=0.5):
    """The Confusion at a threshold. One class is enough. Raises ValueError for inputs that do not fit. Lesson 10."""
    fake, scores = checked(fake, scores)
    called = scores >= threshold
    return Confusion(*(int(np.sum((called == c) & (fake == f))) for f, c in ((1, 1), (1, 0), (0, 1), (0, 0))))


POOLINGS = {
    "mean": np.mean,
    "median": np.median,
    "max": np.max,  # one frame is enough: finds a short forgery, and every false alarm
    "top": lambda s: np.mean(np.sort(s)[-max(1, len(s) // 4):]),  # the mean of the highest quarter
    "logit": lambda s: expit(np.mean(logit(np.clip(s, EDGE, 1 - EDGE)))),  # frames as independent witnesses, averaged
    "vote": lambda s: np.mean(s >= 0.5),
}


def pool(scores, videos, how="mean"):
    """One score for each video from the scores of its frames: (numbers [V] in rising order, scores f64 [V]).

    videos: [N], the number of each frame's video. how: mean, median, max, top (the mean of the highest quarter), logit
    (the mean of the log odds) or vote (the share of frames at 0.5 and above). Raises ValueError for another `how`,
    and inputs that do not fit. Lesson 10.
    """
    if how not in POOLINGS:
        raise ValueError(f"frames can be pooled by {', '.join(POOLINGS)}; got {how!r}")
    _, scores = checked(np.zeros(len(np.atleast_1d(scores)), int), scores)
    numbers, inverse = _numbers(videos, len(scores))
    return numbers, np.array([POOLINGS[how](scores[inverse == k]) for k in range(len(numbers))])


def per_video(values, videos):
    """What is one and the same in all frames of a video (its label, its person), by video: [V] in pool's order.

    Raises ValueError when a video holds two values: then labels or numbers of videos are mixed up. Lesson 10.
    """
    values = np.asarray(values)
    numbers, inverse = _numbers(videos, len(values))
    _, first = np.unique(inverse, return_index=True)
    wrong = np.flatnonzero(values != values[first][inverse])
    if len(wrong):
        raise ValueError(f"video {numbers[inverse[wrong[0]]]} holds both {values[first][inverse[wrong[0]]]!r} and "
                         f"{values[wrong[0]]!r}; all frames of a video must agree")
    return values[first]


class Interval(NamedTuple):
    """A measured value and its confidence interval."""

    value: float
    low: float
    high: float

    def __str__(self):
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def bootstrap(metric, fake, scores, people, rounds=1000, seed=0, level=0.95):
    """A metric with its confidence interval: an Interval of the value, and the percentiles over redrawn people.

    metric: a function of (fake, scores). people: [N], who each sample shows. Persons are drawn with replacement, each
    with all of his or her samples: frames of one face say the same thing again, and drawing them singly would pretend
    to know more. Draws that hold one class only, on which the metric fails, are drawn again.
    Raises ValueError when fewer than 2 people are given, or draws keep failing. Source: Efron 1979; Field & Welsh 2007
    for groups. Lesson 10.
    """
    fake, scores = checked(fake, scores)
    numbers, inverse = _numbers(people, len(scores), "people")
    if len(numbers) < 2:
        raise ValueError(f"bootstrap redraws people and got {len(numbers)}; at least 2 are needed, 10 to mean much")
    value, rows = metric(fake, scores), [np.flatnonzero(inverse == k) for k in range(len(numbers))]
    rng, found, failed = np.random.default_rng(seed), [], 0
    while len(found) < rounds:
        drawn = np.concatenate([rows[k] for k in rng.integers(0, len(rows), len(rows))])
        try:
            found.append(metric(fake[drawn], scores[drawn]))
        except ValueError:
            failed += 1
            if failed > 10 * rounds:
                raise ValueError("nearly every draw of people lacks real or fake samples: give people who have "
                                 "both, or more of them") from None
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value), float(low), float(high))


def _share(part, whole):
    return part / whole if whole else float("nan")


def _numbers(groups, n, name="videos"):
    groups = np.asarray(groups)
    if groups.shape != (n,):
        raise ValueError(f"{name} has the shape {groups.shape}; expected one entry for each of the {n} samples")
    return np.unique(groups, return_inverse=True)
