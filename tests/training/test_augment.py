import numpy as np
import pytest

from course_lib.training import jitter, random_transform, random_warp, shift_colour, warp_grid


def smooth_pictures(n=4, side=128, seed=0):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    waves = [np.sin(6 * (a * x + b * y) + c) for a, b, c in rng.uniform(-1, 1, (3 * n, 3))]
    return (0.5 + 0.4 * np.stack(waves, -1).reshape(side, side, n, 3).transpose(2, 0, 1, 3)).astype(np.float32)


def test_without_noise_the_warp_is_the_plain_crop():
    images = smooth_pictures()
    warped, target = random_warp(images, np.random.default_rng(0), sigma=0)
    assert warped.shape == target.shape == (4, 64, 64, 3)
    assert np.abs(warped - target).max() < 2e-3
    assert np.allclose(target[:, 31:33, 31:33].mean((1, 2)), images[:, 64, 64], atol=0.01)
    assert np.allclose(target[:, 31, 31], images[:, 63, 63], atol=0.03)  # a crop pixel is 1.25 of the picture's


def test_the_target_undoes_the_bend_but_keeps_the_move():
    images = smooth_pictures(side=256)
    warped, target = random_warp(images, np.random.default_rng(1))
    _, plain = random_warp(images, np.random.default_rng(1), sigma=0)
    bent = np.abs(warped - target).mean()
    assert 0.003 < bent < 0.1
    assert bent < np.abs(warped - plain).mean()  # nearer to its own target than to the unmoved crop


def test_the_grid_is_the_originals():
    x, y = warp_grid(256)
    assert np.allclose(x[0], np.linspace(48, 208, 5)) and np.allclose(y[:, 0], np.linspace(48, 208, 5))


def test_same_seed_same_pictures():
    images = smooth_pictures()
    for make in (random_transform, jitter, lambda i, r: random_warp(i, r)[0]):
        assert np.array_equal(make(images, np.random.default_rng(3)), make(images, np.random.default_rng(3)))
        assert not np.array_equal(make(images, np.random.default_rng(3)), make(images, np.random.default_rng(4)))


def test_transforms_at_zero_change_nothing_and_flip_mirrors():
    images, rng = smooth_pictures(), np.random.default_rng(0)
    assert np.allclose(random_transform(images, rng, 0, 0, 0, 0), images, atol=1e-6)
    assert np.allclose(random_transform(images, rng, 0, 0, 0, 1), images[:, :, ::-1], atol=1e-6)


def test_colour_shift_moves_channels_not_columns():
    a, b = smooth_pictures(seed=1) * 0.5 + 0.2, smooth_pictures(seed=2) * 0.5 + np.array([0.3, 0.2, 0.1], np.float32)
    shifted = shift_colour(a, b)
    assert np.allclose(shifted.mean((0, 1, 2)), b.mean((0, 1, 2)), atol=5e-3)
    assert np.allclose((shifted - a).std((0, 1, 2)), 0, atol=2e-2)


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="float32 RGB"):
        random_warp(np.zeros((2, 64, 64, 3)), np.random.default_rng(0))
    with pytest.raises(ValueError, match="multiple of 16"):
        random_warp(smooth_pictures(), np.random.default_rng(0), size=50)
