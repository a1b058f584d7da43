"""MesoNet: two compact detectors of forged faces, at the mesoscopic level of detail. Lesson 10.

References: Afchar, Nozick, Yamagishi & Echizen 2018, "MesoNet: a compact facial video forgery detection network",
figures 2 to 4. Both take faces f32 RGB [N, 256, 256, 3] in [0, 1] and return P(fake) f32 [N, 1]; the authors' own
score is P(real).
"""
import keras
from keras import layers

from .blocks import BatchNormalization

PUBLISHED = 256  # pixels; the course trains at half of it, which takes a quarter of the time


def meso4(size=PUBLISHED):
    """Meso4: four convolutional blocks, then two dense layers.

    A block is convolution, ReLU, batch normalisation and max pooling.
    27,977 trainable parameters at 256 pixels, 15,689 at 128.

    Args:
        size: side of the faces in pixels, a multiple of 32; 256 as published.
    Returns:
        keras.Model from faces f32 [N, size, size, 3] in [0, 1] to P(fake) f32 [N, 1].
    Raises:
        ValueError: for another size.
    References:
        Afchar et al. 2018, section 2.1 and figure 3.
    Lesson 10.
    """
    image = x = face_input(size)
    x = convolution(x, 8, 3, "block1_conv")
    x = norm_and_pool(x, 2, "block1")
    x = convolution(x, 8, 5, "block2_conv")
    x = norm_and_pool(x, 2, "block2")
    x = convolution(x, 16, 5, "block3_conv")
    x = norm_and_pool(x, 2, "block3")
    x = convolution(x, 16, 5, "block4_conv")
    x = norm_and_pool(x, 4, "block4")
    return keras.Model(image, classifier(x), name="meso4")


def mesoinception4(size=PUBLISHED):
    """MesoInception4: Meso4 whose first two blocks look at several scales at once.

    28,615 trainable parameters at 256 pixels.

    Args:
        size: as for meso4.
    Returns:
        keras.Model as meso4.
    Raises:
        ValueError: for another size.
    References:
        Afchar et al. 2018, section 2.2 and figure 4.
    Lesson 10.
    """
    image = x = face_input(size)
    x = inception(x, 1, 4, 4, 2, "block1")
    x = norm_and_pool(x, 2, "block1")
    x = inception(x, 2, 4, 4, 2, "block2")
    x = norm_and_pool(x, 2, "block2")
    x = convolution(x, 16, 5, "block3_conv")
    x = norm_and_pool(x, 2, "block3")
    x = convolution(x, 16, 5, "block4_conv")
    x = norm_and_pool(x, 4, "block4")
    return keras.Model(image, classifier(x), name="mesoinception4")


NETWORKS = {"meso4": meso4, "mesoinception4": mesoinception4}


def face_input(size):
    """The input layer of both networks.

    Args:
        size: side of the faces in pixels.
    Returns:
        A symbolic tensor f32 [N, size, size, 3].
    Raises:
        ValueError: for a size that cannot be halved five times.
    Lesson 10.
    """
    if size < 32 or size % 32:
        raise ValueError(f"MesoNet halves its images five times: size must be a multiple of 32, got {size}")
    return keras.Input((size, size, 3), name="image")


def convolution(x, filters, kernel, name, dilation=1):
    """A convolution with bias and ReLU that keeps height and width.

    Args:
        x: features [N, H, W, C].
        filters: channels of the result.
        kernel: side of the kernel.
        name: the layer's name.
        dilation: distance of the kernel's taps.
    Returns:
        Features [N, H, W, filters].
    Lesson 10.
    """
    return layers.Conv2D(filters, kernel, padding="same", dilation_rate=dilation, activation="relu", name=name)(x)


def branches(x, a, b, c, d, name):
    """The four branches of an inception module, before they are concatenated.

    A 1 x 1 convolution to a channels; and 1 x 1 then 3 x 3 to b, c and d channels, the 3 x 3 with dilation 1, 2 and 3.

    Args:
        x: features [N, H, W, C].
        a, b, c, d: channels of the branches.
        name: prefix of the layers' names.
    Returns:
        A list of four feature maps.
    References:
        Afchar et al. 2018, figure 4.
    Lesson 10.
    """
    maps = [convolution(x, a, 1, f"{name}_a_1x1")]
    for letter, filters, dilation in (("b", b, 1), ("c", c, 2), ("d", d, 3)):
        reduced = convolution(x, filters, 1, f"{name}_{letter}_1x1")
        maps.append(convolution(reduced, filters, 3, f"{name}_{letter}_3x3", dilation))
    return maps


def inception(x, a, b, c, d, name):
    """An inception module: its branches, concatenated.

    Args:
        x, a, b, c, d, name: as for branches.
    Returns:
        Features [N, H, W, a + b + c + d].
    Lesson 10.
    """
    return layers.Concatenate(name=f"{name}_views")(branches(x, a, b, c, d, name))


def norm_and_pool(x, pool, name):
    """The end of a block: batch normalisation, then max pooling.

    The momentum is not the 0.99 that Keras, and so the authors' code, takes by default: averages over 100 steps lag
    far behind the weights in a training of a few hundred, and then a network that ranks well calls every face fake.

    Args:
        x: features [N, H, W, C].
        pool: side of the pooling window, and its stride.
        name: prefix of the layers' names.
    Returns:
        Features [N, H/pool, W/pool, C].
    Lesson 10.
    """
    x = BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return layers.MaxPooling2D(pool, padding="same", name=f"{name}_pool")(x)


def classifier(x):
    """The head: dropout, 16 units with LeakyReLU of slope 0.1, dropout, and a sigmoid unit.

    Args:
        x: features [N, H, W, C].
    Returns:
        P(fake) f32 [N, 1].
    Lesson 10.
    """
    x = layers.Dropout(0.5, name="dropout1")(layers.Flatten(name="flatten")(x))
    x = layers.LeakyReLU(negative_slope=0.1, name="leaky")(layers.Dense(16, name="dense")(x))
    x = layers.Dropout(0.5, name="dropout2")(x)
    return layers.Dense(1, activation="sigmoid", dtype="float32", name="score")(x)


def features(model):
    """A detector that also returns the feature maps after each of its four pooling layers.

    Args:
        model: a meso4 or mesoinception4.
    Returns:
        keras.Model from faces to [four feature maps ..., P(fake)].
    Lesson 10.
    """
    pools = [model.get_layer(f"block{k}_pool").output for k in range(1, 5)]
    return keras.Model(model.input, [*pools, model.output], name=f"{model.name}_features")
