"""Where a detector looks, and whether that is where the image was manipulated. Lesson 10.

Maps are f32 [N, S, S], larger where more of P(fake) comes from. They are compared with the true masks, which only
synthetic images have.
"""
import cv2
import keras
import numpy as np
from keras import ops
from scipy.special import logit

from course_lib.models.gradient import input_gradient

BATCH = 32
EDGE = 1e-7


def grad_cam(model, images, layer="block4_norm"):
    """Grad-CAM: which places of a layer raise P(fake), by the gradient of its log odds.

    Args:
        model: a keras.Model whose last layer is Dense(1) with a sigmoid.
        images: f32 [N, S, S, 3] in [0, 1].
        layer: the name of a layer that gives feature maps [N, h, w, C]; the deeper, the coarser.
    Returns:
        Maps f32 [N, S, S] in [0, 1]; each one's maximum is 1, or 0 where no place speaks for fake.
    Raises:
        ValueError: for another layer or other shapes.
    References:
        Selvaraju et al. 2017, equations 1 and 2.
    Lesson 10.
    """
    images, last = _images(images), model.layers[-1]
    features = model.get_layer(layer).output
    if len(features.shape) != 4:
        raise ValueError(f"the layer {layer!r} gives {features.shape}; Grad-CAM needs maps [N, h, w, C], for instance "
                         "of block4_norm")
    lower, upper = keras.Model(model.input, features), keras.Model(features, last.input)

    def log_odds(maps):
        return ops.matmul(upper(maps, training=False), last.kernel)  # without the sigmoid, which is flat when sure

    coarse = []
    for k in range(0, len(images), BATCH):
        maps = lower(images[k:k + BATCH], training=False)
        weights = ops.mean(input_gradient(log_odds, maps), axis=(1, 2), keepdims=True)
        coarse += list(ops.convert_to_numpy(ops.relu(ops.sum(weights * maps, axis=-1))))
    side = images.shape[1]
    maps = np.stack([cv2.resize(m, (side, side), interpolation=cv2.INTER_LINEAR) for m in coarse])
    return maps / np.maximum(maps.max((1, 2), keepdims=True), 1e-12)


def occlusion(score, images, patch=16, stride=8):
    """Occlusion sensitivity: how far the log odds of fake fall when a place is covered by the image's mean colour.

    A pixel's value is the mean over the patches that cover it. Takes (S / stride)^2 scores an image.

    Args:
        score: a function from faces [M, S, S, 3] to P(fake) [M] (models.mesonet_inference.scorer).
        images: f32 [N, S, S, 3].
        patch, stride: side and step of the patch, pixels.
    Returns:
        Maps f32 [N, S, S], negative where the log odds rise.
    Raises:
        ValueError: for a patch larger than the image, a stride that leaves gaps, or other shapes.
    References:
        Zeiler & Fergus 2014, section 4.2.
    Lesson 10.
    """
    images = _images(images)
    side = images.shape[1]
    if not 1 <= stride <= patch <= side:
        raise ValueError(f"patch={patch} and stride={stride}: expected 1 <= stride <= patch <= {side}")
    starts = [*range(0, side - patch, stride), side - patch]
    places = [(slice(y, y + patch), slice(x, x + patch)) for y in starts for x in starts]
    whole, maps = _odds(score(images)), []
    for image, before in zip(images, whole):
        falls, covers = np.zeros((2, side, side), np.float32)
        for k in range(0, len(places), BATCH):
            covered = np.repeat(image[None], len(places[k:k + BATCH]), 0)
            for copy, place in zip(covered, places[k:k + BATCH]):
                copy[place] = image.mean((0, 1))
            for after, place in zip(_odds(score(covered)), places[k:k + BATCH]):
                falls[place] += before - after
                covers[place] += 1
        maps.append(falls / covers)
    return np.stack(maps)


def mean_activations(model, images, layer="block4_norm"):
    """The activations of a layer, averaged over images: side by side for real and fake, which filters speak for which.

    Args:
        model: a keras.Model.
        images: f32 [N, S, S, 3] in [0, 1].
        layer: the name of a layer that gives feature maps.
    Returns:
        f32 [h, w, C].
    Raises:
        ValueError: for other shapes.
    References:
        Afchar et al. 2018, section 3.5 and figure 8.
    Lesson 10.
    """
    images = _images(images)
    lower = keras.Model(model.input, model.get_layer(layer).output)
    total = sum(ops.convert_to_numpy(lower(images[k:k + BATCH], training=False)).sum(0)
                for k in range(0, len(images), BATCH))
    return total / len(images)


def pointing_game(maps, masks):
    """The pointing game: whether each map's maximum lies inside the true mask; chance hits by the mask's area.

    Args:
        maps: [N, S, S]; a constant map is a miss.
        masks: [N, S, S]; above 0.5 counts.
    Returns:
        bool [N].
    Raises:
        ValueError: when shapes differ, and for empty masks: a real image has nothing to hit.
    References:
        Zhang et al. 2016, without its tolerance.
    Lesson 10.
    """
    maps, masks = _maps(maps, masks)
    flat, inside = maps.reshape(len(maps), -1), masks.reshape(len(maps), -1)
    return inside[np.arange(len(maps)), flat.argmax(1)] & (np.ptp(flat, axis=1) > 0)


def saliency_iou(maps, masks):
    """How well each map's highest values cover the true mask: intersection over union.

    As many pixels are taken from the map as the mask has, so that no threshold has to be chosen.

    Args:
        maps, masks: as for pointing_game.
    Returns:
        f64 [N] in [0, 1]; 0 for a constant map.
    Raises:
        ValueError: as pointing_game.
    Lesson 10.
    """
    maps, masks = _maps(maps, masks)
    ious = []
    for m, mask in zip(maps, masks):
        chosen = np.zeros(m.size, bool)
        chosen[np.argsort(-m, axis=None, kind="stable")[:mask.sum()]] = np.ptp(m) > 0
        ious.append((chosen & mask.ravel()).sum() / (chosen | mask.ravel()).sum())
    return np.array(ious)


def _odds(scores):
    return logit(np.clip(np.asarray(scores, np.float64), EDGE, 1 - EDGE))


def _images(images):
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.dtype.kind != "f" or not len(images):
        raise ValueError(f"images are f32 [N, S, S, 3] in [0, 1], at least one; got {images.dtype} {images.shape}")
    return images.astype(np.float32)


def _maps(maps, masks):
    maps, masks = np.asarray(maps, np.float64), np.asarray(masks) > 0.5
    if maps.ndim != 3 or maps.shape != masks.shape:
        raise ValueError(f"maps and masks are [N, S, S] of one shape; got {maps.shape} and {masks.shape}")
    if len(empty := np.flatnonzero(~masks.any((1, 2)))):
        raise ValueError(f"mask {empty[0]} is empty: only manipulated images can be scored, leave the real ones out")
    return maps, masks
