"""Cloaking: a small change of one's own pictures, so that whoever learns the face learns another one. Lesson 13.

Shown on the cast and on the course's own identity network, where both the cloak and its expiry can be measured.
"""
import numpy as np
from keras import ops

from .gradients import true_gradient
from .steps import pgd


def cloak(embedding, images, targets, epsilon=8 / 255, steps=20, seed=0):
    """Images whose identity embedding has been moved to somebody else's.

    Args:
        embedding: Function from images [N, S, S, 3] to unit vectors, a tensor [N, D], differentiable.
        images: f32 RGB [N, S, S, 3] in [0, 1].
        targets: f32 [N, D], unit vectors: whom they shall seem to show.
        epsilon: Largest change of one value.
        steps: Of PGD.
        seed: Of its start.
    Returns:
        f32 RGB [N, S, S, 3] in [0, 1].
    References:
        Shan et al. 2020, "Fawkes: protecting privacy against unauthorized deep learning models", section 4 (there with
        a bound on DSSIM instead of the largest change).
    Lesson 13.
    """
    images, targets = np.asarray(images, np.float32), np.asarray(targets, np.float32)
    cloaked, (whom, which) = images.copy(), np.unique(targets, axis=0, return_inverse=True)
    for k, target in enumerate(whom):
        rows = np.flatnonzero(np.ravel(which) == k)
        towards = true_gradient(lambda x, t=target: ops.sum(embedding(x) * t, -1))
        real = np.zeros(len(rows), int)  # with the label 0 the cosine is raised
        cloaked[rows] = pgd(towards, images[rows], real, epsilon, steps, seed=seed + k)
    return cloaked


def identified(vectors, people, gallery, gallery_people):
    """How often the nearest centre of a gallery is the right person.

    Args:
        vectors: f32 [N, D], unit vectors of the pictures to be identified.
        people: int [N], who they show.
        gallery: f32 [M, D], unit vectors of the pictures from which the people are known.
        gallery_people: int [M].
    Returns:
        A float from 0 to 1.
    Lesson 13.
    """
    names = np.unique(gallery_people)
    centres = np.stack([gallery[gallery_people == name].mean(0) for name in names])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    return float(np.mean(names[(vectors @ centres.T).argmax(1)] == np.asarray(people)))
