"""Deep Video Portraits: a window of conditioning images becomes a picture of one person. Lesson 07.

Kim et al. 2018, "Deep Video Portraits". The published network translates eleven conditioning images of 256 x 256
pixels by eight halvings and eight doublings; this one does the same at 64 x 64 with four.
"""
import keras
import numpy as np
from keras import layers

from course_lib.checkpoints import load
from course_lib.models.blocks import BatchNormalization
from course_lib.models.full_precision import rebuilt_in_float32

SIDE, CHANNELS, WINDOW = 64, 9, 11  # pixels; channels of one conditioning image; frames that the network sees at once
FILTERS = (24, 48, 96, 96)  # of the encoder's layers


def windows(conditions, width=WINDOW):
    """Each frame's conditioning image with those before it: the space-time volume that the network translates.

    The window ends at its frame, so that a live video can be made; the first frame is repeated at the beginning.

    Args:
        conditions: [T, H, W, C].
        width: frames of a window, at least 1.
    Returns:
        [T, H, W, width C], the oldest frame first, of the same type.
    References:
        Kim et al. 2018, section 5.1.
    Lesson 07.
    """
    times = np.arange(len(conditions))[:, None] + np.arange(1 - width, 1)
    stacked = np.asarray(conditions)[times.clip(0)]
    return np.moveaxis(stacked, 1, 3).reshape(*conditions.shape[:3], -1)


def _down(x, filters, norm=True):
    x = layers.Conv2D(filters, 4, 2, padding="same")(x)
    return layers.LeakyReLU(0.2)(BatchNormalization(momentum=0.9)(x) if norm else x)


def _up(x, skip, filters):
    x = layers.Concatenate()([layers.UpSampling2D()(x), skip])
    x = layers.Conv2D(filters, 3, padding="same")(x)
    return layers.ReLU()(BatchNormalization(momentum=0.9)(x))


def rendering_to_video(window=WINDOW, size=SIDE, filters=FILTERS):
    """The translation network: an encoder and a decoder with skip connections.

    Args:
        window: frames of conditioning images.
        size: side of the images, pixels; divides by 2 ** len(filters).
        filters: of the encoder's layers, each of which halves the side.
    Returns:
        keras.Model from windows f32 [N, size, size, CHANNELS window] in [0, 1] to images f32 [N, size, size, 3] in
        [0, 1].
    References:
        Kim et al. 2018, section 5.1 and figure 5. The last skip connection, the newest conditioning image itself, is
        ours: at 64 pixels the first halving loses the eyes.
    Lesson 07.
    """
    x = volume = keras.Input((size, size, CHANNELS * window), name="window")
    skips = [volume[..., -CHANNELS:]]
    for k, count in enumerate(filters):
        x = _down(x, count, norm=k > 0)
        skips.append(x)
    x = skips.pop()
    for count in (*filters[-2::-1], filters[0]):
        x = _up(x, skips.pop(), count)
    image = layers.Conv2D(3, 3, padding="same", name="colours")(x)
    image = layers.Activation("sigmoid", dtype="float32", name="prediction")(image)
    return keras.Model(volume, image, name="rendering_to_video")


def translate(model, conditions, batch=16):
    """A video from the conditioning images of its frames.

    Args:
        model: what rendering_to_video gives.
        conditions: [T, H, W, CHANNELS], f32 in [0, 1] or uint8.
        batch: frames at once.
    Returns:
        f32 [T, H, W, 3] in [0, 1].
    Lesson 07.
    """
    conditions = np.asarray(conditions)
    if conditions.dtype == np.uint8:
        conditions = conditions.astype(np.float32) / 255
    volumes = windows(conditions, model.input_shape[-1] // CHANNELS)
    missing = -len(volumes) % batch  # batches of one size only: every new size would be compiled
    volumes = np.concatenate([volumes, np.repeat(volumes[-1:], missing, 0)])
    made = [np.asarray(model.predict_on_batch(volumes[k:k + batch])) for k in range(0, len(volumes), batch)]
    return np.concatenate(made)[:len(conditions)].astype(np.float32)


def video_portrait():
    """The shipped network of one person, with a window of WINDOW frames.

    Returns:
        keras.Model.
    Lesson 07.
    """
    return rebuilt_in_float32(load("video_portrait"), rendering_to_video)
