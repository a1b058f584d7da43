"""The swap's trainer: without a discriminator it is Keras' own training; with one it aligns the codes."""
import keras
import numpy as np
import pytest

from course_lib.models.autoencoder import bottleneck, code_discriminator, swap_autoencoder
from course_lib.training import fit
from course_lib.training.history import copy_state
from course_lib.training.swap_trainer import SwapTrainer
from course_lib.training.trainer import Trainer

WIDTH = 4


def network():
    keras.utils.set_random_seed(3)
    return swap_autoencoder(WIDTH)


def batches(seed=0, size=8):
    """Two people who differ in brightness, with blobs at random places for scenes."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:64, :64] / 64

    def faces(level):
        centre = rng.uniform(0.3, 0.7, (2, size, 1, 1))
        blob = np.exp(-40 * ((x - centre[0]) ** 2 + (y - centre[1]) ** 2))
        return np.float32(np.repeat((level + 0.4 * blob)[..., None], 3, -1))

    while True:
        pair = faces(0.2), faces(0.5)
        yield pair, pair


def adversarial(model, weight):
    return SwapTrainer(model, keras.optimizers.Adam(2e-3), code_discriminator(8 * WIDTH, 16),
                       keras.optimizers.Adam(5e-3), weight)


def test_without_a_discriminator_it_is_keras_own_training():
    ours, theirs, source = network(), network(), batches()
    trainer = SwapTrainer(ours, keras.optimizers.Adam(1e-3))
    theirs.compile(keras.optimizers.Adam(1e-3), loss="mae", jit_compile=False)
    for _ in range(3):
        x, y = next(source)
        theirs.reset_metrics()
        loss = float(np.ravel(theirs.train_on_batch(x, y))[0])
        assert trainer.step((x, y)) == pytest.approx(loss, rel=1e-3)
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=3e-4)
    assert [tuple(v.shape) for v in trainer.variables] == [
        tuple(v.shape) for v in (*theirs.weights, *theirs.optimizer.variables)]


def test_the_discriminator_learns_who_it_is_and_the_encoder_hides_it():
    a, b = next(batches(9, 32))[0]
    trainer = adversarial(network(), 0.0)
    narrow = bottleneck(trainer.model.get_layer("encoder"))

    def gap():
        score_a, score_b = trainer.scores(np.concatenate([np.array(narrow(x)) for x in (a, b)]))
        return float(np.mean(score_a)) - float(np.mean(score_b))

    fit(trainer, batches(), steps=25, quiet=True)
    before = gap()
    assert before > 2  # high for A, low for B
    hiding = SwapTrainer(trainer.model, keras.optimizers.Adam(2e-3), trainer.discriminator, keras.optimizers.Adam(0.0),
                         weight=1.0)  # the discriminator stays as it is
    fit(hiding, batches(1), steps=10, quiet=True)
    assert abs(gap()) < 0.5 * before  # hidden, and not exchanged


def test_the_discriminator_changes_nothing_but_through_its_weight():
    plain, silent, source = SwapTrainer(network(), keras.optimizers.Adam(2e-3)), adversarial(network(), 0.0), batches()
    for _ in range(2):
        batch = next(source)
        assert plain.step(batch) == pytest.approx(silent.step(batch), rel=1e-4)
    before = silent.discriminator.get_weights()
    silent.step(batch)
    assert any(np.abs(x - y).max() > 0 for x, y in zip(before, silent.discriminator.get_weights(), strict=True))


def test_it_is_a_trainer_that_can_be_resumed(tmp_path):
    first, again, file = adversarial(network(), 0.1), adversarial(network(), 0.1), tmp_path / "run.npz"
    assert isinstance(first, Trainer) and first.learning_rate == pytest.approx(2e-3)
    fit(first, batches(), steps=2, quiet=True, checkpoint=file)
    fit(again, batches(), steps=2, quiet=True, checkpoint=file, resume=True)
    for a, b in zip(copy_state(first), copy_state(again), strict=True):
        np.testing.assert_array_equal(a, b)
    again.learning_rate = 1e-3
    assert again.learning_rate == pytest.approx(1e-3)
    assert float(np.array(again.discriminator_optimizer.learning_rate)) == pytest.approx(5e-3)


def test_a_discriminator_that_diverges_ends_the_run():
    trainer = adversarial(network(), 0.1)
    trainer.discriminator.set_weights([w * np.nan for w in trainer.discriminator.get_weights()])
    assert np.isnan(trainer.step(next(batches())))
