import numpy as np
import pytest
from scipy.stats import norm

from course_lib.metrics.generative import (
    attribute_coverage,
    attribute_overlap,
    find_copies,
    frechet_distance,
    kernel_distance,
    portrait_features,
    precision_recall,
)


def exact(n, d, seed=0):
    """Rows with mean 0 and covariance 1, exactly and not only about."""
    x = np.random.default_rng(seed).normal(size=(n, d))
    x -= x.mean(0)
    return x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T


def test_frechet_of_gaussians_with_known_distance():
    x, y = exact(400, 5), exact(300, 5, seed=1)
    shift = np.array([1.0, -2.0, 0.0, 0.5, 0.0])
    assert frechet_distance(x, y) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(x, y + shift) == pytest.approx(5.25)
    assert frechet_distance(x, 3 * y + shift) == pytest.approx(5.25 + 5 * 2**2)
    a, b = np.diag([1.0, 2, 3, 4, 5]), np.diag([2.0, 2, 1, 4, 0])
    assert frechet_distance(x @ a, y @ b) == pytest.approx(1 + 0 + 4 + 0 + 25)  # covariances that commute
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))[0]
    assert frechet_distance(x @ a @ turn, y @ b @ turn) == pytest.approx(30)
    assert frechet_distance(x @ a, y) == pytest.approx(frechet_distance(y, x @ a))


def test_frechet_of_covariances_that_do_not_commute():
    linalg = pytest.importorskip("scipy.linalg")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4)), rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4))
    one, two = np.cov(x.T), np.cov(y.T)
    golden = np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(one + two - 2 * np.real(linalg.sqrtm(one @ two)))
    assert frechet_distance(x, y) == pytest.approx(golden, rel=1e-6)


def test_kernel_distance_of_gaussians_with_known_distance():
    m, rng = 1.5, np.random.default_rng(0)
    x = norm.ppf((np.arange(3000) + 0.5) / 3000)[:, None]  # the quantiles: their moments have no luck in them
    y = x + m
    # moments of the normal distribution in E (x y + 1)^3, one dimension
    both = 3 * (1 + m**2) + 1
    own = (m**3 + 3 * m) ** 2 + 3 * (1 + m**2) ** 2 + 3 * m**2 + 1
    assert kernel_distance(x, y) == pytest.approx(4 + own - 2 * both, rel=0.02)
    assert kernel_distance(x, rng.permutation(x)) == pytest.approx(0, abs=0.02)
    small = [kernel_distance(*rng.normal(size=(2, 20, 3))) for _ in range(300)]
    assert np.mean(small) == pytest.approx(0, abs=0.06) and min(small) < 0  # without bias, even for few rows


def test_precision_and_recall_name_the_two_faults():
    rng = np.random.default_rng(0)
    real = np.concatenate([rng.normal(0, 0.3, (200, 2)), rng.normal(8, 0.3, (200, 2))])
    collapsed = rng.normal(0, 0.3, (400, 2))
    strange = np.concatenate([real[::2] + 0.01, rng.normal(40, 0.3, (200, 2))])
    precision, recall = precision_recall(real, collapsed)
    assert precision > 0.8 and 0.4 < recall < 0.55
    precision, recall = precision_recall(real, strange)
    assert 0.45 < precision < 0.55 and recall > 0.9
    assert precision_recall(real, real) == (1.0, 1.0)


def test_attributes_overlap_and_coverage():
    real = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 5, float)
    half = np.array([[0, 0], [0, 1]] * 10, float)
    edges = [[0.5], [0.5]]
    assert attribute_overlap(real, real, edges) == 1 and attribute_coverage(real, real, edges) == 1
    assert attribute_overlap(real, half, edges) == pytest.approx(0.5)
    assert attribute_coverage(real, half, edges) == pytest.approx(0.5)
    skewed = np.concatenate([np.zeros((97, 2)), [[0, 1], [1, 0], [1, 1]]])
    assert attribute_coverage(real, skewed, edges) == 1 and attribute_overlap(real, skewed, edges) < 0.3
    assert attribute_overlap(real - 5, real + 5, edges) == 0
    with pytest.raises(ValueError, match="edges for 1"):
        attribute_overlap(real, real, [[0.5]])


def test_copies_are_found():
    rng = np.random.default_rng(0)
    training, held, fresh = rng.normal(size=(3, 400, 8))
    assert find_copies(fresh, training, held).closer < 0.04
    copies = find_copies(training[7:57] + 1e-3, training, held)
    assert copies.closer == 1.0 and copies.nearest.tolist() == list(range(7, 57)) and copies.distance.max() < 0.01


@pytest.mark.parametrize("measure", [frechet_distance, kernel_distance, precision_recall])
def test_bad_sets_are_named(measure):
    with pytest.raises(ValueError, match=r"\(3, 4\) and \(3, 5\)"):
        measure(np.zeros((3, 4)), np.zeros((3, 5)))
    with pytest.raises(ValueError, match="not finite"):
        measure(np.zeros((5, 4)), np.full((5, 4), np.nan))
    with pytest.raises(ValueError):
        measure(np.zeros((5, 4)), np.zeros((1, 4)))


def test_the_reader_reads_bytes_and_floats_alike():
    images = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3)).astype(np.uint8)
    values, features = portrait_features(images, batch=2)
    again = portrait_features(images.astype(np.float32) / 255)
    assert values.shape == (3, 10) and features.shape == (3, 128)
    assert np.allclose(values, again[0], atol=1e-4) and np.allclose(features, again[1], atol=1e-4)
    with pytest.raises(ValueError, match="64"):
        portrait_features(images[:, :32])
