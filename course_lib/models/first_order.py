"""The First Order Motion Model (FOMM): keypoint detector, dense motion, generator. Lesson 07.

Siarohin et al. 2019, "First Order Motion Model for Image Animation". PAPER gives the networks of the paper at 256
pixels, layer by layer; SMALL the course's, which a laptop trains, with the generator of the paper's
successor. The networks are separate models, so that the keypoints of any frame can be put in: a driver's, or others.
"""
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from course_lib.models.blocks import BatchNormalization
from course_lib.models.first_order_layers import AntialiasDown, Blend, Candidates, Carry, Keypoints

VARIANCE, TEMPERATURE = 0.01, 0.1


@dataclass(frozen=True)
class Size:
    """How large the three networks are.

    Args:
        side: of the images, pixels.
        points: number of keypoints, K.
        shrink: by which factor the detector and the dense motion see the image smaller.
        detector, motion: (filters, most filters, number of blocks) of the two hourglasses.
        generator: (filters, most filters, number of Down blocks, number of residual blocks).
        jacobians: False for Monkey-Net's motion, a shift around each keypoint.
        occlusion: False for a generator that must use the warped features everywhere.
        skips: True for the generator of the paper's successor, which also warps the features of the way down, and the
            source itself, into the image where the occlusion map calls them visible.
    """

    side: int
    points: int
    shrink: int
    detector: tuple
    motion: tuple
    generator: tuple
    jacobians: bool = True
    occlusion: bool = True
    skips: bool = False


PAPER = Size(256, 10, 4, (32, 1024, 5), (64, 1024, 5), (64, 512, 2, 6))
SMALL = Size(64, 10, 2, (16, 128, 3), (24, 96, 3), (24, 48, 1, 3), skips=True)


# ------------------------------------------------------------------ blocks, in the order of the paper's appendix
def _norm(x):
    return layers.ReLU()(BatchNormalization(momentum=0.9, epsilon=1e-5)(x))


def _down(x, filters):
    return layers.AveragePooling2D(2)(_norm(layers.Conv2D(filters, 3, padding="same")(x)))


def _up(x, filters):
    return _norm(layers.Conv2D(filters, 3, padding="same")(layers.UpSampling2D()(x)))


def _same(x, filters, kernel):
    return _norm(layers.Conv2D(filters, kernel, padding="same")(x))


def _residual(x):
    y = layers.Conv2D(x.shape[-1], 3, padding="same")(_norm(x))
    return x + layers.Conv2D(x.shape[-1], 3, padding="same")(_norm(y))


def _hourglass(x, filters, most, blocks):
    """Down blocks, then Up blocks, each joined with the map of its size from the way down; the last is the input."""
    skips = [x]
    for k in range(blocks):
        skips.append(_down(skips[-1], min(most, filters * 2 ** (k + 1))))
    x = skips.pop()
    for k in reversed(range(blocks)):
        x = layers.Concatenate()([_up(x, min(most, filters * 2**k)), skips.pop()])
    return x


# ------------------------------------------------------------------ the three networks
def keypoint_detector(size=SMALL):
    """Finds K keypoints that nobody has named, and how the image is stretched around each of them.

    Args:
        size: Size.
    Returns:
        keras.Model from images f32 [N, S, S, 3] to [points f32 [N, K, 2], jacobians f32 [N, K, 2, 2]].
    References:
        Siarohin et al. 2019, section 3.1; the score maps are not padded, as in the paper's code.
    Lesson 07.
    """
    image = keras.Input((size.side, size.side, 3), name="image")
    x = _hourglass(AntialiasDown(size.shrink)(image), *size.detector)
    scores = layers.Conv2D(size.points, 7, name="scores")(x)
    if not size.jacobians:
        return keras.Model(image, list(Keypoints(TEMPERATURE)(scores)), name="keypoint_detector")
    # begins with the identity everywhere
    maps = layers.Conv2D(4 * size.points, 7, kernel_initializer="zeros", name="jacobian_maps")
    model = keras.Model(image, list(Keypoints(TEMPERATURE)(scores, maps(x))), name="keypoint_detector")
    kernel, _ = maps.get_weights()
    maps.set_weights([kernel, np.tile(np.eye(2, dtype=np.float32).ravel(), size.points)])
    return model


