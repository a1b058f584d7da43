"""Sound against mouth: do the lips move with the voice, and do they close where they must? Lesson 12."""

import numpy as np


def mouth_opening(landmarks):
    """How far the lips are apart, over the width of the mouth.

    Args:
        landmarks: f [T, 68, 2], iBUG order, pixels.
    Returns:
        f64 [T]: the mean distance of the three pairs of inner lip points, over the distance of the mouth's corners.
    Lesson 12.
    """
    landmarks = np.asarray(landmarks, float)
    gaps = [np.linalg.norm(landmarks[:, a] - landmarks[:, b], axis=1) for a, b in ((61, 67), (62, 66), (63, 65))]
    return np.mean(gaps, 0) / np.maximum(np.linalg.norm(landmarks[:, 48] - landmarks[:, 54], axis=1), 1e-9)


def envelope(samples, sound_rate, times, window=0.08):
    """The loudness of a sound at the times of frames: the root mean square around each.

    Args:
        samples: f32 [N], mono.
        sound_rate: Samples per second.
        times: f64 [T], seconds.
        window: Seconds.
    Returns:
        f64 [T].
    Lesson 12.
    """
    energy = np.r_[0.0, np.cumsum(np.asarray(samples, float) ** 2)]
    low, high = (np.clip(np.round((np.asarray(times) + side * window / 2) * sound_rate).astype(int), 0, len(samples))
                 for side in (-1, 1))
    return np.sqrt((energy[high] - energy[low]) / np.maximum(high - low, 1))


def offset(opening, loudness, rate, longest=0.6):
    """The lag at which mouth and sound fit best, and how clearly it stands out.

    Args:
        opening, loudness: f [T], at the same frames.
        rate: Frames per second.
        longest: Lags from minus to plus this many seconds are tried.
    Returns:
        (lag in seconds, positive where the mouth is late; confidence: the best correlation minus the median of all;
        lags f64 [K], seconds; correlations f64 [K]).
    Raises:
        ValueError: Where the clip is shorter than three times the longest lag.
    References:
        Chung and Zisserman, "Out of time", 2016: offset and confidence in the manner of SyncNet, on two curves.
    Lesson 12.
    """
    opening, loudness = np.asarray(opening, float), np.asarray(loudness, float)
    reach = round(longest * rate)
    if opening.shape != loudness.shape or len(opening) < 3 * reach:
        raise ValueError(f"{opening.shape} openings and {loudness.shape} loudnesses; expected equally many, at least "
                         f"{3 * reach}")
    middle = slice(reach, len(opening) - reach)
    lags = np.arange(-reach, reach + 1)
    quiet = loudness[middle]
    scores = np.array([_correlation(opening[middle.start + k:middle.stop + k], quiet) for k in lags])
    best = int(scores.argmax())
    return float(lags[best] / rate), float(scores[best] - np.median(scores)), lags / rate, scores


def _correlation(x, y):
    x, y = x - x.mean(), y - y.mean()
    return float((x * y).sum() / max(np.sqrt((x * x).sum() * (y * y).sum()), 1e-12))


def closure_gaps(opening, times, spans, around=0.02):
    """The smallest opening of the lips in each span in which they must be closed.

    Args:
        opening: f [T].
        times: f64 [T], seconds of the frames.
        spans: f64 [K, 2], start and end of every P, B and M, seconds.
        around: Seconds added at both sides.
    Returns:
        f64 [K]; nan for a span in which no frame lies.
    References:
        Agarwal et al., "Detecting deep-fake videos from phoneme-viseme mismatches", CVPR workshops 2020.
    Lesson 12.
    """
    opening, times = np.asarray(opening, float), np.asarray(times)
    inside = [(times >= start - around) & (times <= end + around) for start, end in np.asarray(spans).reshape(-1, 2)]
    return np.array([opening[k].min() if k.any() else np.nan for k in inside])
