"""Texture energies after Laws, of eyes, teeth, nose and the face's border. Lesson 11."""
from itertools import combinations_with_replacement

import cv2
import numpy as np

from course_lib.blending.masks import hull

from .evidence import Evidence, checked, grey, heat, too_small

VECTORS = {"L5": (1, 4, 6, 4, 1), "E5": (-1, -2, 0, 2, 1), "S5": (-1, 0, 2, 0, -1), "R5": (1, -4, 6, -4, 1)}
NAMES = [a + b for a, b in combinations_with_replacement(VECTORS, 2) if a + b != "L5L5"]  # nine, symmetric pairs merged
MOUTH_OPEN, EYES_OPEN = 0.15, 0.25  # height over width below which teeth and eyes give no texture
REGIONS = ("eyes", "teeth", "nose", "face", "border")


def laws(image, wrapped=False):
    """Laws' nine texture energies in every pixel.

    The local mean is subtracted, the image filtered with the outer products of the four vectors, and the absolute
    response averaged; the two orders of a pair are averaged, so that rotation by a right angle changes nothing.

    Args:
        image: f32 [H, W], grey values in [0, 1], or RGB [H, W, 3].
        wrapped: Subtract the mean in unsigned 8-bit integers and clip every response to 0-255, the mistake of the
            public code of Matern et al.
    Returns:
        f32 [H, W, 9] in the order of NAMES, in levels of 255.
    References:
        Laws 1980, Textured image segmentation; Matern et al. 2019, section 4.2.
    Lesson 11.
    """
    level = (grey(image) if np.ndim(image) == 3 else np.asarray(image, np.float32)) * 255
    mean = cv2.blur(level, (15, 15), borderType=cv2.BORDER_REFLECT_101)
    if wrapped:
        level = level.round().astype(np.uint8) - mean.round().astype(np.uint8)  # 3 - 5 is 254 here
    else:
        level = level - mean
    kernels = {name: np.float32(v) for name, v in VECTORS.items()}
    energies = {}
    for a, column in kernels.items():
        for b, row in kernels.items():
            depth = -1 if wrapped else cv2.CV_32F
            response = cv2.sepFilter2D(level, depth, row, column, borderType=cv2.BORDER_REFLECT_101)
            energies[a + b] = cv2.blur(np.abs(response.astype(np.float32)), (10, 10))
    return np.stack([(energies[n] + energies[n[2:] + n[:2]]) / 2 for n in NAMES], -1)


def teeth(image, landmarks):
    """Which pixels of the mouth are teeth: the brighter of two clusters of its brightness.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        bool [H, W]; empty where the mouth is closed or the brighter cluster is less than 1 % of it.
    References:
        Matern et al. 2019, section 4.2.
    Lesson 11.
    """
    inner = np.asarray(landmarks)[60:68]
    mouth = polygon(inner, image.shape[:2])
    if opening(landmarks)["mouth"] <= MOUTH_OPEN or mouth.sum() < 12:
        return np.zeros(mouth.shape, bool)
    light = grey(image)
    low, high = np.percentile(light[mouth], (10, 90))
    for _ in range(20):  # 2-means of one number
        bright = np.abs(light - high) < np.abs(light - low)
        low, high = (float(light[mouth & part].mean()) if (mouth & part).any() else value
                     for part, value in ((~bright, low), (bright, high)))
    found = mouth & bright
    return found if found.sum() >= 0.01 * mouth.sum() else np.zeros(mouth.shape, bool)


def opening(landmarks):
    """How far mouth and eyes are open, as height over width.

    Args:
        landmarks: [68, 2].
    Returns:
        Dict: "mouth" and "eyes" (of the more closed one).
    Lesson 11.
    """
    p = np.asarray(landmarks, np.float64)
    ratio = lambda top, bottom, a, b: np.linalg.norm(p[top] - p[bottom]) / max(np.linalg.norm(p[a] - p[b]), 1e-6)  # noqa: E731
    return {"mouth": float(ratio(62, 66, 60, 64)),
            "eyes": float(min((ratio(37, 41, 36, 39) + ratio(38, 40, 36, 39)) / 2,
                              (ratio(43, 47, 42, 45) + ratio(44, 46, 42, 45)) / 2))}


def polygon(points, shape):
    """The pixels inside the convex hull of some points.

    Args:
        points: [N, 2], pixels.
        shape: (H, W).
    Returns:
        bool [H, W].
    Lesson 11.
    """
    mask = np.zeros(shape, np.uint8)
    corners = cv2.convexHull(np.asarray(points, np.float32))[:, 0]
    cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 1)
    return mask > 0


def regions(image, landmarks):
    """The pixels of eyes, teeth, nose, and the face's border.

    The border is a band along the edge of the hull of all 68 points, over jaw and brows; the public code calls that
    whole hull by this name.

    Args:
        image: f32 RGB [H, W, 3].
        landmarks: [68, 2], pixels.
    Returns:
        Dict: a name of REGIONS -> bool [H, W].
    Lesson 11.
    """
    shape, tall = image.shape[:2], float(np.ptp(landmarks[:, 1]))
    whole = hull(landmarks, shape, forehead=0.0) > 0.5
    return {"eyes": polygon(landmarks[36:42], shape) | polygon(landmarks[42:48], shape),
            "teeth": teeth(image, landmarks), "nose": polygon(landmarks[27:36], shape), "face": whole,
            "border": _dilated(whole, 0.05 * tall) & _dilated(~whole, 0.05 * tall)}


def texture(image, landmarks):
    """Does the face have the fine texture that its surroundings have?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        Evidence whose score is the mean log energy of the surroundings minus that of the face: larger where the face
        is softer. The features are nine energies of each region that is visible.
    References:
        Matern et al. 2019, section 4.2, for the energies; the score is the course's.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    energies, parts = laws(image), regions(image, landmarks)
    features = {f"{region} {name}": float(energies[mask][:, k].mean()) for region, mask in parts.items() if mask.any()
                for k, name in enumerate(NAMES)}
    face, tall = parts["face"], float(np.ptp(landmarks[:, 1]))
    around = _dilated(face, 0.35 * tall) & ~_dilated(face, 0.08 * tall)
    fine = [NAMES.index(n) for n in ("S5S5", "S5R5", "R5R5")]
    inner = np.log(np.median(energies[_eroded(face, 0.08 * tall)][:, fine], 0) + 1e-3)
    outer = np.log(np.median(energies[around][:, fine], 0) + 1e-3) if around.any() else inner
    why = too_small(landmarks)
    return Evidence("texture", float((outer - inner).mean()), features, not why, why,
                    heat(np.log(energies[..., fine].mean(-1) + 1e-3)))


def _dilated(mask, pixels):
    size = 2 * max(0, round(pixels)) + 1
    return cv2.dilate(mask.astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))) > 0


def _eroded(mask, pixels):
    return ~_dilated(~mask, pixels)
