"""Animation without learning: what every learned method has to beat. Lesson 07.

Each gives a backward displacement f32 [H, W, 2]: pixel z of the result is taken from z + displacement in the source.
"""
import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

METHODS = ("source repeated", "mean shift", "thin-plate warp")


def landmark_displacement(source, driving, size, method="thin-plate warp"):
    """A displacement from landmarks alone.

    "source repeated" moves nothing; "mean shift" moves everything by the mean of the landmarks' shifts; "thin-plate
    warp" takes every landmark exactly where it belongs, bends as little as possible between them, and holds the
    image's border still.

    Args:
        source, driving: landmarks [68, 2] of both frames, pixels.
        size: side of the image, pixels.
        method: one of METHODS.
    Returns:
        f32 [size, size, 2].
    Raises:
        ValueError: for another method.
    References:
        Bookstein 1989, Principal Warps: Thin-Plate Splines and the Decomposition of Deformations.
    Lesson 07.
    """
    if method not in METHODS:
        raise ValueError(f"method={method!r}: expected one of {', '.join(METHODS)}")
    source, driving = np.asarray(source, np.float64), np.asarray(driving, np.float64)
    if method == "source repeated":
        return np.zeros((size, size, 2), np.float32)
    if method == "mean shift":
        return np.broadcast_to((source - driving).mean(0), (size, size, 2)).astype(np.float32)
    line = np.linspace(0, size - 1, 5)
    border = np.array([(x, y) for x in line for y in line if x in (0, size - 1) or y in (0, size - 1)])
    spline = RBFInterpolator(np.concatenate([driving, border]),
                             np.concatenate([source - driving, np.zeros_like(border)]), smoothing=1e-6)
    rows, columns = np.mgrid[:size, :size]
    return spline(np.stack([columns, rows], -1).reshape(-1, 2)).reshape(size, size, 2).astype(np.float32)


def warp_back(image, displacement):
    """An image warped by a backward displacement; the border is repeated.

    Args:
        image: f32 [H, W, C] or [H, W].
        displacement: f32 [H, W, 2], (x, y) in pixels.
    Returns:
        f32 of the image's shape.
    Lesson 07.
    """
    rows, columns = np.mgrid[:image.shape[0], :image.shape[1]].astype(np.float32)
    x, y = columns + np.float32(displacement[..., 0]), rows + np.float32(displacement[..., 1])
    return cv2.remap(np.float32(image), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
