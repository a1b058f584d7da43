"""Generators and discriminators of faces, 64 x 64: plain (DCGAN) and residual. Lesson 04.

A discriminator gives one score for each picture, a logit: above 0 it takes the picture for real.
"""
import keras
from keras import layers, ops

from .blocks import PixelShuffle

LATENT = 64


@keras.saving.register_keras_serializable("course_lib")
class SpectralConv(layers.Conv2D):
    """A convolution whose kernel is divided by its largest singular value, so that it cannot amplify without bound.

    The singular value is followed by one power iteration a call in training; the kernel counts as a matrix
    [height width channels, filters]. Source: Miyato et al. 2018, Spectral Normalization, algorithm 1. Lesson 04.
    """

    def build(self, shape):
        super().build(shape)
        self.u = self.add_weight(shape=(self.filters,), initializer="random_normal", trainable=False, name="u")

    def call(self, x, training=False):
        matrix = ops.reshape(ops.cast(self.kernel, "float32"), (-1, self.filters))
        u = ops.cast(self.u, "float32")
        v = ops.stop_gradient(ops.normalize(ops.matmul(matrix, u[:, None])[:, 0], axis=-1))
        u = ops.stop_gradient(ops.normalize(ops.matmul(v[None], matrix)[0], axis=-1))
        if training:
            self.u.assign(u)
        largest = ops.sum(ops.matmul(v[None], matrix)[0] * u)
        y = self.convolution_op(x, ops.cast(ops.cast(self.kernel, "float32") / largest, x.dtype))
        return self.activation(y if self.bias is None else y + ops.cast(self.bias, y.dtype))

    def save_own_variables(self, store):
        layers.Layer.save_own_variables(self, store)  # a Conv2D would leave u out

    def load_own_variables(self, store):
        layers.Layer.load_own_variables(self, store)


# saved checkpoints know this layer by its first name
@keras.saving.register_keras_serializable("course_lib", name="BatchDeviation")
class MinibatchStdDev(layers.Layer):
    """Adds one channel: how much the pictures of a batch differ, the same number everywhere. [N, H, W, C + 1].

    group: each picture is compared with the group - 1 that follow it in the batch (the first follow the last), and has
    a number of its own; over the whole batch when left out. A generator that always makes the same face is found out
    by it. Source: Karras et al. 2018, Progressive Growing, section 3, table 2 with groups of 4. Lesson 04.
    """

    def __init__(self, group=None, **kwargs):
        super().__init__(**kwargs)
        self.group = group

    def call(self, x):
        wide = ops.cast(x, "float32")
        if self.group is None:
            spread = ops.mean(ops.sqrt(ops.var(wide, axis=0) + 1e-8))
        else:
            together = ops.stack([ops.roll(wide, -k, axis=0) for k in range(self.group)])
            spread = ops.mean(ops.sqrt(ops.var(together, axis=0) + 1e-8), axis=(1, 2, 3), keepdims=True)
        return ops.concatenate([x, ops.cast(ops.ones_like(wide[..., :1]) * spread, x.dtype)], axis=-1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] + 1)

    def get_config(self):
        return {**super().get_config(), "group": self.group}


def leaky(x):
    """LeakyReLU with slope 0.2, the usual one in discriminators."""
    return layers.LeakyReLU(negative_slope=0.2)(x)


def generator(width=32, latent=LATENT, norm=True):
    """From latent vectors f32 [N, latent], standard normal, to pictures f32 [N, 64, 64, 3] in [0, 1].

    A dense layer to 4 x 4, then four transposed convolutions 4 x 4 of stride 2 with batch normalisation (norm=False:
    without). width: filters before the last one, doubled at each stage below. Source: Radford et al. 2016, DCGAN,
    figure 1, with fewer filters. Raises ValueError for a width below 1. Lesson 04.
    """
    _check(width)
    code = keras.Input((latent,), name="latent")
    x = layers.Dense(4 * 4 * 8 * width, use_bias=not norm)(code)
    x = layers.Reshape((4, 4, 8 * width))(x)
    for filters in (4 * width, 2 * width, width):
        x = leaky(layers.BatchNormalization(momentum=0.9)(x) if norm else x)
        x = layers.Conv2DTranspose(filters, 4, strides=2, padding="same", use_bias=not norm)(x)
    x = leaky(layers.BatchNormalization(momentum=0.9)(x) if norm else x)
    x = layers.Conv2DTranspose(3, 4, strides=2, padding="same")(x)
    return keras.Model(code, layers.Activation("sigmoid", dtype="float32")(x), name="generator")


