"""From landmarks to an upright face of fixed size, and the way back. Lesson 01.

Pixel coordinates put the centre of the first pixel at (0, 0); unit-square coordinates span the picture's outer edges.
"""
import math
from dataclasses import dataclass

import cv2
import numpy as np

from course_lib.values import unit_range

from .mean_face import MEAN_FACE

# Brows, nose, eyes and the corners of the mouth. The jaw, the lips and the chin move with speech: a crop that
# followed them would shake, and would hide from the model exactly the motion that it has to learn.
STABLE = np.r_[17:48, 48, 54]
LARGEST_WARP = 2048


@dataclass(frozen=True)
class Aligned:
    """One aligned face: image f32 [S, S, 3]; matrix f64 [2, 3] that takes frame pixels (x, y, 1) to crop pixels;
    landmarks f32 [68, 2] in crop pixels."""

    image: np.ndarray
    matrix: np.ndarray
    landmarks: np.ndarray


def umeyama(src, dst):
    """The similarity (rotation, uniform scale, shift; no mirror) that best maps one set of points onto another.

    src, dst: [N, 2], N >= 2. Returns f64 [2, 3] that minimises the sum of |M (x, y, 1) - dst|^2.
    Raises ValueError when the shapes differ, a number is not finite, or all source points coincide.
    Source: Umeyama, "Least-squares estimation of transformation parameters between two point patterns", PAMI 1991,
    equations 38 to 43. Lesson 01.
    """
    src, dst = np.asarray(src, np.float64), np.asarray(dst, np.float64)
    if src.shape != dst.shape or src.ndim != 2 or src.shape[1] != 2 or len(src) < 2:
        raise ValueError(f"umeyama wants two arrays [N, 2] of one length, N >= 2; got {src.shape} and {dst.shape}")
    if not (np.isfinite(src).all() and np.isfinite(dst).all()):
        raise ValueError("umeyama got points that are not finite: leave out points that were not found")
    src_mean, dst_mean = src.mean(0), dst.mean(0)
    src, dst = src - src_mean, dst - dst_mean
    variance = (src**2).sum() / len(src)
    if variance < 1e-12:
        raise ValueError("umeyama got source points that all coincide: no rotation or scale can be found from them")
    u, strength, vt = np.linalg.svd(dst.T @ src / len(src))
    sign = np.array([1.0, 1.0 if np.linalg.det(u) * np.linalg.det(vt) > 0 else -1.0])  # a turn, never a mirror image
    rotation = (u * sign) @ vt
    scale = (strength * sign).sum() / variance
    return np.c_[scale * rotation, dst_mean - scale * rotation @ src_mean]


def transform(points, matrix):
    """Points [..., 2] under an affine matrix [2, 3], as float64."""
    return np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]


def invert(matrix):
    """The inverse of an affine matrix [2, 3]: crop pixels back to frame pixels."""
    return cv2.invertAffineTransform(np.asarray(matrix, np.float64))


def scale_of(matrix):
    """Crop pixels per frame pixel of a similarity [2, 3]."""
    return float(np.hypot(matrix[0][0], matrix[1][0]))


def canonical(size, coverage=1.0):
    """Where the mean face lies in a crop: f32 [68, 2] in pixels.

    size: side of the crop in pixels. coverage: 1 shows the face from hairline to chin; 1.5 shows one and a half
    times as much around the same centre, 0.8 zooms in.
    """
    if size < 8 or not 0.2 <= coverage <= 10:
        raise ValueError(f"a crop needs size >= 8 and coverage in 0.2 to 10; got size={size}, coverage={coverage}")
    return (((MEAN_FACE - 0.5) / coverage + 0.5) * size - 0.5).astype(np.float32)


def warp(image, matrix, size):
    """Cuts a crop [size, size(, C)] out of a picture [H, W(, C)] under a matrix [2, 3] from frame to crop pixels.

    Outside the picture its border is repeated. Where the crop is smaller than what it shows, it is cut at a multiple
    of its size and averaged down: plain interpolation would skip pixels and turn fine texture into false patterns.
    """
    fold = min(max(1, math.ceil(1 / max(scale_of(matrix), 1e-6) - 0.05)), max(1, LARGEST_WARP // size))
    fine = np.asarray(matrix, np.float64) * fold
    fine[:, 2] += (fold - 1) / 2
    big = cv2.warpAffine(
        image, fine, (size * fold, size * fold), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return big if fold == 1 else cv2.resize(big, (size, size), interpolation=cv2.INTER_AREA)


def align(image, landmarks, size=64, coverage=1.0):
    """Turns, scales and shifts a picture so that its face lies where the mean face lies.

    image: f32 RGB [H, W, 3] in [0, 1]. landmarks: [68, 2] in pixels of the picture. Returns an Aligned.
    Raises ValueError on other shapes or landmarks that are not finite. Lesson 01.
    """
    landmarks = np.asarray(landmarks)
    if landmarks.shape != (68, 2):
        raise ValueError(f"align wants landmarks [68, 2]; got {landmarks.shape} (five points: use align_five)")
    matrix = umeyama(landmarks[STABLE], canonical(size, coverage)[STABLE])
    return _cut(image, matrix, landmarks, size)


def five_of(landmarks):
    """Five points [5, 2] of 68: the middles of the picture's left and right eye, nose tip, left and right corner."""
    landmarks = np.asarray(landmarks)
    return np.stack([landmarks[36:42].mean(0), landmarks[42:48].mean(0), landmarks[30], landmarks[48], landmarks[54]])


def estimate_68(points5):
    """An estimate of 68 landmarks from five points: the mean face laid onto them by a similarity, f32 [68, 2].

    It is nobody's own shape, and shows no expression: good for a mask and a crop, not for measuring a face.
    """
    points5 = np.asarray(points5)
    if points5.shape != (5, 2):
        raise ValueError(f"five points [5, 2] are wanted (eyes, nose tip, mouth corners); got {points5.shape}")
    return transform(MEAN_FACE, umeyama(five_of(MEAN_FACE), points5)).astype(np.float32)


def align_five(image, points5, size=64, coverage=1.0):
    """Like align, from five points [5, 2] (left eye, right eye, nose tip, left and right mouth corner, as seen).

    The landmarks of the result are estimate_68's.
    """
    points5 = np.asarray(points5)
    matrix = umeyama(points5, five_of(canonical(size, coverage))) if points5.shape == (5, 2) else None
    return _cut(image, matrix, estimate_68(points5), size)


def _cut(image, matrix, landmarks, size):
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.float32:
        raise ValueError(f"a picture is float32 RGB [H, W, 3] in [0, 1]; got {image.dtype} {image.shape}")
    unit_range(image)
    return Aligned(warp(image, matrix, size), matrix, transform(landmarks, matrix).astype(np.float32))
