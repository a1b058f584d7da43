"""What happens to a picture between the attacker and the detector, in a form that has a gradient. Lesson 13.

A codec rounds, and rounding has the gradient zero almost everywhere. The straight-through estimator rounds on the way
forward and pretends on the way back that it had not: with that, JPEG-like compression can stand inside an attack.
Every transform takes and returns a tensor [N, H, W, 3] in [0, 1], H and W multiples of 16; `random_chain` draws one.
"""
import numpy as np
from keras import ops

from course_lib.degradation import blur_kernel

_LUMA = np.float32([0.299, 0.587, 0.114])
_YCC = np.float32([_LUMA, [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
_RGB = np.linalg.inv(_YCC).astype(np.float32)
_K, _N = np.mgrid[:8, :8]
_DCT = (np.sqrt(np.where(_K == 0, 1, 2) / 8) * np.cos((2 * _N + 1) * _K * np.pi / 16)).astype(np.float32)
_TABLE = np.float32([  # JPEG's example table for brightness, annex K.1
    [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55], [14, 13, 16, 24, 40, 57, 69, 56],
    [14, 17, 22, 29, 51, 87, 80, 62], [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99]])


def straight_through(x):
    """x rounded; its gradient is that of x.

    Args:
        x: A tensor.
    Returns:
        A tensor of whole numbers.
    References:
        Bengio, Léonard & Courville 2013, section 4.
    Lesson 13.
    """
    return x + ops.stop_gradient(ops.round(x) - x)


def eight_bits(images):
    """Images rounded to 256 levels, as every file stores them.

    Args:
        images: [N, H, W, 3] in [0, 1].
    Returns:
        The same shape.
    Lesson 13.
    """
    return ops.clip(straight_through(255 * ops.convert_to_tensor(images)) / 255, 0, 1)


def jpeg_like(images, quality=75):
    """JPEG without its entropy coding: YCbCr, chroma halved, DCT of 8 x 8 pixels, quantisation, and back.

    Args:
        images: [N, H, W, 3] in [0, 1].
        quality: 1 to 100, as libjpeg scales the example table.
    Returns:
        The same shape.
    References:
        ITU-T T.81 (JPEG), annexes A and K; Shin & Song 2017 (a JPEG with a gradient inside an attack).
    Lesson 13.
    """
    x = ops.matmul(ops.convert_to_tensor(images), _YCC.T) * 255
    scale = (5000 / quality if quality < 50 else 200 - 2 * quality) / 100
    table = np.clip(np.floor(_TABLE * scale + 0.5), 1, 255)
    luma = _quantised(x[..., :1] - 128, table) + 128
    chroma = ops.average_pool(x[..., 1:], 2)
    chroma = ops.repeat(ops.repeat(_quantised(chroma, np.clip(1.5 * table, 1, 255)), 2, axis=1), 2, axis=2)
    return ops.clip(ops.matmul(ops.concatenate([luma, chroma], -1), _RGB.T) / 255, 0, 1)


def _quantised(x, table):
    """The 8 x 8 DCT coefficients of [N, H, W, C], divided by a table, rounded, multiplied and transformed back."""
    n, height, width, channels = x.shape
    blocks = ops.reshape(x, (-1, height // 8, 8, width // 8, 8, channels))
    table = np.float32(table)[:, None, :, None]
    waves = ops.einsum("ki,nhiwjc,lj->nhkwlc", _DCT, blocks, _DCT)
    waves = straight_through(waves / table) * table
    return ops.reshape(ops.einsum("ki,nhkwlc,lj->nhiwjc", _DCT, waves, _DCT), (-1, height, width, channels))


def blurred(images, sigma):
    """Gaussian blur.

    Args:
        images: [N, H, W, 3].
        sigma: Pixels, at least 0.05.
    Returns:
        The same shape.
    Lesson 13.
    """
    kernel = blur_kernel("isotropic", sigma=sigma)
    weights = np.repeat(kernel[:, :, None, None], 3, axis=2)
    edge = len(kernel) // 2
    padded = ops.pad(ops.convert_to_tensor(images), [(0, 0), (edge, edge), (edge, edge), (0, 0)], "reflect")
    return ops.depthwise_conv(padded, weights, padding="valid")


def rescaled(images, factor):
    """Images made smaller and enlarged again, bilinearly.

    Args:
        images: [N, H, W, 3].
        factor: Of the side, in (0, 1].
    Returns:
        The same shape.
    Lesson 13.
    """
    height, width = images.shape[1:3]
    small = ops.image.resize(images, (max(1, round(height * factor)), max(1, round(width * factor))), antialias=True)
    return ops.image.resize(small, (height, width))


def shifted(images, right, down):
    """Images moved by whole pixels, as another crop would; borders are repeated.

    Args:
        images: [N, H, W, 3].
        right, down: Pixels, negative for left and up.
    Returns:
        The same shape.
    Lesson 13.
    """
    height, width = images.shape[1:3]
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return ops.take(ops.take(images, rows, axis=1), columns, axis=2)


def random_chain(images, rng):
    """One random history: perhaps moved, perhaps blurred or rescaled, then compressed; what EOT averages over.

    Args:
        images: [N, H, W, 3] in [0, 1].
        rng: numpy Generator.
    Returns:
        The same shape.
    References:
        Athalye et al. 2018, "Synthesizing robust adversarial examples", for the expectation over transforms.
    Lesson 13.
    """
    x = shifted(images, *(int(v) for v in rng.integers(-2, 3, 2)))
    kind = rng.integers(3)
    if kind == 1:
        x = blurred(x, float(rng.uniform(0.4, 1.0)))
    elif kind == 2:
        x = rescaled(x, float(rng.uniform(0.6, 0.95)))
    return jpeg_like(x, int(rng.integers(35, 90)))
