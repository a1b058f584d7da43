"""Deciding while the frames come in: the sequential probability ratio test, and what correlation does to it. Lesson 13.
"""
from typing import NamedTuple

import numpy as np


class Decision(NamedTuple):
    """Where a sequential test stopped.

    Args:
        verdict: 1 fake, 0 real, -1 undecided at the end.
        frame: How many frames it took; all of them where it is undecided.
        evidence: f64 [T], the log likelihood ratio after each frame.
    """

    verdict: int
    frame: int
    evidence: np.ndarray


class Likelihood(NamedTuple):
    """The logits of real and fake frames as two normal distributions.

    Args:
        means: (of real, of fake).
        deviations: Standard deviations, (of real, of fake).
        correlation: Of successive frames of a video.
    """

    means: tuple
    deviations: tuple
    correlation: float

    def ratio(self, logits):
        """The log likelihood ratio of each frame, log p(logit | fake) - log p(logit | real).

        Args:
            logits: [T].
        Returns:
            f64 [T].
        """
        x = np.asarray(logits, np.float64)
        real, fake = (-0.5 * ((x - m) / s) ** 2 - np.log(s) for m, s in zip(self.means, self.deviations, strict=True))
        return fake - real


def fit_likelihood(fake, logits, videos):
    """Fit a Likelihood to validation frames.

    Args:
        fake: int [N].
        logits: [N].
        videos: int [N], which frames are of one video, in temporal order.
    Returns:
        Likelihood; its correlation is the lag-1 autocorrelation about the class's mean, the one that counts for a test
        of class against class: what makes a whole video look fake is in it.
    Raises:
        ValueError: Where a class is missing, or no video has two frames.
    Lesson 13.
    """
    fake, logits, videos = (np.asarray(x) for x in (fake, logits, videos))
    if len(set(fake.tolist())) != 2:
        raise ValueError("a likelihood ratio needs real and fake frames to be fitted to")
    means = tuple(float(logits[fake == c].mean()) for c in (0, 1))
    deviations = tuple(float(max(logits[fake == c].std(), 1e-3)) for c in (0, 1))
    products = [p for video in np.unique(videos) for c in (0, 1)
                for x in [(logits[(videos == video) & (fake == c)] - means[c]) / deviations[c]]
                for p in x[1:] * x[:-1]]
    if not products:
        raise ValueError("no video has two frames: the correlation of frames cannot be measured")
    return Likelihood(means, deviations, float(np.clip(np.mean(products), 0, 0.999)))


def effective_frames(count, correlation):
    """How many independent frames so many correlated ones are worth, for their mean: n / (1 + 2 sum (1 - k/n) r^k).

    Args:
        count: n, frames.
        correlation: r, of successive frames, whose correlation at lag k is r^k.
    Returns:
        A float; 32 frames at r = 0.9 are worth 2.4.
    References:
        Bartlett 1946; Priestley 1981, section 5.3.2.
    Lesson 13.
    """
    lags = np.arange(1, count)
    return float(count / (1 + 2 * np.sum((1 - lags / count) * correlation**lags)))


def sprt(ratios, alpha=0.01, beta=0.01, correlation=0.0):
    """The sequential probability ratio test: add log likelihood ratios until one of two bounds is crossed.

    For independent frames the bounds log((1 - beta) / alpha) and log(beta / (1 - alpha)) keep both errors, and no test
    needs fewer frames on average. Correlated frames repeat what is known: each ratio is multiplied by
    (1 - r) / (1 + r), the worth of one more frame in a long sequence.

    Args:
        ratios: [T], log p(frame | fake) - log p(frame | real).
        alpha: How often a real video may be called fake.
        beta: How often a fake may be called real.
        correlation: r of successive frames.
    Returns:
        Decision.
    Raises:
        ValueError: For error rates outside (0, 0.5), or a correlation outside [0, 1).
    References:
        Wald 1945, "Sequential tests of statistical hypotheses", section 3.
    Lesson 13.
    """
    if not (0 < alpha < 0.5 and 0 < beta < 0.5 and 0 <= correlation < 1):
        raise ValueError(f"alpha={alpha}, beta={beta}, correlation={correlation}: expected errors in (0, 0.5) and a "
                         "correlation in [0, 1)")
    upper, lower = bounds(alpha, beta)
    total = np.cumsum(np.asarray(ratios, np.float64) * (1 - correlation) / (1 + correlation))
    crossed = np.flatnonzero((total >= upper) | (total <= lower))
    if not len(crossed):
        return Decision(-1, len(total), total)
    return Decision(int(total[crossed[0]] >= upper), int(crossed[0]) + 1, total)


def bounds(alpha, beta):
    """The two bounds of sprt.

    Args:
        alpha, beta: As for sprt.
    Returns:
        (upper, lower): fake is decided at or above the first, real at or below the second.
    References:
        Wald 1945, section 3.4.
    Lesson 13.
    """
    return float(np.log((1 - beta) / alpha)), float(np.log(beta / (1 - alpha)))
