"""Layers with equalised learning rate: dense, and convolution with resampling and blur. Lesson 06."""
import keras
import numpy as np
from keras import layers, ops

GAIN = float(np.sqrt(2))  # He's gain: a ReLU halves the power of a signal


class Equalised(layers.Layer):
    """Equalised learning rate: weights are drawn from N(0, 1) / rate and multiplied by gain * rate / sqrt(fan in).

    A step of Adam then changes all weights by the same fraction, whatever the size of their layer.

    Args:
        gain: of the layer; sqrt(2) before a LeakyReLU, 1 otherwise.
        rate: learning-rate multiplier; below 1 the layer learns more slowly.
    References:
        Karras et al. 2018, Progressive Growing, section 4.1.
    Lesson 06.
    """

    def __init__(self, gain=GAIN, rate=1.0, **kwargs):
        super().__init__(**kwargs)
        self.gain, self.rate = gain, rate

    def add_kernel(self, shape):
        """Adds the kernel; use it through equalised().

        Args:
            shape: of the kernel; its last axis is the outputs.
        """
        self.scale = self.gain * self.rate / float(np.sqrt(np.prod(shape[:-1])))
        self.kernel = self.add_weight(shape=shape, initializer=keras.initializers.RandomNormal(stddev=1 / self.rate),
                                      name="kernel")

    def equalised(self):
        """The kernel at run time.

        Returns:
            f32 tensor.
        """
        return ops.cast(self.kernel, "float32") * self.scale

    def get_config(self):
        return {**super().get_config(), "gain": self.gain, "rate": self.rate}


@keras.saving.register_keras_serializable("course_lib")
class EqualDense(Equalised):
    """A dense layer [N, D] -> [N, units] with equalised weights and a bias that starts at 0.

    Args:
        units: length of the result; others as for Equalised.
    Lesson 06.
    """

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
    """A convolution [N, H, W, C] -> [N, H', W', filters] with equalised weights.

    Args:
        filters: channels of the result.
        size: side of the kernel.
        step: "same", "up" (nearest-neighbour upsampling, convolution, blur) or "down" (blur, convolution, then
            averaging over 2 x 2). Resampling and convolution are both linear, so that one strided convolution with a
            kernel wider by one computes both. The blur is [1, 2, 1], against aliasing.
        bias: with a bias, which starts at 0.
    References:
        Karras et al. 2018, Progressive Growing, appendix A; Karras et al. 2019, section 2.
    Lesson 06.
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
        """The convolution without bias.

        Args:
            x: [N, H, W, C].
        Returns:
            [N, H', W', filters].
        """
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


def blur(x):
    """Binomial blur: the filter [1, 2, 1] / 4 in both directions, with zero padding.

    Args:
        x: [N, H, W, C].
    Returns:
        [N, H, W, C].
    Lesson 06.
    """
    taps = np.array([1, 2, 1], np.float32) / 4
    kernel = ops.tile(ops.convert_to_tensor(np.outer(taps, taps)[:, :, None, None]), (1, 1, x.shape[-1], 1))
    return ops.depthwise_conv(x, ops.cast(kernel, x.dtype), padding="same")


def _wider(kernel):
    """The kernel [k, k, ...] added to itself one pixel to the right, below and both: [k + 1, k + 1, ...]."""
    pad = [[1, 1], [1, 1], [0, 0], [0, 0]]
    wide = ops.pad(kernel, pad)
    return wide[1:, 1:] + wide[1:, :-1] + wide[:-1, 1:] + wide[:-1, :-1]
