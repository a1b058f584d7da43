"""Deep Video Portraits: windows that look back alone, a network of the right shape, saved and loaded."""
import keras
import numpy as np
import pytest

from course_lib.models.deep_video_portraits import CHANNELS, rendering_to_video, translate, windows


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return rendering_to_video(3, 32, (4, 8))


def test_a_window_ends_at_its_frame_and_repeats_the_first():
    frames = np.arange(5.0)[:, None, None, None] * np.ones((1, 2, 2, 1))
    assert windows(frames, 3)[:, 0, 0].tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4]]
    assert np.array_equal(windows(frames, 1), frames)
    assert np.array_equal(windows(frames[:3], 3), windows(frames, 3)[:3])  # the future changes nothing


def test_channels_stay_together():
    frames = np.random.default_rng(0).random((4, 2, 2, CHANNELS))
    assert np.array_equal(windows(frames, 2)[3, ..., CHANNELS:], frames[3])


def test_translation(model):
    conditions = np.random.default_rng(0).integers(0, 256, (5, 32, 32, CHANNELS), np.uint8)
    images = translate(model, conditions, 4)
    assert images.shape == (5, 32, 32, 3) and images.dtype == np.float32 and 0 <= images.min() <= images.max() <= 1
    volumes = windows(conditions.astype(np.float32) / 255, 3)
    assert np.allclose(images, model(volumes), atol=1e-5)
    assert np.allclose(translate(model, conditions.astype(np.float32) / 255, 4), images, atol=1e-5)


def test_it_is_saved_and_loaded(model, tmp_path):
    volume = np.random.default_rng(1).random((2, 32, 32, 3 * CHANNELS), np.float32)
    model.save(tmp_path / "a.keras")
    again = keras.saving.load_model(tmp_path / "a.keras", safe_mode=True)
    assert np.allclose(model(volume), again(volume), atol=1e-6)
