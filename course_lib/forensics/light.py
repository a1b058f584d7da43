"""Where the light comes from: from surface normals, and from an outline alone. Lesson 11."""
from typing import NamedTuple

import cv2
import numpy as np

from course_lib.blending.masks import hull

from .evidence import Evidence, checked, grey


class Light(NamedTuple):
    """An estimate of the light.

    Args:
        direction: f64 [3] or [2], a unit vector towards the light: x right, y up, z to the viewer.
        ambient: what is left without it.
        fit: the fraction of the variance of the brightness that is explained, 0 to 1.
    """

    direction: np.ndarray
    ambient: float
    fit: float


def from_normals(brightness, normals):
    """The direction of a distant light on a matte surface, by least squares: I = N . L + A.

    Points that the light does not reach would bend the fit; the darkest fifth is left out.

    Args:
        brightness: [M], linear.
        normals: [M, 3], unit vectors.
    Returns:
        Light with a direction in space.
    Raises:
        ValueError: For fewer than 10 points.
    References:
        Johnson & Farid 2005, equation 5.
    Lesson 11.
    """
    return _fitted(brightness, normals, keep=0.8)


def from_outline(image, mask, depth=3.0):
    """The direction of the light in the image plane, from the outline of an object, where normals lie in that plane.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        mask: bool [H, W], the object.
        depth: How far inside the outline the brightness is read, pixels.
    Returns:
        Light with a direction in the plane: x right, y up.
    Raises:
        ValueError: For an object of fewer than 10 outline points.
    References:
        Johnson & Farid 2005, section 2.2.
    Lesson 11.
    """
    mask = np.asarray(mask, np.float32)
    inside = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    smooth = cv2.GaussianBlur(mask, (0, 0), 4.0)
    gy, gx = np.gradient(smooth)
    length = np.hypot(gx, gy)
    ring = (np.abs(inside - depth) < 1.0) & (length > 1e-3)
    normals = np.stack([-gx[ring] / length[ring], gy[ring] / length[ring]], 1)
    return _fitted(grey(image)[ring] ** 2.2, normals, keep=0.8)


def _fitted(brightness, normals, keep):
    brightness, normals = np.asarray(brightness, np.float64), np.asarray(normals, np.float64)
    if len(brightness) < 10:
        raise ValueError(f"{len(brightness)} points do not determine a light; at least 10 are needed")
    lit = brightness >= np.quantile(brightness, 1 - keep)
    design = np.c_[normals[lit], np.ones(lit.sum())]
    solution, *_ = np.linalg.lstsq(design, brightness[lit], rcond=None)
    left = brightness[lit] - design @ solution
    spread = brightness[lit].var()
    length = np.linalg.norm(solution[:-1])
    direction = solution[:-1] / max(length, 1e-12)
    return Light(direction, float(solution[-1]), float(1 - left.var() / spread) if spread > 0 else 0.0)


def angle_between(a, b):
    """The angle of two directions.

    Args:
        a, b: [3] or [2], of any length but 0.
    Returns:
        Radians, 0 to pi.
    Lesson 11.
    """
    cosine = np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.arccos(np.clip(cosine, -1, 1)))


def rough_normals(landmarks, shape):
    """Normals of an ellipsoid in place of the head, where no better shape is known.

    Args:
        landmarks: [68, 2], pixels.
        shape: (H, W).
    Returns:
        f32 [H, W, 3], 0 outside the ellipsoid.
    Lesson 11.
    """
    p = np.asarray(landmarks, np.float64)
    across = p[16] - p[0]
    a = 0.62 * np.linalg.norm(across)
    middle = (p[0] + p[16]) / 2 + 0.18 * (p[8] - p[27])
    b, turn = 1.35 * a, np.arctan2(across[1], across[0])
    y, x = np.mgrid[:shape[0], :shape[1]] - middle[::-1, None, None]
    u, v = (x * np.cos(turn) + y * np.sin(turn)) / a, (y * np.cos(turn) - x * np.sin(turn)) / b
    shift = np.clip((p[30, 0] - middle[0]) / a, -0.6, 0.6)  # a turned head: the nose is not in the middle
    z = np.sqrt(np.clip(1 - u ** 2 - v ** 2, 0, 1))
    normals = np.stack([u + 0.3 * shift * z, -v, z], -1) * ((u ** 2 + v ** 2) < 0.98)[..., None]
    return (normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)).astype(np.float32)


def light(image, landmarks, normals=None):
    """Is the inner face lit from where its surroundings are lit?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
        normals: f32 [H, W, 3], 0 outside the head; an ellipsoid's when left out.
    Returns:
        Evidence whose score is the angle between both directions, radians.
    References:
        Johnson & Farid 2005; Kee & Farid 2010 for faces.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    rough = normals is None
    normals = rough_normals(landmarks, image.shape[:2]) if rough else np.asarray(normals, np.float32)
    skin = grey(image) ** 2.2
    known = np.linalg.norm(normals, axis=-1) > 0.5
    tall = float(np.ptp(landmarks[:, 1]))
    face = hull(landmarks, image.shape[:2], forehead=0.35) > 0.5
    size = 2 * round(0.10 * tall) + 1
    inner = cv2.erode(face.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    ring = face & ~inner
    both = {}
    for name, where in (("inner face", inner & known), ("rim of the face", ring & known)):
        if where.sum() < 50:
            return Evidence("light", float("nan"), {}, False, "too little of the face is visible", image)
        both[name] = from_normals(skin[where], normals[where])
    angle = angle_between(*(x.direction for x in both.values()))
    fit = min(x.fit for x in both.values())
    why = "" if fit >= 0.1 else f"the shading explains {max(fit, 0):.0%} of the brightness: diffuse light, or make-up"
    features = {"angle": angle, "fit": fit} | {f"{name}, azimuth": float(np.arctan2(x.direction[0], x.direction[2]))
                                               for name, x in both.items()}
    drawing, middle = image.copy(), landmarks.mean(0)
    for (_, x), colour in zip(both.items(), ((1.0, 0.8, 0.1), (0.2, 0.8, 1.0)), strict=True):
        end = middle + x.direction[:2] * (1, -1) * 0.5 * tall
        cv2.arrowedLine(drawing, tuple(map(int, middle)), tuple(map(int, end)), colour, 3)
    return Evidence("light", angle, features, not why, why, drawing)
