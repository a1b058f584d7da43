"""The swap that predicts its own mask: faceswap-GAN (v2.2) and its plainer relative, dfaker's mask head. Lesson 05.

A generator here gives seven channels f32 [N, S, S, 7]: the composite (0:3), the colour alone (3:6) and the mask alpha
(6:7), where composite = alpha colour + (1 - alpha) input. `parts` takes them apart. Images are RGB in [0, 1]. There is
no normalisation (the default of the original's networks; its v2.2 notebook trains with instance normalisation).
References: shaoanlu/faceswap-GAN, networks/; the widths are a parameter here.
"""
import keras
from keras import layers, ops

from .blocks import PixelShuffle, leaky

SIZE = 64


@keras.saving.register_keras_serializable("course_lib")
class SelfAttention(layers.Layer):
    """Self-attention over the positions of a feature map [N, H, W, C]: x + scale softmax(g f') h; same shape.

    f and g are projections to C / 8 channels. scale is learned and starts at 0, where the layer is the identity.

    Raises:
        ValueError: below 8 channels.
    References:
        Zhang et al. 2019, SAGAN, equations 1 to 3.
    Lesson 05.
    """

    def build(self, shape):
        channels = shape[-1]
        if channels < 8:
            raise ValueError(f"SelfAttention got {channels} channels; it projects to an eighth of them, so it needs 8")
        for name, filters in (("f", channels // 8), ("g", channels // 8), ("h", channels)):
            layer = layers.Conv2D(filters, 1, name=name, dtype=self.dtype_policy)
            layer.build(shape)
            setattr(self, name, layer)
        self.scale = self.add_weight(shape=(), initializer="zeros", name="scale")

    def call(self, x):
        _, height, width, channels = x.shape

        def flat(y):
            return ops.reshape(y, (-1, height * width, y.shape[-1]))

        similarity = ops.matmul(flat(self.g(x)), ops.transpose(flat(self.f(x)), (0, 2, 1)))
        attended = ops.matmul(ops.softmax(similarity, axis=-1), flat(self.h(x)))
        return x + ops.cast(self.scale, x.dtype) * ops.reshape(attended, (-1, height, width, channels))

    def compute_output_shape(self, shape):
        return shape


@keras.saving.register_keras_serializable("course_lib")
class Composite(layers.Layer):
    """composite as a layer, called with [alpha, colour, image]; gives the seven channels of a generator. Lesson 05."""

    def call(self, inputs):
        alpha, colour, image = (ops.cast(x, "float32") for x in inputs)
        return ops.concatenate([composite(alpha, colour, image), colour, alpha], axis=-1)

    def compute_output_shape(self, shapes):
        return (*shapes[1][:-1], 7)


def composite(alpha, colour, image):
    """Alpha compositing: alpha colour + (1 - alpha) image.

    Args:
        alpha: the mask [N, S, S, 1] in [0, 1].
        colour, image: [N, S, S, 3].
    Returns:
        [N, S, S, 3].
    Lesson 05.
    """
    return alpha * colour + (1 - alpha) * image


def parts(output):
    """Splits a generator's seven channels.

    Args:
        output: [N, S, S, 7].
    Returns:
        (composite [N, S, S, 3], colour [N, S, S, 3], alpha [N, S, S, 1]).
    Lesson 05.
    """
    return output[..., :3], output[..., 3:6], output[..., 6:7]


def encoder(width=64, attention=True, size=SIZE):
    """faceswap-GAN's encoder: convolutions of stride 2 down to 4 x 4, two dense layers and one upscale.

    Args:
        width: filters of the first convolution; 64 as published, 16 fits a laptop.
        attention: with self-attention at the second and third halving.
        size: side of the faces, a power of two from 64.
    Returns:
        keras.Model from f32 [N, size, size, 3] in [0, 1] to features [N, 8, 8, 8 width].
    Raises:
        ValueError: for another width or size.
    Lesson 05.
    """
    _check(width, size)
    image = keras.Input((size, size, 3), name="picture")
    x = _convolve(2 * image - 1, width, 5)
    x = _halve(x, 2 * width)
    x = _attend(_halve(x, 4 * width), attention)
    x = _attend(_halve(x, 8 * width), attention)
    x = _halve(x, 16 * width)
    while x.shape[1] > 4:
        x = _halve(x, 16 * width)
    x = layers.Dense(16 * width)(layers.Flatten()(x))
    x = layers.Reshape((4, 4, 16 * width))(layers.Dense(4 * 4 * 16 * width)(x))
    return keras.Model(image, _upscale(x, 8 * width), name="encoder")


def decoder(width=64, attention=True, size=SIZE, name="decoder"):
    """faceswap-GAN's decoder, one for each person: mask and colour share all but their last convolution.

    Args:
        width, attention, size: as for encoder.
        name: the model's name.
    Returns:
        keras.Model from features [N, 8, 8, 8 width] to [alpha f32 [N, size, size, 1] (a sigmoid), colour
        f32 [N, size, size, 3] (a tanh, moved into [0, 1])].
    Raises:
        ValueError: for another width or size.
    Lesson 05.
    """
    _check(width, size)
    features = keras.Input((8, 8, 8 * width), name="features")
    x = _upscale(features, 4 * width)  # 16 x 16
    x = _attend(_upscale(x, 2 * width), attention)  # 32 x 32
    x = _residual(_upscale(x, width), width)  # 64 x 64
    x = SelfAttention()(x) if attention else layers.ReLU()(_convolve(x, width, 3))
    while x.shape[1] < size:
        x = layers.ReLU()(_convolve(_upscale(x, width), width, 3))
    alpha = layers.Conv2D(1, 5, padding="same")(x)
    alpha = layers.Activation("sigmoid", dtype="float32", name="alpha")(alpha)
    colour = layers.Conv2D(3, 5, padding="same")(x)
    colour = layers.Activation("tanh", dtype="float32")(colour)
    return keras.Model(features, [alpha, (colour + 1) / 2], name=name)


def generator(encoder_, decoder_):
    """The whole generator of one person; two of them with one encoder make a swap.

    The other person's image goes in, this person's face comes out.

    Args:
        encoder_, decoder_: of this file.
    Returns:
        keras.Model from (distorted) images f32 [N, S, S, 3] to seven channels f32 [N, S, S, 7].
    Lesson 05.
    """
    image = keras.Input(encoder_.input_shape[1:], name="distorted")
    alpha, colour = decoder_(encoder_(image))
    return keras.Model(image, Composite(dtype="float32")([alpha, colour, image]), name="generator")


def masked_decoder(decoder_, width=16, name="masked_decoder"):
    """Adds a mask to a decoder of lesson 02, whose colour stays what it was.

    The mask's own branch compares the decoder's last features and colour with the
    image, at 64, 32 and 16 pixels: it sees the image, so it can detect what is in front
    of the face. It starts at alpha = 1/2. (The published decoder's mask sees the image
    through the code alone; the shared encoder's code does not represent a hand.)

    Args:
        decoder_: of autoencoder.for_one_person, for instance the checkpoint
            decoder_kavya; its weights are used and trained on.
        width: filters of the mask's branch at 64 pixels, doubled below.
        name: the model's name.
    Returns:
        keras.Model from [code [N, C], image f32 [N, 64, 64, 3]] to seven channels
        f32 [N, 64, 64, 7].
    Lesson 05.
    """
    inner = decoder_.get_layer("personal_decoder")
    code = keras.Input(decoder_.input_shape[1:], name="code")
    image = keras.Input((SIZE, SIZE, 3), name="distorted")
    last = inner.layers[-2].input  # what the convolution to colour takes
    trunk = keras.Model(inner.inputs, [inner.outputs[0], last], name="trunk")
    colour, features = trunk([code, decoder_.get_layer("person")(code)])
    x = layers.Concatenate()([features, 2 * colour - 1, 2 * image - 1])
    fine = leaky(_convolve(x, width, 3), 0.2)  # 64 x 64
    half = leaky(_convolve(fine, 2 * width, 3, 2), 0.2)  # 32 x 32
    x = leaky(_convolve(half, 2 * width, 3, 2), 0.2)  # 16 x 16
    x = leaky(_convolve(x, 2 * width, 3), 0.2)
    x = layers.Concatenate()([layers.UpSampling2D()(x), half])  # 32 x 32
    x = leaky(_convolve(x, 2 * width, 3), 0.2)
    x = layers.Concatenate()([layers.UpSampling2D()(x), fine])  # 64 x 64
    x = layers.Conv2D(1, 3, padding="same", kernel_initializer="zeros", name="mask")(x)
    alpha = layers.Activation("sigmoid", dtype="float32", name="alpha")(x)
    output = Composite(dtype="float32")([alpha, colour, image])
    return keras.Model([code, image], output, name=name)


def discriminator(width=64, attention=True, size=SIZE):
    """A patch discriminator of pairs (image beside the distorted input): one score for each of 8 x 8 patches.

    Convolutions 4 x 4 of stride 2 down to 8 x 8, self-attention, one more convolution. There is no sigmoid, as the
    loss is least squares.

    Args:
        width, attention, size: as for encoder.
    Returns:
        keras.Model from f32 [N, size, size, 6] to f32 [N, 8, 8, 1].
    Raises:
        ValueError: for another width or size.
    Lesson 05.
    """
    _check(width, size)
    pair = keras.Input((size, size, 6), name="pair")
    x = leaky(_convolve(2 * pair - 1, width, 4, 2), 0.2)
    x = leaky(_convolve(x, 2 * width, 4, 2), 0.2)
    while x.shape[1] > 8:
        x = leaky(_convolve(x, 4 * width, 4, 2), 0.2)
        x = _attend(x, attention)
    x = layers.Conv2D(1, 4, padding="same", use_bias=False)(x)
    return keras.Model(pair, layers.Activation("linear", dtype="float32")(x), name="discriminator")


def dfaker_decoder(width=128, name="dfaker_decoder"):
    """dfaker's decoder: two stacks that share nothing, with residual blocks in the colour's.

    Args:
        width: 128 as published.
        name: the model's name.
    Returns:
        keras.Model from features [N, 8, 8, 4 width] to [mask f32 [N, 128, 128, 1], colour f32 [N, 128, 128, 3]].
    Raises:
        ValueError: for another width.
    References:
        dfaker/df, model.
    Lesson 05.
    """
    _check(width, SIZE)
    features = keras.Input((8, 8, 4 * width), name="features")
    colour = mask = features
    for filters in (4 * width, 2 * width, width):
        colour, mask = _residual(_upscale(colour, filters), filters), _upscale(mask, filters)
    colour, mask = _upscale(colour, width // 2), _upscale(mask, width // 2)
    last = {"activation": "sigmoid", "padding": "same", "dtype": "float32"}
    return keras.Model(features, [layers.Conv2D(1, 5, name="mask", **last)(mask),
                                  layers.Conv2D(3, 5, name="colour", **last)(colour)], name=name)


def _convolve(x, filters, side, strides=1):
    return layers.Conv2D(filters, side, strides=strides, padding="same", use_bias=False,
                         kernel_initializer="he_normal")(x)


def _halve(x, filters):
    return layers.ReLU()(_convolve(x, filters, 3, 2))


def _attend(x, attention):
    return SelfAttention()(x) if attention else x


def _upscale(x, filters):
    x = leaky(layers.Conv2D(4 * filters, 3, padding="same", kernel_initializer="he_normal")(x), 0.2)
    return PixelShuffle()(x)


def _residual(x, filters):
    y = leaky(_convolve(x, filters, 3), 0.2)
    return leaky(x + _convolve(y, filters, 3), 0.2)


def _check(width, size):
    if not isinstance(width, int) or width < 8 or width % 2:
        raise ValueError(f"width is {width!r}; expected an even number of filters from 8 on, for instance 64 or 16")
    if size < 64 or size & (size - 1):
        raise ValueError(f"size is {size}; expected a power of two from 64 on")
