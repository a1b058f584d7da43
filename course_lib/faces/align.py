"""From landmarks to an aligned face of fixed size, and back. Lesson 01.

Pixel coordinates put the centre of the first pixel at (0, 0); unit-square coordinates span the image's outer edges.
"""
import math
from dataclasses import dataclass

import cv2
import numpy as np

from course_lib.values import unit_range

from .mean_face import MEAN_FACE

# Brows, nose, eyes and the corners of the mouth. The jaw, the lips and the chin move with speech: a crop that
# followed them would jitter, and would hide from the model the very motion that it has to learn.
STABLE = np.r_[17:48, 48, 54]
LARGEST_WARP = 2048


@dataclass(frozen=True)
class Aligned:
    """One aligned face.

    Args:
        image: f32 RGB [S, S, 3] in [0, 1].
        matrix: f64 [2, 3], takes frame pixels (x, y, 1) to crop pixels.
        landmarks: f32 [68, 2], crop pixels.
    """

    image: np.ndarray
    matrix: np.ndarray
    landmarks: np.ndarray


def umeyama(src, dst):
    """The similarity (rotation, uniform scale, translation; no reflection) that best
    maps one set of points onto another.

    Args:
        src, dst: [N, 2], N >= 2.
    Returns:
        f64 [2, 3], M that minimises the sum of |M (x, y, 1) - dst|^2.
    Raises:
        ValueError: When the shapes differ, a number is not finite, or all source points
            coincide.
    References:
        Umeyama, "Least-squares estimation of transformation parameters between two
            point patterns", PAMI 1991, equations 38 to 43.
    Lesson 01.
    """
    src, dst = np.asarray(src, np.float64), np.asarray(dst, np.float64)
    if src.shape != dst.shape or src.ndim != 2 or src.shape[1] != 2 or len(src) < 2:
        raise ValueError("umeyama expects two arrays [N, 2] of one length, N >= 2; "
                         f"got {src.shape} and {dst.shape}")
    if not (np.isfinite(src).all() and np.isfinite(dst).all()):
        raise ValueError("umeyama got points that are not finite: leave out points "
                         "that were not detected")
    src_mean, dst_mean = src.mean(0), dst.mean(0)
    src, dst = src - src_mean, dst - dst_mean
    variance = (src**2).sum() / len(src)
    if variance < 1e-12:
        raise ValueError("umeyama got source points that all coincide: they determine "
                         "no rotation or scale")
    u, singular, vt = np.linalg.svd(dst.T @ src / len(src))
    # a rotation, never a reflection
    sign = np.array([1.0, 1.0 if np.linalg.det(u) * np.linalg.det(vt) > 0 else -1.0])
    rotation = (u * sign) @ vt
    scale = (singular * sign).sum() / variance
    return np.c_[scale * rotation, dst_mean - scale * rotation @ src_mean]


def transform(points, matrix):
    """Points under an affine matrix.

    Args:
        points: [..., 2].
        matrix: [2, 3].
    Returns:
        f64 [..., 2].
    """
    return np.asarray(points, np.float64) @ matrix[:, :2].T + matrix[:, 2]


def invert(matrix):
    """The inverse of an affine matrix: crop pixels back to frame pixels.

    Args:
        matrix: [2, 3].
    Returns:
        f64 [2, 3].
    """
    return cv2.invertAffineTransform(np.asarray(matrix, np.float64))


def scale_of(matrix):
    """The scale of a similarity.

    Args:
        matrix: [2, 3], from frame to crop pixels.
    Returns:
        Crop pixels per frame pixel.
    """
    return float(np.hypot(matrix[0][0], matrix[1][0]))


def canonical(size, coverage=1.0):
    """Where the mean face lies in a crop.

    Args:
        size: Side of the crop in pixels, at least 8.
        coverage: 1 shows the face from hairline to chin; 1.5 shows one and a half times as much around the same centre,
            0.8 zooms in; 0.2 to 10.
    Returns:
        f32 [68, 2], pixels.
    Raises:
        ValueError: For another size or coverage.
    """
    if size < 8 or not 0.2 <= coverage <= 10:
        raise ValueError(f"a crop needs size >= 8 and coverage in 0.2 to 10; got size={size}, coverage={coverage}")
    return (((MEAN_FACE - 0.5) / coverage + 0.5) * size - 0.5).astype(np.float32)


