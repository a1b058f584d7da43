"""Training of lip sync: windows that know their delay, pairs, losses, and a few steps of each network."""
import numpy as np
import pytest

from course_lib.data.spoken import Spoken
from course_lib.models.lip_sync import sync_expert
from course_lib.training import sync_expert as expert_training
from course_lib.training.audio_to_lips import delayed_error, delayed_windows, train_lips
from course_lib.training.sync_expert import contrastive_loss, cosine_loss, sync_pairs, train_expert, warm_up
from course_lib.training.wav2lip import generator_windows, masked, new_generator, train_generator


@pytest.fixture(scope="module")
def spoken():
    """Clips whose frames and sounds carry their own number."""
    count = np.arange(50)
    images = np.zeros((3, 50, 64, 64, 3), np.uint8) + (5 * count)[None, :, None, None, None].astype(np.uint8)
    mel = np.broadcast_to(np.repeat(count, 4)[None, :, None], (3, 200, 40)).astype(np.float32) / 50
    return Spoken(images, mel, np.zeros((3, 50, 68, 2), np.float32), np.zeros((3, 50, 4), np.float32))


def test_the_target_of_a_step_is_the_mouth_before_the_delay():
    steps = np.arange(60.0)[None, :, None]
    x, y = next(delayed_windows(steps, steps, 7, np.random.default_rng(0), 20, 5))
    assert x.shape == (5, 27, 1) and y.shape == (5, 20, 1)
    assert np.array_equal(x[:, 7:] - 7, y) and x.max() < 60
    late = np.concatenate([np.zeros((5, 7, 1)), y], 1)
    assert float(delayed_error(7)(y, late)) == 0 < float(delayed_error(7)(y, late + 1))


def test_an_lstm_learns_a_delay():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, 160, 3)).astype(np.float32)
    model, history = train_lips(x, x[..., :2], 2, 40, quiet=True, learning_rate=2e-2)
    assert np.mean(history.losses[-5:]) < 0.8 * np.mean(history.losses[:5]) and model.output_shape[-1] == 2


def test_half_of_the_pairs_belong_together(spoken):
    (lips, mel), same = next(sync_pairs(spoken, np.random.default_rng(0), 200))
    seen, heard = lips[:, 0, 0, 0] * 51, mel[:, 0, 0, 0] * 50
    assert lips.shape == (200, 32, 64, 15) and mel.shape == (200, 20, 40, 1) and 60 < same.sum() < 140
    assert np.allclose(seen[same[:, 0] == 1], heard[same[:, 0] == 1], atol=0.1)
    assert (np.abs(seen - heard)[same[:, 0] == 0] > 4.9).all()


def test_both_losses_are_functions_of_the_cosine():
    right, wrong = np.ones((2, 1), np.float32), np.zeros((2, 1), np.float32)
    cosine = np.float32([[0.5], [0.5]])
    assert np.isclose(float(cosine_loss(right, cosine)), np.log(2), atol=1e-4)
    assert np.isclose(float(contrastive_loss(right, cosine)), 0.5, atol=1e-4)  # d = 1
    assert np.isclose(float(contrastive_loss(wrong, cosine)), 0.0, atol=1e-4)
    assert float(contrastive_loss(wrong, np.float32([[1.0], [1.0]]))) > 0.49


def test_windows_of_a_clip_do_not_overlap(spoken):
    lips, mel = next(expert_training.matching_windows(spoken, np.random.default_rng(0), 2, 8))
    starts = (lips[:, 0, 0, 0] * 51).round().reshape(2, 8)
    assert (np.diff(starts, axis=1) >= 5).all() and np.allclose(mel[:, 0, 0, 0].reshape(2, 8) * 50, starts, atol=0.1)


@pytest.mark.parametrize("loss", ["cosine", "contrastive"])
def test_an_expert_trains_on(spoken, loss):
    expert, before = warm_up(spoken, steps=1, quiet=True)
    trained, history = train_expert(spoken, loss, batch=4, steps=2, expert=expert, quiet=True)
    assert trained is expert and np.isfinite(before.losses + history.losses).all()


def test_the_generator_hears_each_frame(spoken):
    for frames in (1, 5):
        faces, reference, mel, window = next(generator_windows(spoken, np.random.default_rng(0), 8, frames))
        tone = faces.max((1, 2, 3)) * 51  # the number of the frame, and a tint of up to 15 %
        sound = mel[:, 8, 0, 0] * 50  # two frames of sound come before it
        assert faces.shape == reference.shape == (8 * frames, 64, 64, 3) and mel.shape == (8 * frames, 20, 40, 1)
        assert (np.abs(tone - sound) < 0.16 * sound + 0.2).all()
        assert np.allclose(window[:, 0, 0, 0] * 50, sound[::frames], atol=0.1)
        other = sound * reference.max((1, 2, 3)) / faces.max((1, 2, 3))
        assert (np.abs(other - sound) > 4.5).all()  # the mouth says something else
        assert np.array(masked(faces, reference))[:, 32:, :, :3].max() == 0


def test_mirrored_windows_are_mirrored_with_their_reference(spoken):
    images = np.zeros_like(spoken.images)
    images[..., 32:, :] = 200  # bright at the right
    one_sided = Spoken(images, spoken.mel, spoken.landmarks, spoken.mouths)
    faces, reference, _, _ = next(generator_windows(one_sided, np.random.default_rng(0), 16, 1))
    right = faces[:, 0, 60].mean(-1) > 0.1
    assert 0 < right.sum() < 16 and np.array_equal(faces, reference)


def test_the_generator_begins_as_a_copy_and_the_expert_stays(spoken):
    expert = sync_expert()
    weights = [w.copy() for w in expert.get_weights()]
    model = new_generator(expert)
    heard = [network.get_layer("sound2_conv").get_weights()[0] for network in (model, expert)]
    assert np.array_equal(*heard)
    batch = next(generator_windows(spoken, np.random.default_rng(0), 2))
    drawn = np.array(model([np.array(masked(*batch[:2])), batch[2]]))
    assert np.allclose(drawn[:, 32:], batch[1][:, 32:].clip(0.02, 0.98), atol=1e-3)
    for judge in (None, expert):
        trainer, _ = train_generator(spoken, model, judge, steps=2, clips=2, quiet=True)
        assert len(trainer.parts) == 2 and (trainer.parts[-1]["sync"] > 0) == (judge is expert)
    assert all(np.array_equal(a, b) for a, b in zip(weights, expert.get_weights()))
