"""Faults around a training run: a full disk, an impatient reader, images in 0 to 255."""
import os
import signal
import warnings
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from course_lib.training import fit, random_warp
from course_lib.training.history import load_run

from .test_fit import data, tiny

resource = pytest.importorskip("resource", reason="Windows has no limit on the size of files")


def large():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(9000), keras.layers.Dense(1)])
    model.compile("adam", loss="mse", jit_compile=False)
    return model


def test_a_full_disk_costs_one_warning_and_no_training(tmp_path):
    """A limit on the size of files ends a write half-way, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            history = fit(large(), data(), steps=12, checkpoint=tmp_path / "run.npz", save_every=0.0, quiet=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert history.stopped == "done" and len(history.steps) == 12
    said = [str(w.message) for w in told if "checkpoint" in str(w.message)]
    assert len(said) == 1 and "run.npz could not be written" in said[0] and "Errno" not in said[0]
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_checkpoint_that_was_there(tmp_path):
    file, model = tmp_path / "run.npz", large()
    fit(model, data(), steps=3, checkpoint=file, quiet=True)
    whole = file.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.warns(UserWarning, match="could not be written"):
            fit(model, data(), steps=6, checkpoint=file, resume=True, quiet=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read_bytes() == whole and [p.name for p in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT that a process could send itself")
def test_a_second_interrupt_during_the_last_validation_loses_nothing(tmp_path, capsys, ctrl_c):
    asked = []

    def impatient(model):
        asked.append(1)
        os.kill(os.getpid(), signal.SIGINT)
        return {"w": 1.0}

    file, model = tmp_path / "run.npz", tiny()
    history = fit(model, data(), steps=50, validation=impatient, validations=5, checkpoint=file)
    assert len(asked) == 2 and history.stopped == "interrupted" and 0 < len(history.steps) < 50
    assert "left out" in capsys.readouterr().out
    found = load_run(file, tiny(seed=3))
    assert found.steps == history.steps and found.stopped == "interrupted"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT that a process could send itself")
def test_an_interrupt_while_the_last_checkpoint_is_written_waits(tmp_path, monkeypatch, ctrl_c):
    import course_lib.training.history as module

    def copied(model, copy=module.copy_state):
        os.kill(os.getpid(), signal.SIGINT)
        return copy(model)

    before, model = signal.getsignal(signal.SIGINT), tiny()
    monkeypatch.setattr(module, "copy_state", copied)
    history = fit(model, data(), steps=4, checkpoint=tmp_path / "run.npz", quiet=True)
    assert history.steps == [1, 2, 3, 4] and [p.name for p in tmp_path.iterdir()] == ["run.npz"]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_checkpoint_with_numbers_that_are_not_finite_is_refused(tmp_path):
    file, model = tmp_path / "run.npz", tiny()
    fit(model, data(), steps=2, checkpoint=file, quiet=True)
    with np.load(file) as held:
        arrays = dict(held)
    arrays["arr_0"] = arrays["arr_0"] * np.nan
    np.savez(file, **arrays)
    before = model.get_weights()[0].copy()
    with pytest.raises(ValueError, match="not finite.*start anew"):
        fit(model, data(), steps=4, checkpoint=file, resume=True, quiet=True)
    np.testing.assert_array_equal(model.get_weights()[0], before)


@pytest.mark.parametrize("kind", ["x", "y", "inside a list", "uint8"])
def test_images_in_0_to_255_are_refused_by_training(kind):
    images = np.random.default_rng(0).uniform(0, 255, (4, 8, 8, 3)).astype(np.uint8 if kind == "uint8" else np.float32)
    good = (images / 255).astype(np.float32)
    batch = {"x": (images, good), "y": (good, images), "inside a list": ([good, images], good), "uint8": (images, good)}
    model = SimpleNamespace(optimizer=keras.optimizers.Adam(), weights=[], trainable_variables=[])
    model.optimizer.build([])
    with pytest.raises(ValueError, match=r"batch 1 has images \(4, 8, 8, 3\).*\[0, 1\].*255"):
        fit(model, iter([batch[kind]]), steps=1, quiet=True)


def test_images_in_0_to_255_are_refused_by_augmentation():
    images = np.full((2, 64, 64, 3), 200, np.float32)
    with pytest.raises(ValueError, match=r"from 200 to 200; expected \[0, 1\]"):
        random_warp(images, np.random.default_rng(0))
