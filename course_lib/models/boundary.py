"""A small detector that says whether a face was blended in, and draws where: a score and a Face X-ray. Lesson 11."""
import keras
from keras import layers

from .blocks import BatchNormalization

SIZE, MAP = 96, 24  # sides of the face and of the map, pixels


def boundary_detector(size=SIZE, width=16):
    """Two heads on one small convolutional network: P(fake), and the boundary of the blend.

    Four blocks of two convolutions, batch normalisation and pooling; the map is read after the second pooling together
    with the deeper features, enlarged, and the score from the deepest features and from the map's mean and maximum.

    Args:
        size: side of the faces in pixels, a multiple of 16.
        width: channels of the first block.
    Returns:
        keras.Model from faces f32 [N, size, size, 3] in [0, 1] to (P(fake) f32 [N, 1], boundary f32
        [N, size / 4, size / 4, 1]).
    Raises:
        ValueError: for another size.
    References:
        Li et al. 2020, Face X-ray, section 3.3 (map and score); there, a far larger network.
    Lesson 11.
    """
    if size < 32 or size % 16:
        raise ValueError(f"the detector halves its images four times: size must be a multiple of 16, got {size}")
    image = x = keras.Input((size, size, 3), name="image")
    stages = []
    for block, filters in enumerate((width, 2 * width, 3 * width, 4 * width), 1):
        for k in ("a", "b")[:1 if block == 1 else 2]:
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"block{block}{k}_conv")(x)
            x = BatchNormalization(name=f"block{block}{k}_norm")(x)
            x = layers.ReLU(name=f"block{block}{k}_relu")(x)
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
        stages.append(x)
    up = [layers.UpSampling2D(2 ** k, interpolation="bilinear", name=f"up{k}")(stage) if k else stage
          for k, stage in enumerate(stages[1:])]
    merged = layers.Concatenate(name="merged")(up)
    merged = layers.Conv2D(2 * width, 3, padding="same", activation="relu", name="map_conv")(merged)
    boundary = layers.Conv2D(1, 1, activation="sigmoid", dtype="float32", name="boundary")(merged)
    pooled = layers.Concatenate(name="pooled")([
        layers.GlobalAveragePooling2D(name="mean")(x), layers.GlobalMaxPooling2D(name="max")(x),
        layers.GlobalMaxPooling2D(name="map_max")(merged)])
    pooled = layers.Dropout(0.3, name="dropout")(pooled)
    score = layers.Dense(1, activation="sigmoid", dtype="float32", name="score")(pooled)
    return keras.Model(image, [score, boundary], name="boundary_detector")
