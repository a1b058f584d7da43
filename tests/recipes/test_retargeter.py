"""The shipped retargeter does what its card says, on people whom it has never seen."""
import numpy as np

from course_lib.checkpoints import find
from course_lib.data.openness import HELD_OUT, openness_pairs
from course_lib.models.retargeting import move_landmarks, open_ratios, shipped_retargeter


def test_it_is_small():
    assert find("retargeter").size < 1e6


def test_eyes_and_lips_open_as_asked():
    before, after = openness_pairs(100, HELD_OUT + 500)
    asked = open_ratios(after)
    reached = open_ratios(move_landmarks(shipped_retargeter(), before, asked))
    still = np.abs(open_ratios(before) - asked).mean(0)
    assert (np.abs(reached - asked).mean(0) < 0.3 * still).all()
