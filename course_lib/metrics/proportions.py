"""A proportion of few trials, with its interval. Lessons 14 and 15."""
import numpy as np
from scipy.stats import norm

from .detection import Interval


def wilson(successes, count, level=0.95):
    """A binomial proportion with its interval.

    Args:
        successes, count: Of independent trials.
        level: Confidence level.
    Returns:
        Interval.
    References:
        Wilson 1927.
    Lesson 15.
    """
    z, p = norm.ppf((1 + level) / 2), successes / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * np.sqrt(p * (1 - p) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return Interval(float(p), float(max(middle - half, 0)), float(min(middle + half, 1)))
