"""A stream is scored frame by frame, decided by the sequential test, and begun anew at a cut."""
import importlib
from types import SimpleNamespace

import numpy as np
import pytest

from course_lib.faces import canonical
from course_lib.metrics.sequential import Likelihood, bounds
from course_lib.pipelines import watch

module = importlib.import_module("course_lib.pipelines.watch")  # the package's name of it is the function
LIKELIHOOD = Likelihood((-2.0, 2.0), (2.0, 2.0), 0.5)  # the ratio of a logit z is z


@pytest.fixture
def tracked(monkeypatch):
    """The tracker sees one face in every frame that is not black; a frame of another brightness is a cut."""
    class Tracker:
        def __init__(self, rate, irises):
            assert irises is False

        def __call__(self, frame, cut):
            return SimpleNamespace(landmarks=canonical(64)) if frame.mean() > 0 else None

    class Cuts:
        last = None

        def __call__(self, frame):
            cut, self.last = self.last is not None and frame.mean() != self.last, frame.mean()
            return cut

    monkeypatch.setattr(module, "MeshTracker", Tracker)
    monkeypatch.setattr(module, "Cuts", Cuts)


def frames(*levels):
    return [np.full((64, 64, 3), level, np.float32) for level in levels]


def bright_is_fake(faces):
    return np.array([0.9 if faces.mean() > 0.5 else 0.1])


def test_evidence_grows_by_what_a_correlated_frame_is_worth_until_a_bound(tracked):
    seen = list(watch(frames(*[0.8] * 12), bright_is_fake, LIKELIHOOD))
    step = np.log(9) / 3  # the ratio of this logit, times (1 - r) / (1 + r)
    np.testing.assert_allclose([g.evidence for g in seen], step * np.arange(1, 13), rtol=1e-4)
    first = int(np.ceil(bounds(0.01, 0.01)[0] / step)) - 1
    assert [g.verdict for g in seen] == [-1] * first + [1] * (12 - first)


def test_a_cut_begins_anew_and_a_frame_without_a_face_says_nothing(tracked):
    seen = list(watch(frames(*[0.8] * 8, *[0.2] * 8), bright_is_fake, LIKELIHOOD))
    assert [seen[k].verdict for k in (7, 8, 15)] == [1, -1, 0]
    dark = list(watch(frames(0.0, 0.0), bright_is_fake, LIKELIHOOD))
    assert all(np.isnan(g.score) and g.evidence == 0 for g in dark)


def test_frames_left_out_are_less_correlated(tracked):
    seen = list(watch(frames(*[0.8] * 6), bright_is_fake, LIKELIHOOD, every=2))
    assert np.isnan([g.score for g in seen]).tolist() == [False, True] * 3
    assert seen[-1].evidence == pytest.approx(3 * np.log(9) * 0.75 / 1.25, rel=1e-4)
    with pytest.raises(ValueError, match="every"):
        next(watch([], bright_is_fake, LIKELIHOOD, every=0))
