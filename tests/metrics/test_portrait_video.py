"""Flicker by second differences: zero for constant errors and for errors that grow evenly, exact for one that flips."""
import numpy as np
import pytest

from course_lib.metrics.portrait_video import COLUMNS, portrait_table, score_portrait, second_difference


@pytest.fixture
def clip():
    return np.random.default_rng(0).uniform(0.3, 0.6, (6, 8, 8, 3)), np.ones((6, 8, 8), bool)


def test_steady_errors_do_not_flicker(clip):
    truth, mask = clip
    growing = 0.02 * np.arange(6)[:, None, None, None]
    assert second_difference(truth, truth, mask) == 0
    assert second_difference(truth + 0.1, truth, mask) == pytest.approx(0, abs=1e-9)
    assert second_difference(truth + growing, truth, mask) == pytest.approx(0, abs=1e-9)


def test_an_error_that_flips_counts_four_times(clip):
    truth, mask = clip
    flips = 0.01 * (-1.0) ** np.arange(6)[:, None, None, None]
    assert second_difference(truth + flips, truth, mask) == pytest.approx(255 * 0.04)


def test_only_the_mask_counts(clip):
    truth, mask = clip
    mask[:, :, 4:] = False
    noise = np.zeros_like(truth)
    noise[2, :, 4:] = 0.2
    assert second_difference(truth + noise, truth, mask) == pytest.approx(0, abs=1e-9)
    for images, inside in ((truth[:2], mask[:2]), (truth, mask & False)):
        with pytest.raises(ValueError, match="at least three frames"):
            second_difference(images, images, inside)


def test_scores_and_table(clip):
    truth, mask = clip
    score = score_portrait((truth + 0.1).astype(np.float32), truth.astype(np.float32), mask)
    assert set(score) == set(COLUMNS) and score["psnr"] == pytest.approx(20, abs=0.01)
    text = portrait_table({"a window": {"psnr": np.array([20.0, 22.0]), "flicker": np.array([1.0, 2.0])}})
    assert "21.00 (20.00 to 22.00)" in text and "flicker" in text
