"""Erasing: nothing outside the mask changes, a plain background comes back, a clip shows what was behind."""
import numpy as np
import pytest

from course_lib.forgeries.clip_removal import background_flow, clip_with_object, erase_along_flow, erase_by_median
from course_lib.forgeries.removal import METHODS, erase, with_object


def stripes(size=128):
    return np.repeat((0.5 + 0.3 * np.sin(np.arange(size) / 3))[None, :, None], size, 0).repeat(3, -1).astype(np.float32)


@pytest.mark.parametrize("how", METHODS)
def test_only_what_is_masked_changes_and_a_wall_comes_back(how):
    wall = np.full((96, 96, 3), 0.4, np.float32)
    image, mask = wall.copy(), np.zeros((96, 96), bool)
    mask[30:50, 40:60] = True
    image[mask] = 1
    out = erase(image, mask, how)
    assert np.array_equal(out[~mask], image[~mask]) and np.abs(out - wall).max() < 0.02


def test_patches_continue_a_texture_that_diffusion_smooths():
    image, mask = stripes(), np.zeros((128, 128), bool)
    mask[50:80, 50:80] = True
    error = {how: np.abs(erase(np.where(mask[..., None], 0, image), mask, how) - image)[mask].mean() for how in METHODS}
    assert error["patches"] < 0.5 * error["diffusion"]


def test_the_truth_is_the_photograph_without_the_object():
    with_ball, without, mask = with_object(stripes(), 3)
    assert 0.01 < mask.mean() < 0.2 and np.abs(with_ball - without)[mask].mean() > 0.05
    far = ~mask
    assert np.abs(with_ball - without)[far].mean() < 0.02  # the same noise, but for a pixel around the ball


def test_a_clip_shows_what_was_behind():
    scene = stripes(64)
    frames, masks = np.stack([scene] * 5), np.zeros((5, 64, 64), bool)
    for t in range(5):
        masks[t, 20:30, 10 * t:10 * t + 12] = True
    frames = np.where(masks[..., None], 1.0, frames).astype(np.float32)
    assert np.abs(erase_by_median(frames, masks) - scene).max() < 1e-6
    with pytest.raises(ValueError, match="expected"):
        erase(scene, np.ones((64, 64), bool))


def picture(size=192, seed=0):
    rng = np.random.default_rng(seed)
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size)))
    f[0, 0] = 1 / size
    plane = np.fft.ifft2(np.fft.fft2(rng.normal(size=(size, size))) / f ** 1.3).real
    return np.clip(0.5 + 0.15 * plane / plane.std(), 0, 1)[..., None].repeat(3, -1).astype(np.float32)


def test_the_flow_of_a_pan_is_found_and_continued_behind_an_object():
    image = picture()
    mask = np.zeros((192, 160), bool)
    mask[80:110, 60:90] = True
    flow = background_flow(image[:, 4:164], image[:, :160], mask)
    assert np.median(flow[20:-20, 20:-20, 0]) == pytest.approx(4, abs=0.2)
    assert np.abs(flow[mask] - (4, 0)).max() < 0.5


def test_a_moving_camera_needs_the_flow():
    clip, truth, masks = clip_with_object(picture(), 2, frames=7, pan=4)
    error = {how.__name__: np.abs(how(clip, masks) - truth)[masks].mean()
             for how in (erase_by_median, erase_along_flow)}
    assert error["erase_along_flow"] < 0.6 * error["erase_by_median"]
    out = erase_along_flow(clip, masks)
    assert np.array_equal(out[~masks], clip[~masks]) and np.isfinite(out).all()
    assert np.abs(clip - truth)[~masks].mean() < 0.02 < np.abs(clip - truth)[masks].mean()
    with pytest.raises(ValueError, match="64 are needed"):
        clip_with_object(picture(), 2, frames=50, pan=4)
