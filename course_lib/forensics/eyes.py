"""Two eyes of one face: where the irises are, and their colour. Lesson 11.

Both eyes of nearly everybody have one colour. A generator that draws each eye by itself can get this wrong.
"""
from typing import NamedTuple

import cv2
import numpy as np

from .evidence import Evidence, checked

RIGHT, LEFT = slice(36, 42), slice(42, 48)  # landmarks of the person's right eye, at the left of the image, and left
WIDE = 96  # pixels to which an eye's width is enlarged before anything is measured
NARROWEST = 14  # pixels of an eye below which there is too little to see
PUPIL, REFLECTION = 50, 150  # levels of brightness (V) that bound the iris's own colour
OFFSET, WIDTHS, RADII = 0.25, 0.4, 0.4  # largest differences between the eyes for a valid comparison


class Eye(NamedTuple):
    """One eye, enlarged.

    Args:
        image: f32 RGB [H, W, 3].
        opening: bool [H, W], between the lids.
        centre: f32 [2], (x, y) of the iris's circle, pixels of `image`.
        radius: of it, pixels.
        contrast: how much darker the iris is than what surrounds it, in [-1, 1].
        width: of the eye in the picture, pixels.
    """

    image: np.ndarray
    opening: np.ndarray
    centre: np.ndarray
    radius: float
    contrast: float
    width: float

    @property
    def iris(self):
        """bool [H, W]: inside the circle and between the lids."""
        return disc(self.opening.shape, self.centre, self.radius) & self.opening


def disc(shape, centre, radius):
    """A filled circle.

    Args:
        shape: (H, W).
        centre: (x, y), pixels.
        radius: Pixels.
    Returns:
        bool [H, W].
    Lesson 11.
    """
    y, x = np.mgrid[:shape[0], :shape[1]]
    return (x - centre[0]) ** 2 + (y - centre[1]) ** 2 <= radius ** 2


_DX, _DY = np.linspace(-0.28, 0.28, 29) * WIDE, np.linspace(-0.1, 0.2, 4)  # pixels; heights of the opening
_RADII, _STEP = np.arange(0.225, 0.30, 0.015) * WIDE, 0.03 * WIDE  # of irises; from the rim outwards and inwards


def enlarged(image, points):
    """One eye, its width enlarged to WIDE.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        points: f32 [6, 2], its landmarks, pixels.
    Returns:
        (crop f32 [h, w, 3], bool [h, w] between the lids, (x, y) of the middle, height, width before), crop pixels but
        for the last.
    Lesson 11.
    """
    width = float(np.linalg.norm(points[3] - points[0]))
    zoom, low = WIDE / max(width, 1.0), points.min(0) - 0.25 * width
    size = np.ceil((np.ptp(points, 0) + 0.5 * width) * zoom).astype(int) + 1
    matrix = np.array([[zoom, 0, -low[0] * zoom], [0, zoom, -low[1] * zoom]])
    crop = cv2.warpAffine(image, matrix, tuple(int(s) for s in size), flags=cv2.INTER_CUBIC,
                          borderMode=cv2.BORDER_REPLICATE).clip(0, 1)
    outline = ((points - low) * zoom).astype(np.float32)
    opening = np.zeros(crop.shape[:2], np.uint8)
    cv2.fillConvexPoly(opening, np.round(cv2.convexHull(outline)[:, 0]).astype(np.int32), 1)
    return crop, opening > 0, outline.mean(0), float(np.ptp(outline[:, 1])), width


