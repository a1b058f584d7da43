"""Training of the dancer: batches that follow each other, a face that counts more, steps that lower the loss."""
import numpy as np
import pytest

from course_lib.cast.body import JOINTS
from course_lib.models.everybody_dance import discriminator, generator
from course_lib.training.everybody_dance import (
    FACE,
    DanceTrainer,
    face_weights,
    footage_batches,
    new_dance_trainer,
    train_dancer,
)

SIZE = (24, 16)


@pytest.fixture
def footage():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (2, 6, *SIZE, 3)).astype(np.uint8)
    joints = rng.uniform(3, 13, (2, 6, 18, 2)).astype(np.float32)
    return images, joints


def test_batches_are_three_frames_in_a_row(footage):
    images, joints = footage
    before, asked, truth, weights = next(footage_batches(images, joints, np.random.default_rng(1), 8, 0.0, 1.0))
    assert asked.shape == (8, 2, *SIZE, 5) and weights.shape == (8, 2, *SIZE, 1)
    flat = images.reshape(-1, *SIZE, 3) / 255
    for k in range(8):
        at = [int(np.argmin(np.abs(flat - x).mean((1, 2, 3)))) for x in (before[k], truth[k, 0], truth[k, 1])]
        assert at[1] == at[0] + 1 and at[2] == at[0] + 2 and at[0] // 6 == at[2] // 6
    black, *_ = next(footage_batches(images, joints, np.random.default_rng(1), 8, 0.0, 0.0))
    assert black.max() == 0


def test_the_face_s_square_counts_more():
    joints = np.zeros((18, 2), np.float32)
    joints[JOINTS.index("nose")] = (30, 40)
    weights = face_weights(joints, (96, 64))
    assert weights.shape == (96, 64, 1) and weights[40, 30] == 1 + FACE and weights[40, 50] == weights[60, 30] == 1
    assert (weights > 1).sum() == 13 * 13


def test_a_few_steps_lower_the_loss(footage):
    images, joints = footage
    images = np.broadcast_to(np.uint8([200, 100, 50]), images.shape)
    trainer = DanceTrainer(generator(size=SIZE, filters=4), discriminator(size=SIZE, filters=4), 5e-3)
    history = train_dancer(trainer, footage_batches(images, joints, np.random.default_rng(0), 2), steps=12, quiet=True)
    assert history.losses[-1] < 0.7 * history.losses[0] and set(trainer.parts[0]) == {
        "pixels", "features", "adversary", "discriminator"}
    trainer.learning_rate = 1e-4
    assert trainer.learning_rate == pytest.approx(1e-4)


def test_without_memory_the_frame_before_changes_nothing(footage):
    images, joints = footage
    before, *rest = next(footage_batches(images, joints, np.random.default_rng(0), 2, 0.4, 1.0))
    losses = []
    for shown in (before, 1 - before):
        trainer = new_dance_trainer(3, size=SIZE, memory=False)
        losses.append(trainer.step((shown, *rest)))
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
