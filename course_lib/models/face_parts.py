"""Eyes, nose and mouth of an aligned face: where they are, and how they are cut out of feature maps. Lesson 09."""
import numpy as np
from keras import ops

from course_lib.faces import canonical

SIDE, COVERAGE = 128, 1.3  # pixels and crop of the aligned face
STRIDES = (2, 4, 8, 16)  # pixels from one cell of a feature map to the next, finest first
# size of each part, (width, height) in pixels, and the landmarks at whose middle it lies
PARTS = {"left eye": (32, 24), "right eye": (32, 24), "nose": (24, 32), "mouth": (40, 32)}
_POINTS = {"left eye": slice(36, 42), "right eye": slice(42, 48), "nose": slice(29, 36), "mouth": slice(48, 60)}


def part_centres(landmarks=None, count=1):
    """The middle of each part, in the order of PARTS; left is left in the image.

    Args:
        landmarks: [N, 68, 2] in the aligned face, 128 x 128 at coverage 1.3; those of the mean face when left out.
        count: how many times the mean face is repeated.
    Returns:
        f32 [N, 4, 2], x and y in pixels.
    Raises:
        ValueError: for landmarks of another shape.
    Lesson 09.
    """
    if landmarks is None:
        landmarks = np.repeat(canonical(SIDE, COVERAGE)[None], count, 0)
    landmarks = np.asarray(landmarks, np.float32)
    if landmarks.ndim != 3 or landmarks.shape[1:] != (68, 2):
        raise ValueError(f"part_centres wants landmarks [N, 68, 2]; got {landmarks.shape}")
    middles = [(points.min(1) + points.max(1)) / 2 for points in (landmarks[:, _POINTS[part]] for part in PARTS)]
    return np.stack(middles, 1)


def cells(part, stride):
    """How many cells of a feature map a part covers.

    Args:
        part: one of PARTS.
        stride: one of STRIDES.
    Returns:
        (rows, columns).
    Lesson 09.
    """
    width, height = PARTS[part]
    return -(-height // stride), -(-width // stride)


def roi_weights(centre, count, stride, length):
    """Weights of linear interpolation that cut `count` cells around a centre out of `length` cells, along one axis.

    Weights along y times a feature map times weights along x cut a part out at subpixel positions, as RoIAlign does;
    the transposed matrices paste it back. Cell j lies at pixel stride j + stride - 1, as in convolutions of stride 2.
    Cells outside the map are 0.

    Args:
        centre: [N] in pixels.
        count, length: cells of the part and of the map along this axis.
        stride: pixels from one cell to the next.
    Returns:
        f32 [N, count, length].
    References:
        He et al. 2017, Mask R-CNN, section 3 (RoIAlign).
    Lesson 09.
    """
    first = (ops.cast(centre, "float32") - (stride - 1)) / stride - (count - 1) / 2
    position = first[:, None, None] + ops.arange(count, dtype="float32")[:, None]
    return ops.relu(1 - ops.abs(position - ops.arange(length, dtype="float32")))


def roi_align(features, rows, columns):
    """Cuts a part out of a feature map.

    Args:
        features: [N, H, W, C].
        rows, columns: of roi_weights, [N, h, H] and [N, w, W].
    Returns:
        [N, h, w, C].
    Lesson 09.
    """
    return ops.matmul(columns[:, None], _along_rows(rows, features))


def roi_paste(part, rows, columns):
    """Puts a part at its place in a map of zeros: the transpose of roi_align.

    Args:
        part: [N, h, w, C].
        rows, columns: as for roi_align.
    Returns:
        [N, H, W, C].
    Lesson 09.
    """
    return _along_rows(ops.swapaxes(rows, 1, 2), ops.matmul(ops.swapaxes(columns, 1, 2)[:, None], part))


def _along_rows(weights, x):
    """Weights [N, k, h] times the rows of x [N, h, w, C]: [N, k, w, C]."""
    _, h, w, channels = x.shape
    return ops.reshape(ops.matmul(weights, ops.reshape(x, (-1, h, w * channels))), (-1, weights.shape[1], w, channels))
