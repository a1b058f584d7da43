"""The matrix and the small fitted detectors: numbers that can be checked by hand."""
import numpy as np
import pytest

from course_lib.arena import detectors, matrix, scoring
from course_lib.arena.entries import Clip
from course_lib.arena.matrix import Round
from course_lib.faces import canonical


@pytest.fixture
def round_():
    return Round(0, {"a": [0.1, 0.2, 0.3, 0.4], "b": [0.5, 0.5, 0.5, 0.5]},
                 {"a": {"x": [0.9, 0.35, 0.05, 0.6], "y": [0.9, 0.9, 0.9, 0.9]},
                  "b": {"x": [0.5] * 4, "y": [0.6] * 4}},
                 {"real": [1, 2, 3, 4], "x": [5, 6, 7, 8], "y": [5, 6, 7, 8]},
                 {"x": [[], [], ["too little change"], []], "y": [[]] * 4})


def test_cells_by_hand(round_):
    assert matrix.cell(round_, "a", "x") == pytest.approx((4 + 3 + 0 + 4) / 16)
    assert matrix.cell(round_, "b", "x") == 0.5
    assert matrix.caught(round_, "a", "x", 0.0).tolist() == [True, False, True, True]
    assert matrix.cell(round_, "a", "x", "tpr", 0.0) == 0.5
    assert matrix.table(round_).tolist() == [[11 / 16, 1.0], [0.5, 1.0]]


def test_standings_hold_mean_and_worst(round_):
    found, evade = matrix.standings(round_)
    assert found["a"] == pytest.approx((27 / 32, 11 / 16)) and evade["y"] == (0, 0)
    assert evade["x"] == pytest.approx(((1 / 4 + 3 / 4) / 2, 1 / 4))  # b finds none but the one below a floor


def test_the_ensemble_averages_log_odds(round_):
    matrix.add_ensemble(round_)
    odds = lambda p: np.log(p / (1 - p))  # noqa: E731
    assert odds(round_.fake["ensemble"]["x"][0]) == pytest.approx((odds(0.9) + odds(0.5)) / 2)
    assert detectors.together([[0.0], [1.0]])[0] == pytest.approx(0.5)


def test_proper_scores_weigh_both_classes_alike(round_):
    value = scoring.proper_scores(round_, "b", ["x", "y"], 50)["Brier"].value
    assert value == pytest.approx((0.25 + (0.25 + 0.16) / 2) / 2)


def moving_clip(shifts, seed=0):
    """A textured face that jumps by given numbers of pixels."""
    import cv2

    picture = cv2.GaussianBlur(np.random.default_rng(seed).uniform(0, 1, (144, 144, 3)).astype(np.float32), (0, 0), 2)
    frames = np.stack([np.roll(picture, s, 1) for s in shifts])
    points = np.stack([canonical(90, 1.3) + 27] * len(shifts)).astype(np.float32)
    return Clip((frames * 255).astype(np.uint8), points, 8.0)


def test_jitter_rises_with_the_acceleration_and_not_with_the_drift():
    drift, jitter = moving_clip([0, 1, 2, 3, 4, 5]), moving_clip([0, 1, 0, 1, 0, 1])
    assert detectors.jitter(jitter)[2] > detectors.jitter(drift)[2] + 0.2


def test_a_fitted_detector_ranks_what_it_was_fitted_on():
    clips = [moving_clip([0, 1, 2, 3, 4, 5], s) for s in range(6)] + [moving_clip([0, 1, 0, 1, 0, 1], s)
                                                                     for s in range(6)]
    fitted = detectors.Fitted(detectors.jitter, clips, np.repeat([0, 1], 6))
    scores = fitted.predict([moving_clip([0, 1, 0, 1, 0, 1], 9), moving_clip([0, 1, 2, 3, 4, 5], 9)])
    assert scores[0] > 0.5 > scores[1]


def test_a_clip_too_short_for_a_pulse_gives_no_number():
    assert detectors.heartbeat(moving_clip([0, 1])).tolist() == [0, 0]
