"""The parts of StyleGAN: equalised weights, noise, AdaIN, modulated convolution, blur, truncation. Lesson 06."""
import keras
import numpy as np
from keras import layers, ops

GAIN = float(np.sqrt(2))  # what LeakyReLU takes from a signal's power, roughly


def adain(x, style):
    """Gives every channel of every picture the mean and the spread that a style asks for.

    x: [N, H, W, C]. style: [N, 2 C], C numbers of scale, then C of bias. Returns normalised(x) * (1 + scale) + bias,
    of x's type, where normalised means mean 0 and deviation 1 over H and W. Raises ValueError when the widths do not
    fit. Source: Huang & Belongie 2017, equation 8; Karras et al. 2019, equation 1, with the + 1. Lesson 06.
    """
    if style.shape[-1] != 2 * x.shape[-1]:
        raise ValueError(f"adain got {x.shape[-1]} channels and a style of {style.shape[-1]} numbers; it wants twice "
                         f"as many as channels: {2 * x.shape[-1]}, the scales and then the biases")
    mean, variance = ops.moments(ops.cast(x, "float32"), axes=(1, 2), keepdims=True)
    scale, bias = ops.split(ops.cast(style, "float32")[:, None, None, :], 2, axis=-1)
    factor = (1 + scale) * ops.rsqrt(variance + 1e-8)
    return x * ops.cast(factor, x.dtype) + ops.cast(bias - mean * factor, x.dtype)


class Equalised(layers.Layer):
    """A layer whose weights are drawn from N(0, 1) / rate and multiplied by gain * rate / sqrt(fan in) at run time.

    All weights then move by the same share in a step of Adam, whatever the size of their layer; rate below 1 makes
    them move more slowly. Source: Karras et al. 2018, Progressive Growing, section 4.1. Lesson 06.
    """

    def __init__(self, gain=GAIN, rate=1.0, **kwargs):
        super().__init__(**kwargs)
        self.gain, self.rate = gain, rate

    def add_kernel(self, shape):
        """Adds the kernel, its last axis being the outputs; equalised() is what to use of it."""
        self.scale = self.gain * self.rate / float(np.sqrt(np.prod(shape[:-1])))
        self.kernel = self.add_weight(shape=shape, initializer=keras.initializers.RandomNormal(stddev=1 / self.rate),
                                      name="kernel")

    def equalised(self):
        return ops.cast(self.kernel, "float32") * self.scale

    def get_config(self):
        return {**super().get_config(), "gain": self.gain, "rate": self.rate}


@keras.saving.register_keras_serializable("course_lib")
class EqualDense(Equalised):
    """A dense layer [N, D] -> [N, units] with equalised weights and a bias that starts at 0. Lesson 06."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, shape):
        self.add_kernel((shape[-1], self.units))
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")

    def call(self, x):
        return ops.matmul(x, ops.cast(self.equalised(), x.dtype)) + ops.cast(self.rate * self.bias, x.dtype)

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.units)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable("course_lib")
class EqualConv(Equalised):
    """A convolution [N, H, W, C] -> [N, H', W', filters] with equalised weights; bias: with one, which starts at 0.

    step: "same", "up" (the side is doubled by repeating pixels, then convolved) or "down" (convolved, then halved by
    averaging 2 x 2). Both are linear, so one strided convolution with a kernel wider by one does it at once. A blur
    [1, 2, 1] stands after going up and before going down, against aliasing. Source: Karras et al. 2018, appendix A;
    2019, section 2. Lesson 06.
    """

    def __init__(self, filters, size=3, step="same", bias=False, **kwargs):
        super().__init__(**kwargs)
        self.filters, self.size, self.step, self.biased = filters, size, step, bias

    def build(self, shape):
        self.add_kernel((self.size, self.size, shape[-1], self.filters))
        if self.biased:
            self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")

    def call(self, x):
        y = self.convolve(x)
        return y + ops.cast(self.bias, y.dtype) if self.biased else y

    def convolve(self, x):
        """The convolution alone."""
        kernel = self.equalised()
        if self.step == "same":
            return ops.conv(x, ops.cast(kernel, x.dtype), padding="same")
        if self.step == "down":
            return ops.conv(blur(x), ops.cast(_wider(kernel) / 4, x.dtype), strides=2, padding="same")
        kernel = ops.transpose(ops.flip(_wider(kernel), (0, 1)), (0, 1, 3, 2))
        return blur(ops.conv_transpose(x, ops.cast(kernel, x.dtype), strides=2, padding="same"))

    def compute_output_shape(self, shape):
        n, h, w, _ = shape
        times = {"same": 1, "up": 2, "down": 0.5}[self.step]
        return n, int(h * times), int(w * times), self.filters

    def get_config(self):
        return {**super().get_config(), "filters": self.filters, "size": self.size, "step": self.step,
                "bias": self.biased}


@keras.saving.register_keras_serializable("course_lib")
class ModulatedConv(EqualConv):
    """A convolution whose kernel is scaled by a style, called as conv([x, w]): StyleGAN2's cure for AdaIN's droplets.

    The style scales the channels that come in; demodulation divides each channel that goes out by the length of its
    scaled kernel, so that the expected spread is 1 whatever the style, without looking at the picture. AdaIN divides
    by the spread that is there, which a droplet can falsify. Source: Karras et al. 2020, equations 1 to 3, in the form
    that scales the features instead of the kernel. Lesson 06.
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
    """adain with a learned affine map from w to the style: layer([x, w]). Lesson 06."""

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
    """x [N, H, W, C] plus one picture of noise [N, H, W, 1] times a learned strength per channel, plus a bias.

    Strengths and biases start at 0. Source: Karras et al. 2019, figure 1, B. Lesson 06.
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
    """One learned picture [side, side, channels], the same for every row of w [N, ...]: where every face begins."""

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
    """Hands w [N, D] on and follows its mean in training, with decay .995 a call: the middle that truncation pulls to.

    Source: Karras et al. 2019, section 2 (appendix B). Lesson 06.
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
    """x [N, D] with mean square 1 in each row. Source: Karras et al. 2018, section 4.2. Lesson 06."""
    return x * ops.rsqrt(ops.mean(ops.square(x), axis=-1, keepdims=True) + 1e-8)


def blur(x):
    """x [N, H, W, C] softened by [1, 2, 1] / 4 in both directions, zeros around it. Lesson 06."""
    line = np.array([1, 2, 1], np.float32) / 4
    kernel = ops.tile(ops.convert_to_tensor(np.outer(line, line)[:, :, None, None]), (1, 1, x.shape[-1], 1))
    return ops.depthwise_conv(x, ops.cast(kernel, x.dtype), padding="same")


def _wider(kernel):
    """The kernel [k, k, ...] added to itself one pixel to the right, below and both: [k + 1, k + 1, ...]."""
    pad = [[1, 1], [1, 1], [0, 0], [0, 0]]
    wide = ops.pad(kernel, pad)
    return wide[1:, 1:] + wide[1:, :-1] + wide[:-1, 1:] + wide[:-1, :-1]
