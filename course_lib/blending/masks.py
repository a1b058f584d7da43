"""Where the new face may show: shapes from landmarks or labels, grown, shrunk and feathered. Lesson 03.

A mask is f32 [H, W]: 1 where the face shows, 0 where the frame stays, in between at a soft edge. All shapes are drawn
with anti-aliasing, so that a mask that moves by a tenth of a pixel changes by that much: a binary mask would jump, and
flicker.
"""
import cv2
import numpy as np

from course_lib.cast import LABELS
from course_lib.values import unit_range

FINE = 5  # bits below a pixel to which shapes are drawn
FACE = ("skin", "eyes", "mouth", "lips", "glasses")
# eyes with their lids, lips, brows, nostrils: the landmarks around each, how far it is kept beyond them, as a fraction
# of the distance from chin to the bridge of the nose, and how far below: an estimated mouth is closed, a true one opens
FEATURES = ((range(36, 42), 0.05, 0), (range(42, 48), 0.05, 0), (range(48, 60), 0.02, 0.12), (range(17, 22), 0.02, 0),
            (range(22, 27), 0.02, 0), (range(31, 36), 0.05, 0))
CHEEKS = (36, 45, 54, 48)
# log2 of the two ratios and of brightness: what skin varies by at least; of values tried on 36 rendered faces, those
# at which 90 % of what covers a face is detected and 4 % of the face is lost
LEAST_SPREAD = (0.1, 0.1, 0.7)
SPECK = 0.008  # fraction of the face below which a hidden spot is a wrinkle or a nostril, not something in front
COMPASS = np.stack([np.cos(np.arange(8) * np.pi / 4), np.sin(np.arange(8) * np.pi / 4)], 1)


def hull(landmarks, shape, forehead=0.3):
    """The convex hull of 68 landmarks.

    Args:
        landmarks: [68, 2] in pixels (x, y).
        shape: (H, W) of the image.
        forehead: how far above the brows it reaches, as a fraction of the distance from chin to the bridge of the nose;
            the 68 points end at the brows.
    Returns:
        f32 [H, W].
    Raises:
        ValueError: for another shape, or points that are not finite.
    Lesson 03.
    """
    return _polygon(_outline(landmarks, forehead), shape)


def ellipse(landmarks, shape, forehead=0.3, power=2.0):
    """An ellipse as large as the hull, turned like the face.

    Args:
        landmarks, shape, forehead: as for hull.
        power: 2 is an ellipse; the larger, the nearer to its box (a superellipse).
    Returns:
        f32 [H, W].
    Lesson 03.
    """
    centre, axes, turn = _frame_of(_outline(landmarks, forehead))
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    round_ = np.stack([np.cos(angle), np.sin(angle)], 1)
    round_ = np.sign(round_) * np.abs(round_) ** (2 / power)
    return _polygon((round_ * axes) @ turn + centre, shape)


def box(landmarks, shape, forehead=0.3):
    """The rectangle around the face, turned like it. The seam that everybody sees.

    Args:
        landmarks, shape, forehead: as for hull.
    Returns:
        f32 [H, W].
    Lesson 03.
    """
    centre, axes, turn = _frame_of(_outline(landmarks, forehead))
    return _polygon(np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * axes @ turn + centre, shape)


SHAPES = {"hull": hull, "ellipse": ellipse, "box": box}


def from_labels(labels, parts=FACE):
    """Where the true labels of a rendered frame show one of the named parts.

    Args:
        labels: [H, W] of cast.LABELS.
        parts: keys of cast.LABELS. Leave out "glasses" to keep them in front of the new face.
    Returns:
        f32 [H, W].
    Raises:
        ValueError: for an unknown part.
    Lesson 03.
    """
    wrong = [p for p in parts if p not in LABELS]
    if wrong or not parts:
        raise ValueError(f"parts is {parts!r}; expected names out of {', '.join(LABELS)}")
    return np.isin(labels, [LABELS[p] for p in parts]).astype(np.float32)


