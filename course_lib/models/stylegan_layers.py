"""The layers of StyleGAN: AdaIN, modulated convolution, noise, constant input. Lesson 06."""
import keras
from keras import layers, ops

from .equalised import EqualConv, EqualDense


def adain(x, style):
    """Adaptive instance normalisation (AdaIN): normalised(x) * (1 + scale) + bias.

    normalised(x) has mean 0 and standard deviation 1 over height and width, in each
    image and channel.

    Args:
        x: [N, H, W, C].
        style: [N, 2 C], C scales, then C biases.
    Returns:
        Tensor like x.
    Raises:
        ValueError: when the widths do not fit.
    References:
        Huang & Belongie 2017, equation 8; Karras et al. 2019, equation 1, with the + 1.
    Lesson 06.
    """
    if style.shape[-1] != 2 * x.shape[-1]:
        raise ValueError(f"adain got {x.shape[-1]} channels and a style of "
                         f"{style.shape[-1]} numbers; it wants twice as many as channels: "
                         f"{2 * x.shape[-1]}, the scales and then the biases")
    mean, variance = ops.moments(ops.cast(x, "float32"), axes=(1, 2), keepdims=True)
    scale, bias = ops.split(ops.cast(style, "float32")[:, None, None, :], 2, axis=-1)
    factor = (1 + scale) * ops.rsqrt(variance + 1e-8)
    return x * ops.cast(factor, x.dtype) + ops.cast(bias - mean * factor, x.dtype)


@keras.saving.register_keras_serializable("course_lib")
class ModulatedConv(EqualConv):
    """Modulated convolution, called as conv([x, w]): StyleGAN2's replacement for AdaIN, without its droplets.

    The style scales the input channels; demodulation divides each output channel by the norm of its scaled kernel, so
    that its expected standard deviation is 1 whatever the style, without looking at the image. AdaIN divides by the
    standard deviation of the image itself, which one strong pixel (a droplet) can distort.

    Args:
        filters, size, step, bias: as for EqualConv.
        demodulate: False leaves demodulation out.
    References:
        Karras et al. 2020, equations 1 to 3, with the features scaled instead of the kernel.
    Lesson 06.
    """

    def __init__(self, filters, size=3, step="same", bias=False, demodulate=True, **kwargs):
        super().__init__(filters, size, step, bias, **kwargs)
        self.demodulate = demodulate

    def build(self, shapes):
        super().build(shapes[0])
        self.affine = EqualDense(shapes[0][-1], gain=1.0, dtype="float32", name="affine")
        self.affine.build(shapes[1])

    def call(self, inputs):
        x, w = inputs
        scale = 1 + self.affine(ops.cast(w, "float32"))  # [N, C]
        y = self.convolve(x * ops.cast(scale[:, None, None, :], x.dtype))
        if self.demodulate:
            power = ops.sum(ops.square(self.equalised()), axis=(0, 1))  # [C, filters]
            length = ops.rsqrt(ops.matmul(ops.square(scale), power) + 1e-8)
            y = y * ops.cast(length[:, None, None, :], y.dtype)
        return y + ops.cast(self.bias, y.dtype) if self.biased else y

    def compute_output_shape(self, shapes):
        return super().compute_output_shape(shapes[0])

    def get_config(self):
        return {**super().get_config(), "demodulate": self.demodulate}


@keras.saving.register_keras_serializable("course_lib")
class AdaIN(layers.Layer):
    """adain with a learned affine map from w to the style; called as layer([x, w]). Lesson 06."""

    def build(self, shapes):
        self.affine = EqualDense(2 * shapes[0][-1], gain=1.0, dtype="float32", name="affine")
        self.affine.build(shapes[1])

    def call(self, inputs):
        x, w = inputs
        return adain(x, self.affine(ops.cast(w, "float32")))

    def compute_output_shape(self, shapes):
        return shapes[0]


@keras.saving.register_keras_serializable("course_lib")
class NoiseAndBias(layers.Layer):
    """x [N, H, W, C] plus one noise image [N, H, W, 1] times a learned strength per channel, plus a bias.

    Strengths and biases start at 0.

    References:
        Karras et al. 2019, figure 1 (b), "B".
    Lesson 06.
    """

    def build(self, shapes):
        channels = shapes[0][-1]
        self.strength = self.add_weight(shape=(channels,), initializer="zeros", name="strength")
        self.bias = self.add_weight(shape=(channels,), initializer="zeros", name="bias")

    def call(self, inputs):
        x, noise = inputs
        return x + ops.cast(noise, x.dtype) * ops.cast(self.strength, x.dtype) + ops.cast(self.bias, x.dtype)

    def compute_output_shape(self, shapes):
        return shapes[0]


@keras.saving.register_keras_serializable("course_lib")
class Constant(layers.Layer):
    """The learned constant input [side, side, channels] of the synthesis network, the same for every row of w [N, ...].

    Args:
        side: height and width.
        channels: how many.
    References:
        Karras et al. 2019, figure 1 (b).
    Lesson 06.
    """

    def __init__(self, side, channels, **kwargs):
        super().__init__(**kwargs)
        self.side, self.channels = side, channels

    def build(self, shape):
        self.picture = self.add_weight(shape=(1, self.side, self.side, self.channels), name="picture",
                                       initializer=keras.initializers.RandomNormal(stddev=1.0))

    def call(self, w):
        return ops.repeat(ops.cast(self.picture, self.compute_dtype), ops.shape(w)[0], axis=0)

    def compute_output_shape(self, shape):
        return shape[0], self.side, self.side, self.channels

    def get_config(self):
        return {**super().get_config(), "side": self.side, "channels": self.channels}


@keras.saving.register_keras_serializable("course_lib")
class MeanStyle(layers.Layer):
    """The identity on w [N, D], which in training tracks its running mean (decay 0.995) for truncation.

    References:
        Karras et al. 2019, appendix B.
    Lesson 06.
    """

    def build(self, shape):
        self.mean = self.add_weight(shape=(shape[-1],), initializer="zeros", trainable=False, name="mean")

    def call(self, w, training=False):
        if training:
            self.mean.assign(0.995 * self.mean + 0.005 * ops.stop_gradient(ops.mean(w, axis=0)))
        return w

    def compute_output_shape(self, shape):
        return shape


def pixel_norm(x):
    """Pixelwise feature normalisation: scales each row to mean square 1.

    Args:
        x: [N, D].
    Returns:
        [N, D].
    References:
        Karras et al. 2018, Progressive Growing, section 4.2.
    Lesson 06.
    """
    return x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + 1e-8)
