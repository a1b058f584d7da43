"""The training monitor: the pure picture, and the scrubber, go and stop before it (driven by hand)."""
import asyncio
import io
import threading
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from course_lib.models.gan import discriminator
from course_lib.show import encode_sheet
from course_lib.training.gan_trainer import GANTrainer
from course_lib.widgets import training_monitor
from course_lib.widgets.training_monitor import State, TrainingMonitor, render


def log(n=4):
    rng = np.random.default_rng(0)
    return [{"step": 10 * k + 10, "time": 2.0 * k, "discriminator": 1 / (k + 1), "generator": k,
             "discriminator_norm": 2.0, "generator_norm": 0.1 * (k + 1), "real": rng.normal(k, 1, 32).tolist(),
             "fake": rng.normal(-k, 1, 32).tolist(), "sample": encode_sheet(np.full((32, 64, 3), 0.2 * k))}
            for k in range(n)]


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), float) / 255


def test_the_picture_is_a_function_of_the_state():
    made = log()
    first, last = render(State(made, 0)), render(State(made, 3))
    assert first == render(State(made, 0)) and np.abs(pixels(first) - pixels(last)).mean() > 0.02
    middle = pixels(last)[150:300, 100:800]  # the samples of that entry
    assert np.abs(middle - 0.6).max() < 0.05


def test_what_was_not_kept_is_left_out():
    bare = [{"step": 1, "time": 0.0, "discriminator": 1.0, "generator": None, "discriminator_norm": 1.0,
             "generator_norm": None, "real": [], "fake": []}]
    assert pixels(render(State(bare))).shape[1] == 900


def test_bad_states_say_what_is_expected():
    with pytest.raises(ValueError, match="train first"):
        State([])
    with pytest.raises(ValueError, match="0 to 3"):
        State(log(), 4)


@pytest.fixture
def monitor(monkeypatch):
    monkeypatch.setattr(training_monitor, "BURST_STEPS", 3)
    code = keras.Input((4,))
    generator = keras.Model(code, layers.Reshape((16, 16, 3))(layers.Dense(768, activation="sigmoid")(code)))
    rng = np.random.default_rng(0)

    def batches():
        while True:
            yield rng.normal(size=(8, 4)).astype(np.float32), rng.random((8, 16, 16, 3)).astype(np.float32)

    return TrainingMonitor(GANTrainer(generator, discriminator(2, size=16)), batches(), np.zeros((2, 4), np.float32),
                           steps=6)


def test_it_learns_shows_and_goes_on(monitor):
    assert monitor.image.value == b""
    assert monitor.go.description == "train 6 steps more"
    monitor.learn(steps=6)
    assert len(monitor.entries) == 2 == monitor.scrubber.max + 1
    assert monitor.image.value == render(monitor.state())
    monitor.scrubber.value = 0
    assert monitor.state().at == 0 and monitor.image.value == render(State(monitor.entries, 0))
    monitor.learn(steps=4)
    assert [m["step"] for m in monitor.entries] == [3, 6, 9, 10]
    assert monitor.scrubber.value == 3  # the newest
    assert monitor.trainer.steps == monitor.entries[-1]["step"]


def test_it_learns_by_the_clock_as_well(monitor, monkeypatch):
    asked = []

    def train_gan(trainer, batches, seconds, **options):
        asked.append(seconds)
        return SimpleNamespace(validation=log(1), stopped="done")

    monkeypatch.setattr(training_monitor, "train_gan", train_gan)
    monitor.learn(7.0)
    assert asked == [3.0, 3.0, 1.0] and [m["step"] for m in monitor.entries] == [10, 20, 30]


def test_stop_keeps_and_says_so(monitor):
    monitor.budget = {"steps": 10**6}
    monitor.go.click()
    while not monitor.entries:
        monitor.thread.join(0.05)
    monitor.stop.click()
    monitor.thread.join(20)
    assert not monitor.thread.is_alive() and not monitor.go.disabled and monitor.stop.disabled
    assert "kept" in monitor.status.value and monitor.entries


def test_in_a_kernel_the_view_is_changed_in_the_kernels_own_thread(monitor, monkeypatch):
    threads = set()

    def seen(state):
        threads.add(threading.current_thread())
        return render(state)

    async def kernel():
        monitor.go.click()
        while monitor.thread.is_alive() or monitor.go.disabled:
            await asyncio.sleep(0.05)

    monkeypatch.setattr(monitor, "draw", seen)
    asyncio.run(kernel())
    assert threads == {threading.main_thread()} and monitor.entries
    assert monitor.status.value.startswith("Done.") and monitor.image.value == render(monitor.state())
