"""The swap that paints its own mask: faceswap-GAN (v2.2) and, as its plainer relative, dfaker's mask head. Lesson 05.

A generator here gives seven channels f32 [N, S, S, 7]: the finished picture (0:3), the colour alone (3:6) and the mask
alpha (6:7), where picture = alpha colour + (1 - alpha) input. `parts` takes them apart. Pictures are RGB in [0, 1].
Source: shaoanlu/faceswap-GAN, networks/; the widths are a parameter here. Nothing is normalised, as in its default.
"""
import keras
from keras import layers, ops

from .blocks import PixelShuffle
from .gan import leaky

SIZE = 64


@keras.saving.register_keras_serializable("course_lib")
class SelfAttention(layers.Layer):
    """Each place of a feature map [N, H, W, C] adds what it finds in the places that resemble it; same shape.

    softmax(g f') h with f and g of C / 8 channels, times one learned number that starts at 0, so that at first nothing
    is changed. Source: Zhang et al. 2019, SAGAN, equations 1 to 3. Raises ValueError below 8 channels. Lesson 05.
    """

    def build(self, shape):
        channels = shape[-1]
        if channels < 8:
            raise ValueError(f"SelfAttention got {channels} channels; it asks with an eighth of them, so it needs 8")
        for name, filters in (("f", channels // 8), ("g", channels // 8), ("h", channels)):
            layer = layers.Conv2D(filters, 1, name=name, dtype=self.dtype_policy)
            layer.build(shape)
            setattr(self, name, layer)
        self.scale = self.add_weight(shape=(), initializer="zeros", name="scale")

    def call(self, x):
        _, high, wide, channels = x.shape

        def flat(y):
            return ops.reshape(y, (-1, high * wide, y.shape[-1]))

        alike = ops.matmul(flat(self.g(x)), ops.transpose(flat(self.f(x)), (0, 2, 1)))
        found = ops.matmul(ops.softmax(alike, axis=-1), flat(self.h(x)))
        return x + ops.cast(self.scale, x.dtype) * ops.reshape(found, (-1, high, wide, channels))

    def compute_output_shape(self, shape):
        return shape


@keras.saving.register_keras_serializable("course_lib")
class Composite(layers.Layer):
    """composite as a layer, called with [alpha, colour, picture]; gives the seven channels of a generator."""

    def call(self, inputs):
        alpha, colour, picture = (ops.cast(x, "float32") for x in inputs)
        return ops.concatenate([composite(alpha, colour, picture), colour, alpha], axis=-1)

    def compute_output_shape(self, shapes):
        return (*shapes[1][:-1], 7)


def composite(alpha, colour, picture):
    """alpha colour + (1 - alpha) picture: alpha [N, S, S, 1], the others [N, S, S, 3]. Lesson 05."""
    return alpha * colour + (1 - alpha) * picture


def parts(output):
    """(picture [N, S, S, 3], colour [N, S, S, 3], alpha [N, S, S, 1]) of a generator's seven channels. Lesson 05."""
    return output[..., :3], output[..., 3:6], output[..., 6:7]


def encoder(width=64, attention=True, size=SIZE):
    """Faces f32 [N, size, size, 3] in [0, 1] become features [N, 8, 8, 8 width].

    A convolution 5 x 5, halvings by convolutions 3 x 3 with ReLU down to 4 x 4, two dense layers and one upscale;
    self-attention at the second and third halving. width: 64 is the published one, 16 fits a laptop. size: a power of
    two from 64. Raises ValueError for others. Lesson 05.
    """
    _check(width, size)
    picture = keras.Input((size, size, 3), name="picture")
    x = _convolve(2 * picture - 1, width, 5)
    for filters, looks in ((2 * width, False), (4 * width, attention), (8 * width, attention), (16 * width, False)):
        x = layers.ReLU()(_convolve(x, filters, 3, 2))
        x = SelfAttention()(x) if looks else x
    while x.shape[1] > 4:
        x = layers.ReLU()(_convolve(x, 16 * width, 3, 2))
    x = layers.Dense(16 * width)(layers.Flatten()(x))
    x = layers.Reshape((4, 4, 16 * width))(layers.Dense(4 * 4 * 16 * width)(x))
    return keras.Model(picture, _upscale(x, 8 * width), name="encoder")


def decoder(width=64, attention=True, size=SIZE, name="decoder"):
    """Features [N, 8, 8, 8 width] become [alpha f32 [N, size, size, 1], colour f32 [N, size, size, 3]] in [0, 1].

    One decoder for each person, as in lesson 02; the two outputs share all but their last convolution. The colour is
    a tanh, moved into [0, 1]. Arguments as for encoder. Lesson 05.
    """
    _check(width, size)
    features = keras.Input((8, 8, 8 * width), name="features")
    x = _upscale(_upscale(features, 4 * width), 2 * width)
    x = SelfAttention()(x) if attention else x
    x = _residual(_upscale(x, width), width)
    x = SelfAttention()(x) if attention else layers.ReLU()(_convolve(x, width, 3))
    while x.shape[1] < size:
        x = layers.ReLU()(_convolve(_upscale(x, width), width, 3))
    alpha = layers.Activation("sigmoid", dtype="float32", name="alpha")(layers.Conv2D(1, 5, padding="same")(x))
    colour = layers.Activation("tanh", dtype="float32")(layers.Conv2D(3, 5, padding="same")(x))
    return keras.Model(features, [alpha, (colour + 1) / 2], name=name)


def generator(encoder_, decoder_):
    """The whole generator of one person: (distorted) pictures f32 [N, S, S, 3] to seven channels f32 [N, S, S, 7].

    Two generators with one encoder_ make a swap; the other person's picture goes in, this one's face comes out.
    Lesson 05.
    """
    picture = keras.Input(encoder_.input_shape[1:], name="distorted")
    alpha, colour = decoder_(encoder_(picture))
    return keras.Model(picture, Composite(dtype="float32")([alpha, colour, picture]), name="generator")


def masked_decoder(decoder_, width=16, name="masked_decoder"):
    """Gives a decoder of lesson 02 the mask: [code [N, C], picture [N, 64, 64, 3]] to seven channels.

    decoder_: models.autoencoder.for_one_person, for instance the checkpoint decoder_kavya. Its weights are used and
    trained on, its colour stays what it was. The mask's own branch compares the decoder's last features and colour
    with the picture, at 64, 32 and 16 pixels, width filters and twice that: as it sees the picture, it can find what
    stands in front of the face. It starts at alpha = 1/2. (The published decoder's mask sees the picture through the
    code; the shared encoder's code has no room for a hand.) Lesson 05.
    """
    inner = decoder_.get_layer("personal_decoder")
    code = keras.Input(decoder_.input_shape[1:], name="code")
    picture = keras.Input((SIZE, SIZE, 3), name="distorted")
    trunk = keras.Model(inner.inputs, [inner.outputs[0], inner.layers[-2].input], name="trunk")
    colour, features = trunk([code, decoder_.get_layer("person")(code)])
    fine = leaky(_convolve(layers.Concatenate()([features, 2 * colour - 1, 2 * picture - 1]), width, 3))
    half = leaky(_convolve(fine, 2 * width, 3, 2))
    coarse = leaky(_convolve(leaky(_convolve(half, 2 * width, 3, 2)), 2 * width, 3))
    half = leaky(_convolve(layers.Concatenate()([layers.UpSampling2D()(coarse), half]), 2 * width, 3))
    fine = layers.Concatenate()([layers.UpSampling2D()(half), fine])
    alpha = layers.Conv2D(1, 3, padding="same", kernel_initializer="zeros", name="mask")(fine)
    alpha = layers.Activation("sigmoid", dtype="float32", name="alpha")(alpha)
    return keras.Model([code, picture], Composite(dtype="float32")([alpha, colour, picture]), name=name)


def discriminator(width=64, attention=True, size=SIZE):
    """Pairs f32 [N, size, size, 6] (picture beside the distorted input) become scores f32 [N, 8, 8, 1], one a patch.

    Convolutions 4 x 4 of stride 2 down to 8 x 8, self-attention, one more convolution. No sigmoid: the game is the
    one of least squares. Arguments as for encoder. Lesson 05.
    """
    _check(width, size)
    pair = keras.Input((size, size, 6), name="pair")
    x = leaky(_convolve(2 * pair - 1, width, 4, 2))
    x = leaky(_convolve(x, 2 * width, 4, 2))
    while x.shape[1] > 8:
        x = leaky(_convolve(x, 4 * width, 4, 2))
        x = SelfAttention()(x) if attention else x
    x = layers.Conv2D(1, 4, padding="same", use_bias=False)(x)
    return keras.Model(pair, layers.Activation("linear", dtype="float32")(x), name="discriminator")


def dfaker_decoder(width=128, name="dfaker_decoder"):
    """dfaker's decoder: features [N, 8, 8, 4 width] become [mask [N, 128, 128, 1], colour [N, 128, 128, 3]], f32.

    Two stacks that share nothing: the colour's with a residual block after each of its first three upscales, the
    mask's plain. width: 128 is the published one. Source: dfaker/df, model. Lesson 05.
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


def _upscale(x, filters):
    x = leaky(layers.Conv2D(4 * filters, 3, padding="same", kernel_initializer="he_normal")(x))
    return PixelShuffle()(x)


def _residual(x, filters):
    y = leaky(_convolve(x, filters, 3))
    return leaky(x + _convolve(y, filters, 3))


def _check(width, size):
    if not isinstance(width, int) or width < 8 or width % 2:
        raise ValueError(f"width is {width!r}; expected an even number of filters from 8 on, for instance 64 or 16")
    if size < 64 or size & (size - 1):
        raise ValueError(f"size is {size}; expected a power of two from 64 on")
