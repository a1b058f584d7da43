import numpy as np
import pytest
from keras import ops

from course_lib.metrics.image import match_colour
from course_lib.training import face_loss, match_tone, structural_similarity, tone_free_loss


def pair(seed=0):
    rng = np.random.default_rng(seed)
    target = rng.random((2, 32, 32, 3)).astype("float32")
    return target, np.clip(target + 0.1 * rng.normal(size=target.shape), 0, 1).astype("float32")


def test_ssim_against_scikit_image():
    metrics = pytest.importorskip("skimage.metrics")
    target, picture = pair()
    golden = []
    for t, p in zip(target, picture, strict=True):  # a Gaussian cut at 2 deviations of 1.5 is a window of 7
        golden.append(metrics.structural_similarity(t.astype(float), p.astype(float), data_range=1, channel_axis=2,
                                                    gaussian_weights=True, sigma=1.5, truncate=2.0,
                                                    use_sample_covariance=False))
    assert float(structural_similarity(target, picture)) == pytest.approx(np.mean(golden), abs=2e-3)


def test_golden_values():
    target, picture = pair()
    assert float(structural_similarity(target, target)) == pytest.approx(1, abs=1e-5)
    assert float(face_loss(target, target)) == pytest.approx(0, abs=1e-5)
    expected = np.abs(target - picture).mean() + 0.25 * (1 - float(structural_similarity(target, picture)))
    assert float(face_loss(target, picture)) == pytest.approx(expected, rel=1e-5)


def test_match_tone_is_match_colour():
    target, picture = pair()
    mask = np.zeros((2, 32, 32, 1), "float32")
    mask[:, 4:28, 4:28] = 1
    ours = np.asarray(match_tone(ops.convert_to_tensor(picture), target, mask))
    theirs = match_colour(picture, target, mask[..., 0])
    assert np.allclose(ours[:, 4:28, 4:28], theirs[:, 4:28, 4:28], atol=0.01)
    assert np.allclose(match_tone(0.5 * target + 0.2, target, mask)[:, 4:28, 4:28], target[:, 4:28, 4:28], atol=0.01)


def test_tone_free_loss_asks_for_tone_once_and_for_shape_twice():
    target, picture = pair()
    mask = np.ones((2, 32, 32, 1), "float32")
    both = np.concatenate([target, mask], -1)
    toned = 0.7 * target + 0.1
    assert float(tone_free_loss(both, toned)) == pytest.approx(float(face_loss(target, toned)), abs=4e-3)
    assert float(tone_free_loss(both, picture)) > float(face_loss(target, picture)) + 0.02
