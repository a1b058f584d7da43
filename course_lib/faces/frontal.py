"""Faces turned to the front by the head's 3-D shape, and turned back into another frame's pose. Lesson 08.

Head units are those of MEAN_HEAD, with x right, y down and z away from the viewer, as in OpenCV. A frontal crop is the
head seen from straight ahead and far away; the mean face lies in it as `canonical` puts it.

References:
    Suwajanakorn et al., "Synthesizing Obama", ACM TOG 2017, section 3 (frontalised mouths in the target's pose).
    Hassner et al., "Effective face frontalization in unconstrained images", CVPR 2015 (one shape for all faces).
"""
import math
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from .align import STABLE, canonical, transform, umeyama
from .mean_face import MEAN_HEAD

POSED = np.r_[0:4, 13:36, 36, 39, 42, 45, 48, 54]  # without the chin, lids and lips, which move
FLIP = np.diag([1.0, -1.0, -1.0])  # from x right, y up, z to the viewer to the camera's x right, y down, z away
ROUNDS = 8  # of the search along a ray
COVERAGE = 1.25  # of a frontal crop, see `canonical`: it must hold everybody's open jaw


class Pose(NamedTuple):
    """Where a head is: a point p of it is seen at camera @ (turn @ p + shift), divided by the last coordinate.

    Args:
        turn: f64 [3, 3], a rotation.
        shift: f64 [3], head units.
        camera: f64 [3, 3], focal length and middle of the image, pixels.
    """

    turn: np.ndarray
    shift: np.ndarray
    camera: np.ndarray


def fit_pose(landmarks, shape, focal=None):
    """The pose in which a mean head's landmarks are projected onto those of an image.

    Args:
        landmarks: [68, 2], pixels.
        shape: Of the image, (H, W, ...).
        focal: Focal length in pixels; twice the longer side when left out, which is a portrait's.
    Returns:
        Pose.
    References:
        Terzakis and Lourakis, "A consistently fast and globally optimal solution to the perspective-n-point problem",
        ECCV 2020 (the start; refined by Levenberg-Marquardt).
    Lessons 01 and 08.
    """
    landmarks, (height, width) = np.asarray(landmarks, np.float64), shape[:2]
    focal = 2.0 * max(height, width) if focal is None else focal
    camera = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
    model = (MEAN_HEAD[POSED] @ FLIP).astype(np.float64)
    _, turn, shift = cv2.solvePnP(model, landmarks[POSED], camera, None, flags=cv2.SOLVEPNP_SQPNP)
    turn, shift = cv2.solvePnPRefineLM(model, landmarks[POSED], camera, None, turn, shift)
    return Pose(cv2.Rodrigues(turn)[0], shift.ravel(), camera)


@lru_cache(maxsize=8)
def surface(size):
    """The mean head's face as a surface over a frontal crop: a thin plate through its landmarks.

    Args:
        size: Side of the crop, pixels.
    Returns:
        (f64 [2, 3] from head x, y to crop pixels, f32 [size, size] the depth z at each pixel).
    Lesson 08.
    """
    from scipy.interpolate import RBFInterpolator

    points = (MEAN_HEAD @ FLIP).astype(np.float64)
    matrix = umeyama(points[STABLE, :2], canonical(size, COVERAGE)[STABLE])
    rows, columns = np.mgrid[:size, :size]
    plate = RBFInterpolator(transform(points[:, :2], matrix), points[:, 2], smoothing=1e-3)
    depth = plate(np.stack([columns, rows], -1).reshape(-1, 2).astype(np.float64)).reshape(size, size)
    return matrix, np.clip(depth, points[:, 2].min(), points[:, 2].max()).astype(np.float32)


def frontal(image, pose, size):
    """A face seen from the front: each pixel of the crop is a point of the surface, looked up where the image shows it.

    Where the crop is smaller than what it shows, it is made at a multiple of its size and averaged down, as in `align`.

    Args:
        image: f32 RGB [H, W, 3].
        pose: Pose.
        size: Side of the crop, pixels.
    Returns:
        f32 [size, size, 3].
    Lesson 08.
    """
    matrix, depth = surface(size)
    rows, columns = np.mgrid[:size, :size]
    flat = transform(np.stack([columns, rows], -1), cv2.invertAffineTransform(matrix))
    seen = (np.concatenate([flat, depth[..., None]], -1) @ pose.turn.T + pose.shift) @ pose.camera.T
    at = (seen[..., :2] / seen[..., 2:]).astype(np.float32)
    fold = math.ceil(np.linalg.norm(at[size // 2, -1] - at[size // 2, 0]) / (size - 1) - 0.5)
    if fold > 1:
        return cv2.resize(frontal(image, pose, size * fold), (size, size), interpolation=cv2.INTER_AREA)
    return cv2.remap(np.asarray(image, np.float32), at, None, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)


def on_surface(pixels, pose, size):
    """Where the rays of an image's pixels meet the surface: the inverse of what `frontal` looks up.

    A ray meets the plane of a first guess of z; the surface's z at that place is the next guess, and so on.

    Args:
        pixels: f [N, 2] or [H, W, 2].
        pose: Pose.
        size: Side of the frontal crop, pixels.
    Returns:
        f64, as pixels: crop pixels.
    Lesson 08.
    """
    matrix, depth = surface(size)
    grid = np.asarray(pixels, np.float64).reshape(-1, *np.shape(pixels)[-2:])  # OpenCV limits the length of a row
    rays = np.concatenate([grid, np.ones_like(grid[..., :1])], -1) @ np.linalg.inv(pose.camera).T @ pose.turn
    eye, z = -pose.turn.T @ pose.shift, np.full(grid.shape[:-1], float(depth.mean()))  # of the camera, head units
    for _ in range(ROUNDS):
        met = eye + rays * ((z - eye[2]) / rays[..., 2])[..., None]
        at = transform(met[..., :2], matrix)
        z = cv2.remap(depth, at.astype(np.float32), None, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
    return at.reshape(np.shape(pixels))


def turned(face, pose, frame, landmarks, margin=0.15):
    """A frontal crop in the pose of a frame, over that frame.

    Args:
        face: f32 RGB [S, S, 3], of `frontal`.
        pose: Of the head in the frame.
        frame: f32 RGB [H, W, 3].
        landmarks: f [68, 2] of the frame, around which the crop is laid.
        margin: How far around them, parts of their extent.
    Returns:
        f32 [H, W, 3].
    Lesson 08.
    """
    low, high = np.asarray(landmarks).min(0), np.asarray(landmarks).max(0)
    grow, shape = margin * (high - low), np.array(frame.shape[1::-1])
    (left, top), (right, bottom) = (np.clip(np.rint(p), 0, shape).astype(int)
                                    for p in (low - grow, high + grow + 1))
    rows, columns = np.mgrid[top:bottom, left:right]
    at = on_surface(np.stack([columns, rows], -1), pose, len(face)).astype(np.float32)
    out = np.array(frame, np.float32)
    laid = cv2.remap(np.asarray(face, np.float32), at, None, cv2.INTER_CUBIC, None, cv2.BORDER_REPLICATE)
    out[top:bottom, left:right] = np.clip(laid, 0, 1)  # cubic interpolation overshoots
    return out
