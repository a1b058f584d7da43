"""Randomised smoothing: a defence with a proof, and the arithmetic of the proof. Lesson 13.

The smoothed detector g answers what the detector f answers most often on x + noise, noise normal with standard
deviation sigma in every value. If f answers the top class with probability at least p > 1/2, then g's answer is the
same for every x + d with |d| < sigma Phi^-1(p): a Gaussian moved by |d| cannot move more probability than it moves over
the boundary of a half-space.
"""
from typing import NamedTuple

import numpy as np
from scipy.stats import beta as beta_distribution
from scipy.stats import norm


class Certificate(NamedTuple):
    """What is proved of one image.

    Args:
        answer: 1 fake, 0 real, -1 abstains.
        radius: Euclidean length of the changes that cannot alter the answer; 0 where it abstains.
        lower: The lower confidence bound of the top class's probability.
    """

    answer: int
    radius: float
    lower: float


def clopper_pearson(hits, trials, alpha=0.001):
    """The one-sided lower confidence bound of a probability, exact for every number of trials.

    Args:
        hits: How often it happened.
        trials: Of how many.
        alpha: How often the bound may be wrong.
    Returns:
        A float: the p at which so many hits or more would have the probability alpha.
    Raises:
        ValueError: Unless 0 <= hits <= trials, trials > 0.
    References:
        Clopper & Pearson 1934.
    Lesson 13.
    """
    if not 0 <= hits <= trials or trials < 1:
        raise ValueError(f"{hits} hits of {trials} trials cannot be")
    return float(beta_distribution.ppf(alpha, hits, trials - hits + 1)) if hits else 0.0


def certified_radius(lower, sigma):
    """The L2 radius that a bound of the top class's probability proves.

    Args:
        lower: Lower bound of the probability.
        sigma: Standard deviation of the noise.
    Returns:
        A float, 0 for a bound of 1/2 or less.
    References:
        Cohen, Rosenfeld & Kolter 2019, theorem 1 and equation 3 with one bound.
    Lesson 13.
    """
    return float(sigma * norm.ppf(lower)) if lower > 0.5 else 0.0


def certify(score, image, sigma, guesses=16, samples=500, alpha=0.001, seed=0, batch=128):
    """The smoothed detector's answer for one image, and the radius within which no change can alter it.

    A few samples choose the class, others bound its probability: choosing and bounding on the same samples would make
    the bound too good. Where the bound is 1/2 or less, it abstains. Noise is not clipped to [0, 1], or the proof fails.

    Args:
        score: Function from images f32 [N, S, S, 3] to P(fake) [N].
        image: f32 [S, S, 3].
        sigma: Standard deviation of the noise.
        guesses: Samples that choose the class.
        samples: Samples that bound its probability.
        alpha: How often the certificate may be wrong.
        seed: Of the noise.
        batch: Images of one pass.
    Returns:
        Certificate.
    References:
        Cohen, Rosenfeld & Kolter 2019, algorithm CERTIFY.
    Lesson 13.
    """
    rng = np.random.default_rng(seed)

    def fakes(count):
        hits = 0
        for first in range(0, count, batch):
            shape = (min(batch, count - first), *image.shape)
            noisy = image + sigma * rng.standard_normal(shape, np.float32)
            hits += int((np.asarray(score(noisy)).ravel() >= 0.5).sum())
        return hits

    top = int(2 * fakes(guesses) >= guesses)
    hits = fakes(samples)
    lower = clopper_pearson(hits if top else samples - hits, samples, alpha)
    if lower <= 0.5:
        return Certificate(-1, 0.0, lower)
    return Certificate(top, certified_radius(lower, sigma), lower)


def largest_radius(samples, sigma, alpha=0.001):
    """The radius when all samples agree: more cannot be certified with so many.

    Args:
        samples, sigma, alpha: As for certify.
    Returns:
        A float.
    Lesson 13.
    """
    return certified_radius(clopper_pearson(samples, samples, alpha), sigma)
