"""The distance from a training set: exact on Gaussians, the same in NumPy and in the shipped layers."""
import numpy as np
import pytest

from course_lib.models.mesonet import meso4
from course_lib.models.novelty import (
    BLOCKS,
    ChannelStatistics,
    Eigenfaces,
    TextureStatistics,
    eigenfaces,
    features,
    gaussian,
    inner_face,
    novelty,
    small_faces,
    statistics,
)


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


def test_texture_is_measured_inside_the_face_alone():
    rng = np.random.default_rng(3)
    x = rng.random((2, 128, 128, 3)).astype(np.float32)
    outside = np.pad(inner_face(128)[2:-2, 2:-2], ((2, 2), (2, 2), (0, 0))) < 0.5
    other = np.where(outside & (inner_face(128) < 0.5), rng.random(x.shape), x).astype(np.float32)
    once, again = (np.asarray(TextureStatistics()(y)) for y in (x, other))
    first_scale = slice(0, 6)  # deviation and kurtosis to the right: no pixel outside is looked at but at the edge
    np.testing.assert_allclose(once[:, first_scale], again[:, first_scale], atol=0.1)
    assert once.shape == (2, TextureStatistics().compute_output_shape(x.shape)[1])


def test_noise_has_the_kurtosis_of_its_distribution():
    rng = np.random.default_rng(4)
    normal = 0.5 + 0.05 * rng.normal(size=(1, 128, 128, 3))
    heavy = 0.5 + 0.05 * rng.laplace(size=(1, 128, 128, 3))
    of = [np.exp(np.asarray(TextureStatistics()(x.astype(np.float32)))[0, 3]) for x in (normal, heavy)]
    assert of[0] == pytest.approx(3, abs=0.3) and of[1] > 3.5  # the kurtosis of luma's differences to the right


def test_eigenfaces_keep_what_they_span_and_report_the_rest():
    rng = np.random.default_rng(5)
    parts, amounts = rng.random((3, 64, 64, 3)).astype(np.float32), rng.random((40, 3)).astype(np.float32)
    faces = np.einsum("nk,khwc->nhwc", amounts, parts)
    mean, basis = eigenfaces(faces, count=3)
    np.testing.assert_allclose(basis.T @ basis, np.eye(3), atol=1e-4)
    layer = Eigenfaces(3)
    layer.build(faces.shape)
    layer.set_weights([mean, basis])
    got, new = np.asarray(layer(faces)), np.asarray(layer(rng.random((4, 64, 64, 3)).astype(np.float32)))
    np.testing.assert_allclose(got[:, :3] @ basis.T + mean, np.asarray(small_faces(faces)), atol=1e-3)
    assert got[:, 3].max() < new[:, 3].min() - 1


def test_the_network_gives_what_numpy_gives_in_thresholds():
    detector, rng = meso4(64), np.random.default_rng(2)
    images = rng.random((200, 64, 64, 3)).astype(np.float32)
    assert statistics(detector).output_shape == (None, 2 * 8 * len(BLOCKS))
    measured = features(detector, *eigenfaces(images))
    x = measured.predict_on_batch(images)
    gaussians = [gaussian(x), gaussian(x + 3)]
    far = np.min([np.linalg.norm((x - mean) @ whitening, axis=1) for mean, whitening in gaussians], axis=0)
    got = novelty(measured, gaussians, threshold=2.0).predict_on_batch(images)
    np.testing.assert_allclose(got, far / 2, rtol=1e-2)
    assert novelty(measured, gaussians).predict_on_batch(images * 0)[0] > far.max()