def _rises(crop, opening, middle, height):
    """How much brighter it gets across every candidate circle [29, 4, radii], on the weaker of its two sides.

    In the red channel, in which blue and green irises are dark, too. Brighter than just inside the rim, and than deep
    inside: so the pupil's rim and a shadow in the corner of the eye are no candidates.
    """
    light = crop[..., 0]
    if opening.any():
        white = np.percentile(light[opening], 90)
        glint = (light > 1.12 * white).astype(np.uint8)  # a reflection says nothing about the iris: it is left out
        opening = opening & (cv2.dilate(glint, np.ones((7, 7), np.uint8)) == 0)
        light = np.minimum(light, white)
    light = cv2.GaussianBlur(light, (0, 0), WIDE / 48)
    centres = middle + np.stack(np.broadcast_arrays(_DX[:, None], _DY * height), -1)
    outer, rim, deep = (_arcs(light, opening, centres, radii)
                        for radii in (_RADII + _STEP, _RADII - _STEP, 0.7 * _RADII))
    return np.nan_to_num(np.minimum(outer - rim, outer - deep).min(2), nan=-1.0)


def segment(image, landmarks, together=True):
    """Find both irises: circles across which it gets brighter to the left and to the right.

    Both eyes look at one point and have one size, so the best pair of circles is sought that lie alike in their eyes;
    each may then move by a step.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: f32 [68, 2], pixels.
        together: False seeks each circle by itself, its size alone shared: where it lies is what one wants to know.
    Returns:
        (right Eye, left Eye).
    References:
        Daugman 1993, equation 1 (the integro-differential operator); Matern et al. 2019 use a Hough circle.
    Lesson 11.
    """
    parts = [enlarged(image, landmarks[which]) for which in (RIGHT, LEFT)]
    rises = [_rises(*part[:4]) for part in parts]
    i, j, k = np.unravel_index((rises[0] + rises[1]).argmax(), rises[0].shape)
    eyes = []
    for (crop, opening, middle, height, width), rise in zip(parts, rises, strict=True):
        near = np.full_like(rise, -2.0)
        window = tuple(slice(max(n - d, 0), n + d + 1) for n, d in ((i, 2), (j, 1), (k, 1)))
        window = window if together else (slice(None), slice(None), window[2])
        near[window] = rise[window]
        a, b, c = np.unravel_index(near.argmax(), near.shape)
        centre = np.float32(middle + (_DX[a], _DY[b] * height))
        eyes.append(Eye(crop, opening, centre, float(_RADII[c]), float(rise[a, b, c]), width))
    return tuple(eyes)


_ARC = np.linspace(-0.8, 0.8, 17)  # radians about the horizontal: above and below lie the lids


def _arcs(light, opening, centres, radii):
    """The mean brightness on arcs right and left of centres [29, 4, 2, R], between the lids; nan where few pixels are.
    """
    angle = np.stack([_ARC, np.pi - _ARC])[:, None]
    across, down = radii[:, None] * np.cos(angle), radii[:, None] * np.sin(angle)
    x = np.rint(centres[..., 0, None, None, None] + across).astype(int).clip(0, light.shape[1] - 1)
    y = np.rint(centres[..., 1, None, None, None] + down).astype(int).clip(0, light.shape[0] - 1)
    inside = opening[y, x]
    count = inside.sum(-1)
    return np.where(count >= 4, (light[y, x] * inside).sum(-1) / np.maximum(count, 1), np.nan)


def both_eyes(image, landmarks, together=True):
    """Both eyes of a face, and why they cannot be compared, if so.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
        together: As for `segment`; False also lets the irises lie in different places.
    Returns:
        (right Eye, left Eye, reason or "").
    References:
        Matern et al. 2019, section 4.1, for the conditions.
    Lesson 11.
    """
    a, b = pair = segment(image, landmarks, together)
    openness = min(np.ptp(landmarks[which][:, 1]) / max(np.linalg.norm(landmarks[which][3] - landmarks[which][0]), 1)
                   for which in (RIGHT, LEFT))
    offset = [(e.centre - np.argwhere(e.opening).mean(0)[::-1]) / (WIDE / 2) for e in pair]
    offset = float(np.abs(offset[0] - offset[1]).mean())
    difference = lambda x, y: abs(x - y) / max(x, y)  # noqa: E731
    reasons = [(min(a.width, b.width) < NARROWEST, f"an eye is {min(a.width, b.width):.0f} pixels wide; {NARROWEST} "
                "are needed"), (openness < 0.2, "an eye is closed"),
               (min(a.contrast, b.contrast) < 0.02, "no iris was found"),
               (min(e.iris.sum() for e in pair) < 60, "an iris is covered"),
               (difference(a.width, b.width) > WIDTHS, "the head is turned: the eyes differ in width"),
               (together and offset > OFFSET, "the irises lie in different places"),
               (difference(a.radius, b.radius) > RADII, "the irises differ in size")]
    return a, b, next((why for wrong, why in reasons if wrong), "")


