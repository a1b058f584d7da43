"""Gives a rendered face the light of the frame, and its grain. Lesson 16.

Of the light only shading counts: how much brighter one side of the skin is than the other. Skin tone and exposure are
left to the colours of the blend.

References:
    Thies et al. 2016, "Face2Face", section 4 (there by spherical harmonics).
    Ramamoorthi & Hanrahan 2001, "An efficient representation for irradiance environment maps" (why few numbers do).
"""
from dataclasses import dataclass, replace

import cv2
import numpy as np

from course_lib import cast
from course_lib.cast import LABELS, Lighting

from .masks import FEATURES, intersect

SIZE = 64  # side of the images that are compared: shading is smooth
PRIOR = np.array([0.0, 0.4, 0.4]), np.array([0.8, 0.35, 0.25])  # azimuth, elevation, softness: mean and spread
LIMITS = np.array([[-1.5, -0.3, 0.0], [1.5, 1.1, 1.0]])
STEPS = np.array([0.08, 0.08, 0.06])  # of the finite differences
NOISE = 0.12  # of log brightness: what is neither light nor shape
LEAST = 100  # pixels of skin
GRAIN, FINEST, LIMIT = 0.4, 0.004, 0.03  # how much of the frame's grain, up to which part of the face's side and of 1


@dataclass(frozen=True)
class Light:
    """The light on a face.

    Args:
        values: f64 [3]: azimuth and elevation of the key light in radians, softness from 0 (a low sun) to 1 (a cloudy
            sky).
    """

    values: np.ndarray

    def lighting(self):
        """The cast's parameters of that light, white and normally exposed.

        Returns:
            A Lighting.
        """
        azimuth, elevation, soft = np.clip(self.values, *LIMITS).tolist()
        return Lighting(azimuth, elevation, 1.4 - 1.2 * soft, 0.1, 0.05 + 0.5 * soft, 0.15 + 0.7 * soft, 0.9, 0.9, 0.9)


def fit_light(person, scene, image, skin, start=None, iterations=6):
    """The light on a face: Gauss-Newton on the logarithm of the skin's brightness, less its mean.

    Args:
        person: Person of the face's shape.
        scene: the Scene in which it is seen in the image; its light does not matter.
        image: f32 RGB [S, S, 3] in [0, 1].
        skin: f32 [S, S], where skin is seen.
        start: a Light to start from.
        iterations: of Gauss-Newton.
    Returns:
        Light; where little skin is seen, `start`, or the light that is most likely beforehand.
    Lesson 16.
    """
    values = PRIOR[0] if start is None else np.array(start.values)
    small, seen = (cv2.resize(np.asarray(a, np.float32), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
                   for a in (image, skin))
    target, where = _brightness(small), None
    for _ in range(iterations):
        trials = np.clip(values + np.r_[np.zeros((1, 3)), np.diag(STEPS * np.where(values > LIMITS[1] - STEPS, -1, 1))],
                         *LIMITS)
        rendered = cast.render(person, [replace(scene, lighting=Light(t).lighting()) for t in trials], SIZE)
        if where is None:
            bare = features(rendered.landmarks[0], (SIZE, SIZE)) < 0.5
            where = (rendered.labels[0] == LABELS["skin"]) & (seen > 0.9) & bare
            if where.sum() < LEAST:
                return start or Light(PRIOR[0])
        rows = np.stack([_brightness(image)[where] for image in rendered.rgb]) - target[where]
        rows -= np.median(rows, 1, keepdims=True)
        weight = np.minimum(1, 2 * NOISE / np.maximum(np.abs(rows[0]), 1e-6))  # Huber: beards and shadows of glasses
        moved = (trials[1:] - trials[0]).diagonal()
        jacobian, scale = (rows[1:] - rows[0]) / moved[:, None], 200 / where.sum() / NOISE**2  # pixels go together
        normal = scale * (jacobian * weight) @ jacobian.T + np.diag(PRIOR[1] ** -2.0)
        slope = scale * (jacobian * weight) @ rows[0] + (values - PRIOR[0]) / PRIOR[1] ** 2
        update = np.clip(-np.linalg.solve(normal, slope), -0.4, 0.4)
        values = np.clip(values + update, *LIMITS)
        if np.abs(update).max() < 0.01:
            break
    return Light(values)


def _brightness(image):
    grey = cv2.GaussianBlur(np.clip(image, 0, 1) @ np.float32((0.299, 0.587, 0.114)), (0, 0), 1.2)
    return np.log(np.maximum(grey, 0.02))


def features(landmarks, shape):
    """Brows, eyes, nostrils and lips with a margin around them, which are not skin.

    Args:
        landmarks: [68, 2], pixels.
        shape: (H, W).
    Returns:
        f32 [H, W].
    Lesson 16.
    """
    points, around = np.asarray(landmarks), np.zeros(shape, np.uint8)
    for part, *_ in FEATURES:
        cv2.fillConvexPoly(around, cv2.convexHull(np.round(points[list(part)]).astype(np.int32)), 1)
    wide = 2 * max(1, round(0.03 * float(np.ptp(points, axis=0).max()))) + 1
    return cv2.dilate(around, np.ones((wide, wide), np.uint8)).astype(np.float32)


def with_grain(face, frame, landmarks, skin):
    """A rendered face with the pores and the noise of the frame: rendered skin is too smooth beside a photograph's.

    Only brightness, only the finest detail, and only where both faces show skin; wrinkles and moles are coarser and
    stay behind.

    Args:
        face, frame: f32 RGB [H, W, 3] in [0, 1] of one place.
        landmarks: [68, 2] of the frame's face, pixels.
        skin: f32 [H, W], where the rendered face shows skin.
    Returns:
        f32 [H, W, 3].
    Lesson 16.
    """
    grey = np.asarray(frame, np.float32).mean(-1)
    finest = max(0.8, FINEST * 1.3 * float(np.ptp(landmarks, axis=0).max()))
    grain = np.clip(grey - cv2.GaussianBlur(grey, (0, 0), finest), -LIMIT, LIMIT)
    where = cv2.GaussianBlur(intersect(skin, 1 - features(landmarks, grey.shape)), (0, 0), 2 * finest)
    return np.clip(face + GRAIN * (grain * where)[..., None], 0, 1).astype(np.float32)
