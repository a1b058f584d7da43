"""Jittering faces: the controls have the same frames and no jitter."""
import numpy as np
import pytest

from course_lib.data.short_clips import short_clips
from course_lib.forgeries.temporal import FORGERIES, forged_pair, in_order, inner_face, shifted_faces

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


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_pair_differs_in_one_thing(forgery):
    forged, control = forged_pair(CLIPS[0], POINTS[0], np.random.default_rng(0), forgery)
    second = [np.abs(np.diff(x, 2, axis=0)).mean() for x in (forged, control)]
    if forgery == "soft":
        np.testing.assert_array_equal(control, CLIPS[0])
        assert np.abs(np.diff(forged, axis=2)).mean() < np.abs(np.diff(control, axis=2)).mean()
    else:
        assert second[0] > 1.2 * second[1], "the order makes the difference"
    np.testing.assert_array_equal(forged[:, :2, :2], CLIPS[0][:, :2, :2])


def test_flicker_and_switch_hold_the_same_gains():
    forged, control = forged_pair(CLIPS[0], POINTS[0], np.random.default_rng(0), "flicker")
    mask = np.stack([inner_face(p, 48) for p in POINTS[0]])
    gains = [np.sort([(x[t] * (m > 0.99)).sum() / (CLIPS[0][t] * (m > 0.99)).sum() for t, m in enumerate(mask)])
             for x in (forged, control)]
    np.testing.assert_allclose(*gains, atol=5e-3)


def test_an_unknown_forgery_is_refused():
    with pytest.raises(ValueError, match="flicker, jitter, soft"):
        forged_pair(CLIPS[0], POINTS[0], np.random.default_rng(0), "swap")
