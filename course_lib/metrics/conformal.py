"""Conformal prediction: sets that hold the truth with a chosen probability, whatever the detector is. Lesson 13."""
import numpy as np

from .calibration import checked_labels


def conformal_threshold(scores, alpha=0.1):
    """The threshold of split conformal prediction: the ceil((n + 1) (1 - alpha))-th smallest calibration score.

    If the calibration scores and a new one are exchangeable, the new one's rank among all n + 1 is uniform, so it is
    at or below this threshold with a probability of at least 1 - alpha, and at most 1 / (n + 1) more without ties.

    Args:
        scores: [N], how badly each calibration sample's true label fits; higher is worse.
        alpha: How often the set may miss, in (0, 1).
    Returns:
        The threshold, a float; inf where n is too small to promise anything.
    Raises:
        ValueError: For no scores, or alpha outside (0, 1).
    References:
        Vovk, Gammerman & Shafer 2005; Angelopoulos & Bates 2023, section 1.1.
    Lesson 13.
    """
    scores = np.sort(np.asarray(scores, np.float64))
    if scores.ndim != 1 or not len(scores) or not 0 < alpha < 1:
        raise ValueError(f"{scores.shape} scores, alpha={alpha}: expected one score or more and alpha in (0, 1)")
    rank = int(np.ceil((len(scores) + 1) * (1 - alpha) - 1e-9))
    return float(scores[rank - 1]) if rank <= len(scores) else float("inf")


def prediction_sets(scores, thresholds):
    """Which labels are not ruled out: real where P(fake) is low enough, fake where 1 - P(fake) is.

    Args:
        scores: P(fake) [N].
        thresholds: (of real, of fake): the largest P(fake) a real image, and the largest 1 - P(fake) a fake may have.
    Returns:
        bool [N, 2]: real is possible, fake is possible. Both: the detector does not know. Neither: unlike either.
    Lesson 13.
    """
    scores = np.asarray(scores, np.float64)
    return np.stack([scores <= thresholds[0], 1 - scores <= thresholds[1]], 1)


def class_thresholds(fake, scores, alpha=0.1, groups=None):
    """A conformal threshold for each class, so that real and fake images are covered alike.

    Frames of one person are not exchangeable with those of another. With groups, each group of a class counts once,
    with its worst score: the promise is then that all images of a new person are covered.

    Args:
        fake: int [N] of the calibration set.
        scores: P(fake) [N].
        alpha: How often a class may be missed.
        groups: [N], for instance the person of each image; each image by itself when left out.
    Returns:
        (of real, of fake), for prediction_sets.
    Raises:
        ValueError: As conformal_threshold, and where a class is missing.
    References:
        Vovk 2012 (conditional on the class); Lee, Barber & Willett 2023 (hierarchical data).
    Lesson 13.
    """
    fake, scores = checked_labels(fake, scores)
    groups = np.arange(len(fake)) if groups is None else np.asarray(groups)
    thresholds = []
    for label in (0, 1):
        misfit, of = (scores if label == 0 else 1 - scores)[fake == label], groups[fake == label]
        if not len(misfit):
            raise ValueError(f"the calibration set has no {'fake' if label else 'real'} image")
        worst = [misfit[of == group].max() for group in np.unique(of)]
        thresholds.append(conformal_threshold(worst, alpha))
    return tuple(thresholds)


def coverage(fake, sets, groups=None):
    """How often the true label is in the set.

    Args:
        fake: int [N].
        sets: bool [N, 2], see prediction_sets.
        groups: As for class_thresholds; a group counts as covered where all its images are.
    Returns:
        A float from 0 to 1.
    Lesson 13.
    """
    held = np.asarray(sets)[np.arange(len(fake)), np.asarray(fake).astype(int)]
    if groups is None:
        return float(held.mean())
    groups = np.asarray(groups)
    return float(np.mean([held[groups == group].all() for group in np.unique(groups)]))
