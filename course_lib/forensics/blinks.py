"""Blinks: the eye aspect ratio, events in it, and what a clip without a blink proves. Lesson 12."""

import cv2
import numpy as np

RIGHT, LEFT = (36, 37, 38, 39, 40, 41), (42, 43, 44, 45, 46, 47)  # iBUG points of the person's right and left eye


def eye_aspect_ratio(landmarks):
    """How far the eyes are open: the height of an eye over its width, the mean of both eyes.

    Args:
        landmarks: f [T, 68, 2], iBUG order, pixels.
    Returns:
        f64 [T]: (|p2 - p6| + |p3 - p5|) / (2 |p1 - p4|); nan where points are missing (nan).
    Raises:
        ValueError: For another shape.
    References:
        Soukupova and Cech, "Real-time eye blink detection using facial landmarks", CVWW 2016, equation 1.
    Lesson 12.
    """
    landmarks = np.asarray(landmarks, float)
    if landmarks.ndim != 3 or landmarks.shape[1:] != (68, 2):
        raise ValueError(f"landmarks have the shape {landmarks.shape}; expected (T, 68, 2)")
    ratios = []
    for eye in (RIGHT, LEFT):
        p1, p2, p3, p4, p5, p6 = (landmarks[:, k] for k in eye)
        height = np.linalg.norm(p2 - p6, axis=1) + np.linalg.norm(p3 - p5, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(height / (2 * np.linalg.norm(p1 - p4, axis=1)))
    return np.mean(ratios, axis=0)


def find_blinks(ratio, rate, depth=0.5, shortest=0.04, longest=0.5):
    """Blinks in the opening of the eyes: short dips below a fraction of the clip's own open eye.

    Args:
        ratio: f [T], the eye aspect ratio or any other measure of opening; nan is never part of a blink.
        rate: Frames per second.
        depth: The dip goes below this fraction of the open eye (the clip's 80th percentile), 0 to 1.
        shortest, longest: Seconds below; what is longer is a closed eye and no blink.
    Returns:
        f64 [K, 2]: start and end of each blink, seconds.
    Raises:
        ValueError: For a rate or depth that makes no sense.
    Lesson 12.
    """
    ratio = np.asarray(ratio, float)
    if not rate > 0 or not 0 < depth < 1:
        raise ValueError(f"rate={rate}, depth={depth}: expected a positive rate and a depth between 0 and 1")
    if not np.isfinite(ratio).any():
        return np.zeros((0, 2))
    below = np.nan_to_num(ratio, nan=np.inf) < depth * np.nanpercentile(ratio, 80)
    edges = np.flatnonzero(np.diff(np.r_[0, below.astype(int), 0])).reshape(-1, 2)
    seconds = edges / rate
    length = seconds[:, 1] - seconds[:, 0]
    return seconds[(length >= min(shortest, 1 / rate) - 1e-9) & (length <= longest)]


def blink_f1(found, true, tolerance=0.15):
    """How well blinks were found.

    Args:
        found: f [K, 2], seconds.
        true: f [M, 2] or [M], seconds; each true blink is matched once.
        tolerance: Seconds by which the middles (or the start, for a true blink of one number) may differ; at least the
            time of a frame, otherwise blinks that were seen count as missed.
    Returns:
        (F1, precision, recall); nan where there is nothing to find or nothing found.
    Lesson 12.
    """
    left, hits = [float(np.mean(blink)) for blink in true], 0
    for time in (float(np.mean(blink)) for blink in found):
        near = [t for t in left if abs(t - time) <= tolerance]
        if near:
            left.remove(min(near, key=lambda t: abs(t - time)))
            hits += 1
    precision = hits / len(found) if len(found) else np.nan
    recall = hits / len(true) if len(true) else np.nan
    return 2 * hits / (len(found) + len(true)) if len(found) + len(true) else np.nan, precision, recall


def no_blink_probability(seconds, per_minute=17.0):
    """The probability that a real person does not blink for so long, if blinks are a Poisson process.

    Args:
        seconds: Length of the clip, a number or an array.
        per_minute: Rate of blinking: about 17 at rest, more when talking, 4 to 5 when reading.
    Returns:
        exp(-rate * seconds): the false positive rate of the rule "no blink, so forged".
    References:
        Bentivoglio et al., "Analysis of blink rate patterns in normal subjects", Movement Disorders 12(6), 1997.
    Lesson 12.
    """
    return np.exp(-np.asarray(seconds, float) * per_minute / 60)


def regularity(blinks):
    """The coefficient of variation of the pauses between blinks: near 1 for a Poisson process, 0 for a clock.

    Args:
        blinks: f [K, 2] or [K], seconds.
    Returns:
        A float; nan for fewer than four blinks.
    Lesson 12.
    """
    starts = np.sort([np.ravel(blink)[0] for blink in blinks])
    pauses = np.diff(starts)
    return float(pauses.std(ddof=1) / pauses.mean()) if len(pauses) >= 3 else float("nan")


def eye_crops(frames, landmarks, size=24):
    """A square crop of one eye from every frame: its width and a quarter more at either side, turned with the eye.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        landmarks: f [T, 68, 2], pixels; the person's left eye is taken.
        size: Side of the crops, pixels.
    Returns:
        f32 [T, size, size, 3].
    Lesson 12.
    """
    out = []
    for frame, points in zip(frames, np.asarray(landmarks, float)):
        a, b = points[LEFT[0]], points[LEFT[3]]
        middle, along = (a + b) / 2, (b - a) * 1.5 / size
        across = np.array([-along[1], along[0]])
        matrix = np.stack([along, across, middle - size / 2 * (along + across)], 1)
        out.append(cv2.warpAffine(frame, matrix, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                                  borderMode=cv2.BORDER_REPLICATE))
    return np.stack(out)
