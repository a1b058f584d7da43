"""How good a generator is: distances between two sets of images, and how their attributes are distributed. Lesson 04.

The distances compare features f64 [N, D] of images by a network of the course (portrait_features). They belong to the
family of FID and KID, but on other features: compare their numbers only with each other.
"""
from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import NearestNeighbors

import course_lib.models  # noqa: F401  (registers the layers that a checkpoint may hold)
from course_lib.checkpoints import load
from course_lib.data.portraits import ATTRIBUTES
from course_lib.models.evaluators import with_features
from course_lib.values import unit_range

SIDE = 64


def portrait_features(images, regressor=None, batch=256):
    """Attributes and features of portraits by the portrait regressor.

    Args:
        images: f32 RGB [N, 64, 64, 3] in [0, 1], or uint8.
        regressor: the model; the checkpoint portrait_regressor when left out.
        batch: images in one pass of the network.
    Returns:
        (values f32 [N, 10] of data.portraits.ATTRIBUTES, features f32 [N, 128]).
    Raises:
        ValueError: for other shapes.
    Lesson 04.
    """
    if np.ndim(images) != 4 or np.shape(images)[1:] != (SIDE, SIDE, 3):
        raise ValueError(f"the portrait regressor takes portraits [N, {SIDE}, {SIDE}, 3]; got {np.shape(images)}")
    network = with_features(regressor or load("portrait_regressor"))
    parts = []
    for at in range(0, len(images), batch):
        chunk = np.asarray(images[at : at + batch])
        chunk = chunk.astype(np.float32) / 255 if chunk.dtype == np.uint8 else unit_range(chunk).astype(np.float32)
        parts.append([np.asarray(part) for part in network.predict_on_batch(chunk)])
    values, features = (np.concatenate(rows) for rows in zip(*parts, strict=True))
    return values, features


def frechet_distance(real, fake):
    """The squared Frechet distance of two Gaussians that have the sets' means and covariances; 0 when these agree.

    |mean - mean'|^2 + trace(C + C' - 2 (C C')^(1/2)). It is biased upwards for few images: compare only numbers from
    sets of one size.

    Args:
        real, fake: features [N, D] and [M, D].
    Returns:
        A float.
    Raises:
        ValueError: for other shapes, fewer than 2 rows, or values that are not finite.
    References:
        Dowson & Landau 1982; Heusel et al. 2017, section 4 (there on Inception features).
    Lesson 04.
    """
    real, fake = _two_sets(real, fake)
    apart = np.sum((real.mean(0) - fake.mean(0)) ** 2)
    one, two = (np.atleast_2d(np.cov(x, rowvar=False)) for x in (real, fake))
    values, axes = np.linalg.eigh(one)
    root = (axes * np.sqrt(values.clip(0))) @ axes.T
    both = np.sqrt(np.linalg.eigvalsh(root @ two @ root).clip(0)).sum()
    return float(max(apart + np.trace(one) + np.trace(two) - 2 * both, 0.0))


def kernel_distance(real, fake):
    """The squared maximum mean discrepancy under the kernel (x.y / D + 1)^3, unbiased: around 0 for equal sets.

    Args:
        real, fake: features [N, D] and [M, D].
    Returns:
        A float, which may be slightly negative.
    Raises:
        ValueError: as frechet_distance.
    References:
        Binkowski et al. 2018, Demystifying MMD GANs, section 4 (there on Inception features).
    Lesson 04.
    """
    real, fake = _two_sets(real, fake)

    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    def own(a):
        values, n = kernel(a, a), len(a)
        return (values.sum() - np.trace(values)) / (n * (n - 1))

    return float(own(real) + own(fake) - 2 * kernel(real, fake).mean())


def precision_recall(real, fake, neighbours=3):
    """Precision and recall: the fraction of fakes that lie among the reals, and of reals among the fakes.

    A point lies among a set when it is nearer to one of the set's points than that point's `neighbours`-th neighbour
    within the set.

    Args:
        real, fake: features [N, D] and [M, D].
        neighbours: k of the k-th nearest neighbour.
    Returns:
        (precision, recall), floats from 0 to 1.
    Raises:
        ValueError: as frechet_distance, and for too few rows.
    References:
        Kynkaanniemi et al. 2019, Improved Precision and Recall, equation 1.
    Lesson 04.
    """
    real, fake = _two_sets(real, fake)
    if min(len(real), len(fake)) <= neighbours:
        raise ValueError(f"with neighbours={neighbours}, more than that many rows are needed; got {len(real)} and "
                         f"{len(fake)}")

    def fraction_among(points, others):
        tree = NearestNeighbors(n_neighbors=neighbours + 1, algorithm="brute").fit(others)
        radius = tree.kneighbors(others)[0][:, -1]  # the nearest of each is itself
        squares = np.sum(points**2, 1)[:, None] + np.sum(others**2, 1) - 2 * points @ others.T
        return float((squares <= radius**2 + 1e-9).any(1).mean())

    return fraction_among(fake, real), fraction_among(real, fake)


