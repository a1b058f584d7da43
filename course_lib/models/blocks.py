"""Layers and blocks that several networks share. Lesson 02."""
import keras
from keras import layers, ops


@keras.saving.register_keras_serializable("course_lib")
class BatchNormalization(layers.BatchNormalization):
    """Keras' layer; in training on TensorFlow its kernel that does all in one pass over the image and one back.

    Keras takes mean, variance, difference and product one after the other, which is two fifths of MesoNet's step.

    Args:
        kwargs: as for keras.layers.BatchNormalization.
    References:
        Ioffe & Szegedy 2015, Batch Normalization, algorithm 1.
    Lesson 10.
    """

    def call(self, inputs, training=None, mask=None):
        fused = training and self.trainable and mask is None and len(inputs.shape) == 4 and self.scale and self.center
        if not fused or keras.backend.backend() != "tensorflow":
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        x = ops.cast(inputs, "float32")
        x, mean, variance = tf.compat.v1.nn.fused_batch_norm(x, self.gamma, self.beta, epsilon=self.epsilon)
        count = ops.cast(ops.prod(ops.shape(x)[:-1]), "float32")
        variance *= (count - 1) / count  # the kernel gives the unbiased one
        for kept, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
            kept.assign(kept * self.momentum + new * (1 - self.momentum))
        return ops.cast(x, self.compute_dtype)


@keras.saving.register_keras_serializable("course_lib")
class PixelShuffle(layers.Layer):
    """Depth to space: [N, H, W, 4C] becomes [N, 2H, 2W, C], each pixel's channels laid out as a 2 x 2 block.

    Channel k of the pixel in row r and column c of the block comes from channel (2 r + c) C + k.

    Raises:
        ValueError: when the channels do not divide by four.
    References:
        Shi et al. 2016, Real-Time Single Image Super-Resolution, equation 4.
    Lesson 02.
    """

    def build(self, shape):
        if shape[-1] % 4:
            raise ValueError(f"PixelShuffle got {shape[-1]} channels; it needs a multiple of 4, as it makes a 2 x 2 "
                             "block of pixels from every four of them")

    def call(self, x):
        _, h, w, c = ops.shape(x)  # height and width may be unknown until an image comes
        x = ops.reshape(x, (-1, h, w, 2, 2, c // 4))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, 2 * h, 2 * w, c // 4))

    def compute_output_shape(self, shape):
        n, h, w, c = shape
        return n, *(None if side is None else 2 * side for side in (h, w)), c // 4


@keras.saving.register_keras_serializable("course_lib")
class FiLM(layers.Layer):
    """Feature-wise linear modulation: a vector [N, D] scales and shifts the channels of features [N, H, W, C].

    Called as film([features, vector]). Its weights start at zero, where it is the identity.

    References:
        Perez et al. 2018, FiLM, equation 2 (with 1 + gamma).
    Lesson 02.
    """

    def build(self, shapes):
        channels, width = shapes[0][-1], shapes[1][-1]
        self.kernel = self.add_weight(shape=(width, 2 * channels), initializer="zeros", name="kernel")
        self.bias = self.add_weight(shape=(2 * channels,), initializer="zeros", name="bias")

    def call(self, inputs):
        x, vector = inputs
        scale, shift = ops.split(ops.matmul(vector, self.kernel) + self.bias, 2, axis=-1)
        return x * (1 + scale[:, None, None, :]) + shift[:, None, None, :]

    def compute_output_shape(self, shapes):
        return shapes[0]


@keras.saving.register_keras_serializable("course_lib")
class OnePerson(layers.Layer):
    """One learned vector, the same for every row: a batch of codes [N, C] gives [N, width].

    Args:
        width: length of the vector.
    Lesson 02.
    """

    def __init__(self, width, **kwargs):
        super().__init__(**kwargs)
        self.width = width

    def build(self, shape):
        self.vector = self.add_weight(shape=(1, self.width), initializer="zeros", name="vector")

    def call(self, code):
        return ops.repeat(self.vector, ops.shape(code)[0], axis=0)

    def compute_output_shape(self, shape):
        return shape[0], self.width

    def get_config(self):
        return {**super().get_config(), "width": self.width}


@keras.saving.register_keras_serializable("course_lib")
class CodeConsistency(layers.Layer):
    """The identity on codes [N, C], with a loss: the mean squared difference of rows 2 k and 2 k + 1, times weight.

    The rows are two people in one scene, so their codes should be the same.

    Args:
        weight: factor of the loss.
    Lesson 02.
    """

    def __init__(self, weight, **kwargs):
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, code):
        code = ops.cast(code, "float32")
        self.add_loss(self.weight * ops.mean(ops.square(code[0::2] - code[1::2])))
        return code

    def compute_output_shape(self, shape):
        return shape

    def get_config(self):
        return {**super().get_config(), "weight": self.weight}


def leaky(x, slope):
    """LeakyReLU: x where it is positive, slope times x where it is negative.

    Args:
        x: features of any shape.
        slope: 0.1 in the original swap network, 0.2 in most GANs.
    Returns:
        Features of the same shape.
    Lesson 02.
    """
    return layers.LeakyReLU(negative_slope=slope)(x)


def down(x, filters):
    """Convolution 5 x 5 of stride 2 with LeakyReLU, which halves height and width.

    Args:
        x: features [N, H, W, C].
        filters: channels of the result.
    Returns:
        Features [N, H/2, W/2, filters].
    Lesson 02.
    """
    return leaky(layers.Conv2D(filters, 5, strides=2, padding="same")(x), 0.1)


def upscale(x, filters, vector=None):
    """Convolution 3 x 3 to four times the filters, then pixel shuffle, which doubles height and width.

    Args:
        x: features [N, H, W, C].
        filters: channels of the result.
        vector: [N, D], which modulates the features by FiLM before the shuffle; none when left out.
    Returns:
        Features [N, 2H, 2W, filters].
    Lesson 02.
    """
    x = leaky(layers.Conv2D(4 * filters, 3, padding="same")(x), 0.1)
    return PixelShuffle()(x if vector is None else FiLM()([x, vector]))


def residual(x):
    """Residual block: two convolutions 3 x 3, whose result is added to the input.

    Args:
        x: features [N, H, W, C].
    Returns:
        Features of the same shape.
    References:
        He et al. 2016, Deep Residual Learning, figure 2.
    Lesson 02.
    """
    y = leaky(layers.Conv2D(x.shape[-1], 3, padding="same")(x), 0.1)
    return leaky(x + layers.Conv2D(x.shape[-1], 3, padding="same")(y), 0.1)
