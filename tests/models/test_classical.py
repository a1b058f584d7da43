import cv2
import numpy as np
import pytest

from course_lib.models.classical import METHODS, classical, noise_std

RNG = np.random.default_rng(0)
STEP = np.repeat(np.where(np.arange(32) < 16, 0.25, 0.75).astype(np.float32)[None, :, None], 32, 0) * np.ones(3, "f")


@pytest.mark.parametrize("method", METHODS)
def test_a_flat_picture_stays_and_a_batch_is_its_pictures(method):
    flat = np.full((2, 16, 20, 3), [0.2, 0.5, 0.8], np.float32)
    out = classical(flat, 2, method)
    assert out.shape == (2, 32, 40, 3) and out.dtype == np.float32 and np.abs(out - flat[0, 0, 0]).max() < 0.006
    assert np.array_equal(classical(np.stack([STEP, STEP]), 1, method)[1], classical(STEP, 1, method))


def test_bicubic_is_opencvs_and_alone_changes_nothing():
    assert np.array_equal(classical(STEP), STEP)
    twice = cv2.resize(STEP, (64, 64), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    assert np.array_equal(classical(STEP, 2), twice)


def test_unsharp_makes_the_edge_steeper():
    soft = cv2.GaussianBlur(STEP, (0, 0), 1.5)
    before, after = (np.diff(x[16, :, 0]).max() for x in (soft, classical(soft, 1, "unsharp")))
    assert after > 1.1 * before


def test_non_local_means_take_the_noise_and_leave_the_edge():
    noisy = (STEP + RNG.normal(0, 0.05, STEP.shape)).astype(np.float32)
    out = classical(noisy, 1, "non-local means")
    assert np.abs(out - STEP)[:, 4:12].mean() < 0.4 * np.abs(noisy - STEP)[:, 4:12].mean()
    assert np.diff(out[16, :, 0])[15] > 0.35


@pytest.mark.parametrize("sigma", [0.01, 0.05])
def test_the_noise_is_estimated_beside_texture(sigma):
    y, x = np.mgrid[:96, :96]
    picture = np.repeat((0.5 + 0.3 * np.sin(x / 6) * np.cos(y / 9))[..., None], 3, 2)
    assert noise_std(picture + RNG.normal(0, sigma, picture.shape)) == pytest.approx(sigma, rel=0.1)
    assert noise_std(picture) < 0.002


@pytest.mark.parametrize(("picture", "scale", "method"), [
    (STEP[..., 0], 1, "bicubic"), ((STEP * 255).astype(np.uint8), 1, "bicubic"), (STEP, 0.5, "bicubic"),
    (STEP, 1, "nearest"),
])
def test_what_does_not_fit_is_named(picture, scale, method):
    with pytest.raises(ValueError, match="expected one of|float RGB"):
        classical(picture, scale, method)
