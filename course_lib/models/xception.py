"""Xception, the detector by which FaceForensics++ is known: depthwise-separable convolutions, residual. Lesson 13.

A separable convolution filters every channel by itself (depthwise, 3 x 3), then mixes the channels (pointwise, 1 x 1):
9 C + C D weights in place of 9 C D. References: Chollet 2017, "Xception: deep learning with depthwise separable
convolutions", figure 5; Roessler et al. 2019, "FaceForensics++", for its use on faces.
"""
import keras
from keras import layers

from .blocks import BatchNormalization

PUBLISHED = 299  # pixels
MIDDLE = 8  # blocks of the middle flow


def xception(size=PUBLISHED, width=1.0, middle=MIDDLE):
    """Xception with one output: entry, middle and exit flow, global average pooling, and a sigmoid unit.

    20,809,001 trainable parameters as published (20,806,952 of them below the classifier); 1.4 million at a quarter of
    the width. The image is halved five times.

    Args:
        size: side of the faces in pixels, at least 32; 299 as published.
        width: factor on the channels of every layer; 1 as published.
        middle: blocks of the middle flow.
    Returns:
        keras.Model from faces f32 [N, size, size, 3] in [0, 1] to P(fake) f32 [N, 1].
    Raises:
        ValueError: for another size, a width that is not above 0, or a negative number of blocks.
    References:
        Chollet 2017, figure 5.
    Lesson 13.
    """
    if size < 32 or width <= 0 or middle < 0:
        raise ValueError(f"xception got size={size}, width={width}, middle={middle}; expected at least 32 pixels, a "
                         "width above 0 and no negative number of blocks")

    def scaled(channels):
        return max(8, 8 * round(channels * width / 8))

    image = keras.Input((size, size, 3), name="image")
    x = layers.Rescaling(2.0, -1.0, name="centred")(image)
    x = entry_flow(x, scaled)
    for k in range(middle):
        x = middle_block(x, scaled(728), f"middle{k + 1}")
    x = exit_flow(x, scaled)
    x = layers.Dropout(0.5, name="dropout")(layers.GlobalAveragePooling2D(name="pooled")(x))
    return keras.Model(image, layers.Dense(1, activation="sigmoid", dtype="float32", name="score")(x), name="xception")


def entry_flow(x, scaled):
    """The entry flow: two convolutions, then three residual blocks that halve the image.

    Args:
        x: images [N, S, S, 3] in [-1, 1].
        scaled: function from published to actual numbers of channels.
    Returns:
        Features [N, S/16, S/16, scaled(728)].
    Lesson 13.
    """
    x = layers.Conv2D(scaled(32), 3, strides=2, use_bias=False, name="stem1")(x)
    x = layers.ReLU()(BatchNormalization(name="stem1_norm")(x))
    x = layers.Conv2D(scaled(64), 3, use_bias=False, name="stem2")(x)
    x = layers.ReLU()(BatchNormalization(name="stem2_norm")(x))
    x = halving_block(x, scaled(128), scaled(128), "entry1", relu_first=False)
    x = halving_block(x, scaled(256), scaled(256), "entry2")
    return halving_block(x, scaled(728), scaled(728), "entry3")


def exit_flow(x, scaled):
    """The exit flow: a residual block that halves the image, then two separable convolutions.

    Args:
        x: features [N, H, W, scaled(728)].
        scaled: as for entry_flow.
    Returns:
        Features [N, H/2, W/2, scaled(2048)].
    Lesson 13.
    """
    x = halving_block(x, scaled(728), scaled(1024), "exit1")
    x = layers.ReLU()(separable(x, scaled(1536), "exit2"))
    return layers.ReLU()(separable(x, scaled(2048), "exit3"))


def separable(x, channels, name):
    """A depthwise-separable convolution 3 x 3 without bias, and batch normalisation.

    Args:
        x: features [N, H, W, C].
        channels: of the result.
        name: of the layer.
    Returns:
        Features [N, H, W, channels].
    Lesson 13.
    """
    x = layers.SeparableConv2D(channels, 3, padding="same", use_bias=False, name=name)(x)
    return BatchNormalization(name=f"{name}_norm")(x)


def halving_block(x, first, last, name, relu_first=True):
    """Two separable convolutions and max pooling with stride 2, beside a 1 x 1 convolution with the same stride.

    Args:
        x: features [N, H, W, C].
        first, last: channels of the two convolutions.
        name: prefix of the layers' names.
        relu_first: whether a ReLU comes before the first of them; not where x comes out of one.
    Returns:
        Features [N, H/2, W/2, last].
    Lesson 13.
    """
    shortcut = layers.Conv2D(last, 1, strides=2, padding="same", use_bias=False, name=f"{name}_shortcut")(x)
    shortcut = BatchNormalization(name=f"{name}_shortcut_norm")(shortcut)
    x = separable(layers.ReLU()(x) if relu_first else x, first, f"{name}_a")
    x = separable(layers.ReLU()(x), last, f"{name}_b")
    return layers.Add()([layers.MaxPooling2D(3, 2, padding="same")(x), shortcut])


def middle_block(x, channels, name):
    """A block of the middle flow: three separable convolutions, added to what came in.

    Args:
        x: features [N, H, W, channels].
        channels: of all three.
        name: prefix of the layers' names.
    Returns:
        Features [N, H, W, channels].
    Lesson 13.
    """
    shortcut = x
    for letter in "abc":
        x = separable(layers.ReLU()(x), channels, f"{name}_{letter}")
    return layers.Add()([x, shortcut])
