"""A siamese network that compares how two patches came about, not what they show. Lesson 11."""
import keras
import numpy as np
from keras import layers, ops

from .blocks import BatchNormalization

PATCH, CODE = 64, 64  # side of a patch in pixels; length of its code
ATTRIBUTES = ("pattern", "noise", "blur", "JPEG", "white balance", "JPEG history")  # that two patches may share


@keras.saving.register_keras_serializable("course_lib")
class Residual(layers.Layer):
    """The image beside its fine detail: six channels, the colours and ten times what a 3 x 3 mean takes away."""

    def call(self, x):
        mean = ops.average_pool(x, 3, 1, padding="same")
        return ops.concatenate([x - 0.5, 10.0 * (x - mean)], -1)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 2 * input_shape[-1])


def encoder(size=PATCH, width=16, code=CODE):
    """The shared half: a patch to its code.

    Args:
        size: side of the patches, pixels.
        width: channels of the first block.
        code: length of the code.
    Returns:
        keras.Model from f32 [N, size, size, 3] in [0, 1] to f32 [N, code].
    Lesson 11.
    """
    patch = keras.Input((size, size, 3), name="patch")
    return keras.Model(patch, layers.Dense(code, dtype="float32", name="code")(
        layers.GlobalAveragePooling2D(name="mean")(_blocks(patch, width))), name="encoder")


def _blocks(x, width, normalised=True):
    """Four blocks, each of which halves the image; batch normalisation, or a bias in the convolutions."""
    x = Residual(name="residual")(x)
    for block, filters in enumerate((width, 2 * width, 3 * width, 4 * width), 1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=not normalised, name=f"conv{block}")(x)
        x = BatchNormalization(name=f"norm{block}")(x) if normalised else x
        x = layers.ReLU(name=f"relu{block}")(x)
        x = layers.AveragePooling2D(2, name=f"pool{block}")(x)
    return x


def all_over(trained):
    """A trained encoder on a whole image: the codes of all its patches, 16 pixels apart, in one pass.

    Patches overlap, so one by one the same pixels go through the convolutions up to sixteen times. Here they go once;
    a code is the mean over the features of its patch. A patch now sees a margin of 16 pixels around it, where the
    encoder saw zeros. Batch normalisation, after training a fixed scale and offset of each channel, is folded into the
    kernels.

    Args:
        trained: what encoder gives.
    Returns:
        keras.Model from f32 [N, H, W, 3] in [0, 1] to f32 [N, rows, columns, code], rows = (H - size) // 16 + 1.
    References:
        Sermanet et al. 2014, OverFeat, section 3.5 (dense evaluation); Jacob et al. 2018, Quantization and training of
        neural networks, section 3.2 (folding).
    Lesson 11.
    """
    first, code = trained.get_layer("conv1"), trained.get_layer("code")
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        image = keras.Input((None, None, 3), name="image")
        x = _blocks(image, first.filters, normalised=False)
        x = layers.AveragePooling2D(trained.input_shape[1] // 16, strides=1, name="mean")(x)
        out = keras.Model(image, layers.Dense(code.units, name="code")(x), name="all_over")
    finally:
        keras.config.set_dtype_policy(before)
    for layer in out.layers:
        if layer.name.startswith("conv"):
            norm = trained.get_layer(layer.name.replace("conv", "norm"))
            gamma, beta, mean, variance = (np.float32(w) for w in norm.get_weights())
            scale = gamma / np.sqrt(variance + norm.epsilon)
            (kernel,) = trained.get_layer(layer.name).get_weights()
            layer.set_weights([np.float32(kernel) * scale, beta - mean * scale])
    out.get_layer("code").set_weights([np.float32(w) for w in code.get_weights()])
    return out


def comparer(code=CODE):
    """The head: two codes to the probabilities that the patches share each attribute, and their whole pipeline.

    Symmetric: it sees the product and the absolute difference of the codes.

    Args:
        code: length of a code.
    Returns:
        keras.Model from two f32 [N, code] to f32 [N, len(ATTRIBUTES) + 1], the last for everything.
    Lesson 11.
    """
    a, b = (keras.Input((code,), name=name) for name in ("a", "b"))
    difference = layers.Subtract(name="difference")([a, b])
    x = layers.Concatenate(name="joined")([layers.Multiply(name="square")([difference, difference]),
                                           layers.Multiply(name="product")([a, b])])
    x = layers.Dense(64, activation="relu", dtype="float32", name="hidden")(x)
    same = layers.Dense(len(ATTRIBUTES) + 1, activation="sigmoid", dtype="float32", name="same")(x)
    return keras.Model([a, b], same, name="comparer")


def siamese(size=PATCH, width=16, code=CODE):
    """Two patches through one encoder, then compared.

    Args:
        size, width, code: as for encoder.
    Returns:
        keras.Model from two f32 [N, size, size, 3] to f32 [N, len(ATTRIBUTES) + 1].
    References:
        Huh et al. 2018, Fighting fake news, section 3, with known pipeline parameters in place of EXIF tags.
    Lesson 11.
    """
    shared, patches = encoder(size, width, code), [keras.Input((size, size, 3), name=n) for n in ("first", "second")]
    return keras.Model(patches, comparer(code)([shared(p) for p in patches]), name="patch_consistency")


def all_pairs(model, batch):
    """A siamese network that encodes every patch of a batch once and compares all pairs: how it is trained.

    B patches are encoded for B (B - 1) / 2 comparisons; in pairs it would take B (B - 1) encodings.

    Args:
        model: keras.Model of siamese, whose layers are used.
        batch: patches in a batch, B.
    Returns:
        keras.Model from f32 [B, size, size, 3] to f32 [B (B - 1) / 2, len(ATTRIBUTES) + 1], in the order of
        numpy.triu_indices(B, 1).
    Lesson 11.
    """
    patches = keras.Input(batch_shape=(batch, *model.input_shape[0][1:]), name="patches")
    codes = model.get_layer("encoder")(patches)
    pairs = [ops.take(codes, index, axis=0) for index in np.triu_indices(batch, 1)]
    return keras.Model(patches, model.get_layer("comparer")(pairs), name="all_pairs")