def dense_motion(size=SMALL):
    """From sparse motion to a flow: which candidate does each pixel follow, and what must be invented?

    Args:
        size: Size.
    Returns:
        keras.Model from [source f32 [N, S, S, 3], source points, source jacobians, driving points, driving jacobians]
        to [flow f32 [N, s, s, 2], occlusion f32 [N, s, s, 1] (1: visible in the source), masks f32 [N, s, s, K + 1]],
        s = S / shrink.
    References:
        Siarohin et al. 2019, section 3.2.
    Lesson 07.
    """
    source = keras.Input((size.side, size.side, 3), name="source")
    motion = [keras.Input((size.points, *shape), name=f"{frame}_{what}") for frame in ("source", "driving")
              for what, shape in (("points", (2,)), ("jacobians", (2, 2)))]
    flows, x = Candidates(VARIANCE)(AntialiasDown(size.shrink)(source), *motion)
    x = _hourglass(x, *size.motion)
    masks = layers.Conv2D(size.points + 1, 7, padding="same", name="mask_logits")(x)
    masks = layers.Softmax(dtype="float32", name="masks")(masks)
    occlusion = layers.Conv2D(1, 7, padding="same", name="occlusion_logit")(x)
    occlusion = layers.Activation("sigmoid", dtype="float32", name="occlusion")(occlusion)
    if not size.occlusion:
        occlusion = layers.Rescaling(0.0, 1.0, dtype="float32")(occlusion)
    return keras.Model([source, *motion], [Blend()(flows, masks), occlusion, masks], name="dense_motion")


def generator(size=SMALL):
    """Renders the source in another pose: its features are warped by the flow, what is occluded is filled in.

    Args:
        size: Size.
    Returns:
        keras.Model from [source f32 [N, S, S, 3], flow f32 [N, s, s, 2], occlusion f32 [N, s, s, 1]] to images
        f32 [N, S, S, 3] in [0, 1].
    References:
        Siarohin et al. 2019, section 3.3; with skips, the generator of the code published with Siarohin et al. 2021,
        "Motion Representations for Articulated Animation".
    Lesson 07.
    """
    filters, most, downs, residuals = size.generator
    small = size.side // size.shrink
    source = keras.Input((size.side, size.side, 3), name="source")
    flow = keras.Input((small, small, 2), name="flow")
    occlusion = keras.Input((small, small, 1), name="occlusion")
    skipped = [_same(source, filters, 7)]
    for k in range(downs):
        skipped.append(_down(skipped[-1], min(most, filters * 2 ** (k + 1))))

    x = Carry()(skipped[-1], flow, occlusion)
    for _ in range(residuals):
        x = _residual(x)
    for k in reversed(range(downs)):
        if size.skips:
            x = Carry()(skipped[k + 1], flow, occlusion, x)
        x = _up(x, min(most, filters * 2**k))
    if size.skips:
        x = Carry()(skipped[0], flow, occlusion, x)
    image = layers.Conv2D(3, 7, padding="same", name="colours")(x)
    image = layers.Activation("sigmoid", dtype="float32", name="prediction")(image)
    if size.skips:
        image = Carry()(source, flow, occlusion, image)
    return keras.Model([source, flow, occlusion], image, name="generator")


def animator(size=SMALL):
    """The three networks as one: a source image is shown in the pose and expression of a driving frame.

    get_layer("keypoint_detector"), get_layer("dense_motion") and get_layer("generator") are its parts.

    Args:
        size: Size.
    Returns:
        keras.Model from [source, driving] f32 [N, S, S, 3] to [image f32 [N, S, S, 3], flow, occlusion, masks].
    Lesson 07.
    """
    return joined(keypoint_detector(size), dense_motion(size), generator(size))


def joined(detect, move, paint):
    """An animator of three networks that are there already; it shares their weights.

    Args:
        detect, move, paint: a keypoint_detector, a dense_motion and a generator of one Size.
    Returns:
        keras.Model, as from animator.
    Lesson 07.
    """
    source, driving = (keras.Input(detect.input_shape[1:], name=f"{name}_image") for name in ("source", "driving"))
    flow, occlusion, masks = move([source, *detect(source), *detect(driving)])
    return keras.Model([source, driving], [paint([source, flow, occlusion]), flow, occlusion, masks], name="animator")
