"""Adversarial training: its attack stays in the ball, and robust features win where only they are robust."""
import keras
import numpy as np
import pytest
from keras import layers

from course_lib.training.adversarial import AdversarialTrainer

EPSILON = 0.1


def faces(rng, count=64):
    """Two features of a 4 x 4 image: one large and noisy, one tiny and exact, which an attack erases."""
    labels = rng.integers(0, 2, count)
    sign = (2 * labels - 1)[:, None]
    images = np.full((count, 4, 4, 3), 0.5, np.float32)
    images[:, 0, :, 0] += 0.2 * np.where(rng.random((count, 1)) < 0.9, sign, -sign)
    images[:, 1:, :, 1] += 0.03 * sign[:, :, None]
    return images, labels[:, None].astype(np.float32), np.ones(count, np.float32)


def linear(seed=0):
    keras.utils.set_random_seed(seed)
    image = keras.Input((4, 4, 3))
    return keras.Model(image, layers.Dense(1, activation="sigmoid")(layers.Flatten()(image - 0.5)))


def attacked_accuracy(model, images, labels):
    weights = model.layers[-1].get_weights()[0].reshape(4, 4, 3)
    worst = np.clip(images - EPSILON * np.sign(weights) * (2 * labels[..., None, None] - 1), 0, 1)
    return float(((np.asarray(model(worst)) >= 0.5) == labels).mean())


@pytest.mark.parametrize("inner", (1, 3))
def test_only_adversarial_training_relies_on_the_feature_that_an_attack_cannot_erase(inner):
    found, test = {}, faces(np.random.default_rng(9), 400)
    for name, steps in (("plain", 0), ("adversarial", inner)):
        model, rng = linear(), np.random.default_rng(1)
        trainer = AdversarialTrainer(model, EPSILON, steps, learning_rate=0.05, ramp=20)
        for _ in range(150):
            trainer.step(faces(rng))
        found[name] = attacked_accuracy(model, *test[:2])
    assert found["adversarial"] > 0.8 > found["plain"] + 0.2


def test_the_inner_attack_stays_in_its_ball_and_in_the_box():
    images, labels, _ = faces(np.random.default_rng(2))
    images[:, 2] = 1.0
    trainer = AdversarialTrainer(linear(), EPSILON, 3)
    moved = np.asarray(trainer._attacked(images, labels, EPSILON))
    assert 0.9 * EPSILON < np.abs(moved - images).max() <= EPSILON + 1e-6 and moved.max() <= 1
    untouched = AdversarialTrainer(linear(), EPSILON, 0)._attacked(images, labels, EPSILON)
    np.testing.assert_array_equal(np.asarray(untouched), images)


def test_the_learning_rate_can_be_set_as_fit_does():
    trainer = AdversarialTrainer(linear(), EPSILON, 1)
    trainer.learning_rate = 0.125
    assert trainer.learning_rate == 0.125 and len(trainer.variables) > 4
