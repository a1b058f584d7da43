"""One turn of either side: what a finish changes, and that a creator keeps what is found least."""
import numpy as np
import pytest

from course_lib.arena import evolve
from course_lib.arena.entries import Made
from course_lib.arena.evolve import Finish
from course_lib.arena.material import references, sources


@pytest.fixture(scope="module")
def pair():
    source = sources(7, 1, 1.0)[0]
    frames = np.where(source.masks[..., None], np.clip(source.rgb * 0.8, 0, 1), source.rgb).astype(np.float32)
    return Made(frames, references(source.donor)), source


def test_no_finish_changes_nothing(pair):
    made, source = pair
    assert np.array_equal(evolve.finished(made, source, Finish()).frames, made.frames)


def test_a_finish_leaves_alone_what_the_creator_left_alone(pair):
    made, source = pair
    done = evolve.finished(made, source, Finish(0.7, 1.0, 0.8, 0.02), 3).frames
    assert not source.masks[:, :, :8].any() and np.abs(done - made.frames)[:, :, :8].max() < 1e-6
    assert np.abs(done - source.rgb)[source.masks].mean() > 0.01
    assert np.array_equal(done, evolve.finished(made, source, Finish(0.7, 1.0, 0.8, 0.02), 3).frames)


def test_opacity_is_a_mixture(pair):
    made, source = pair
    half = evolve.finished(made, source, Finish(opacity=0.6)).frames
    assert np.allclose(half, source.rgb + np.float32(0.6) * (made.frames - source.rgb), atol=1e-6)


def test_changes_stay_within_their_limits():
    rng, finish = np.random.default_rng(0), Finish()
    for _ in range(200):
        finish = evolve.mutated(finish, rng)
        for name, (low, high, _) in evolve.LIMITS.items():
            assert low <= getattr(finish, name) <= high
    assert finish != Finish()


def test_a_creator_keeps_what_the_detectors_find_least(pair, monkeypatch):
    made, source = pair
    monkeypatch.setattr(evolve, "broken", lambda measured: [])
    monkeypatch.setattr(evolve, "measure", lambda made, source: None)

    class Change:  # the less the face was changed, the less it finds
        def predict(self, clips):
            return np.array([np.abs(c.frames / 255 - source.rgb).mean() for c in clips])

    now = Change().predict(evolve.publish([made], [source], 1, 1))[0]
    best, score = evolve.adapted(Finish(), [made], [source], {"d": Change()}, 1, tries=8)
    assert best != Finish() and score < now
    monkeypatch.setattr(evolve, "broken", lambda measured: ["a floor"])
    assert evolve.adapted(Finish(), [made], [source], {"d": Change()}, 1, tries=3)[0] == Finish()


def test_another_arm_is_refused():
    with pytest.raises(ValueError, match="expected one of"):
        evolve.a_round(0, {}, {}, {}, [], [], ([], []), "luck", 0)