def from_grey(face, background=0.5, tolerance=0.06):
    """Where a face was created, when the background of its crop is plain grey, as the course's decoders leave it.

    Holes are filled: the white of an eye may be as grey as the background.

    Args:
        face: f32 RGB [S, S, 3].
        background: the grey, in [0, 1].
        tolerance: a colour as far from it, in any channel, counts half.
    Returns:
        f32 [S, S].
    Lesson 03.
    """
    away = np.abs(_image(face, "face") - background).max(-1)
    inside = (cv2.GaussianBlur(away, (0, 0), 0.7) > tolerance).astype(np.uint8)
    edges, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not edges:
        return np.zeros(face.shape[:2], np.float32)
    solid = np.zeros_like(inside)
    cv2.drawContours(solid, [max(edges, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    return cv2.GaussianBlur(solid.astype(np.float32), (3, 3), 0)


def grow(mask, pixels=0.0, percent=0.0):
    """The mask with its edge moved outwards, inwards where the distance is negative.

    A Gaussian of half that width turns a straight edge into the normal distribution, whose inverse gives every pixel's
    distance to the edge, to a fraction of a pixel. Corners become round; a negative distance loses parts narrower than
    twice itself. The image's border is no edge.

    Args:
        mask: f32 [H, W].
        pixels, percent: the distance, both added; percent is of the face, that is of the square root of the mask's
            area.
    Returns:
        f32 [H, W].
    Lesson 03.
    """
    mask = _mask(mask)
    reach = _reach(mask, pixels, percent)
    if abs(reach) < 0.02 or not mask.any():
        return mask
    from scipy.special import ndtri  # here, because its import takes a quarter of a second

    spread = max(abs(reach) / 2, 0.7)
    distance = spread * ndtri(np.clip(_blur(mask, spread), 1e-4, 1 - 1e-4))
    return np.clip(distance + reach + 0.5, 0, 1).astype(np.float32)


def feather(mask, pixels=0.0, percent=0.0):
    """The mask with a soft edge inside it: 0 at the edge, 1 about its width inside.

    It is a Gaussian of half that width, of which the outer half is taken away, so that nothing leaks out of the mask.
    The image's border is no edge.

    Args:
        mask: f32 [H, W].
        pixels, percent: width of the edge, as for grow.
    Returns:
        f32 [H, W].
    Raises:
        ValueError: as grow, and for a negative width.
    Lesson 03.
    """
    mask = _mask(mask)
    width = _reach(mask, pixels, percent)
    if width < 0:
        raise ValueError(f"a soft edge of {width:.2f} pixels was asked for; expected 0 or more")
    if width < 0.5 or not mask.any():
        return mask
    rise = np.clip(2 * _blur(mask, width / 2) - 1, 0, 1)
    return np.minimum(rise * rise * (3 - 2 * rise), mask)


def intersect(*masks):
    """The intersection of masks: the smallest of their values.

    Args:
        masks: f32 [H, W] each.
    Returns:
        f32 [H, W].
    Lesson 03.
    """
    return np.minimum.reduce([_mask(m) for m in masks])


def visible_skin(frame, landmarks, tolerance=3.5):
    """An estimate of where a face is not covered: pixels with the colour of the cheeks, and the features.

    The colour is two ratios (red over green, green over blue, in log2 of linear light), which shading leaves alone,
    and the brightness with a wide margin. Eyes, lips, brows and nostrils are not skin-coloured; they are kept by their
    landmarks, whatever covers them, and so are small spots. A hand has the colour of the face and is not separated
    from it; hair, beards, dark rims of glasses and a microphone are. Where the truth is known, use from_labels.

    Args:
        frame: f32 RGB [H, W, 3].
        landmarks: [68, 2] in its pixels.
        tolerance: in robust standard deviations of the cheeks.
    Returns:
        f32 [H, W].
    Lesson 03.
    """
    frame, points = _image(frame, "frame"), _points(landmarks)
    shape = frame.shape[:2]
    # light: log2 of linear light; its differences are the ratios
    light = np.log2((np.clip(frame, 0, 1) + 0.02) ** 2.2)
    values = np.stack([light[..., 0] - light[..., 1], light[..., 1] - light[..., 2], light[..., 1]], -1)
    cheeks = (_polygon(_convex(points[list(CHEEKS)]), shape) > 0.5) & (_features(points, shape, more=False) < 0.5)
    if cheeks.sum() < 12:
        return np.ones(shape, np.float32)  # too small or too far outside for an estimate
    middle = np.median(values[cheeks], 0)
    spread = 1.48 * np.median(np.abs(values[cheeks] - middle), 0)
    spread = np.maximum(spread, LEAST_SPREAD)
    far = (np.abs(values - middle) / spread).max(-1)
    alike = cv2.GaussianBlur(np.clip(tolerance + 0.5 - far, 0, 1), (0, 0), 0.8)
    seen = np.maximum(np.clip(2 * alike - 0.5, 0, 1), _features(points, shape))
    return np.maximum(seen, _specks(seen < 0.5, SPECK * hull(points, shape).sum())).astype(np.float32)


def _outline(landmarks, forehead=0.3):
    """The corners of the hull, f64 [K, 2], in order; arguments as for hull."""
    points = _points(landmarks)
    up = points[27] - points[8]
    return _convex(np.concatenate([points, points[17:27] + forehead * up]))


def _features(points, shape, more=True):
    """Eyes, lips, brows and nostrils by their landmarks, f32 [H, W]; more: with the margins of FEATURES."""
    whole, down = np.zeros(shape, np.float32), points[8] - points[27]
    for part, margin, below in FEATURES:
        corners = _convex(points[list(part)])
        if more:  # every corner pushed out along eight directions: a polygon with a margin is still one polygon
            around = margin * np.linalg.norm(down) * COMPASS
            corners = _convex((corners[:, None] + np.concatenate([around, around + below * down])).reshape(-1, 2))
        whole = np.maximum(whole, _polygon(corners, shape))
    return whole


def _specks(hidden, area):
    """f32 [H, W]: the parts of a bool image that are smaller than an area, in pixels, and one pixel around them."""
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(hidden.astype(np.uint8), connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < area
    small[0] = False  # what is not hidden
    return cv2.dilate(small[numbers].astype(np.float32), np.ones((3, 3)))


def _frame_of(corners):
    """(centre, half axes, rotation [2, 2]) of the smallest turned rectangle around points, upright as far as it can."""
    centre, sides, degrees = cv2.minAreaRect(corners.astype(np.float32))
    if abs((degrees + 45) // 90 % 2) == 1:  # OpenCV's angle jumps by 90 degrees and swaps the sides
        sides, degrees = sides[::-1], degrees - 90
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array(centre), np.array(sides) / 2, np.array([[c, s], [-s, c]])


def _convex(points):
    return cv2.convexHull(np.asarray(points, np.float32))[:, 0].astype(np.float64)


def _polygon(corners, shape):
    """A convex polygon's inside, f32 [H, W], with the fraction of each pixel that it covers (on a grid of 4 x 4)."""
    height, width = (int(n) for n in shape)
    low = np.clip(np.floor(corners.min(0)).astype(int) - 1, 0, (width, height))
    high = np.clip(np.ceil(corners.max(0)).astype(int) + 2, 0, (width, height))
    mask = np.zeros((height, width), np.float32)
    across, down = high - low
    if across <= 0 or down <= 0:
        return mask
    fine = np.zeros((down * 4, across * 4), np.uint8)
    at = np.round(((corners - low + 0.5) * 4 - 0.5) * (1 << FINE)).astype(np.int32)
    cv2.fillConvexPoly(fine, at, 255, shift=FINE)
    part = cv2.resize(fine, (int(across), int(down)), interpolation=cv2.INTER_AREA)
    mask[low[1]:high[1], low[0]:high[0]] = part.astype(np.float32) / 255
    return mask


def _blur(mask, spread):
    return cv2.GaussianBlur(mask, (0, 0), float(spread), borderType=cv2.BORDER_REPLICATE)


def _reach(mask, pixels, percent):
    return pixels + percent / 100 * float(np.sqrt(mask.sum()))


def _points(landmarks):
    points = np.asarray(landmarks, np.float64)
    if points.shape != (68, 2) or not np.isfinite(points).all():
        raise ValueError(f"a mask is drawn from 68 finite landmarks [68, 2]; got {points.shape}"
                         f"{'' if np.isfinite(points).all() else ' with values that are not finite'}")
    return points


def _mask(mask):
    mask = np.asarray(mask, np.float32)
    if mask.ndim != 2 or not mask.size or not (mask.min() >= -0.001 and mask.max() <= 1.001):
        raise ValueError(f"a mask is [H, W] with values in [0, 1]; got {mask.shape}"
                         + (f" from {mask.min():g} to {mask.max():g}" if mask.size else ""))
    return np.clip(mask, 0, 1)


def _image(image, name):
    image = np.asarray(image, np.float32)
    if image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"{name} is {image.shape}; expected a float RGB image [H, W, 3] in [0, 1]")
    return unit_range(image, name)
