"""Training a portrait: the same frames for every window, and steps that lower the loss."""
import numpy as np

from course_lib.models.deep_video_portraits import CHANNELS, rendering_to_video, windows
from course_lib.training.deep_video_portraits import footage_windows, train_portrait


def footage(rng, side=16):
    conditions = rng.integers(0, 256, (2, 6, side, side, CHANNELS), np.uint8)
    return conditions[..., :3] // 2, conditions  # what is shown can be read off the newest condition


def test_every_window_sees_the_same_frames():
    images, conditions = footage(np.random.default_rng(0))
    one, three = (next(footage_windows(images, conditions, np.random.default_rng(5), w, 8)) for w in (1, 3))
    assert np.array_equal(one[1], three[1]) and one[0].shape[-1] == CHANNELS and three[0].shape[-1] == 3 * CHANNELS
    assert np.array_equal(one[0], three[0][..., -CHANNELS:])
    known = np.concatenate([windows(c, 3) for c in conditions]).astype(np.float32) / 255
    assert all(np.abs(known - volume).max((1, 2, 3)).min() == 0 for volume in three[0])


def test_a_few_steps_learn():
    images, conditions = footage(np.random.default_rng(0))
    model, history = train_portrait(images, conditions, 2, steps=30, quiet=True, batch=4,
                                    network=lambda window: rendering_to_video(window, 16, (8, 8)))
    assert np.mean(history.losses[-5:]) < 0.8 * np.mean(history.losses[:3])
    assert model.compute_dtype == "float32" and model.input_shape[-1] == 2 * CHANNELS
