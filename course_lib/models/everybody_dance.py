"""Everybody Dance Now: a stick figure and the frame before become a picture of one dancer. Lesson 07.

Chan et al. 2019, "Everybody Dance Now". The published generator is pix2pixHD's at 512 x 256 pixels; this one has the
same parts at 96 x 64: instance norm, residual blocks in the middle, and a discriminator that sees two frames at once.
"""
import keras
from keras import layers

SIZE = (96, 64)  # height and width of the images, pixels
STICK = 5  # channels of a condition: the stick figure's colours, and where each pixel is
FILTERS, DOWNS, RESIDUALS = 16, 2, 4


def _norm(x):
    return layers.GroupNormalization(groups=-1)(x)  # one group per channel is instance norm


def _conv(x, filters, kernel=3, strides=1):
    return layers.ReLU()(_norm(layers.Conv2D(filters, kernel, strides, padding="same", use_bias=False)(x)))


def _residual(x):
    y = _norm(layers.Conv2D(x.shape[-1], 3, padding="same", use_bias=False)(_conv(x, x.shape[-1])))
    return layers.Add()([x, y])


def generator(channels=STICK, size=SIZE, filters=FILTERS):
    """Translates a condition into an image, given the image before.

    Args:
        channels: of the condition.
        size: (height, width), pixels; both divide by four.
        filters: of the first layer; they double with every halving, up to four times as many.
    Returns:
        keras.Model from [condition f32 [N, H, W, channels], previous image f32 [N, H, W, 3]] to images f32
        [N, H, W, 3] in [0, 1].
    References:
        Chan et al. 2019, section 4; Wang et al. 2018, pix2pixHD, section 3.2.
    Lesson 07.
    """
    condition = keras.Input((*size, channels), name="condition")
    before = keras.Input((*size, 3), name="previous")
    x = _conv(layers.Concatenate()([condition, before]), filters, 7)
    for k in range(DOWNS):
        x = _conv(x, min(4, 2 ** (k + 1)) * filters, 3, 2)
    for _ in range(RESIDUALS):
        x = _residual(x)
    for k in reversed(range(DOWNS)):
        x = _conv(layers.UpSampling2D()(x), min(4, 2**k) * filters)
    image = layers.Conv2D(3, 7, padding="same", name="colours")(x)
    image = layers.Activation("sigmoid", dtype="float32", name="prediction")(image)
    return keras.Model([condition, before], image, name="dancer")


def discriminator(channels=STICK, size=SIZE, filters=24):
    """Looks at two conditions and two frames in a row, so that it can object to how they follow each other.

    Args:
        channels: of one condition.
        size: (height, width), pixels.
        filters: of the first layer.
    Returns:
        keras.Model from f32 [N, H, W, 2 channels + 6] to a list: the features of three layers, and last the scores of
        overlapping patches f32 [N, H / 8, W / 8, 1].
    References:
        Chan et al. 2019, equation 2; Isola et al. 2017, section 3.2.2.
    Lesson 07.
    """
    x = seen = keras.Input((*size, 2 * channels + 6), name="two_frames")
    features = []
    for k in range(3):
        x = layers.Conv2D(filters * 2**k, 4, 2, padding="same")(x)
        x = layers.LeakyReLU(0.2)(_norm(x) if k else x)
        features.append(x)
    score = layers.Conv2D(1, 4, padding="same", dtype="float32", name="patch_scores")(x)
    return keras.Model(seen, [*features, score], name="two_frame_discriminator")
