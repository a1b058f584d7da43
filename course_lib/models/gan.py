"""Generators and discriminators of faces, 64 x 64: plain (DCGAN) and residual. Lesson 04.

A discriminator returns one score for each image, a logit: above 0 it classifies the image as real.
"""
import keras
from keras import layers, ops

from .blocks import BatchNormalization, PixelShuffle, leaky

LATENT = 64


@keras.saving.register_keras_serializable("course_lib")
class SpectralConv(layers.Conv2D):
    """Spectral normalisation: a convolution whose kernel is divided by its largest singular value.

    One power iteration per training call follows the singular value; the kernel counts as a matrix
    [height width channels, filters].

    References:
        Miyato et al. 2018, Spectral Normalization, algorithm 1.
    Lesson 04.
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
    """Minibatch standard deviation: one more channel, how much the images of a batch differ: [N, H, W, C + 1].

    It lets the discriminator recognise a generator that always makes the same face. The number is the same everywhere
    in an image.

    Args:
        group: each image is compared with the group - 1 that follow it in the batch (the first follow the last), and
            has a number of its own; one number over the whole batch when left out.
    References:
        Karras et al. 2018, Progressive Growing, section 3; table 2 has groups of 4.
    Lesson 04.
    """

    def __init__(self, group=None, **kwargs):
        super().__init__(**kwargs)
        self.group = group

    def call(self, x):
        wide = ops.cast(x, "float32")
        if self.group is None:
            std = ops.mean(ops.sqrt(ops.var(wide, axis=0) + 1e-8))
        else:
            together = ops.stack([ops.roll(wide, -k, axis=0) for k in range(self.group)])
            std = ops.mean(ops.sqrt(ops.var(together, axis=0) + 1e-8), axis=(1, 2, 3), keepdims=True)
        return ops.concatenate([x, ops.cast(ops.ones_like(wide[..., :1]) * std, x.dtype)], axis=-1)

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] + 1)

    def get_config(self):
        return {**super().get_config(), "group": self.group}


def generator(width=32, latent=LATENT, norm=True):
    """DCGAN's generator: a dense layer to 4 x 4, then four transposed convolutions.

    Args:
        width: filters of the last layer but one, doubled at each stage before it.
        latent: length of the latent vectors.
        norm: with batch normalisation.
    Returns:
        keras.Model from f32 [N, latent], standard normal, to images f32 [N, 64, 64, 3]
        in [0, 1].
    Raises:
        ValueError: for a width below 1.
    References:
        Radford et al. 2016, DCGAN, figure 1; there 100 uniform numbers, kernels 5 x 5, ReLU, tanh and more filters.
    Lesson 04.
    """
    _check(width)

    def activate(x):
        return leaky(BatchNormalization(momentum=0.9)(x) if norm else x, 0.2)

    def double(x, filters):
        return layers.Conv2DTranspose(
            filters, 4, strides=2, padding="same", use_bias=not norm)(x)

    z = keras.Input((latent,), name="latent")
    x = layers.Dense(4 * 4 * 8 * width, use_bias=not norm)(z)
    x = activate(layers.Reshape((4, 4, 8 * width))(x))
    x = activate(double(x, 4 * width))  # 8 x 8
    x = activate(double(x, 2 * width))  # 16 x 16
    x = activate(double(x, width))  # 32 x 32
    x = layers.Conv2DTranspose(3, 4, strides=2, padding="same")(x)  # 64 x 64
    x = layers.Activation("sigmoid", dtype="float32")(x)
    return keras.Model(z, x, name="generator")


def residual_generator(width=32, latent=LATENT):
    """A generator of residual blocks without normalisation: upsampling three times, then a pixel shuffle.

    Args:
        width, latent: as for generator.
    Returns:
        keras.Model as generator.
    References:
        Mescheder et al. 2018, Which Training Methods for GANs do actually Converge?, appendix, smaller.
    Lesson 04.
    """
    _check(width)
    z = keras.Input((latent,), name="latent")
    x = layers.Reshape((4, 4, 8 * width))(layers.Dense(4 * 4 * 8 * width)(z))
    x = _residual(x, 8 * width)
    x = _residual(layers.UpSampling2D(2)(x), 8 * width)  # 8 x 8
    x = _residual(layers.UpSampling2D(2)(x), 4 * width)  # 16 x 16
    x = _residual(layers.UpSampling2D(2)(x), 2 * width)  # 32 x 32
    x = PixelShuffle()(layers.Conv2D(12, 3, padding="same")(leaky(x, 0.2)))  # 64 x 64
    return keras.Model(z, layers.Activation("sigmoid", dtype="float32")(x), name="residual_generator")


def discriminator(width=32, channels=3, spectral=False, size=64, minibatch_std=True):
    """DCGAN's discriminator without batch normalisation: convolutions 4 x 4 of stride 2 down to 4 x 4, then a score.

    Batch normalisation would mix the statistics of the batch into the scores.

    Args:
        width: filters of the first convolution.
        channels: of the images; 6 for pairs of images.
        spectral: with spectral normalisation.
        size: side of the images, a power of two, at least 16.
        minibatch_std: with MinibatchStdDev before the last convolution.
    Returns:
        keras.Model from f32 [N, size, size, channels] in [0, 1] to logits f32 [N, 1].
    Raises:
        ValueError: for another size or width.
    References:
        Radford et al. 2016, DCGAN.
    Lesson 04.
    """
    _check(width)
    if size < 16 or size & (size - 1):
        raise ValueError(f"size is {size}; expected a power of two, at least 16")
    convolution = SpectralConv if spectral else layers.Conv2D
    image = keras.Input((size, size, channels), name="image")
    x, filters = 2 * image - 1, width
    while x.shape[1] > 4:
        x = leaky(convolution(filters, 4, strides=2, padding="same")(x), 0.2)
        filters = min(2 * filters, 8 * width)
    x = MinibatchStdDev()(x) if minibatch_std else x
    x = convolution(1, 4, padding="valid")(x)
    return keras.Model(image, layers.Flatten(dtype="float32")(x), name="discriminator")


def residual_discriminator(width=32, channels=3, minibatch_std=True):
    """A discriminator of residual blocks, for 64 x 64 pixels.

    Args:
        width, channels, minibatch_std: as for discriminator.
    Returns:
        keras.Model as discriminator.
    References:
        Mescheder et al. 2018, Which Training Methods for GANs do actually Converge?, appendix, smaller.
    Lesson 04.
    """
    _check(width)
    image = keras.Input((64, 64, channels), name="image")
    x = layers.Conv2D(width, 4, strides=2, padding="same")(2 * image - 1)  # 32 x 32
    x = layers.AveragePooling2D(2)(_residual(x, 2 * width))  # 16 x 16
    x = layers.AveragePooling2D(2)(_residual(x, 4 * width))  # 8 x 8
    x = layers.AveragePooling2D(2)(_residual(x, 8 * width))  # 4 x 4
    x = MinibatchStdDev()(x) if minibatch_std else x
    x = layers.Conv2D(1, 4, padding="valid")(leaky(_residual(x, 8 * width), 0.2))
    return keras.Model(image, layers.Flatten(dtype="float32")(x), name="residual_discriminator")


def restorer(width=24):
    """A small U-Net from degraded images to restored ones: the generator of the pretraining experiment.

    It goes down to 16 x 16 and up again, with skip connections, and its output is added to the image.

    Args:
        width: filters of the first convolution.
    Returns:
        keras.Model from f32 [N, 64, 64, 3] in [0, 1] to f32 of the same shape; the identity at first.
    References:
        Ronneberger et al. 2015, U-Net.
    Lesson 04.
    """
    _check(width)
    image = keras.Input((64, 64, 3), name="image")
    half = leaky(layers.Conv2D(width, 4, strides=2, padding="same")(2 * image - 1), 0.2)
    quarter = leaky(layers.Conv2D(2 * width, 4, strides=2, padding="same")(half), 0.2)
    x = _residual(_residual(quarter, 2 * width), 2 * width)
    x = leaky(PixelShuffle()(layers.Conv2D(4 * width, 3, padding="same")(x)) + half, 0.2)
    x = layers.Conv2D(12, 3, padding="same", kernel_initializer="zeros")(x)
    x = layers.Activation("linear", dtype="float32")(PixelShuffle()(x))
    return keras.Model(image, image + x, name="restorer")


def _residual(x, filters):
    """A residual block of two convolutions 3 x 3; the skip connection has a 1 x 1 where the filters change."""
    y = layers.Conv2D(filters, 3, padding="same")(leaky(x, 0.2))
    small = keras.initializers.VarianceScaling(0.1)
    y = layers.Conv2D(filters, 3, padding="same", kernel_initializer=small)(leaky(y, 0.2))
    return (x if x.shape[-1] == filters else layers.Conv2D(filters, 1, use_bias=False)(x)) + y


def _check(width):
    if not isinstance(width, int) or width < 1:
        raise ValueError(f"width is {width!r}; expected a whole number of filters, for instance 32")
