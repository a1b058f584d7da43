"""What fit() asks of a trainer: three members are enough, and a Keras model is adapted to them."""
import keras
import numpy as np
import pytest
from keras import layers

from course_lib.training import fit
from course_lib.training.history import copy_state
from course_lib.training.trainer import KerasTrainer, Trainer, as_trainer


class Line:
    """y = w x, fitted by hand: the smallest Trainer."""

    def __init__(self):
        self.w = keras.Variable(0.0)
        self.variables, self.learning_rate, self.rates = [self.w], 0.1, []

    def step(self, batch):
        x, y = batch
        self.rates.append(self.learning_rate)
        error = float(self.w) * x - y
        self.w.assign(float(self.w) - self.learning_rate * float(np.mean(2 * error * x)))
        return float(np.mean(error**2))


def batches(bad_at=None):
    step = 0
    while True:
        step += 1
        yield np.float32([1, 2]), np.float32([3, np.nan if step == bad_at else 6])


def test_three_members_are_a_trainer():
    line = Line()
    history = fit(line, batches(), steps=60, quiet=True, learning_rate=lambda used: 0.1 * (1 - used))
    assert isinstance(line, Trainer) and as_trainer(line) is line
    assert float(line.w) == pytest.approx(3, abs=1e-3) and history.losses[-1] < 1e-3 < history.losses[0]
    assert line.rates[0] == pytest.approx(0.1) and line.rates[-1] == pytest.approx(0.1 / 60)


def test_it_is_resumed_and_recovers_from_nan(tmp_path):
    first, again = Line(), Line()
    fit(first, batches(), steps=3, quiet=True, checkpoint=tmp_path / "run.npz")
    history = fit(again, batches(), steps=3, quiet=True, checkpoint=tmp_path / "run.npz", resume=True)
    assert history.steps == [1, 2, 3] and float(again.w) == float(first.w) and not again.rates
    history = fit(again, batches(bad_at=2), steps=9, quiet=True)
    assert history.stopped == "nan" and history.bad_batch == 2 and np.isfinite(float(again.w))


def test_a_keras_model_is_adapted():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    with pytest.raises(ValueError, match="not compiled"):
        as_trainer(model)
    model.compile(keras.optimizers.Adam(0.05), loss="mse", jit_compile=False)
    trainer = as_trainer(model)
    assert isinstance(trainer, KerasTrainer) and isinstance(trainer, Trainer) and not isinstance(model, Trainer)
    trainer.learning_rate = 0.02
    assert float(np.array(model.optimizer.learning_rate)) == pytest.approx(0.02) == trainer.learning_rate
    x = np.ones((4, 1), np.float32)
    expected = float(np.mean((np.asarray(model(x)) - 2) ** 2))
    assert trainer.step((x, 2 * x)) == pytest.approx(expected, rel=1e-5)
    assert len(copy_state(model)) == len(trainer.variables) > len(model.weights)
