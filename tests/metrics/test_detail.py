import cv2
import keras
import numpy as np
import pytest

from course_lib.metrics.detail import edge_error, mask_iou, perceptual_distance, sharpness, spectrum
from course_lib.models.evaluators import feature_pyramid, pose_regressor


def faces(n=3, seed=0):
    return np.random.default_rng(seed).random((n, 64, 64, 3)).astype(np.float32)


def test_perceptual_distance_is_zero_only_for_the_same_and_symmetric():
    keras.utils.set_random_seed(0)
    network, a, b = feature_pyramid(pose_regressor(4)), faces(), faces(seed=1)
    assert np.allclose(perceptual_distance(network, a, a), 0)
    there, back = perceptual_distance(network, a, b), perceptual_distance(network, b, a)
    assert there.shape == (3,) and there.min() > 0 and np.allclose(there, back)
    assert (perceptual_distance(network, 0.9 * a + 0.1 * b, a) < there).all()


def test_edge_error_by_hand():
    truth, masks = np.zeros((1, 4, 4, 3), np.float32), np.ones((1, 4, 4), np.float32)
    image = truth.copy()
    image[0, :, 2:] = 0.5  # one upright edge: 1 of 3 columns differs by a half
    assert edge_error(image, truth, masks) == pytest.approx(0.5 / 3)
    assert edge_error(image + 0.3, image, masks) == pytest.approx(0, abs=1e-7)
    masks[0, :, 1] = 0
    assert edge_error(image, truth, masks) == pytest.approx(0)
    with pytest.raises(ValueError, match="empty"):
        edge_error(image, truth, 0 * masks)


def test_sharpness_falls_with_blur_and_counts_amplitude():
    truth = faces()
    blurred = np.stack([cv2.GaussianBlur(x, (0, 0), 1.5) for x in truth])
    assert np.allclose(sharpness(truth, truth), 1) and np.allclose(sharpness(0.5 * truth, truth), 0.5)
    assert sharpness(blurred, truth).max() < 0.3
    wave = np.sin(2 * np.pi * np.arange(64) / 32)[None, :, None, None] * np.ones((1, 64, 64, 3)) * 0.4 + 0.5
    assert sharpness(wave, truth[:1])[0] < 0.01  # a slow wave is no detail
    with pytest.raises(ValueError, match="no detail"):
        sharpness(truth[:1], np.full((1, 64, 64, 3), 0.5))


def test_mask_iou_by_hand_and_shapes_are_named():
    a, b = np.zeros((2, 4, 4)), np.zeros((2, 4, 4))
    a[0, :2], b[0, 1:3] = 1, 0.9
    assert np.allclose(mask_iou(a, b), [1 / 3, 1])
    with pytest.raises(ValueError, match="own size"):
        mask_iou(a, b[:1])
    with pytest.raises(ValueError, match="own size"):
        sharpness(faces(2), faces(3))


def test_a_wave_stands_at_its_frequency_in_the_spectrum():
    x = np.arange(36)
    wave = 0.5 + 0.4 * np.sin(2 * np.pi * x / 4)[None, :, None, None] * np.ones((2, 36, 36, 3))
    frequencies, power = spectrum(wave)
    assert power.shape == (2, 18) and np.allclose(np.diff(frequencies), 1 / 36) and frequencies[0] == 1 / 72
    assert abs(frequencies[power[0].argmax()] - 0.25) < 1 / 36 and power[0].max() > 100 * power[0, 14:].max()
    assert np.allclose(spectrum(0.5 * wave)[1], power / 4)
    flat = np.random.default_rng(0).normal(0.5, 0.1, (40, 36, 36, 3))
    even = spectrum(flat)[1].mean(0)[1:]
    assert even.max() / even.min() < 1.6  # white noise has as much of everything