def warp(image, matrix, size):
    """Warp an image into a crop.

    Outside the image its border is repeated. Where the crop is smaller than what it shows, it is rendered at a multiple
    of its size and averaged down: plain interpolation would skip pixels and cause aliasing.

    Args:
        image: [H, W(, C)].
        matrix: [2, 3], from frame to crop pixels.
        size: Side of the crop in pixels.
    Returns:
        [size, size(, C)].
    """
    fold = min(max(1, math.ceil(1 / max(scale_of(matrix), 1e-6) - 0.05)), max(1, LARGEST_WARP // size))
    fine = np.asarray(matrix, np.float64) * fold
    fine[:, 2] += (fold - 1) / 2
    big = cv2.warpAffine(
        image, fine, (size * fold, size * fold), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return big if fold == 1 else cv2.resize(big, (size, size), interpolation=cv2.INTER_AREA)


def align(image, landmarks, size=64, coverage=1.0):
    """Rotate, scale and shift an image so that its face lies where the mean face lies.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels of the image.
        size, coverage: The crop, see `canonical`.
    Returns:
        Aligned.
    Raises:
        ValueError: For other shapes, or landmarks that are not finite.
    Lesson 01.
    """
    landmarks = np.asarray(landmarks)
    if landmarks.shape != (68, 2):
        raise ValueError(f"align expects landmarks [68, 2]; got {landmarks.shape} (five points: use align_five)")
    matrix = umeyama(landmarks[STABLE], canonical(size, coverage)[STABLE])
    return _crop(image, matrix, landmarks, size)


def five_points(landmarks):
    """Five points of 68 landmarks.

    Args:
        landmarks: [68, 2].
    Returns:
        [5, 2]: the centres of the eye at the left and at the right of the image, nose tip, left and right mouth corner.
    """
    landmarks = np.asarray(landmarks)
    return np.stack([landmarks[36:42].mean(0), landmarks[42:48].mean(0), landmarks[30], landmarks[48], landmarks[54]])


def estimate_68(points5):
    """An estimate of 68 landmarks from five points: the mean face, mapped onto them by a similarity.

    It is nobody's own shape, and shows no expression: suitable for a mask and a crop, not for measuring a face.

    Args:
        points5: [5, 2], as `five_points` returns them.
    Returns:
        f32 [68, 2].
    Raises:
        ValueError: For another shape.
    """
    points5 = np.asarray(points5)
    if points5.shape != (5, 2):
        raise ValueError(f"five points [5, 2] are expected (eyes, nose tip, mouth corners); got {points5.shape}")
    return transform(MEAN_FACE, umeyama(five_points(MEAN_FACE), points5)).astype(np.float32)


def align_five(image, points5, size=64, coverage=1.0):
    """As `align`, from five points; the landmarks of the result are those of `estimate_68`.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        points5: [5, 2], as `five_points` returns them.
        size, coverage: The crop, see `canonical`.
    Returns:
        Aligned.
    """
    points5 = np.asarray(points5)
    matrix = umeyama(points5, five_points(canonical(size, coverage))) if points5.shape == (5, 2) else None
    return _crop(image, matrix, estimate_68(points5), size)


def align_face(image, face, size=64, coverage=1.0):
    """As `align`, a detected face: by its 68 landmarks where they were measured, otherwise by its five points.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        face: A Face of `detect_faces`.
        size, coverage: The crop, see `canonical`.
    Returns:
        Aligned.
    Lesson 01.
    """
    if face.mesh is None:
        return align_five(image, face.points, size, coverage)
    return align(image, face.landmarks, size, coverage)


def _crop(image, matrix, landmarks, size):
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.float32:
        raise ValueError(f"an image is float32 RGB [H, W, 3] in [0, 1]; got {image.dtype} {image.shape}")
    unit_range(image)
    return Aligned(warp(image, matrix, size), matrix, transform(landmarks, matrix).astype(np.float32))
