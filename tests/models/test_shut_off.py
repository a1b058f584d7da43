"""The detector of single frames: what it attends to, and that exactly this is hidden."""
import keras
import numpy as np
import pytest

from course_lib.models.shut_off import ShutOff, attention_network, on_clips, training_network

CLIPS = np.random.default_rng(0).random((2, 4, 32, 32, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def attention():
    keras.utils.set_random_seed(0)
    return attention_network(32)


def test_the_attended_quarter_is_grey_and_the_rest_is_untouched():
    frames = np.random.default_rng(1).random((1, 32, 32, 3)).astype(np.float32)
    seen = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    seen[0, 0, 0] = -99  # what speaks strongly for "real" is attended to as well
    hidden = np.asarray(ShutOff(0.25)(frames, seen))
    grey = (hidden == 0.5).all(-1)[0]
    expected = np.zeros((4, 4), bool)
    expected[3, 1:] = expected[0, 0] = True
    assert (grey == expected.repeat(8, 0).repeat(8, 1)).all()
    np.testing.assert_array_equal(hidden[0][~grey], frames[0][~grey])


def test_the_map_adds_up_to_the_logit_and_order_does_not_matter(attention):
    clip = on_clips(attention, 4)
    logits = np.asarray(clip(CLIPS, training=False))
    seen = np.asarray(attention(CLIPS.reshape(-1, 32, 32, 3), training=False))
    np.testing.assert_allclose(logits[:, 0], seen.reshape(2, -1).mean(1), atol=1e-5)
    np.testing.assert_allclose(np.asarray(clip(CLIPS[:, [2, 0, 3, 1]], training=False)), logits, atol=1e-5)


def test_training_sees_a_frame_whole_and_without_its_attended_part(attention):
    frames = CLIPS[0]
    whole = np.asarray(training_network(attention, 0)(frames, training=False))
    both = np.asarray(training_network(attention, 0.25)(frames, training=False))
    assert whole.shape == (4, 1) and both.shape == (4, 2)
    np.testing.assert_allclose(both[:, :1], whole, atol=1e-5)
    hidden = ShutOff(0.25)(frames, attention(frames, training=False))
    np.testing.assert_allclose(both[:, 1:], np.asarray(training_network(attention, 0)(hidden, training=False)),
                               atol=1e-5)
