"""What every kind of evidence returns: a score, named features, whether it is valid here, and a drawing. Lesson 11."""
from dataclasses import dataclass, field

import numpy as np

from course_lib.values import unit_range

SMALLEST = 60  # pixels between brow and chin below which a face is too small


@dataclass(frozen=True)
class Evidence:
    """What one kind of evidence says about one picture.

    Args:
        kind: Its name.
        score: Larger for more suspicious; nan where nothing could be measured. Comparable within a kind only.
        features: Name -> number, what was measured.
        valid: Whether the conditions hold under which the score means anything.
        why: Why it is not valid; "" if it is.
        drawing: f32 RGB [h, w, 3] in [0, 1], what was seen.
    """

    kind: str
    score: float
    features: dict
    valid: bool
    why: str = ""
    drawing: np.ndarray = field(default=None, repr=False, compare=False)


def checked(image, landmarks=None):
    """The inputs of a kind of evidence, checked.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2] in pixels, or None where the kind needs none.
    Returns:
        (f32 [H, W, 3], f32 [68, 2] or None).
    Raises:
        ValueError: For another shape, type or range, and for landmarks that are not finite.
    Lesson 11.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype.kind != "f" or min(image.shape[:2]) < 32:
        raise ValueError(f"evidence is taken from one image, float RGB [H, W, 3] in [0, 1], at least 32 pixels a side; "
                         f"got {image.dtype} {image.shape}")
    image = np.ascontiguousarray(unit_range(image), np.float32)
    if landmarks is None:
        return image, None
    landmarks = np.asarray(landmarks, np.float32)
    if landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
        raise ValueError(f"68 finite landmarks [68, 2] are expected; got {landmarks.shape}. Five points: "
                         "faces.estimate_68 guesses the others")
    return image, landmarks


def too_small(landmarks):
    """Why a face is too small to be examined.

    Args:
        landmarks: [68, 2], pixels.
    Returns:
        A reason; "" if the face is large enough.
    Lesson 11.
    """
    tall = float(np.ptp(np.asarray(landmarks)[:, 1]))
    return "" if tall >= SMALLEST else f"the face is {tall:.0f} pixels tall; {SMALLEST} are needed"


def grey(image):
    """Brightness of an RGB image by BT.601.

    Args:
        image: f32 RGB [..., 3].
    Returns:
        f32 [...].
    Lesson 11.
    """
    return np.asarray(image, np.float32) @ np.float32([0.299, 0.587, 0.114])


def heat(values, low=None, high=None):
    """Numbers as colours, from dark blue over orange to white.

    Args:
        values: [H, W].
        low, high: Values of the ends; the 1st and 99th percentile when left out.
    Returns:
        f32 RGB [H, W, 3].
    Lesson 11.
    """
    values = np.nan_to_num(np.asarray(values, np.float32))
    low = np.percentile(values, 1) if low is None else low
    high = np.percentile(values, 99) if high is None else high
    x = np.clip((values - low) / max(high - low, 1e-9), 0, 1)
    stops, colours = [0, 0.35, 0.7, 1], np.float32([(0.03, 0.05, 0.2), (0.1, 0.35, 0.6), (0.95, 0.6, 0.15), (1, 1, 1)])
    return np.stack([np.interp(x, stops, colours[:, c]) for c in range(3)], -1).astype(np.float32)
