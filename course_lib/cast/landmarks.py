"""The 68 landmarks and the two pupils, computed on the same curves and the same solid that are rendered."""

import numpy as np
import tensorflow as tf

from course_lib.cast.anatomy import CAMERA_DISTANCE, brow_curve, eye_curves, mouth_curves, project, to_world, unpack
from course_lib.cast.geometry import head
from course_lib.cast.measure import loop_variant

# positions along each curve in the 68-point order; side: +1 upper edge, -1 lower edge, 0 a corner
_EYE = np.array([1, 0.38, -0.38, -1, -0.38, 0.38], np.float32)
_EYE_SIDE = np.array([0, 1, 1, 0, -1, -1], np.float32)
_OUTER = np.array([-1, -0.62, -0.28, 0, 0.28, 0.62, 1, 0.62, 0.28, 0, -0.28, -0.62], np.float32)
_OUTER_SIDE = np.array([0, 1, 1, 1, 1, 1, 0, -1, -1, -1, -1, -1], np.float32)
_INNER = np.array([-0.90, -0.42, 0, 0.42, 0.90, 0.42, 0, -0.42], np.float32)
_INNER_SIDE = np.array([0, 1, 1, 1, 0, -1, -1, -1], np.float32)
_JAW = (np.pi / 2 * 1.04 * np.linspace(-1, 1, 17)).astype(np.float32)[None]
_SLACK = 0.05  # how far behind the seen surface still counts as visible: 5 mm


def landmarks_3d(matrix):
    """70 points on the surface: 17 of the jaw, 51 inner ones, 2 pupils.

    The jaw's points are fixed on the head (where rays from the middle of the face meet it), not on the visible outline.

    Args:
        matrix: The transposed packed matrix [MAX_COLUMNS, N].
    Returns:
        (x, y, z) in the head frame, tensors [N, 70].
    """
    q = unpack(matrix)
    one = tf.ones_like(q.fw.tensor())
    row = lambda a: one * np.asarray(a, np.float32)[None]  # noqa: E731
    along, middle = np.array([1, 0.5, 0, -0.5, -1], np.float32), 0.315 * (1 + 0.04 * q.eye_sep)
    bx = tf.concat([-(middle + 0.225 * along), middle + 0.225 * along[::-1]], 1)
    nx = tf.concat([row([0, 0, 0, 0]), np.array([[-0.115, -0.058, 0, 0.058, 0.115]], np.float32) * q.nw], 1)
    ny = tf.concat(
        [
            0.05 + (q.ny - 0.05) * np.array([[0, 0.333, 0.667, 1.0]], np.float32),
            q.ny + row([-0.065, -0.090, -0.105, -0.090, -0.065]),
        ],
        1,
    )
    ex = tf.concat([-(q.ex + q.ew * _EYE), q.ex + q.ew * _EYE[[3, 2, 1, 0, 5, 4]]], 1)
    eye_side = np.concatenate([_EYE_SIDE, _EYE_SIDE])
    _, _, upper, lower, _, _ = eye_curves(ex, q)
    ey = tf.where(eye_side > 0, upper, tf.where(eye_side < 0, lower, 0.5 * (upper + lower)))
    mx = q.mw * np.concatenate([_OUTER, _INNER])
    _, _, mid, iu, il, ou, ol = mouth_curves(mx, q)
    side, inner = np.concatenate([_OUTER_SIDE, _INNER_SIDE]), np.arange(20) >= 12
    my = tf.where(side > 0, tf.where(inner, iu, ou), tf.where(side < 0, tf.where(inner, il, ol), mid))
    x, y = tf.concat([bx, nx, ex, mx], 1), tf.concat([brow_curve(bx, q)[1], ny, ey, my], 1)
    # every point lies on a ray: inner points from the front (a bit beside openings), jaw points from outside
    beside = np.concatenate([np.zeros(19), 0.018 * eye_side, np.where(inner, 0.02 * side, 0)]).astype(np.float32)
    jx, jy, jz = one * np.sin(_JAW), -one * np.cos(_JAW), (0.14 + 0.50 * np.cos(_JAW)) + 0.5 * q.jz
    ox, oy, oz = tf.concat([0.0 * jx, x], 1), tf.concat([0.0 * jy - 0.22, y + beside], 1), tf.concat([jz, 0.0 * x], 1)
    dx, dy, dz = tf.concat([jx, 0.0 * x], 1), tf.concat([jy, 0.0 * x], 1), tf.concat([0.0 * jz, 1.0 + 0.0 * x], 1)

    def step(i, matrix, s):
        skin = head(ox + s * dx, oy + s * dy, oz + s * dz, unpack(matrix))[0]
        return i + 1, loop_variant(matrix, i), s - 0.8 * skin

    s = tf.while_loop(lambda i, *_: i < 32, step, [0, matrix, 1.65 + 0.0 * ox])[2]
    px = tf.concat([-q.ex + q.re * q.gx, q.ex + q.re * q.gx], 1)
    py, pz = q.re * q.gy + 0.0 * px, q.ez + q.re * q.gz + 0.0 * px
    return (
        tf.concat([ox + s * dx, px], 1),
        tf.concat([jy * s[:, :17] - 0.22, y, py], 1),
        tf.concat([oz + s * dz, pz], 1),
    )


def landmark_positions(matrix):
    """The 70 points as the camera sees them.

    Args:
        matrix: The transposed packed matrix [MAX_COLUMNS, N].
    Returns:
        (position in the image [N, 70, 2] in [0, 1], distance from the camera [N, 70]).
    """
    q = unpack(matrix)
    p = to_world(landmarks_3d(matrix), q)
    return project(p, q), CAMERA_DISTANCE - p[2]


def visible(pixels: np.ndarray, distance: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Which points are inside the image and not occluded.

    Args:
        pixels: f32 [N, 70, 2], (x, y).
        distance: f32 [N, 70], from the camera.
        depth: f32 [N, H, W], of the rendered surface.
    Returns:
        bool [N, 70].
    """
    size = depth.shape[1]
    at = np.rint(pixels).astype(int)
    inside = ((at >= 0) & (at < size)).all(-1)
    at = np.clip(at, 0, size - 1)
    seen = depth[np.arange(len(depth))[:, None], at[..., 1], at[..., 0]]
    return inside & (distance < seen + _SLACK)
