"""Where a detector looks, and whether that is where the picture was changed. Lesson 10.

Maps are f32 [N, S, S], larger where more of P(fake) comes from. They are read beside the true masks, which only made
pictures have.
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
    """Grad-CAM: which places of a layer raise P(fake), by the gradient of its log odds. Maps f32 [N, S, S] in [0, 1].

    model: a keras.Model whose last layer is Dense(1) with a sigmoid. images: f32 [N, S, S, 3] in [0, 1]. layer: the
    name of a layer that gives maps [N, h, w, C]; the deeper, the coarser. Each map's largest value is 1, or 0 where
    no place speaks for fake. Raises ValueError for another layer. Source: Selvaraju et al. 2017, equations 1 and 2.
    Lesson 10.
    """
    images, last = _pictures(images), model.layers[-1]
    features = model.get_layer(layer).output
    if len(features.shape) != 4:
        raise ValueError(f"the layer {layer!r} gives {features.shape}; Grad-CAM needs maps [N, h, w, C], for instance "
                         "of block4_norm")
    lower, upper = keras.Model(model.input, features), keras.Model(features, last.input)

    def log_odds(maps):
        return ops.matmul(upper(maps, training=False), last.kernel)  # without the sigmoid, which is flat when sure

    found = []
    for k in range(0, len(images), BATCH):
        maps = lower(images[k:k + BATCH], training=False)
        weights = ops.mean(input_gradient(log_odds, maps), axis=(1, 2), keepdims=True)
        found += list(ops.convert_to_numpy(ops.relu(ops.sum(weights * maps, axis=-1))))
    side = images.shape[1]
    maps = np.stack([cv2.resize(m, (side, side), interpolation=cv2.INTER_LINEAR) for m in found])
    return maps / np.maximum(maps.max((1, 2), keepdims=True), 1e-12)


def occlusion(score, images, patch=16, stride=8):
    """How far the log odds of fake fall when a place is covered: maps f32 [N, S, S], negative where they rise.

    score: a function from faces [M, S, S, 3] to P(fake) [M] (models.mesonet_inference.scorer). images: f32 [N, S, S, 3]. patch,
    stride: side and steps of the cover in pixels; it has the picture's mean colour, and a pixel's value is the mean
    over the covers on it. Takes (S / stride)^2 scores a picture. Raises ValueError for a patch larger than the
    picture, or a stride that leaves gaps. Source: Zeiler & Fergus 2014, section 4.2. Lesson 10.
    """
    images = _pictures(images)
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
            for picture, place in zip(covered, places[k:k + BATCH]):
                picture[place] = image.mean((0, 1))
            for after, place in zip(_odds(score(covered)), places[k:k + BATCH]):
                falls[place] += before - after
                covers[place] += 1
        maps.append(falls / covers)
    return np.stack(maps)


def mean_activations(model, images, layer="block4_norm"):
    """What each filter of a layer answers on the average of these pictures: f32 [h, w, C].

    Shown for real and for fake faces side by side it tells which filters speak for which, and where. Source: Afchar et
    al. 2018, section 3.5 and figure 8. Lesson 10.
    """
    images = _pictures(images)
    lower = keras.Model(model.input, model.get_layer(layer).output)
    total = sum(ops.convert_to_numpy(lower(images[k:k + BATCH], training=False)).sum(0)
                for k in range(0, len(images), BATCH))
    return total / len(images)


def pointing_game(maps, masks):
    """Whether each map's largest value lies inside the true mask: bool [N]. Chance hits as often as the mask is large.

    maps, masks: [N, S, S]; masks count above 0.5. A map without a single largest place, all one value, is a miss.
    Raises ValueError on shapes that differ and on empty masks: a real picture has nothing to hit. Source: Zhang et al.
    2016, without its tolerance. Lesson 10.
    """
    maps, masks = _maps(maps, masks)
    flat, inside = maps.reshape(len(maps), -1), masks.reshape(len(maps), -1)
    return inside[np.arange(len(maps)), flat.argmax(1)] & (np.ptp(flat, axis=1) > 0)


def saliency_iou(maps, masks):
    """How well each map's highest places cover the true mask: intersection over union, f64 [N] in [0, 1].

    As many pixels are taken from the map as the mask has, so that no threshold has to be chosen; a map of one value
    scores 0. Raises as pointing_game. Lesson 10.
    """
    maps, masks = _maps(maps, masks)
    found = []
    for m, mask in zip(maps, masks):
        chosen = np.zeros(m.size, bool)
        chosen[np.argsort(-m, axis=None, kind="stable")[:mask.sum()]] = np.ptp(m) > 0
        found.append((chosen & mask.ravel()).sum() / (chosen | mask.ravel()).sum())
    return np.array(found)


def _odds(scores):
    return logit(np.clip(np.asarray(scores, np.float64), EDGE, 1 - EDGE))


def _pictures(images):
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.dtype.kind != "f" or not len(images):
        raise ValueError(f"pictures are f32 [N, S, S, 3] in [0, 1], at least one; got {images.dtype} {images.shape}")
    return images.astype(np.float32)


def _maps(maps, masks):
    maps, masks = np.asarray(maps, np.float64), np.asarray(masks) > 0.5
    if maps.ndim != 3 or maps.shape != masks.shape:
        raise ValueError(f"maps and masks are [N, S, S] of one shape; got {maps.shape} and {masks.shape}")
    if len(empty := np.flatnonzero(~masks.any((1, 2)))):
        raise ValueError(f"mask {empty[0]} is empty: only changed pictures can be scored, leave the real ones out")
    return maps, masks
