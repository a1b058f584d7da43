"""Jittering faces: the controls have the same frames and no jitter."""
import numpy as np
import pytest

from course_lib.data.short_clips import short_clips
from course_lib.forgeries.temporal import in_order, shifted_faces

CLIPS, POINTS = short_clips(range(710_000, 710_002))


def made(motion, sigma=1.0):
    return shifted_faces(CLIPS[0], POINTS[0], np.random.default_rng(0), motion, sigma)


def test_the_second_difference_tells_jitter_from_drift_and_rest():
    second = {motion: np.abs(np.diff(made(motion), 2, axis=0)).mean() for motion in ("jitter", "drift", "still")}
    assert second["jitter"] > 1.5 * second["drift"] > second["still"]


def test_without_a_shift_nothing_changes():
    np.testing.assert_allclose(made("jitter", sigma=0), CLIPS[0], atol=2e-3)


def test_the_background_stays():
    np.testing.assert_array_equal(made("jitter", 2)[:, :2, :2], CLIPS[0][:, :2, :2])


def test_orders():
    clips = np.arange(16, dtype=np.float32).reshape(2, 8, 1, 1, 1)
    assert in_order(clips, "reversed")[0, 0] == 7
    frozen = in_order(clips, "frozen")
    assert (frozen == frozen[:, :1]).all() and (frozen == clips).any(1).all()
    shuffled = in_order(clips, "shuffled")
    assert (np.sort(shuffled, axis=1) == clips).all() and (shuffled != clips).any()


def test_unknown_words_are_refused():
    with pytest.raises(ValueError, match="still, drift, jitter"):
        made("shake")
    with pytest.raises(ValueError, match="original, shuffled"):
        in_order(CLIPS, "sorted")
