"""Detectors of face warping artifacts: a residual network, with its features pooled once or as a pyramid. Lesson 11."""
import keras
from keras import layers

from .blocks import BatchNormalization

SIZE, BINS = 96, (1, 2, 6)  # pixels of a face; bins per side of the pyramid


def warping_detector(pyramid=False, size=SIZE, width=16):
    """P(fake) of a face by a small residual network.

    FWA averages the last feature map over the whole face. Its successor DSP-FWA takes the maximum in every bin of three
    grids (1, 2 x 2 and 6 x 6), so that a small artifact is not averaged away and keeps its place.

    Args:
        pyramid: Pool as DSP-FWA does.
        size: Side of the faces, pixels, a multiple of 96.
        width: Channels of the first stage.
    Returns:
        keras.Model from faces f32 [N, size, size, 3] in [0, 1] to P(fake) f32 [N, 1].
    Raises:
        ValueError: For another size.
    References:
        Li & Lyu 2019, section 3.2 (there ResNet-50 at 224 pixels); He et al. 2015, spatial pyramid pooling.
    Lesson 11.
    """
    if size < 96 or size % 96:
        raise ValueError(f"the pyramid's 6 x 6 bins need faces of a multiple of 96 pixels; got {size}")
    image = x = keras.Input((size, size, 3), name="image")
    for stage, filters in enumerate((width, 2 * width, 3 * width, 4 * width), 1):
        x = _residual_block(x, filters, f"stage{stage}")
    side = size // 16
    if pyramid:
        grids = [layers.MaxPooling2D(side // bins, name=f"grid{bins}")(x) for bins in BINS]
        x = layers.Concatenate(name="pyramid")([layers.Flatten(name=f"flat{b}")(g)
                                                for b, g in zip(BINS, grids, strict=True)])
    else:
        x = layers.GlobalAveragePooling2D(name="mean")(x)
    x = layers.Dropout(0.3, name="dropout")(x)
    score = layers.Dense(1, activation="sigmoid", dtype="float32", name="score")(x)
    return keras.Model(image, score, name="warping_pyramid" if pyramid else "warping")


def _residual_block(x, filters, name):
    """Two convolutions beside a 1 x 1 shortcut, at half the resolution."""
    shortcut = layers.Conv2D(filters, 1, name=f"{name}_shortcut")(layers.AveragePooling2D(2, name=f"{name}_half")(x))
    for k, stride in (("a", 1), ("b", 2)) if filters < 32 else (("a", 2), ("b", 1)):
        x = layers.Conv2D(filters, 3, stride, padding="same", use_bias=False, name=f"{name}{k}_conv")(x)
        x = BatchNormalization(name=f"{name}{k}_norm")(x)
        x = layers.ReLU(name=f"{name}{k}_relu")(x) if k == "a" else x
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_sum")([x, shortcut]))
