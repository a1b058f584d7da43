"""Every job that can be gone on with, stopped at random moments: in the end it gives what it gives without a stop.

`make test` stops each job a few times, `make fuzz` ten times.
"""
import itertools

import numpy as np
import pytest

from course_lib import cast, media, pipelines
from course_lib.data import cache
from course_lib.pipelines import enhance as enhancing
from course_lib.pipelines import swap as swapping
from course_lib.provenance import manifest
from course_lib.training import fit
from tests.fuzz.test_campaign import EVERY
from tests.media import making
from tests.pipelines.test_enhance_file import consent
from tests.pipelines.test_swap import FACE, scenery
from tests.training.test_fit import data, tiny

STOPS = 10 if EVERY == 1 else 3


class Impatient:
    """A function that raises KeyboardInterrupt at chosen calls, counted over all that share it."""

    def __init__(self, stops):
        self.stops, self.calls = set(stops), 0

    def __call__(self, function):
        def called(*inputs, **options):
            self.calls += 1
            if self.calls in self.stops:
                raise KeyboardInterrupt
            return function(*inputs, **options)
        return called


def stopped(job, moments):
    """Runs a job again and again until it is through; returns (its result, how often it was stopped)."""
    for stops in itertools.count():
        try:
            return job(moments), stops
        except KeyboardInterrupt:
            continue


def moments(seed, calls):
    """Random calls at which to stop; the count goes on over the stops, so the later ones are spread further."""
    return Impatient(np.random.default_rng(seed).choice(np.arange(1, calls + 1), STOPS, replace=False))


@pytest.fixture
def source(tmp_path):
    """70 frames with a cut in the middle, and sound."""
    frames = [f if k < 33 else 0.9 - 0.6 * f for k, f in enumerate(scenery(70))]
    consent(tmp_path)
    return making.film(tmp_path / "a.mp4", frames, sound=("aac", 44_100))


def same(one, other):
    frames = [np.stack(list(media.read_video(path))) for path in (one, other)]
    sounds = [media.read_audio(path)[0] for path in (one, other)]
    assert frames[0].shape == frames[1].shape and sounds[0].shape == sounds[1].shape
    assert np.abs(frames[0] - frames[1]).mean((1, 2, 3)).max() < 0.004
    np.testing.assert_allclose(*sounds, atol=1e-4)
    assert manifest.read(one)["complete"] and manifest.read(other)["complete"] and manifest.agrees(other)


def test_a_swap(tmp_path, source, monkeypatch):
    monkeypatch.setattr(swapping, "PART", 16)
    monkeypatch.setattr(swapping, "BESIDE", 8)

    def job(out, patience):
        def find(frame):
            return [FACE + 4 * frame[:8, :, 0].mean()]

        return pipelines.swap_video(source, tmp_path / out, patience(lambda crops, masks: 0.5 * crops),
                                   find=patience(find), quiet=True)

    whole = job("whole.mp4", Impatient(()))
    out, stops = stopped(lambda patience: job("out.mp4", patience), moments(1, 70))
    assert stops == STOPS
    same(whole, out)
    assert not list(tmp_path.glob("*.parts"))


def test_an_enhancement(tmp_path, source, monkeypatch):
    monkeypatch.setattr(enhancing, "PART", 8)

    def job(out, patience):
        return pipelines.enhance_file(source, tmp_path / out, patience(lambda frame: 1 - frame), quiet=True)

    whole = job("whole.mp4", Impatient(()))
    out, stops = stopped(lambda patience: job("out.mp4", patience), moments(2, 70))
    assert stops == STOPS
    same(whole, out)
    assert not list(tmp_path.glob("*.parts"))


def test_training(tmp_path):
    """A stop ends a run after a whole step; who goes on gives it the batches that come next."""
    steps, file = 60, tmp_path / "run.npz"
    whole = tiny()
    fit(whole, data(), steps=steps, learning_rate=lambda used: 0.02, quiet=True)
    patience, history, stops = moments(3, steps), None, 0
    while history is None or len(history.steps) < steps:
        rest = itertools.islice(data(), len(history.steps) if history else 0, None)
        model = tiny(seed=stops)  # from the second on the checkpoint's weights take the place of these
        history = fit(model, rest, steps=steps, learning_rate=patience(lambda used: 0.02), checkpoint=file, resume=True,
                      quiet=True)
        stops += history.stopped == "interrupted"
    assert stops == STOPS and history.steps == list(range(1, steps + 1))
    for one, other in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_rendering_through_the_cache(tmp_path, monkeypatch):
    ada, scenes = cast.people()["Ada"], [cast.random_scene(k) for k in range(24)]
    monkeypatch.setattr(cache, "BLOCK", 2)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "whole"))
    whole = cache.render_cached(ada, scenes, 32)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "stopped"))
    patience = moments(4, 12)
    monkeypatch.setattr(cache, "render", patience(cache.render))
    made, stops = stopped(lambda _: cache.render_cached(ada, scenes, 32), patience)
    assert stops == STOPS and patience.calls == 12 + STOPS  # no block twice but those that were stopped
    for name in cast.Frames.ARRAYS:
        np.testing.assert_array_equal(getattr(made, name), getattr(whole, name))
