"""One score for a video whose frames may differ: the rule of the DFDC winner, written out. Lesson 13."""
import numpy as np


def confident_strategy(scores, sure=0.8, few=11, part=0.4, calm=0.9):
    """The video score of the DFDC winner: sure frames speak for the video, if they are enough.

    If more than `few` frames, and more than a fraction `part` of them, score above `sure`, the mean of these frames; if
    more than a fraction `calm` score below 1 - `sure`, the mean of those; otherwise the mean of all.

    Args:
        scores: [T], P(fake) of the frames of one video.
        sure: From which score on a frame counts as surely fake, above 0.5.
        few: So many sure frames are not enough, however short the video is.
        part: Nor is this fraction of its frames.
        calm: More than this fraction must be surely real.
    Returns:
        A float; 0.5 for a video without a scored frame.
    Raises:
        ValueError: For scores outside [0, 1].
    References:
        Seferbekov 2020, the winning entry of the DeepFake Detection Challenge.
    Lesson 13.
    """
    scores = np.asarray(scores, np.float64)
    if not len(scores):
        return 0.5
    if not (np.isfinite(scores).all() and scores.min() >= 0 and scores.max() <= 1):
        raise ValueError("the scores of a video's frames are probabilities in [0, 1]")
    fake, real = scores[scores > sure], scores[scores < 1 - sure]
    if len(fake) > few and len(fake) > part * len(scores):
        return float(fake.mean())
    if len(real) > calm * len(scores):
        return float(real.mean())
    return float(scores.mean())