def colour_distances(eye_a, eye_b):
    """How different two irises are: six numbers in [0, 1].

    Pupil and reflections, pixels darker and brighter than two levels, are left out.

    Args:
        eye_a, eye_b: Eye.
    Returns:
        Dict: hue, saturation, value (distances of the means) and red, green, blue ((1 - correlation) / 2 of 64-bin
        histograms).
    References:
        Matern et al. 2019, section 4.1.
    Lesson 11.
    """
    means, histograms = [], []
    for eye in (eye_a, eye_b):
        pixels = eye.image[eye.iris]
        value = pixels.max(1) * 255
        kept = (value > PUPIL) & (value < REFLECTION)
        pixels = pixels[kept] if kept.sum() >= 20 else pixels
        hsv = cv2.cvtColor(pixels[None], cv2.COLOR_RGB2HSV)[0]  # hue in degrees
        angle = np.deg2rad(hsv[:, 0])
        hue = np.arctan2((np.sin(angle) * hsv[:, 1]).mean(), (np.cos(angle) * hsv[:, 1]).mean())
        means.append((hue, hsv[:, 1].mean(), hsv[:, 2].mean()))
        histograms.append([np.convolve(np.histogram(pixels[:, c], 64, (0, 1))[0], np.ones(5) / 5, "same")
                           for c in range(3)])
    (h1, s1, v1), (h2, s2, v2) = means
    turn = abs((h1 - h2 + np.pi) % (2 * np.pi) - np.pi) / np.pi
    correlation = [np.corrcoef(p, q)[0, 1] for p, q in zip(*histograms, strict=True)]
    return dict(hue=float(turn), saturation=float(abs(s1 - s2)), value=float(abs(v1 - v2)),
                **{c: float((1 - np.nan_to_num(r)) / 2) for c, r in zip(("red", "green", "blue"), correlation,
                                                                        strict=True)})


def eye_colour(image, landmarks):
    """Do the irises have one colour?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        Evidence whose score is the sum of hue (weighted by saturation), saturation and value distances.
    References:
        Matern et al. 2019, section 4.1.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    a, b, why = both_eyes(image, landmarks)
    features = colour_distances(a, b)
    score = features["hue"] + features["saturation"] + features["value"]
    return Evidence("eye colour", score, features, not why, why, drawn(a, b, [e.iris for e in (a, b)], (1, 0.5, 0.1)))


def drawn(a, b, masks, colour):
    """Both eyes side by side, their circles and what was found in them.

    Args:
        a, b: Eye.
        masks: Two bool [H, W], whose edges are drawn.
        colour: (r, g, b) in [0, 1].
    Returns:
        f32 RGB [H, W, 3].
    Lesson 11.
    """
    high = max(e.image.shape[0] for e in (a, b))
    tiles = []
    for eye, mask in zip((a, b), masks, strict=True):
        tile = eye.image.copy()
        edge = mask & ~cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        tile[edge] = colour
        cv2.circle(tile, tuple(int(round(float(v))) for v in eye.centre), int(round(eye.radius)), (1.0, 1.0, 0.2), 1)
        tiles.append(np.pad(tile, ((0, high - len(tile)), (0, 4), (0, 0)), constant_values=1))
    return np.concatenate(tiles, 1)
