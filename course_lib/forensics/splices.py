"""Do all parts of a picture have one history? Patches compared in pairs, and the part that does not fit. Lesson 11."""
from functools import cache

import cv2
import numpy as np

from course_lib.checkpoints import load

from .evidence import Evidence, checked, heat

PATCH, STRIDE = 64, 16  # pixels; the stride is that of the features and keeps the phase of Bayer pattern and blocks


@cache
def _network():
    from course_lib.models.consistency import all_over  # here, because Keras comes with it

    model = load("patch_consistency")
    return all_over(model.get_layer("encoder")), model.get_layer("comparer")


def affinities(image, network=None, stride=STRIDE):
    """How probable it is that any two patches of an image have one history.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        network: (encoder of a whole image as models.consistency.all_over makes it, comparer), keras models; the
            shipped ones when left out.
        stride: Distance of the patches, pixels, a multiple of STRIDE.
    Returns:
        (f32 [P, P], symmetric; (rows, columns) of the P patches).
    Raises:
        ValueError: For an image of fewer than four patches.
    References:
        Huh et al. 2018, Fighting fake news, section 3.3.
    Lesson 11.
    """
    image, _ = checked(image)
    encoder, comparer = network or _network()
    rows, columns = ((side - PATCH) // stride + 1 for side in image.shape[:2])
    if min(rows, columns) < 2:
        raise ValueError(f"an image of {image.shape[1]} x {image.shape[0]} holds too few patches of {PATCH} pixels")
    codes = np.asarray(encoder.predict_on_batch(image[None]))[0, ::stride // STRIDE, ::stride // STRIDE]
    codes = codes.reshape(rows * columns, -1)
    first, second = np.triu_indices(len(codes))
    same = np.asarray(comparer.predict_on_batch([codes[first], codes[second]]))[:, -1]
    out = np.zeros((len(codes), len(codes)), np.float32)
    out[first, second] = out[second, first] = same
    return out, (rows, columns)


def mean_shift(rows, passes=5):
    """The densest mode of the rows of an affinity matrix: what most patches agree on.

    Args:
        rows: f32 [P, P].
        passes: Of the shift.
    Returns:
        f64 [P], the mode.
    References:
        Huh et al. 2018, section 3.3: bandwidth the 10th percentile of the distances, five passes.
    Lesson 11.
    """
    rows = np.asarray(rows, float)  # distances of rows that agree are differences of large numbers
    squares = (rows ** 2).sum(1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * rows @ rows.T, 0))
    bandwidth, modes = max(float(np.percentile(apart, 10)), 1e-3), rows.copy()
    for _ in range(passes):
        distance = (modes ** 2).sum(1)[:, None] + squares - 2 * modes @ rows.T
        weight = np.exp(-np.maximum(distance, 0) / (2 * bandwidth ** 2))
        density = weight.sum(1)
        modes = weight @ rows / density[:, None]
    return modes[density.argmax()]


def two_clusters(affinity):
    """Spectral clustering of the patches into two groups: the second eigenvector of the normalised Laplacian.

    Args:
        affinity: f32 [P, P] in [0, 1].
    Returns:
        f32 [P] in [0, 1], larger for the smaller group.
    References:
        Shi & Malik 2000, normalised cuts.
    Lesson 11.
    """
    degree = affinity.sum(1)
    root = 1 / np.sqrt(np.maximum(degree, 1e-9))
    _, vectors = np.linalg.eigh(root[:, None] * affinity * root)
    second = vectors[:, -2] * root
    second = second if (second > second.mean()).mean() < 0.5 else -second
    return ((second - second.min()) / max(np.ptp(second), 1e-12)).astype(np.float32)


def consistency_map(image, how="mean shift", network=None, stride=STRIDE):
    """Where an image does not fit the history of most of it.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        how: "mean shift" or "clusters".
        network, stride: As for affinities.
    Returns:
        (f32 [H, W] in [0, 1], 1 where it does not fit; the mean affinity of all pairs).
    Raises:
        ValueError: For another `how`.
    Lesson 11.
    """
    if how not in ("mean shift", "clusters"):
        raise ValueError(f"how is {how!r}; expected 'mean shift' or 'clusters'")
    affinity, (rows, columns) = affinities(image, network, stride)
    odd = two_clusters(affinity) if how == "clusters" else 1 - mean_shift(affinity)
    if how == "mean shift" and (odd > 0.5).mean() > 0.5:
        odd = 1 - odd
    total, count = np.zeros(image.shape[:2], np.float32), np.zeros(image.shape[:2], np.float32)
    for k, value in enumerate(odd):  # every patch votes over its middle
        y, x = k // columns * stride, k % columns * stride
        y0, x0 = (p + (PATCH // 4 if p else 0) for p in (y, x))
        y1 = y + PATCH * 3 // 4 if k // columns < rows - 1 else image.shape[0]
        x1 = x + PATCH * 3 // 4 if k % columns < columns - 1 else image.shape[1]
        total[y0:y1, x0:x1] += value
        count[y0:y1, x0:x1] += 1
    return total / np.maximum(count, 1), float(affinity.mean())


def iou(found, truth):
    """Intersection over union of two masks.

    Args:
        found, truth: bool [H, W].
    Returns:
        A float; 1 where both are empty.
    Lesson 11.
    """
    found, truth = np.asarray(found, bool), np.asarray(truth, bool)
    union = (found | truth).sum()
    return float((found & truth).sum() / union) if union else 1.0


def consistency(image, landmarks=None):
    """Evidence of a splice: how little the patches of a picture agree about their history.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: Not needed.
    Returns:
        Evidence whose score is 1 - the mean affinity, with the map over the picture as its drawing.
    References:
        Huh et al. 2018; the authors warn that it wants large photographs, and that video frames seldom work.
    Lesson 11.
    """
    image, _ = checked(image)
    if min(image.shape[:2]) < 2 * PATCH:
        return Evidence("consistency", float("nan"), {}, False, f"the picture is smaller than {2 * PATCH} pixels",
                        image)
    scale = 512 / max(image.shape[:2])
    odd, mean = consistency_map(image, stride=STRIDE * int(np.ceil(1 / min(scale, 1))))
    drawing = 0.4 * image + 0.6 * heat(cv2.GaussianBlur(odd, (0, 0), 4), 0, 1)
    return Evidence("consistency", 1 - mean, {"mean affinity": mean, "odd area": float((odd > 0.5).mean())}, True, "",
                    drawing)
