"""The distance from a training set: exact on Gaussians, the same in NumPy and in the shipped layers."""
import numpy as np
import pytest

from course_lib.models.mesonet import meso4
from course_lib.models.novelty import BLOCKS, ChannelStatistics, gaussian, novelty, statistics


def test_the_whitened_length_is_the_mahalanobis_distance():
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(4000, 3)) @ np.array([[2.0, 0, 0], [1, 0.5, 0], [0, 0.2, 3]]) + (5, -1, 2)
    mean, whitening = gaussian(samples)
    inverse = np.linalg.inv(np.cov(samples.T))
    x = rng.normal(size=(50, 3)) * 4
    expected = np.sqrt(np.einsum("ni,ij,nj->n", x - mean, inverse, x - mean))
    np.testing.assert_allclose(np.linalg.norm((x - mean) @ whitening, axis=1), expected, rtol=0.02)  # shrunk by 0.1 %
    white = (samples - mean) @ whitening
    np.testing.assert_allclose(np.cov(white.T), np.eye(3), atol=0.1)
    with pytest.raises(ValueError, match="more samples"):
        gaussian(samples[:3])


def test_statistics_are_mean_and_deviation_of_each_channel():
    x = np.random.default_rng(1).random((2, 4, 6, 3)).astype(np.float32)
    got = np.asarray(ChannelStatistics()(x))
    np.testing.assert_allclose(got, np.concatenate([x.mean((1, 2)), x.std((1, 2))], 1), atol=1e-6)


def test_the_network_gives_what_numpy_gives_in_thresholds():
    detector, rng = meso4(32), np.random.default_rng(2)
    images = rng.random((80, 32, 32, 3)).astype(np.float32)
    features = statistics(detector).predict_on_batch(images)
    assert features.shape == (80, 2 * 8 * len(BLOCKS))
    mean, whitening = gaussian(features)
    far = np.linalg.norm((features - mean) @ whitening, axis=1)
    got = novelty(detector, mean, whitening, threshold=2.0).predict_on_batch(images)
    np.testing.assert_allclose(got, far / 2, rtol=1e-3)
    assert novelty(detector, mean, whitening).predict_on_batch(images * 0)[0] > far.max()
