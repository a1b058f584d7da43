"""A small network in the style of Xception: separable convolutions and shortcuts. Lesson 13.

References: Chollet 2017, "Xception: deep learning with depthwise separable convolutions", figure 5; Rössler et al.
2019, "FaceForensics++", which made the full network the field's baseline.
"""
import keras
from keras import layers


def small_xception(size=64, widths=(24, 48, 96), middle=1):
    """Entry, middle and exit flow as in the paper, with a fraction of the blocks and filters.

    The first convolution has stride 1, not 2: the traces of a swap are in the finest pixels. 65,537
    parameters with the defaults, moving averages included; the published network has more than twenty million.

    Args:
        size: Side of the faces, pixels, a multiple of 2 ** len(widths).
        widths: Filters of the entry flow's blocks; each halves the image.
        middle: Blocks of the middle flow.
    Returns:
        keras.Model from faces f32 [N, size, size, 3] in [0, 1] to P(fake) f32 [N, 1].
    Raises:
        ValueError: For a size that cannot be halved so often.
    References:
        Chollet 2017, section 3.1 and figure 5.
    Lesson 13.
    """
    if size % 2 ** len(widths):
        raise ValueError(f"size is {size}; expected a multiple of {2 ** len(widths)}, which {len(widths)} blocks halve")
    image = keras.Input((size, size, 3), name="image")
    x = layers.Rescaling(2.0, -1.0, name="centred")(image)
    x = layers.Conv2D(16, 3, padding="same", use_bias=False, name="entry_conv")(x)
    x = layers.ReLU(name="entry_relu")(layers.BatchNormalization(name="entry_norm")(x))
    for k, width in enumerate(widths, 1):
        name = f"entry{k}"
        shortcut = layers.Conv2D(width, 1, 2, padding="same", use_bias=False, name=f"{name}_shortcut")(x)
        shortcut = layers.BatchNormalization(name=f"{name}_shortcut_norm")(shortcut)
        x = _separable(_separable(x, width, f"{name}_a", first=k > 1), width, f"{name}_b")
        x = layers.MaxPooling2D(3, 2, padding="same", name=f"{name}_pool")(x)
        x = layers.Add(name=f"{name}_sum")([x, shortcut])
    for k in range(1, middle + 1):
        y = _separable(_separable(x, widths[-1], f"middle{k}_a"), widths[-1], f"middle{k}_b")
        x = layers.Add(name=f"middle{k}_sum")([x, y])
    x = layers.ReLU(name="last_relu")(_separable(x, 3 * widths[-1] // 2, "exit"))
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Dropout(0.5, name="dropout")(x)
    return keras.Model(image, layers.Dense(1, activation="sigmoid", name="score")(x), name="small_xception")


def _separable(x, filters, name, first=True):
    x = layers.ReLU(name=f"{name}_relu")(x) if first else x
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return layers.BatchNormalization(name=f"{name}_norm")(x)
