"""The boundary of a blend: a network that learned it from self-blended images, its score and its map. Lesson 11."""
from functools import cache

import cv2
import numpy as np

from course_lib.checkpoints import load
from course_lib.faces import align_five, five_points

from .evidence import Evidence, checked, too_small

SIZE, COVERAGE = 96, 1.25  # pixels of the crop; how much of the mean face's square it shows
NETWORKS = ("self_blended_cast", "one_method_cast")


def face_crop(image, landmarks, size=SIZE, coverage=COVERAGE):
    """The face as the network takes it.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
        size: Pixels per side.
        coverage: How much of the mean face's square is shown.
    Returns:
        (f32 [size, size, 3], matrix [2, 3] from image to crop pixels).
    Lesson 11.
    """
    aligned = align_five(np.asarray(image, np.float32), five_points(landmarks), size, coverage)
    return aligned.image, aligned.matrix


@cache
def network(name):
    """One of NETWORKS, loaded once.

    Args:
        name: Key of the registry.
    Returns:
        keras.Model, faces -> (P(fake), boundary).
    Lesson 11.
    """
    return load(name)


def scores(faces, name="self_blended_cast"):
    """P(fake) and boundary maps of many faces.

    Args:
        faces: f32 [N, 96, 96, 3] in [0, 1], see `face_crop`.
        name: One of NETWORKS.
    Returns:
        (f32 [N], f32 [N, 24, 24]).
    Lesson 11.
    """
    model = network(name)
    parts = [model.predict_on_batch(np.asarray(faces[k:k + 32])) for k in range(0, len(faces), 32)]
    return (np.concatenate([np.asarray(score)[:, 0] for score, _ in parts]),
            np.concatenate([np.asarray(map_)[..., 0] for _, map_ in parts]))


def blending(image, landmarks, name="self_blended_cast"):
    """Was a face blended in, and where would the boundary be?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
        name: One of NETWORKS.
    Returns:
        Evidence whose score is P(fake), with the map over the face as its drawing; not valid for small faces.
    References:
        Shiohara & Yamasaki 2022; Li et al. 2020, Face X-ray.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    face, _ = face_crop(image, landmarks)
    (score,), (map_,) = scores(face[None], name)
    large = cv2.resize(map_, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC).clip(0, 1)[..., None]
    drawing = face * (1 - 0.75 * large) + large * 0.75 * np.float32([1.0, 0.45, 0.1])
    why = too_small(landmarks)
    return Evidence("blending", float(score), {"P(fake)": float(score), "largest boundary": float(map_.max())},
                    not why, why, drawing.astype(np.float32))
