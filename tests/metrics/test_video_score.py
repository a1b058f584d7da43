"""Each branch of the winner's rule, at its bounds."""
import numpy as np
import pytest

from course_lib.metrics.video_score import confident_strategy


def test_enough_sure_frames_speak_for_the_video():
    scores = np.r_[np.full(12, 0.9), np.full(12, 0.1)]
    assert confident_strategy(scores) == pytest.approx(0.9) and scores.mean() == pytest.approx(0.5)


@pytest.mark.parametrize("scores", [
    np.r_[np.full(11, 0.9), np.full(5, 0.1)],  # eleven are not more than eleven
    np.r_[np.full(12, 0.9), np.full(18, 0.3)],  # twelve of thirty are not more than 40 %
    np.r_[np.full(12, 0.8), np.full(4, 0.1)],  # 0.8 is not above 0.8
    np.r_[np.full(9, 0.1), 0.5],  # nine of ten are not more than 90 %
])
def test_otherwise_all_frames_do(scores):
    assert confident_strategy(scores) == pytest.approx(scores.mean())


def test_nearly_all_frames_surely_real():
    assert confident_strategy(np.r_[np.full(19, 0.05), 0.6]) == pytest.approx(0.05)


def test_no_frame_says_nothing_and_a_logit_is_refused():
    assert confident_strategy([]) == 0.5
    with pytest.raises(ValueError, match="probabilities"):
        confident_strategy([0.2, 1.4])
