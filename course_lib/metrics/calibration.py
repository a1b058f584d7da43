"""Calibration: how far a detector's scores can be believed as probabilities. Lesson 10.

fake is [N], 1 for fake and 0 for real; scores is [N], P(fake) in [0, 1].
"""
from typing import NamedTuple

import numpy as np

EDGE = 1e-7  # probabilities are kept this far from 0 and 1 where a logarithm is taken: f32 knows no finer


def log_loss(fake, scores):
    """The mean of -log of the probability given to the true class, in nats; 0.693 for 0.5 always. One class is enough.

    Args:
        fake: int [N], 1 or 0.
        scores: [N], P(fake) in [0, 1]. One confident mistake costs up to 16.
    Returns:
        A float.
    Raises:
        ValueError: for inputs that do not fit, and scores outside [0, 1].
    Lesson 10.
    """
    fake, p = _probabilities(fake, scores)
    p = np.clip(p, EDGE, 1 - EDGE)
    return float(-np.mean(fake * np.log(p) + (1 - fake) * np.log1p(-p)))


def brier(fake, scores):
    """The Brier score, the mean squared difference of probability and label: 0.25 for 0.5 always.

    Args:
        fake, scores: as for log_loss.
    Returns:
        A float.
    Raises:
        ValueError: as log_loss.
    References:
        Brier 1950, in the form for two classes.
    Lesson 10.
    """
    fake, p = _probabilities(fake, scores)
    return float(np.mean((p - fake) ** 2))


class Bins(NamedTuple):
    """The bins of a reliability diagram that hold a sample.

    Args:
        confidence: f64 [B], mean score of a bin's samples.
        frequency: f64 [B], fraction of fakes among them.
        count: int [B], number of samples.
    """

    confidence: np.ndarray
    frequency: np.ndarray
    count: np.ndarray


def reliability(fake, scores, bins=10):
    """The reliability diagram (calibration curve), in bins of equal width over [0, 1].

    Args:
        fake, scores: as for log_loss.
        bins: number of bins.
    Returns:
        Bins; calibrated scores have frequency = confidence.
    Raises:
        ValueError: as log_loss, and for fewer than one bin.
    Lesson 10.
    """
    fake, p = _probabilities(fake, scores)
    if bins < 1:
        raise ValueError(f"bins is {bins}; expected at least 1")
    where = np.minimum((p * bins).astype(int), bins - 1)
    count = np.bincount(where, minlength=bins)
    kept = count > 0
    confidence, frequency = (np.bincount(where, v, bins)[kept] / count[kept] for v in (p, fake))
    return Bins(confidence, frequency, count[kept])


def expected_calibration_error(fake, scores, bins=10):
    """The mean distance of confidence and frequency over the bins of reliability, weighted by count (ECE).

    Args:
        fake, scores, bins: as for reliability.
    Returns:
        A float from 0 to 1.
    Raises:
        ValueError: as reliability.
    References:
        Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017, equation 3, for P(fake).
    Lesson 10.
    """
    confidence, frequency, count = reliability(fake, scores, bins)
    return float((np.abs(confidence - frequency) * count).sum() / count.sum())


def temperature(fake, scores):
    """The temperature by which with_temperature calibrates these probabilities best, by log loss on validation data.

    Where the data hold no mistake, ever smaller temperatures fit ever better, and the result is the least that is
    tried, 0.02.

    Args:
        fake, scores: as for log_loss, of both classes.
    Returns:
        A float, above 1 where the detector is overconfident.
    Raises:
        ValueError: as log_loss, and when real or fake samples are missing.
    References:
        Guo et al. 2017, section 4.2.
    Lesson 10.
    """
    from scipy.optimize import minimize_scalar

    fake, p = _probabilities(*checked_two_classes(fake, scores))
    best = minimize_scalar(lambda log_t: log_loss(fake, with_temperature(p, np.exp(log_t))), bounds=(-4, 4),
                           method="bounded")
    return float(np.exp(best.x))


