"""How far a detector's scores can be believed as probabilities. Lesson 10.

fake is [N], 1 for fake and 0 for real; scores is [N], P(fake) in [0, 1].
"""
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

EDGE = 1e-7  # probabilities are kept this far from 0 and 1 where a logarithm is taken: f32 knows no finer


def log_loss(fake, scores):
    """The mean of -log of the probability given to the truth, in nats: a float; 0.693 for saying 0.5 always.

    One sure mistake costs up to 16. One class is enough. Raises ValueError for scores outside [0, 1]. Lesson 10.
    """
    fake, p = _probabilities(fake, scores)
    p = np.clip(p, EDGE, 1 - EDGE)
    return float(-np.mean(fake * np.log(p) + (1 - fake) * np.log1p(-p)))


def brier(fake, scores):
    """The mean squared difference of probability and truth: a float, 0.25 for saying 0.5 always. Raises as log_loss.

    Source: Brier 1950, in the form for two classes. Lesson 10.
    """
    fake, p = _probabilities(fake, scores)
    return float(np.mean((p - fake) ** 2))


class Bins(NamedTuple):
    """For each bin that holds a sample: mean score said, share of fakes found, and count; all [B]."""

    said: np.ndarray
    found: np.ndarray
    count: np.ndarray


def reliability(fake, scores, bins=10):
    """The calibration plot: Bins of equal width over [0, 1]. Calibrated scores have found = said. Raises as log_loss.

    Lesson 10.
    """
    fake, p = _probabilities(fake, scores)
    if bins < 1:
        raise ValueError(f"bins is {bins}; expected at least 1")
    where = np.minimum((p * bins).astype(int), bins - 1)
    count = np.bincount(where, minlength=bins)
    kept = count > 0
    said, found = (np.bincount(where, v, bins)[kept] / count[kept] for v in (p, fake))
    return Bins(said, found, count[kept])


def expected_calibration_error(fake, scores, bins=10):
    """The mean distance of what was said from what was found over the bins of reliability, weighted by count: a float.

    Raises as log_loss. Source: Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017, equation 3, for P(fake). Lesson 10.
    """
    said, found, count = reliability(fake, scores, bins)
    return float((np.abs(said - found) * count).sum() / count.sum())


def temperature(fake, scores):
    """The temperature by which with_temperature makes these probabilities best calibrated: a float, above 1 where the
    detector is too sure of itself. To be found on validation data; where that holds no mistake, ever smaller ones fit
    ever better, and the answer is the least that is tried, 0.02.

    Raises as roc, and for scores outside [0, 1]. Source: Guo et al. 2017, section 4.2. Lesson 10.
    """
    from scipy.optimize import minimize_scalar

    fake, p = _probabilities(*both(fake, scores))
    found = minimize_scalar(lambda log_t: log_loss(fake, with_temperature(p, np.exp(log_t))), bounds=(-4, 4),
                            method="bounded")
    return float(np.exp(found.x))


def with_temperature(scores, by):
    """Probabilities whose log odds are divided by a temperature: nearer to 0.5 where it is above 1; their order, and
    so every ROC number, stays. Returns f64 of the same shape. Lesson 10."""
    if not by > 0:
        raise ValueError(f"a temperature is above 0; got {by}")
    return expit(logit(np.clip(np.asarray(scores, np.float64), EDGE, 1 - EDGE)) / by)


def at_prevalence(scores, prevalence, trained=0.5):
    """What calibrated probabilities become where fakes are as frequent as `prevalence`, not as in `trained`: f64.

    With one fake in a thousand, 0.9 becomes 0.009. Bayes' theorem on the odds. Raises ValueError for prevalences
    outside (0, 1). Source: Saerens, Latinne & Decaestecker 2002, equation 2.4. Lesson 10.
    """
    if not (0 < prevalence < 1 and 0 < trained < 1):
        raise ValueError(f"prevalence={prevalence} and trained={trained}: expected shares between 0 and 1")
    return expit(logit(np.asarray(scores, np.float64)) + logit(prevalence) - logit(trained))


def risk_coverage(fake, scores):
    """What abstaining buys: (coverage f64 [N], error f64 [N]) when only the k surest samples are answered, k = 1 to N.

    Sure is far from 0.5. Source: El-Yaniv & Wiener 2010. Raises as log_loss. Lesson 10.
    """
    fake, p = _probabilities(fake, scores)
    order = np.argsort(-np.abs(p - 0.5), kind="stable")
    wrong = (p >= 0.5) != fake
    answered = np.arange(1, len(p) + 1)
    return answered / len(p), np.cumsum(wrong[order]) / answered


def checked(fake, scores):
    """fake as int [N] and scores as f64 [N], or a ValueError that says what is wrong."""
    fake, scores = np.asarray(fake), np.asarray(scores, np.float64)
    if fake.ndim != 1 or scores.shape != fake.shape or not len(fake):
        raise ValueError(f"labels and scores are two arrays [N] of one length; got {fake.shape} and {scores.shape}")
    if not np.isin(fake, (0, 1)).all():
        raise ValueError(f"labels are 0 (real) or 1 (fake); got {np.unique(fake)[:5].tolist()}")
    if not np.isfinite(scores).all():
        raise ValueError(f"{int((~np.isfinite(scores)).sum())} of {len(scores)} scores are not finite")
    return fake.astype(int), scores


def both(fake, scores):
    """As checked; a ValueError where real or fake are missing."""
    fake, scores = checked(fake, scores)
    if fake.min() == fake.max():
        raise ValueError(f"all {len(fake)} samples are {'fake' if fake[0] else 'real'}: this number compares fake with "
                         "real and needs both")
    return fake, scores


def _probabilities(fake, scores):
    fake, scores = checked(fake, scores)
    if scores.min() < 0 or scores.max() > 1:
        raise ValueError(f"scores run from {scores.min():.3g} to {scores.max():.3g}; expected probabilities in [0, 1]")
    return fake, scores
