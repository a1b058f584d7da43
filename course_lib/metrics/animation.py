"""How good an animation is, against the image and the motion that a perfect one would have had. Lesson 07."""
import cv2
import numpy as np

from course_lib.checkpoints import load
from course_lib.faces.align import align, warp

from .image import psnr

PAPER_SIDE = 256  # distances of landmarks are given in pixels of images this large, as in the paper


def end_point_error(flow, truth, visible):
    """The mean distance between estimated and true displacement, over what the source shows.

    Args:
        flow, truth: f32 [H, W, 2], pixels.
        visible: bool [H, W].
    Returns:
        A float, pixels; nan where nothing is visible.
    References:
        Barron, Fleet & Beauchemin 1994, as end-point error in Baker et al. 2011.
    Lesson 07.
    """
    away = np.linalg.norm(np.asarray(flow) - truth, axis=-1)[np.asarray(visible, bool)]
    return float(away.mean()) if away.size else float("nan")


def occlusion_iou(occluded, truth):
    """Intersection over union of the pixels that are called occluded and those that are.

    Args:
        occluded, truth: bool [H, W].
    Returns:
        A float in [0, 1]; 1 where both are empty.
    Lesson 07.
    """
    occluded, truth = np.asarray(occluded, bool), np.asarray(truth, bool)
    union = (occluded | truth).sum()
    return float((occluded & truth).sum() / union) if union else 1.0


def moved_landmarks(landmarks, displacement):
    """Where the source's landmarks appear in an image warped by a backward displacement.

    Searches z with z + displacement(z) = landmark by fixed-point iteration, which needs no landmark detector.

    Args:
        landmarks: [68, 2], of the source, pixels.
        displacement: f32 [H, W, 2], pixels.
    Returns:
        f64 [68, 2], pixels.
    Lesson 07.
    """
    size, points = displacement.shape[0], np.asarray(landmarks, np.float64)
    at = points.copy()
    for _ in range(30):
        inside = np.clip(at, 0, size - 1).astype(np.float32)
        shift = cv2.remap(np.float32(displacement), inside[:, None, 0], inside[:, None, 1], cv2.INTER_LINEAR)[:, 0]
        at = 0.5 * at + 0.5 * (points - shift)
    return at


def akd(landmarks, truth, side):
    """Average keypoint distance: the mean of |dx| and |dy| over landmarks, in pixels of a 256 px image.

    Args:
        landmarks, truth: [..., 68, 2], pixels.
        side: of the image, pixels.
    Returns:
        f64 [...], one number for each set of landmarks.
    References:
        Siarohin et al. 2019, section 4 (not Euclidean, as the code published with it computes it).
    Lesson 07.
    """
    return np.abs(np.asarray(landmarks, np.float64) - truth).mean((-2, -1)) * PAPER_SIDE / side


def identity_vectors(images, landmarks, masks, evaluator=None):
    """Unit vectors of identity of faces in images, cut out by the true landmarks and face masks.

    Args:
        images: f32 RGB [N, H, W, 3] in [0, 1].
        landmarks: [N, 68, 2], pixels.
        masks: bool [N, H, W], of the face.
        evaluator: the model identity_evaluator, if it is loaded already.
    Returns:
        f32 [N, 64].
    Lesson 07.
    """
    faces = []
    for image, points, mask in zip(images, landmarks, masks, strict=True):
        aligned = align(np.asarray(image, np.float32), points, 64)
        inside = warp(np.float32(mask), aligned.matrix, 64)[..., None]
        faces.append(aligned.image * inside + 0.5 * (1 - inside))
    network = evaluator or load("identity_evaluator")
    return np.asarray(network.predict_on_batch(np.stack(faces))[0])


def aed(vectors, truth):
    """Average Euclidean distance of identity embeddings; as the published code has it, the sum of squares.

    Its scale is that of the embedding: numbers of different networks cannot be compared. For unit vectors it runs from
    0 to 4 and is 2 - 2 cos.

    Args:
        vectors, truth: f32 [N, D].
    Returns:
        f64 [N].
    References:
        Siarohin et al. 2019, section 4.
    Lesson 07.
    """
    return np.sum((np.asarray(vectors, np.float64) - truth) ** 2, -1)


def reconstruction(images, truths):
    """L1 and PSNR of each image against the exact truth.

    Args:
        images, truths: f32 RGB [N, H, W, 3] in [0, 1].
    Returns:
        (f64 [N], f64 [N]): mean absolute difference, and PSNR in dB.
    Lesson 07.
    """
    distance = np.abs(np.asarray(images, np.float64) - truths).mean((1, 2, 3))
    return distance, np.array([psnr(a, b) for a, b in zip(images, truths, strict=True)])


def by_person(values, people, rounds=1000, seed=0):
    """The mean of a number with its 95 % interval, people drawn with replacement.

    Args:
        values: [N].
        people: [N], who each value belongs to.
        rounds, seed: of the bootstrap.
    Returns:
        (mean, low, high).
    Lesson 07.
    """
    values, people = np.asarray(values, np.float64), np.asarray(people)
    means = np.array([values[people == k].mean() for k in np.unique(people)])
    drawn = np.random.default_rng(seed).integers(len(means), size=(rounds, len(means)))
    return (float(means.mean()), *np.percentile(means[drawn].mean(1), [2.5, 97.5]).tolist())
