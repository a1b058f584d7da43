"""The networks of the order ladder: what each can and cannot see of the order of frames, by construction."""
import keras
import numpy as np
import pytest

from course_lib.models import over_time
from course_lib.models.eye_networks import eye_network

CLIPS = np.random.default_rng(0).random((2, 4, 32, 32, 3)).astype(np.float32)
ORDER = [2, 0, 3, 1]


def logits(kind, clips, **modules):
    keras.utils.set_random_seed(0)
    return np.asarray(over_time.clip_network(kind, 4, 32, **modules)(clips, training=False))[:, 0]


def test_shuffling_leaves_the_mean_of_frames_unchanged():
    np.testing.assert_allclose(logits("mean", CLIPS[:, ORDER]), logits("mean", CLIPS), atol=1e-5)


@pytest.mark.parametrize("kind", over_time.KINDS[1:])
def test_the_others_see_the_order(kind):
    assert np.abs(logits(kind, CLIPS[:, ORDER]) - logits(kind, CLIPS)).max() > 1e-5


def test_stil_without_its_temporal_module_does_not():
    np.testing.assert_allclose(logits("stil", CLIPS[:, ORDER], temporal=False), logits("stil", CLIPS, temporal=False),
                               atol=1e-5)


def test_frame_difference_is_zero_for_the_last_and_for_a_still():
    x = np.random.default_rng(1).random((4, 2, 2, 3)).astype(np.float32)
    layer = over_time.FrameDifference(4)
    difference = np.asarray(layer(x, x))
    np.testing.assert_allclose(difference[:3], x[1:] - x[:-1], atol=1e-6)
    assert (difference[3] == 0).all() and (np.asarray(layer(x * 0 + 1, x * 0 + 1)) == 0).all()


def test_the_shift_starts_as_a_shift():
    x = np.zeros((4, 1, 1, 8), np.float32)
    x[1] = 1
    out = np.asarray(over_time.TemporalShift(4)(x))[:, 0, 0]
    assert out[0].tolist() == [1, 0, 0, 0, 0, 0, 0, 0], "an eighth comes from the next frame"
    assert out[2].tolist() == [0, 1, 0, 0, 0, 0, 0, 0], "an eighth from the one before"
    assert out[1].tolist() == [0, 0, 1, 1, 1, 1, 1, 1] and (out[3] == 0).all()


def test_folding_and_unfolding_are_inverse():
    folded = over_time.FoldFrames()(CLIPS)
    assert folded.shape == (8, 32, 32, 3)
    np.testing.assert_array_equal(over_time.UnfoldFrames(4)(folded), CLIPS)


@pytest.mark.parametrize("kind", ["lstm", "stil"])
def test_a_saved_network_loads_in_safe_mode(tmp_path, kind):
    model = over_time.clip_network(kind, 4, 32)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(again(CLIPS, training=False), model(CLIPS, training=False), atol=1e-5)


def test_unknown_kinds_are_refused():
    with pytest.raises(ValueError, match="mean, lstm, conv3d, stil"):
        over_time.clip_network("transformer")


def test_only_the_recurrent_eye_network_looks_back():
    clips = np.random.default_rng(2).random((1, 5, 24, 24, 3)).astype(np.float32)
    other = clips.copy()
    other[:, 0] = 0
    for recurrent in (False, True):
        model = eye_network(recurrent, 5)
        change = np.abs(np.asarray(model(clips)) - np.asarray(model(other)))[0, 1:]
        assert (change.max() > 1e-6) == recurrent
