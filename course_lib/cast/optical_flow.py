"""Exact optical flow between the frames of a rendered clip. Lessons 03 and 07."""
import numpy as np
from scipy.interpolate import RBFInterpolator

from .anatomy import CAMERA_DISTANCE, PIVOT, VIEW_HEIGHT, VIEW_MIDDLE, measures
from .parameters import to_vector


def optical_flow(frames):
    """Exact optical flow of a rendered clip: where each pixel moves to in the next frame.

    The head's pixels are lifted by their exact depth, rotated by the exact poses and projected again; the motion of the
    face itself, as in speech, is interpolated between the exact landmarks and added.

    Args:
        frames: The cast's Frames of one person, in order, at least two.
    Returns:
        f32 [T-1, H, W, 2], displacements (x, y) in pixels; nan outside the head, and where the pixel is occluded in the
            next frame or leaves it.
    Raises:
        ValueError: For fewer than two frames.
    Lesson 03.
    """
    if len(frames) < 2:
        raise ValueError(f"motion needs two frames at least; got {len(frames)}")
    size = frames.rgb.shape[1]
    q = measures(np.stack([to_vector(p, s) for p, s in zip(frames.persons, frames.scenes, strict=True)]), size)
    rotations = np.stack([[q[f"r{i}{j}"][:, 0] for j in range(3)] for i in range(3)]).transpose(2, 0, 1)
    rotations = rotations.astype(np.float64)
    cameras = np.stack([q[name][:, 0] for name in ("cam_scale", "cam_x", "cam_y")], 1).astype(np.float64)
    return np.stack([_flow(frames, t, rotations[t:t + 2], cameras[t:t + 2]) for t in range(len(frames) - 1)])


def _flow(frames, t, rotations, cameras):
    size = frames.rgb.shape[1]
    head = frames.face_mask[t] | frames.mask("hair")[t]
    rows, columns = np.nonzero(head & np.isfinite(frames.depth[t]))
    depth = frames.depth[t][rows, columns].astype(np.float64)
    (zoom, left, up), (zoom2, left2, up2) = cameras
    u, v = (columns + 0.5) / size * 2 - 1, 1 - (rows + 0.5) / size * 2
    k = VIEW_HEIGHT / 2 / zoom
    points3d = np.stack([(u - left) * k * depth / CAMERA_DISTANCE,
                         ((v - up) * k + VIEW_MIDDLE) * depth / CAMERA_DISTANCE, CAMERA_DISTANCE - depth], -1)
    points3d = (points3d - PIVOT) @ rotations[0] @ rotations[1].T + PIVOT
    far = CAMERA_DISTANCE - points3d[:, 2]
    k = VIEW_HEIGHT / 2 / zoom2
    u = points3d[:, 0] * CAMERA_DISTANCE / far / k + left2
    v = (points3d[:, 1] * CAMERA_DISTANCE / far - VIEW_MIDDLE) / k + up2
    motion = np.full((size, size, 2), np.nan)
    motion[rows, columns] = np.stack([(u + 1) / 2 * size - 0.5 - columns, (1 - v) / 2 * size - 0.5 - rows], -1)
    points = frames.landmarks[t]
    at = np.rint(points).astype(int).clip(0, size - 1)
    own = frames.landmarks[t + 1] - points - motion[at[:, 1], at[:, 0]]  # what the head's rotation does not explain
    both = frames.landmarks_visible[t] & frames.landmarks_visible[t + 1] & np.isfinite(own).all(-1)
    if both.sum() > 3:
        spread = RBFInterpolator(points[both], own[both], kernel="linear")
        motion[rows, columns] += spread(np.stack([columns, rows], -1).astype(np.float64))
    target = np.rint(np.stack([columns, rows], -1) + motion[rows, columns]).astype(int)
    outside = ((target < 0) | (target >= size)).any(-1)
    target = target.clip(0, size - 1)
    hidden = frames.depth[t + 1][target[:, 1], target[:, 0]] < far - 0.15  # 15 mm nearer than it should be
    lost = ~np.isfinite(frames.depth[t + 1][target[:, 1], target[:, 0]])
    invalid = outside | hidden | lost
    motion[rows[invalid], columns[invalid]] = np.nan
    return motion.astype(np.float32)
