"""What happens to an image on its way, with gradients: the noise layer between a mark's encoder and decoder. Lesson 14.

Everything random is drawn in NumPy and comes in as arrays, so that the layer itself is a plain function.

References: Zhu et al. 2018, "HiDDeN", section 3.2 (noise layers); Shin and Song 2017, "JPEG-resistant adversarial
images" (rounding with a gradient).
"""
import keras
import numpy as np
from keras import layers, ops

# ITU-T T.81, tables K.1 and K.2
LUMA = np.array([
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99], np.float32).reshape(8, 8)
CHROMA = np.full((8, 8), 99, np.float32)
CHROMA[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]
RGB_TO_YCC = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32)
DCT = (np.sqrt(2 / 8) * np.cos(np.pi * np.arange(8)[:, None] * (np.arange(8) + 0.5) / 8)).astype(np.float32)
DCT[0] /= np.sqrt(2)
DCT_2D = np.kron(DCT, DCT)  # of a block of 8 x 8 values as one vector of 64: one large matrix product is fast
GEOMETRY = {"part": (0.88, 1.0), "degrees": (-3.3, 3.3)}


def draw(rng, count, side=64, severity=1.0):
    """Draw what happens to each image of a batch: geometry, blur, tone, noise and JPEG, each absent in some.

    Args:
        rng: numpy Generator.
        count: Images.
        side: Pixels.
        severity: 0 to 1; training begins with mild ones, or it finds no first code to improve.
    Returns:
        Dict: "matrix" f32 [N, 8] (a projective map from a pixel of the result to one of the image), "blur" [N] from 0
        to 1, "gain" and "offset" [N], "noise" f32 [N, side, side, 3], "tables" f32 [N, 128].
    Lesson 14.
    """
    def some(values, rest, share=0.6):
        return np.where(rng.random(count) < share, values, rest).astype(np.float32)

    part = 1 - severity * (1 - some(rng.uniform(*GEOMETRY["part"], count), 1.0))
    angle = severity * np.radians(some(rng.uniform(*GEOMETRY["degrees"], count), 0.0))
    a, b = part * np.cos(angle), part * np.sin(angle)
    middle = (side - 1) / 2
    x, y = middle + (1 - part) * rng.uniform(-1, 1, (2, count)) * side / 2
    zero = np.zeros(count)
    matrix = np.stack([a, -b, x - middle * (a - b), b, a, y - middle * (b + a), zero, zero], 1)
    sigma = severity * some(rng.uniform(0, 0.03, count), 0.0, 0.4)
    noise = rng.standard_normal((count, side, side, 3), np.float32) * np.float32(sigma)[:, None, None, None]
    quality = 100 - severity * (100 - some(rng.uniform(35, 95, count), 100.0, 0.7))
    return {"matrix": matrix.astype(np.float32), "blur": some(severity * rng.uniform(0, 1, count), 0.0, 0.4),
            "gain": some(rng.uniform(0.85, 1.15, count), 1.0, 0.4),
            "offset": some(rng.uniform(-0.08, 0.08, count), 0.0, 0.4), "noise": noise,
            "tables": tables(quality).reshape(count, 128)}


def tables(quality):
    """The quantisation tables of libjpeg.

    Args:
        quality: f32 [N], 1 to 100.
    Returns:
        f32 [N, 2, 8, 8]: luma and chroma.
    Lesson 14.
    """
    quality = np.asarray(quality, np.float32)
    scale = np.where(quality < 50, 50 / quality, 2 - quality / 50)[:, None, None, None]
    return np.clip(np.floor(np.stack([LUMA, CHROMA])[None] * scale + 0.5), 1, 255).astype(np.float32)


def soft_round(x):
    """Rounding with a gradient: round(x) + (x - round(x))^3.

    Args:
        x: Array.
    Returns:
        Array, at most 1/8 from the rounded value.
    References:
        Shin and Song 2017, equation 1.
    Lesson 14.
    """
    nearest = ops.stop_gradient(ops.round(x))
    return nearest + (x - nearest) ** 3


def soft_jpeg(images, tables):
    """JPEG without its entropy coding: YCbCr, coarser chroma, 8 x 8 DCT, quantisation with soft_round, and back.

    Args:
        images: f32 [N, H, W, 3] in [0, 1], H and W multiples of 8.
        tables: f32 [N, 2, 8, 8], or flattened to [N, 128].
    Returns:
        f32 [N, H, W, 3].
    Lesson 14.
    """
    _, height, width, _ = images.shape
    ycc = ops.matmul(255.0 * images, RGB_TO_YCC.T)
    half = ops.average_pool(ycc[..., 1:], 2, 2)  # of chroma only every second row and column is stored (4:2:0)
    ycc = ops.concatenate([ycc[..., :1], ops.repeat(ops.repeat(half, 2, 1), 2, 2)], -1)
    blocks = ops.reshape(ycc, (-1, height // 8, 8, width // 8, 8, 3))
    blocks = ops.reshape(ops.transpose(blocks, (0, 1, 3, 5, 2, 4)), (-1, height * width // 64, 3, 64))
    tables = ops.reshape(tables, (-1, 1, 2, 64))
    steps = ops.concatenate([tables, tables[:, :, 1:]], 2)
    quantised = soft_round(ops.matmul(blocks, DCT_2D.T) / steps) * steps
    back = ops.reshape(ops.matmul(quantised, DCT_2D), (-1, height // 8, width // 8, 3, 8, 8))
    back = ops.reshape(ops.transpose(back, (0, 1, 4, 2, 5, 3)), (-1, height, width, 3))
    return ops.matmul(back, np.linalg.inv(RGB_TO_YCC).T) / 255.0


def distort(images, drawn):
    """Send images down the road that `draw` has drawn for each of them.

    Args:
        images: f32 [N, S, S, 3] in [0, 1].
        drawn: Dict as of `draw`.
    Returns:
        f32 [N, S, S, 3] in [0, 1].
    Lesson 14.
    """
    def per_image(name):
        return ops.reshape(drawn[name], (-1, 1, 1, 1))

    x = ops.image.affine_transform(images, drawn["matrix"], interpolation="bilinear", fill_mode="nearest")
    x = x + per_image("blur") * (ops.average_pool(x, 3, 1, "same") - x)
    x = x * per_image("gain") + per_image("offset") + drawn["noise"]
    return ops.clip(soft_jpeg(ops.clip(x, 0.0, 1.0), drawn["tables"]), 0.0, 1.0)


@keras.saving.register_keras_serializable("course_lib")
class NoiseLayer(layers.Layer):
    """`distort` as a layer: called as noise([images, matrix, blur, gain, offset, noise, tables]), in float32.

    Lesson 14.
    """

    NAMES = ("matrix", "blur", "gain", "offset", "noise", "tables")

    def __init__(self, **options):
        super().__init__(**{"dtype": "float32", **options})

    def call(self, inputs):
        return distort(inputs[0], dict(zip(self.NAMES, inputs[1:], strict=True)))

    def compute_output_shape(self, shapes):
        return shapes[0]
