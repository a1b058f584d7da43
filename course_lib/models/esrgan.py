"""Super-resolution: ESRGAN's network of residual dense blocks, a compact one, and network interpolation. Lesson 09.

Each takes images f32 [N, H, W, 3] in [0, 1] of any size and returns them `scale` times as large, not clipped. None
has batch normalisation: its statistics of other images leave artefacts in what is restored.
"""
import keras
import numpy as np
from keras import layers

from .blocks import PixelShuffle, leaky

RESIDUAL_SCALE = 0.2  # what a residual branch is multiplied by before it is added
SCALES = (2, 4, 8)


def rrdbnet(features=64, growth=32, blocks=23, scale=4):
    """ESRGAN's generator: RRDB blocks on the small image, then upsampling by two.

    As published, 16.70 million parameters; rrdbnet(16, 8, 3) has 145,379, which a CPU
    trains in minutes.

    Args:
        features: channels between blocks.
        growth: channels that each convolution of a dense block adds.
        blocks: number of RRDB.
        scale: 2, 4 or 8.
    Returns:
        keras.Model from f32 [N, H, W, 3] to f32 [N, scale H, scale W, 3].
    Raises:
        ValueError: for another scale, or a count that is not a positive integer.
    References:
        Wang et al. 2018, ESRGAN, section 3.1, figures 3 and 4.
    Lesson 09.
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
        x = leaky(layers.Conv2D(features, 3, padding="same")(x), 0.2)
    x = leaky(layers.Conv2D(features, 3, padding="same")(x), 0.2)
    x = layers.Conv2D(3, 3, padding="same", dtype="float32")(x)
    return keras.Model(image, x, name="rrdbnet")


def init_bilinear(network):
    """Sets a fresh rrdbnet's weights so that it starts as smooth interpolation.

    Three of its channels carry the image's colours through; they are positive, so that activations do not change them.
    The network need not learn to interpolate, which saves a short training a tenth of its steps.

    Args:
        network: an rrdbnet.
    Returns:
        The same network.
    Lesson 09.
    """
    tent = np.outer([1, 2, 1], [1, 2, 1]) / 16
    convolutions = [layer for layer in network.layers if isinstance(layer, layers.Conv2D)]
    after = convolutions.index(network.get_layer("after_blocks"))
    for k in (0, *range(after, len(convolutions))):
        kernel, bias = convolutions[k].get_weights()
        kernel[..., :3] = 0
        if k != after:
            smooth = tent if after < k < len(convolutions) - 2 else np.outer([0, 1, 0], [0, 1, 0])
            kernel[:, :, range(3), range(3)] = smooth[..., None]
        convolutions[k].set_weights([kernel, bias])
    return network


def residual_in_residual(x, growth):
    """RRDB: three residual dense blocks; 0.2 times their result is added to the input.

    Args:
        x: features [N, H, W, C].
        growth: as for rrdbnet.
    Returns:
        Features of the same shape.
    References:
        Wang et al. 2018, ESRGAN, figure 4.
    Lesson 09.
    """
    y = residual_dense(x, growth)
    y = residual_dense(y, growth)
    y = residual_dense(y, growth)
    return x + RESIDUAL_SCALE * y


def residual_dense(x, growth):
    """Dense block: five convolutions, each on all features so far; 0.2 y + x.

    The first four, 3 x 3, give `growth` channels each; the fifth gives as many as x has,
    and 0.2 times its result is added to x. Initial weights are a tenth of He's, so that a
    deep stack starts near the identity.

    Args:
        x: features [N, H, W, C].
        growth: as for rrdbnet.
    Returns:
        Features of the same shape.
    References:
        Wang et al. 2018, ESRGAN, section 3.1.
    Lesson 09.
    """
    small = keras.initializers.VarianceScaling(0.02, "fan_in", "untruncated_normal")
    features = [x]
    for filters in (*[growth] * 4, x.shape[-1]):
        dense = layers.Concatenate()(features) if len(features) > 1 else x
        convolution = layers.Conv2D(
            filters, 3, padding="same", kernel_initializer=small.clone())
        y = convolution(dense)
        features.append(leaky(y, 0.2))
    return x + RESIDUAL_SCALE * y


def compact(features=32, convolutions=8, scale=4):
    """The fast network: convolutions at the small size, then pixel shuffle, added to the nearest-neighbour upsampling.

    32 features and 8 convolutions make 79,760 parameters and a third of the multiplications of rrdbnet(16, 8, 3);
    Real-ESRGAN for video has 64 and 16.

    Args:
        features: channels of the convolutions.
        convolutions: how many, each with a PReLU.
        scale: 2, 4 or 8.
    Returns:
        keras.Model as rrdbnet.
    Raises:
        ValueError: as rrdbnet.
    References:
        Shi et al. 2016, Real-Time Single Image Super-Resolution (pixel shuffle); Wang et al. 2021, Real-ESRGAN.
    Lesson 09.
    """
    _check(scale, features=features, convolutions=convolutions)
    image = x = keras.Input((None, None, 3), name="image")
    for _ in range(convolutions):
        x = layers.Conv2D(features, 3, padding="same")(x)
        x = layers.PReLU(shared_axes=[1, 2], alpha_initializer=keras.initializers.Constant(0.25))(x)
    x = layers.Conv2D(3 * scale**2, 3, padding="same", kernel_initializer=keras.initializers.VarianceScaling(0.1))(x)
    for _ in range(SCALES.index(scale) + 1):
        x = PixelShuffle()(x)
    large = layers.UpSampling2D(scale, interpolation="nearest", dtype="float32")(image)
    return keras.Model(image, large + layers.Activation("linear", dtype="float32")(x), name="compact")


def network_interpolation(pixel, adversarial, alpha):
    """The network whose every weight is (1 - alpha) times the first's plus alpha times the second's.

    Args:
        pixel, adversarial: two models of one architecture, the second fine-tuned from the first.
        alpha: 0 to 1; beyond, it extrapolates.
    Returns:
        A new keras.Model.
    Raises:
        ValueError: when the weights of the two have different shapes.
    References:
        Wang et al. 2018, ESRGAN, section 3.4, equation 6.
    Lesson 09.
    """
    first, second = pixel.get_weights(), adversarial.get_weights()
    if [w.shape for w in first] != [w.shape for w in second]:
        raise ValueError(f"{pixel.name} and {adversarial.name} have weights of different shapes; interpolate two "
                         "trainings of one network, as esrgan_pixel and esrgan")
    interpolated = keras.models.clone_model(pixel)
    interpolated.set_weights([(1 - alpha) * a + alpha * b for a, b in zip(first, second, strict=True)])
    return interpolated


def enlarge(network, images, batch=8):
    """Super-resolves images with a network of this file, in one pass, whose memory grows with the image.

    Args:
        network: an rrdbnet or compact.
        images: f32 RGB [N, H, W, 3] or one [H, W, 3], in [0, 1].
        batch: images in a pass.
    Returns:
        f32 array, enlarged and clipped to [0, 1].
    Raises:
        ValueError: for another shape.
    Lesson 09.
    """
    images = np.asarray(images, np.float32)
    if images.ndim not in (3, 4) or images.shape[-1] != 3:
        raise ValueError(f"enlarge wants images [N, H, W, 3] or [H, W, 3]; got {images.shape}")
    if images.ndim == 3:
        return enlarge(network, images[None])[0]
    parts = [np.asarray(network(images[k : k + batch], training=False)) for k in range(0, len(images), batch)]
    return np.concatenate(parts).clip(0, 1)


def _check(scale, **counts):
    if scale not in SCALES:
        raise ValueError(f"scale is {scale!r}; expected one of {SCALES}")
    for name, count in counts.items():
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} is {count!r}; expected a whole number, at least 1")