def attribute_overlap(real, fake, edges):
    """How far the attribute distributions of two sets agree: 1 when every combination is as frequent in both.

    The sum over all combinations of the smaller of the two frequencies, 1 - total variation. Two finite sets from one
    source stay below 1.

    Args:
        real, fake: values [N, K] and [M, K] (see portrait_features) of the attributes that are compared.
        edges: for each column the inner edges of its bins, like [0.5] for "with or without".
    Returns:
        A float from 0 to 1.
    Raises:
        ValueError: when shapes or edges do not fit.
    Lesson 04.
    """
    c = [_cells(x, edges) for x in _two_sets(real, fake)]
    return float(np.minimum(*(c / c.sum() for c in c)).sum())


def attribute_coverage(real, fake, edges):
    """The fraction of the real set whose combination of attributes occurs in the fake set; low after mode collapse.

    Args:
        real, fake, edges: as for attribute_overlap.
    Returns:
        A float from 0 to 1.
    Raises:
        ValueError: as attribute_overlap.
    Lesson 04.
    """
    of_real, of_fake = (_cells(x, edges) for x in _two_sets(real, fake))
    return float(of_real[of_fake > 0].sum() / of_real.sum())


@dataclass(frozen=True)
class Copies:
    """The nearest training example of each generated one.

    Args:
        nearest: int [N], the training row nearest to each fake.
        distance: f64 [N], to it.
        closer: the fraction of fakes that lie closer to a training row than all but 1 % of held-out real ones do; about
            0.01 where nothing was memorised.
    """

    nearest: np.ndarray
    distance: np.ndarray
    closer: float


def find_copies(fake, training, held_out):
    """Has the generator memorised? Compares each fake's distance to the training set with that of real, unseen ones.

    Args:
        fake, training, held_out: features [., D].
    Returns:
        Copies.
    Raises:
        ValueError: as frechet_distance.
    Lesson 04.
    """
    training, fake = _two_sets(training, fake)
    tree = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(training)
    distance, nearest = (x[:, 0] for x in tree.kneighbors(fake))
    held_out_distance = tree.kneighbors(_two_sets(training, held_out)[1])[0][:, 0]
    return Copies(nearest, distance, float((distance < np.quantile(held_out_distance, 0.01)).mean()))


def _cells(values, edges):
    """How many rows fall into each combination of bins, f64 [bins, bins, ...]."""
    if values.shape[1] != len(edges):
        raise ValueError(f"there are {values.shape[1]} columns but edges for {len(edges)}; give a list for each column")
    bounds = [np.r_[-np.inf, inner, np.inf] for inner in edges]
    return np.histogramdd(np.stack([np.digitize(v, e[1:-1]) for v, e in zip(values.T, bounds, strict=True)], 1),
                          [np.arange(len(e)) - 0.5 for e in bounds])[0]


def _two_sets(real, fake):
    real, fake = np.asarray(real, np.float64), np.asarray(fake, np.float64)
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1] or min(len(real), len(fake)) < 2:
        raise ValueError(f"two sets of rows [N, D] and [M, D] with N and M >= 2 are compared; got {real.shape} and "
                         f"{fake.shape}")
    if not (np.isfinite(real).all() and np.isfinite(fake).all()):
        raise ValueError("a set holds numbers that are not finite: has the generator diverged?")
    return real, fake


# the attributes that are compared, and the edges of their bins: 3 poses x 3 skins x glasses x long hair x beard = 72
EDGES = {"yaw": [-0.15, 0.15], "skin": [1 / 3, 2 / 3], "glasses": [0.5], "long": [0.4], "beard": [0.3]}


def evaluate_portraits(values, features, fake_values, fake_features):
    """Every metric of this file for a set of fakes beside a set of real portraits.

    Args:
        values, features: of the real ones, as portrait_features gives them.
        fake_values, fake_features: of the fakes.
    Returns:
        A dict: frechet, kernel, precision, recall, overlap, coverage.
    Raises:
        ValueError: as its parts.
    Lesson 04.
    """
    precision, recall = precision_recall(features, fake_features)
    real, fake, edges = compared(values), compared(fake_values), list(EDGES.values())
    return {"frechet": frechet_distance(features, fake_features), "kernel": kernel_distance(features, fake_features),
            "precision": precision, "recall": recall,
            "overlap": attribute_overlap(real, fake, edges), "coverage": attribute_coverage(real, fake, edges)}


def compared(values):
    """The attributes that are compared: the columns that EDGES names.

    Args:
        values: [N, 10], as portrait_features gives them.
    Returns:
        [N, 5].
    """
    return values[:, [ATTRIBUTES.index(name) for name in EDGES]]
