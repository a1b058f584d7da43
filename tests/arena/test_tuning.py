"""A creator's way through a detector has the detector's scores, and descending it lowers them."""
import numpy as np
import pytest

from course_lib.arena import tuning
from course_lib.arena.creators import swap
from course_lib.arena.detectors import Network, crops
from course_lib.arena.entries import Clip
from course_lib.arena.material import sources
from course_lib.checkpoints import load
from course_lib.forgeries.people import forger


@pytest.fixture(scope="module")
def some():
    return sources(8, 2, 0.5)


def test_the_differentiable_way_scores_nearly_what_the_blended_frames_score(some):
    detector = load("meso4_cast")
    inputs, faces = tuning.rows(some)
    logits, made = tuning.through_detector(forger()[1], detector).predict_on_batch(inputs)
    clips = [Clip((swap(s).frames * 255 + 0.5).astype(np.uint8), s.landmarks, s.fps) for s in some]
    scores = Network(detector).score(np.concatenate([crops(c, every=1) for c in clips]))
    assert np.allclose(made, faces, atol=1e-5)
    assert np.abs(1 / (1 + np.exp(-np.asarray(logits)[:, 0])) - scores).mean() < 0.15


def test_steps_through_the_detector_lower_its_score_and_leave_the_shipped_networks_alone(some):
    detector, shipped = load("meso4_cast"), [w.copy() for w in forger()[1].get_weights()]
    before = [w.copy() for w in detector.get_weights()]
    decoder, history = tuning.fine_tuned(some, detector, steps=6, batch=8)
    inputs, _ = tuning.rows(some)
    logit = [np.asarray(tuning.through_detector(d, detector).predict_on_batch(inputs)[0]).mean()
             for d in (forger()[1], decoder)]
    assert logit[1] < logit[0] - 1 and len(history.losses) == 6
    assert all(np.array_equal(a, b) for a, b in zip(shipped, forger()[1].get_weights(), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(before, detector.get_weights(), strict=True))