def with_temperature(scores, by):
    """Temperature scaling: probabilities whose log odds are divided by a temperature. Their order and ROC stay.

    Args:
        scores: P(fake), any shape.
        by: the temperature; above 1 moves scores towards 0.5.
    Returns:
        f64 of the same shape.
    Raises:
        ValueError: for a temperature that is not above 0.
    Lesson 10.
    """
    if not by > 0:
        raise ValueError(f"a temperature is above 0; got {by}")
    from scipy.special import expit, logit  # here, because its import takes a quarter of a second

    return expit(logit(np.clip(np.asarray(scores, np.float64), EDGE, 1 - EDGE)) / by)


def at_prevalence(scores, prevalence, trained=0.5):
    """What calibrated probabilities become at another prevalence of fakes, by Bayes' theorem.

    With one fake in a thousand, 0.9 becomes 0.009.

    Args:
        scores: P(fake), any shape.
        prevalence: fraction of fakes where the detector is used, in (0, 1).
        trained: fraction of fakes for which the scores are calibrated, in (0, 1).
    Returns:
        f64 of the same shape.
    Raises:
        ValueError: for prevalences outside (0, 1).
    References:
        Saerens, Latinne & Decaestecker 2002, equation 2.4.
    Lesson 10.
    """
    if not (0 < prevalence < 1 and 0 < trained < 1):
        raise ValueError(f"prevalence={prevalence} and trained={trained}: expected fractions between 0 and 1")
    scores = np.asarray(scores, np.float64)
    fake, real = scores * prevalence / trained, (1 - scores) * (1 - prevalence) / (1 - trained)
    return fake / (fake + real)


def risk_coverage(fake, scores):
    """The risk-coverage curve: the error when only the k most confident samples are answered, k = 1 to N.

    Args:
        fake, scores: as for log_loss; confidence is the distance from 0.5.
    Returns:
        (coverage f64 [N], error f64 [N]).
    Raises:
        ValueError: as log_loss.
    References:
        El-Yaniv & Wiener 2010.
    Lesson 10.
    """
    fake, p = _probabilities(fake, scores)
    order = np.argsort(-np.abs(p - 0.5), kind="stable")
    wrong = (p >= 0.5) != fake
    answered = np.arange(1, len(p) + 1)
    return answered / len(p), np.cumsum(wrong[order]) / answered


def checked_labels(fake, scores):
    """The labels and scores, checked.

    Args:
        fake: [N], 1 or 0.
        scores: [N], finite.
    Returns:
        (fake int [N], scores f64 [N]).
    Raises:
        ValueError: for other shapes, labels or values; it says what is wrong.
    """
    fake, scores = np.asarray(fake), np.asarray(scores, np.float64)
    if fake.ndim != 1 or scores.shape != fake.shape or not len(fake):
        raise ValueError(f"labels and scores are two arrays [N] of one length; got {fake.shape} and {scores.shape}")
    if not np.isin(fake, (0, 1)).all():
        raise ValueError(f"labels are 0 (real) or 1 (fake); got {np.unique(fake)[:5].tolist()}")
    if not np.isfinite(scores).all():
        raise ValueError(f"{int((~np.isfinite(scores)).sum())} of {len(scores)} scores are not finite")
    return fake.astype(int), scores


def checked_two_classes(fake, scores):
    """As checked_labels, for metrics that need real and fake samples.

    Args:
        fake, scores: as for checked_labels.
    Returns:
        (fake int [N], scores f64 [N]).
    Raises:
        ValueError: as checked_labels, and when real or fake samples are missing.
    """
    fake, scores = checked_labels(fake, scores)
    if fake.min() == fake.max():
        raise ValueError(f"all {len(fake)} samples are {'fake' if fake[0] else 'real'}: this number compares fake with "
                         "real and needs both")
    return fake, scores


def _probabilities(fake, scores):
    fake, scores = checked_labels(fake, scores)
    if scores.min() < 0 or scores.max() > 1:
        raise ValueError(f"scores run from {scores.min():.3g} to {scores.max():.3g}; expected probabilities in [0, 1]")
    return fake, scores
