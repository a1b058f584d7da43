"""Retargeting of eyes and lips: open or close them on request, by moving keypoints. Lesson 07.

Guo et al. 2024, "LivePortrait", moves its implicit keypoints by small networks that are given how far eyes or lips are
open and how far they should be. The course's first-order network has no keypoint on a lid or a lip, so here the
keypoints are the 68 landmarks, and the picture follows them triangle by triangle.
"""
import keras
import numpy as np
from keras import layers
from scipy.interpolate import LinearNDInterpolator

from course_lib.checkpoints import load
from course_lib.models.animation_baselines import warp_back

LIDS = ((37, 41), (38, 40), (43, 47), (44, 46))  # upper and lower lid
INNER_LIPS = ((61, 67), (62, 66), (63, 65))  # upper and lower lip
CORNERS = ((36, 39), (42, 45)), (60, 64)  # of the eyes, of the mouth
UNITS = 128  # of the hidden layers


def _apart(points, pairs):
    return np.linalg.norm(points[:, [a for a, _ in pairs]] - points[:, [b for _, b in pairs]], axis=-1).mean(1)


def open_ratios(landmarks):
    """How far eyes and lips are open: the height of the opening over its width.

    Args:
        landmarks: f [N, 68, 2], pixels.
    Returns:
        f32 [N, 2]: the mean of both eyes, and the lips; 0 is closed.
    References:
        Guo et al. 2024, section 3.3, where they are called eyes-open and lip-open condition.
    Lesson 07.
    """
    points = np.asarray(landmarks, np.float64)
    eyes, mouth = CORNERS
    ratios = [_apart(points, LIDS) / _apart(points, eyes), _apart(points, INNER_LIPS) / _apart(points, [mouth])]
    return np.stack(ratios, -1).astype(np.float32)


def face_units(landmarks):
    """Landmarks as they are in the face: the middle of the eyes is 0, the vector from eye to eye is 1 and upright.

    Args:
        landmarks: f [N, 68, 2], pixels.
    Returns:
        (f64 [N, 68, 2], middle f64 [N, 1, 2], axis f64 [N, 2]): in_pixels takes them back.
    Lesson 07.
    """
    points = np.asarray(landmarks, np.float64)
    right, left = points[:, 36:42].mean(1), points[:, 42:48].mean(1)
    middle, axis = ((right + left) / 2)[:, None], left - right
    away, length = points - middle, (axis**2).sum(-1)[:, None]
    x = (away * axis[:, None]).sum(-1) / length
    y = (away[..., 1] * axis[:, None, 0] - away[..., 0] * axis[:, None, 1]) / length
    return np.stack([x, y], -1), middle, axis


def in_pixels(offsets, axis):
    """Offsets in face units as offsets in pixels.

    Args:
        offsets: f [N, 68, 2].
        axis: f [N, 2], as face_units gives it.
    Returns:
        f64 [N, 68, 2].
    Lesson 07.
    """
    x, y = offsets[..., 0], offsets[..., 1]
    across, down = axis[:, None, 0], axis[:, None, 1]
    return np.stack([x * across - y * down, x * down + y * across], -1)


def retargeter(units=UNITS):
    """The small network: keypoints, their ratios and the wanted ratios in, offsets of the keypoints out.

    Before training all offsets are zero.

    Args:
        units: of the two hidden layers.
    Returns:
        keras.Model from [keypoints f32 [N, 68, 2] in face units, ratios f32 [N, 2], wanted f32 [N, 2]] to offsets f32
        [N, 68, 2] in face units.
    References:
        Guo et al. 2024, section 3.3: three or four layers of 128 or 256 units, one network for the eyes, one for the
        lips.
    Lesson 07.
    """
    points = keras.Input((68, 2), name="keypoints")
    ratios, wanted = (keras.Input((2,), name=name) for name in ("ratios", "wanted"))
    x = layers.Concatenate()([layers.Flatten()(points), ratios, wanted])
    for _ in range(2):
        x = layers.Dense(units, activation="relu")(x)
    x = layers.Dense(136, kernel_initializer="zeros", name="offsets")(x)
    return keras.Model([points, ratios, wanted], layers.Reshape((68, 2))(x), name="retargeter")


def move_landmarks(model, landmarks, wanted):
    """Landmarks with eyes and lips as far open as wanted.

    Args:
        model: a retargeter.
        landmarks: f [N, 68, 2], pixels.
        wanted: f [N, 2] or [2], ratios as open_ratios gives them; nan leaves eyes or lips as they are.
    Returns:
        f64 [N, 68, 2], pixels.
    Lesson 07.
    """
    points, _, axis = face_units(landmarks)
    ratios = open_ratios(landmarks)
    wanted = np.broadcast_to(np.float32(wanted), ratios.shape)
    wanted = np.where(np.isfinite(wanted), wanted, ratios)
    offsets = np.asarray(model.predict_on_batch([np.float32(points), ratios, wanted]))
    return landmarks + in_pixels(offsets, axis)


def piecewise_affine(landmarks, moved, size):
    """The displacement that takes every landmark where it belongs, linear in each triangle between the landmarks.

    Unlike a thin-plate spline it does not overshoot where two landmarks meet, as those of both lids do in a closed eye.

    Args:
        landmarks: f [68, 2], of the source, pixels.
        moved: f [68, 2], where they are wanted.
        size: side of the image, pixels; its border stays where it is.
    Returns:
        f32 [size, size, 2]: pixel z of the result is taken from z + displacement.
    Lesson 07.
    """
    line = np.linspace(0, size - 1, 5)
    border = np.array([(x, y) for x in line for y in line if x in (0, size - 1) or y in (0, size - 1)])
    known = np.concatenate([np.asarray(landmarks) - moved, np.zeros_like(border)])
    surface = LinearNDInterpolator(np.concatenate([moved, border]), known, fill_value=0.0)
    rows, columns = np.mgrid[:size, :size]
    return surface(columns, rows).astype(np.float32)


def retarget(model, image, landmarks, wanted):
    """A picture with eyes and lips as far open as wanted.

    Args:
        model: a retargeter.
        image: f32 RGB [S, S, 3] in [0, 1].
        landmarks: f [68, 2], pixels.
        wanted: two ratios, of eyes and lips; nan leaves them as they are.
    Returns:
        (f32 RGB [S, S, 3], the moved landmarks f64 [68, 2]).
    Lesson 07.
    """
    moved = move_landmarks(model, np.asarray(landmarks)[None], wanted)[0]
    return warp_back(image, piecewise_affine(landmarks, moved, len(image))), moved


def shipped_retargeter():
    """The trained retargeter.

    Returns:
        keras.Model.
    Lesson 07.
    """
    return load("retargeter")
