"""Noise against face extraction: whoever wants to train a swap has to find the faces first. Lesson 13.

The course's own face detector (BlazeFace, as a TensorFlow Lite file) gives scores and no gradient, so the attack
estimates it from scores alone. The victim is this one detector on pictures of the cast; a noise made for it protects
nobody from another one.
"""
import numpy as np

from course_lib.faces import blazeface, tflite

from .gradients import NES
from .steps import pgd


def face_logits(images, network=blazeface.NETWORK):
    """The logit of the anchor that is surest to see a face; below 0 no face is reported.

    Args:
        images: f32 RGB [N, H, W, 3] in [0, 1].
        network: Of blazeface.STRIDES.
    Returns:
        f64 [N].
    Lesson 13.
    """
    side = tflite.input_side(network)
    return np.array([float(np.max(tflite.run(network, 2 * blazeface.letterbox(image, side)[0] - 1)[1]))
                     for image in np.asarray(images, np.float32)])


def hide_faces(images, epsilon=16 / 255, steps=30, samples=10, grain=8, seed=0):
    """A small change with which the course's face detector does not find the face, from its scores alone.

    Args:
        images: f32 RGB [N, H, W, 3] in [0, 1], one face in each.
        epsilon: Largest change of one value.
        steps: Of the attack.
        samples, grain: As for NES.
        seed: Of its probes.
    Returns:
        (f32 RGB [N, H, W, 3], queries of the detector for each image).
    Lesson 13.
    """
    gradient = NES(face_logits, samples, sigma=4 / 255, grain=grain, seed=seed)
    hidden = pgd(gradient, images, np.ones(len(images), int), epsilon, steps, random_start=False)
    return hidden, gradient.queries // len(images)


def decoy_logits(images, boxes, network=blazeface.NETWORK):
    """The logit of the surest anchor outside the true face; above 0 a face is reported where there is none.

    Args:
        images: f32 RGB [N, H, W, 3] in [0, 1].
        boxes: [N, 4], x, y, width and height of the true face, pixels; anchors inside it do not count.
        network: Of blazeface.STRIDES.
    Returns:
        f64 [N].
    Lesson 13.
    """
    side, found = tflite.input_side(network), []
    for image, (x, y, wide, high) in zip(np.asarray(images, np.float32), boxes, strict=True):
        square, scale, corner = blazeface.letterbox(image, side)
        logits = np.ravel(tflite.run(network, 2 * square - 1)[1])
        at = (blazeface.anchors(network) * side - corner) / scale
        inside = (at >= (x, y)).all(1) & (at <= (x + wide, y + high)).all(1)
        beyond = ((at < 0) | (at > (image.shape[1], image.shape[0]))).any(1)
        found.append(float(np.max(logits[~inside & ~beyond])))
    return np.array(found)


def plant_decoys(images, boxes, epsilon=16 / 255, steps=30, samples=10, grain=8, seed=0):
    """A small change that makes the course's face detector report a second face, where there is none.

    Args:
        images, boxes: As for decoy_logits.
        epsilon, steps, samples, grain, seed: As for hide_faces.
    Returns:
        (f32 RGB [N, H, W, 3], queries of the detector for each image).
    Lesson 13.
    """
    gradient = NES(lambda x: decoy_logits(x, boxes), samples, sigma=4 / 255, grain=grain, seed=seed)
    planted = pgd(gradient, images, np.zeros(len(images), int), epsilon, steps, random_start=False)
    return planted, gradient.queries // len(images)


def recall(images, boxes, min_overlap=0.5):
    """How many faces the course's face detector finds.

    Args:
        images: f32 RGB [N, H, W, 3] in [0, 1], one face in each.
        boxes: [N, 4], its true x, y, width and height, pixels.
        min_overlap: Intersection over union from which on it is found.
    Returns:
        A float from 0 to 1.
    Lesson 13.
    """
    found = [any(blazeface.overlap(d.box, box) >= min_overlap for d in blazeface.detect(image))
             for image, box in zip(images, boxes, strict=True)]
    return float(np.mean(found))
