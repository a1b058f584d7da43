"""A learned watermark: an encoder hides bits in an image, a decoder reads them, in HiDDeN's manner. Lesson 14.

Two things differ from HiDDeN. The residual is scaled to a given strength instead of being held small by a second loss,
so that two marks can be compared at equal PSNR; and it is made for 64 x 64 pixels and enlarged with the image, as in
TrustMark.

References: Zhu, Kaplan, Johnson and Fei-Fei 2018, "HiDDeN: hiding data with deep networks", section 3; Tancik,
Mildenhall and Ng 2020, "StegaStamp"; Bui, Agarwal and Collomosse 2023, "TrustMark" (a residual of fixed size, scaled).
"""
import cv2
import keras
import numpy as np
from keras import layers, ops

from course_lib.checkpoints import load
from course_lib.degradation import resize

from .blocks import BatchNormalization

SIDE, BITS = 64, 32  # of the images that both networks see, pixels; of the payload


@keras.saving.register_keras_serializable("course_lib")
class HideInTexture(layers.Layer):
    """Weights a residual by the image's texture and scales it to a root mean square of 1.

    Called as hide([image, residual]), both [N, H, W, 3]. The weight is 0.2 in flat areas and 1 where the local standard
    deviation of the luma reaches 0.05, as in the course's classical watermark.

    References:
        Podilchuk and Zeng 1998, "Image-adaptive watermarking using visual models" (the idea).
    Lesson 14.
    """

    def __init__(self, **options):
        super().__init__(**{"dtype": "float32", **options})

    def call(self, inputs):
        image, residual = (ops.cast(x, "float32") for x in inputs)
        luma = ops.mean(image, -1, keepdims=True)

        def local(x):
            return ops.average_pool(x, 5, 1, "same")

        spread = ops.sqrt(ops.maximum(local(luma * luma) - local(luma) ** 2, 1e-8))
        residual = residual * local(ops.minimum(0.2 + spread / 0.05, 1.0))
        return residual / ops.sqrt(ops.mean(residual * residual, (1, 2, 3), keepdims=True) + 1e-8)

    def compute_output_shape(self, shapes):
        return shapes[0]


def mark_encoder(width=16):
    """The encoder: image and payload to a residual, which is added to the image times its strength.

    Its convolutions work at half the resolution, where each position holds a block of 2 x 2 pixels.

    Args:
        width: Channels.
    Returns:
        keras.Model, [images f32 [N, 64, 64, 3] in [0, 1], bits f32 [N, 32] in {0, 1}] to f32 [N, 64, 64, 3] with a
        root mean square of 1.
    References:
        Zhu et al. 2018, figure 2: the message is repeated over the image and concatenated with its features.
    Lesson 14.
    """
    image, bits = keras.Input((SIDE, SIDE, 3), name="image"), keras.Input((BITS,), name="bits")
    message = layers.Dense(8 * 8 * width)(layers.Rescaling(2.0, -1.0)(bits))
    message = layers.UpSampling2D(SIDE // 16, interpolation="bilinear")(layers.Reshape((8, 8, width))(message))
    features = layers.Conv2D(width, 3, padding="same", activation="relu")(_blocks(layers.Rescaling(1.0, -0.5)(image)))
    x = layers.Concatenate()([features, message])
    for _ in range(2):
        x = layers.Conv2D(2 * width, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(12, 3, padding="same")(layers.Concatenate()([x, message]))
    return keras.Model([image, bits], HideInTexture(name="residual")([image, _pixels(x)]), name="mark_encoder")


def _blocks(x):
    """[N, H, W, C] to [N, H / 2, W / 2, 4 C]: each block of 2 x 2 pixels as channels."""
    _, height, width, channels = x.shape
    x = layers.Permute((1, 3, 2, 4, 5))(layers.Reshape((height // 2, 2, width // 2, 2, channels))(x))
    return layers.Reshape((height // 2, width // 2, 4 * channels))(x)


def _pixels(x):
    """The inverse of _blocks."""
    _, height, width, channels = x.shape
    x = layers.Permute((1, 3, 2, 4, 5))(layers.Reshape((height, width, 2, 2, channels // 4))(x))
    return layers.Reshape((2 * height, 2 * width, channels // 4))(x)


def mark_decoder(width=24):
    """The decoder: image to payload.

    Args:
        width: Channels of the first block.
    Returns:
        keras.Model, f32 [N, 64, 64, 3] in [0, 1] to logits f32 [N, 32], positive for 1.
    References:
        Zhu et al. 2018, figure 2; Tancik et al. 2020, section 3.3 (strides and a dense layer instead of a mean).
    Lesson 14.
    """
    image = keras.Input((SIDE, SIDE, 3), name="image")
    x = _blocks(layers.Rescaling(4.0, -2.0)(image))
    for filters, stride in ((width, 1), (2 * width, 2), (3 * width, 2)):
        x = layers.Conv2D(filters, 3, stride, "same", use_bias=False)(x)
        x = layers.ReLU()(BatchNormalization(momentum=0.95)(x))
    logits = layers.Dense(BITS, dtype="float32", name="logits")(layers.Flatten()(x))
    return keras.Model(image, logits, name="mark_decoder")


def load_networks():
    """The shipped pair, in float32: the files hold float16, which is too coarse to compute with.

    Returns:
        (encoder, decoder).
    Raises:
        CheckpointError: When a file is missing or damaged.
    Lesson 14.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        networks = mark_encoder(), mark_decoder()
    finally:
        keras.config.set_dtype_policy(before)
    for network in networks:
        shipped = load(f"learned_{network.name}")
        network.set_weights([w.astype(np.float32) for w in shipped.get_weights()])
    return networks


def hide(encoder, image, payload, psnr=42.0):
    """An image of any size with a payload: the residual is made at 64 x 64 and enlarged, as TrustMark does.

    Args:
        encoder: mark_encoder.
        image: f32 RGB [H, W, 3] in [0, 1].
        payload: int of 32 bits.
        psnr: Of the result to the image, dB (a little more where values are clipped).
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Lesson 14.
    """
    height, width = image.shape[:2]
    residual = np.array(encoder([_small(image)[None], to_bits(payload)[None]], training=False))[0]
    residual = cv2.resize(residual, (width, height), interpolation=cv2.INTER_CUBIC)
    residual *= 10 ** (-psnr / 20) / np.sqrt(np.mean(residual**2))
    return np.clip(image + residual, 0, 1).astype(np.float32)


def reveal(decoder, images):
    """The bits in images.

    Args:
        decoder: mark_decoder.
        images: f32 RGB [H, W, 3] in [0, 1], or a list of such.
    Returns:
        Logits f32 [32], or [N, 32]: positive for 1; their size says how sure the decoder is.
    Lesson 14.
    """
    many = not isinstance(images, np.ndarray) or images.ndim == 4
    small = np.stack([_small(image) for image in (images if many else [images])])
    logits = np.array(decoder(small, training=False))
    return logits if many else logits[0]


def to_bits(payload):
    """A payload as bits, the highest first.

    Args:
        payload: int of 32 bits.
    Returns:
        f32 [32] in {0, 1}.
    Lesson 14.
    """
    return np.array([payload >> k & 1 for k in range(BITS - 1, -1, -1)], np.float32)


def _small(image):
    height, width = image.shape[:2]
    return resize(np.asarray(image, np.float32), (SIDE, SIDE), filter="area" if min(height, width) > SIDE else "cubic")
