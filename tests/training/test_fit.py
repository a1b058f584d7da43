import itertools
import sys
import threading
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from course_lib.claims import claim
from course_lib.profile import current
from course_lib.training import cosine, fit


def tiny(seed=0):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), loss="mse", jit_compile=False)
    return model


def data(seed=0, bad_at=None):
    rng = np.random.default_rng(seed)
    step = 0
    while True:
        step += 1
        x = rng.normal(size=(8, 4)).astype("float32")
        y = x @ np.array([[1.0], [2.0], [-1.0], [0.5]], "float32")
        yield x, y * np.nan if step == bad_at else y


def test_it_learns_and_the_history_lines_up():
    history = fit(tiny(current().seed), data(), steps=150, quiet=True)
    assert history.stopped == "done"
    assert history.steps == list(range(1, 151))
    assert len(history.losses) == len(history.times) == 150
    assert history.times == sorted(history.times)
    claim(history.losses[-1], "<", 0.2 * history.losses[0], "a linear model learns a linear map")
    assert history.smooth(10)[-1] == pytest.approx(np.mean(history.losses[-10:]))


def test_losses_are_of_the_step_and_no_running_mean():
    model, reference = tiny(), tiny()
    history = fit(model, data(), steps=5, quiet=True)
    for step, (x, y) in zip(range(5), data(), strict=False):
        expected = float(np.mean((np.asarray(reference(x)) - y) ** 2))
        reference.train_on_batch(x, y)
        assert history.losses[step] == pytest.approx(expected, rel=1e-4)


def test_the_time_budget_holds_and_the_rest_is_told(capsys, monkeypatch):
    clock = itertools.count(0, 0.01)  # every look at the clock takes 10 ms, however busy the machine is
    monkeypatch.setattr(sys.modules["course_lib.training.fit"], "time", SimpleNamespace(monotonic=clock.__next__))
    history = fit(tiny(), data(), seconds=1.5)
    assert history.seconds == pytest.approx(1.5, abs=0.1) and len(history.steps) > 5
    said = capsys.readouterr().out
    assert "seed" in said and ("CPU" in said or "GPU" in said)
    assert "steps/s" in said and "s left" in said and "loss" in said


def test_nan_stops_names_the_batch_and_puts_good_weights_back(capsys):
    model = tiny()
    history = fit(model, data(bad_at=40), steps=100)
    assert history.stopped == "nan" and history.bad_batch == 40
    assert len(history.steps) == 39
    assert all(np.isfinite(w).all() for w in model.get_weights())
    assert "batch 40" in capsys.readouterr().out
    again = fit(model, data(), steps=100, quiet=True)  # the optimizer is sound too
    assert again.stopped == "done" and again.losses[-1] < again.losses[0]


def test_interrupt_keeps_what_was_learned(capsys):
    model = tiny()
    start = model.get_weights()[0]
    asked = []

    def stop(_model):
        asked.append(1)
        if len(asked) == 1:
            raise KeyboardInterrupt
        return {}

    history = fit(model, data(), steps=40, validation=stop, validations=4)
    assert history.stopped == "interrupted" and len(history.steps) == 10
    assert not np.allclose(model.get_weights()[0], start)
    assert "kept" in capsys.readouterr().out


def test_resume_goes_on_with_weights_optimizer_and_counts(tmp_path):
    file = tmp_path / "run.npz"
    whole = tiny()
    fit(whole, data(), steps=60, quiet=True)
    fit(tiny(), data(), steps=20, checkpoint=file, quiet=True)
    rest = data()
    for _ in range(20):
        next(rest)
    resumed = tiny(seed=5)
    history = fit(resumed, rest, steps=60, checkpoint=file, resume=True, quiet=True)
    assert history.steps == list(range(1, 61))
    assert np.allclose(resumed.get_weights()[0], whole.get_weights()[0], atol=1e-5)
    assert fit(resumed, data(), steps=60, checkpoint=file, resume=True, quiet=True).steps[-1] == 60


def test_a_damaged_or_foreign_checkpoint_is_refused(tmp_path):
    file = tmp_path / "run.npz"
    file.write_bytes(b"not a run")
    with pytest.raises(ValueError, match="cannot|can be resumed"):
        fit(tiny(), data(), steps=2, checkpoint=file, resume=True, quiet=True)
    fit(tiny(), data(), steps=2, checkpoint=file, quiet=True)
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    other.compile("adam", loss="mse")
    with pytest.raises(ValueError, match="build the model as it was"):
        fit(other, data(), steps=2, checkpoint=file, resume=True, quiet=True)


def test_errors_of_the_batches_reach_the_caller():
    def broken():
        yield next(data())
        raise OSError("disk on fire")

    with pytest.raises(OSError, match="disk on fire"):
        fit(tiny(), broken(), steps=5, quiet=True)
    with pytest.raises(ValueError, match="batches gave nothing"):
        fit(tiny(), iter(()), steps=5, quiet=True)
    for nothing in ({}, {"steps": 0}, {"seconds": -1.0}):
        with pytest.raises(ValueError, match="budget"):
            fit(tiny(), data(), **nothing)
    with pytest.raises(ValueError, match="not compiled"):
        fit(keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]), data(), steps=2)


def test_an_interrupt_while_a_batch_is_made_ends_the_run():
    def interrupted():
        yield next(data())
        raise KeyboardInterrupt

    history = fit(tiny(), interrupted(), steps=5, quiet=True)
    assert history.stopped == "interrupted" and len(history.steps) == 1


def test_batches_are_made_while_the_model_trains():
    model, made, ahead = tiny(), threading.Semaphore(0), []
    train = model.train_on_batch

    def batches():
        for number, batch in enumerate(data()):
            if number:
                made.release()
            yield batch

    def step(*batch):  # does not end before the next batch is there
        ahead.append(made.acquire(timeout=60))
        return train(*batch)

    model.train_on_batch = step
    fit(model, batches(), steps=10, quiet=True)
    assert ahead == [True] * 10


def test_validation_and_learning_rate_follow_the_budget():
    rates = []
    model = tiny()
    history = fit(model, data(), steps=50, learning_rate=lambda u: rates.append(u) or cosine(0.05)(u),
                  validation=lambda m: {"w": float(m.get_weights()[0][0, 0])}, validate_every=1e9, quiet=True)
    assert rates[0] == 0 and rates[-1] == pytest.approx(0.98)
    assert [v["step"] for v in history.validation] == [50]
    assert cosine(1.0)(0) < 0.1 and cosine(1.0)(0.02) == pytest.approx(1, abs=0.01)
    assert cosine(1.0)(1) == pytest.approx(0.03)


def test_validations_may_be_spread_evenly_over_the_budget():
    history = fit(tiny(), data(), steps=10, validation=lambda m: {}, validations=4, quiet=True)
    assert [v["step"] for v in history.validation] == [3, 5, 8, 10]
    history = fit(tiny(), data(), steps=3, validation=lambda m: {}, validations=12, quiet=True)
    assert [v["step"] for v in history.validation] == [1, 2, 3]


def test_the_caller_may_stop_it_after_a_validation(capsys):
    asked = []

    def stop(history):
        asked.append(history.validation[-1]["step"])
        return len(asked) == 3

    history = fit(tiny(), data(), steps=100_000, validation=lambda m: {"w": 1.0}, validate_every=0.0,
                  stop=stop)
    assert history.stopped == "early" and asked == [v["step"] for v in history.validation]
    assert "Stopped early" in capsys.readouterr().out
