"""Face warping artifacts: has the face less resolution than the picture around it? By two networks. Lesson 11."""
from functools import cache

import numpy as np

from course_lib.checkpoints import load

from .blending import COVERAGE, face_crop
from .evidence import Evidence, checked, too_small

NETWORKS = ("warping_cast", "warping_pyramid_cast")
CROPS, KEPT = 10, 5  # crops of one face, and how many of the highest scores are averaged


@cache
def network(name):
    """One of NETWORKS, loaded once.

    Args:
        name: Key of the registry.
    Returns:
        keras.Model, faces -> P(fake).
    Lesson 11.
    """
    return load(name)


def crops(image, landmarks, count=CROPS):
    """A face cut out several times, a little larger, smaller and shifted, the same for every call.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
        count: Crops.
    Returns:
        f32 [count, 96, 96, 3].
    References:
        Li & Lyu 2019, section 4.2: ten crops with the seeds 0 to 9.
    Lesson 11.
    """
    out = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        points = landmarks + rng.normal(0, 0.02 * np.ptp(landmarks[:, 1]), 2)
        out.append(face_crop(image, points, coverage=COVERAGE * rng.uniform(0.9, 1.1))[0])
    return np.stack(out)


def crop_scores(model, image, landmarks):
    """P(fake) of one face: the mean of the five highest scores of its ten crops.

    Args:
        model: keras.Model, faces -> P(fake).
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        (a float; scores of all crops f32 [10]).
    References:
        Li & Lyu 2019, section 4.2.
    Lesson 11.
    """
    scores = np.asarray(model.predict_on_batch(crops(image, landmarks)))[:, 0]
    return float(np.sort(scores)[-KEPT:].mean()), scores


def warping(image, landmarks, name="warping_pyramid_cast"):
    """Has the face been warped from a smaller image?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
        name: One of NETWORKS.
    Returns:
        Evidence whose score is the mean of the five highest of ten crops' P(fake); not valid for small faces. What it
        answers to is lost resolution, so a soft lens or a beauty filter looks alike.
    References:
        Li & Lyu 2019, Exposing deepfake videos by detecting face warping artifacts.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    score, every = crop_scores(network(name), image, landmarks)
    why = too_small(landmarks)
    features = {"P(fake)": score, "lowest crop": float(every.min()), "highest crop": float(every.max())}
    return Evidence("warping", score, features, not why, why, face_crop(image, landmarks)[0])