def residual_generator(width=32, latent=LATENT):
    """As generator, of residual blocks without normalisation: three that double the side, then a pixel shuffle.

    Source: Mescheder et al. 2018, Which Training Methods for GANs do actually Converge?, appendix, smaller.
    Lesson 04.
    """
    _check(width)
    code = keras.Input((latent,), name="latent")
    x = layers.Reshape((4, 4, 8 * width))(layers.Dense(4 * 4 * 8 * width)(code))
    x = _residual(x, 8 * width)
    for filters in (8 * width, 4 * width, 2 * width):
        x = _residual(layers.UpSampling2D(2)(x), filters)
    x = PixelShuffle()(layers.Conv2D(12, 3, padding="same")(leaky(x)))
    return keras.Model(code, layers.Activation("sigmoid", dtype="float32")(x), name="residual_generator")


def discriminator(width=32, channels=3, spectral=False, size=64, deviation=True):
    """From pictures f32 [N, size, size, channels] in [0, 1] to scores f32 [N, 1].

    Convolutions 4 x 4 of stride 2 down to 4 x 4, then one number. channels: 6 for pairs of pictures. spectral: with
    spectral normalisation. size: a power of two, at least 16. deviation: with MinibatchStdDev before the end.
    Without batch normalisation, which would mix the real pictures' statistics into the scores. Source: Radford et al.
    2016, DCGAN. Raises ValueError for another size or width. Lesson 04.
    """
    _check(width)
    if size < 16 or size & (size - 1):
        raise ValueError(f"size is {size}; expected a power of two, at least 16")
    convolution = SpectralConv if spectral else layers.Conv2D
    image = keras.Input((size, size, channels), name="image")
    x, filters = 2 * image - 1, width
    while x.shape[1] > 4:
        x = leaky(convolution(filters, 4, strides=2, padding="same")(x))
        filters = min(2 * filters, 8 * width)
    x = MinibatchStdDev()(x) if deviation else x
    x = convolution(1, 4, padding="valid")(x)
    return keras.Model(image, layers.Flatten(dtype="float32")(x), name="discriminator")


def residual_discriminator(width=32, channels=3, deviation=True):
    """As discriminator (64 x 64, no spectral normalisation), of residual blocks. Lesson 04."""
    _check(width)
    image = keras.Input((64, 64, channels), name="image")
    x = layers.Conv2D(width, 4, strides=2, padding="same")(2 * image - 1)
    for filters in (2 * width, 4 * width, 8 * width):
        x = layers.AveragePooling2D(2)(_residual(x, filters))
    x = MinibatchStdDev()(x) if deviation else x
    x = layers.Conv2D(1, 4, padding="valid")(leaky(_residual(x, 8 * width)))
    return keras.Model(image, layers.Flatten(dtype="float32")(x), name="residual_discriminator")


def restorer(width=24):
    """From spoiled pictures f32 [N, 64, 64, 3] in [0, 1] to mended ones: the generator of the pretraining experiment.

    Down to 16 x 16 and up again with the way in added at each size: a small U-Net (Ronneberger et al. 2015) that
    learns what to add to the picture. Lesson 04.
    """
    _check(width)
    image = keras.Input((64, 64, 3), name="image")
    half = leaky(layers.Conv2D(width, 4, strides=2, padding="same")(2 * image - 1))
    quarter = leaky(layers.Conv2D(2 * width, 4, strides=2, padding="same")(half))
    x = _residual(_residual(quarter, 2 * width), 2 * width)
    x = leaky(PixelShuffle()(layers.Conv2D(4 * width, 3, padding="same")(x)) + half)
    x = layers.Conv2D(12, 3, padding="same", kernel_initializer="zeros")(x)
    x = layers.Activation("linear", dtype="float32")(PixelShuffle()(x))
    return keras.Model(image, image + x, name="restorer")


def _residual(x, filters):
    """x + two convolutions 3 x 3 of it, the way in by a 1 x 1 where the filters change."""
    y = layers.Conv2D(filters, 3, padding="same")(leaky(x))
    y = layers.Conv2D(filters, 3, padding="same", kernel_initializer=_small())(leaky(y))
    return (x if x.shape[-1] == filters else layers.Conv2D(filters, 1, use_bias=False)(x)) + y


def _small():
    return keras.initializers.VarianceScaling(0.1)


def _check(width):
    if not isinstance(width, int) or width < 1:
        raise ValueError(f"width is {width!r}; expected a whole number of filters, for instance 32")
