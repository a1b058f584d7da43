"""Super-resolution: ESRGAN's network of residual dense blocks, a compact one, and the way between two. Lesson 09.

Each takes pictures f32 [N, H, W, 3] in [0, 1] of any size and gives them `scale` times as large, not clipped. None
holds a batch normalisation: its statistics of other pictures leave marks in what is restored.
"""
import keras
import numpy as np
from keras import layers

from .blocks import PixelShuffle
from .gan import leaky

RESIDUAL = 0.2  # what a residual branch is multiplied by before it is added
SCALES = (2, 4, 8)


def rrdbnet(features=64, growth=32, blocks=23, scale=4):
    """ESRGAN's generator: residual-in-residual dense blocks on the small picture, then twice as large and again.

    features: channels between blocks. growth: channels that each convolution of a dense block adds. blocks: how many
    RRDB. As published, 16.70 million parameters; 16, 8 and 3 make 145,379, which a processor trains in minutes.
    scale: 2, 4 or 8. Raises ValueError for another number. Source: Wang et al. 2018, ESRGAN, section 3.1, figures 3
    and 4. Lesson 09.
    """
    _check(scale, features=features, growth=growth, blocks=blocks)
    image = keras.Input((None, None, 3), name="image")
    first = layers.Conv2D(features, 3, padding="same", name="first")(image)
    x = first
    for _ in range(blocks):
        x = residual_in_residual(x, growth)
    x = first + layers.Conv2D(features, 3, padding="same", name="after_blocks")(x)
    for _ in range(SCALES.index(scale) + 1):
        x = layers.UpSampling2D(2, interpolation="nearest")(x)
        x = leaky(layers.Conv2D(features, 3, padding="same")(x))
    x = leaky(layers.Conv2D(features, 3, padding="same")(x))
    return keras.Model(image, layers.Conv2D(3, 3, padding="same", dtype="float32")(x), name="rrdbnet")


def begin_smooth(network):
    """Sets a fresh rrdbnet's weights so that it begins as a plain, smooth enlargement, and returns it.

    Three of its channels carry the picture's colours through; activations leave them alone, as they are positive. What
    an enlargement is need not be learned again, which saves a short training a tenth of its steps. Lesson 09.
    """
    tent = np.outer([1, 2, 1], [1, 2, 1]) / 16
    convolutions = [layer for layer in network.layers if isinstance(layer, layers.Conv2D)]
    after = convolutions.index(network.get_layer("after_blocks"))
    for k in (0, *range(after, len(convolutions))):
        kernel, bias = convolutions[k].get_weights()
        kernel[..., :3] = 0
        if k != after:
            spread = tent if after < k < len(convolutions) - 2 else np.outer([0, 1, 0], [0, 1, 0])
            kernel[:, :, range(3), range(3)] = spread[..., None]
        convolutions[k].set_weights([kernel, bias])
    return network


def residual_in_residual(x, growth):
    """RRDB: three dense blocks in a row, 0.2 times what they made added to what went in. Lesson 09."""
    y = x
    for _ in range(3):
        y = residual_dense(y, growth)
    return x + RESIDUAL * y


def residual_dense(x, growth):
    """Five convolutions 3 x 3, each of which sees all that came before; 0.2 times the last is added to what went in.

    The first four give `growth` channels each and are activated, the fifth gives as many as x has and is not. Initial
    weights are a tenth of He's, so that a deep stack begins near the identity. Source: Wang et al. 2018, section 3.1.
    Lesson 09.
    """
    start = keras.initializers.VarianceScaling(2 * 0.1**2, "fan_in", "untruncated_normal")
    views = [x]
    for filters in (*[growth] * 4, x.shape[-1]):
        seen = layers.Concatenate()(views) if len(views) > 1 else x
        y = layers.Conv2D(filters, 3, padding="same", kernel_initializer=start.clone())(seen)
        views.append(leaky(y))
    return x + RESIDUAL * y


def compact(features=32, convolutions=8, scale=4):
    """The quick one: plain convolutions at the small size, pixel shuffle, added to the picture enlarged by repetition.

    32 features and 8 convolutions make 79,760 parameters and a third of the CPU-size rrdbnet's arithmetic; Real-ESRGAN
    for video has 64 and 16. Raises ValueError as rrdbnet. Source: Shi et al. 2016, Real-Time Single Image
    Super-Resolution, for the pixel shuffle; Wang et al. 2021, Real-ESRGAN (its compact network). Lesson 09.
    """
    _check(scale, features=features, convolutions=convolutions)
    image = x = keras.Input((None, None, 3), name="image")
    for _ in range(convolutions):
        x = layers.PReLU(shared_axes=[1, 2], alpha_initializer=keras.initializers.Constant(0.25))(
            layers.Conv2D(features, 3, padding="same")(x))
    x = layers.Conv2D(3 * scale**2, 3, padding="same", kernel_initializer=keras.initializers.VarianceScaling(0.1))(x)
    for _ in range(SCALES.index(scale) + 1):
        x = PixelShuffle()(x)
    large = layers.UpSampling2D(scale, interpolation="nearest", dtype="float32")(image)
    return keras.Model(image, large + layers.Activation("linear", dtype="float32")(x), name="compact")


def interpolate(pixel, adversarial, share):
    """The network whose every weight is (1 - share) times the first's and share times the second's.

    pixel, adversarial: two models of one architecture, the second trained on from the first, so that their weights
    belong together. share: 0 to 1; beyond, it exaggerates. Returns a new keras.Model. Raises ValueError when the two
    do not match. Source: Wang et al. 2018, section 3.4, equation 6. Lesson 09.
    """
    first, second = pixel.get_weights(), adversarial.get_weights()
    if [w.shape for w in first] != [w.shape for w in second]:
        raise ValueError(f"{pixel.name} and {adversarial.name} have weights of different shapes; interpolate two "
                         "trainings of one network, as esrgan_pixel and esrgan")
    between = keras.models.clone_model(pixel)
    between.set_weights([(1 - share) * a + share * b for a, b in zip(first, second, strict=True)])
    return between


def enlarge(network, pictures, batch=8):
    """Pictures f32 [N, H, W, 3] or one [H, W, 3] through a network of this file, clipped to [0, 1]: numpy f32.

    Any size of picture makes one pass, whose memory grows with the picture. Lesson 09.
    """
    pictures = np.asarray(pictures, np.float32)
    if pictures.ndim not in (3, 4) or pictures.shape[-1] != 3:
        raise ValueError(f"enlarge wants pictures [N, H, W, 3] or [H, W, 3]; got {pictures.shape}")
    if pictures.ndim == 3:
        return enlarge(network, pictures[None])[0]
    parts = [np.asarray(network(pictures[k : k + batch], training=False)) for k in range(0, len(pictures), batch)]
    return np.concatenate(parts).clip(0, 1)


def _check(scale, **counts):
    if scale not in SCALES:
        raise ValueError(f"scale is {scale!r}; expected one of {SCALES}")
    for name, count in counts.items():
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} is {count!r}; expected a whole number, at least 1")
