"""Measures of a transferred dance: zero for the truth, and skeletons that normalisation brings nearer."""
import numpy as np
import pytest

from course_lib.data.dances import HELD_OUT, Dancer, driving_dancer, target_dancer
from course_lib.metrics.dance import (
    WAYS,
    around_person,
    dance_table,
    flicker,
    measure_dances,
    score_dance,
    skeletons,
)


class Painter:
    """A network that paints what it is given as the frame before: black for ever."""

    def predict_on_batch(self, inputs):
        """The frame before."""
        return inputs[1]


@pytest.fixture(scope="module")
def dance():
    return skeletons(2, HELD_OUT)


def test_the_truth_has_no_error(dance):
    joints, _, truth = dance
    scores = score_dance(truth.rgb, joints["exact joints"], truth)
    assert scores["joints"] == scores["l1"] == scores["flicker"] == 0 and scores["psnr"] > 60


@pytest.mark.parametrize("driver", [2, 3, 4, 5])
def test_normalisation_brings_the_skeleton_to_the_target(driver):
    joints, shown, truth = skeletons(driver, HELD_OUT + driver)
    off = {name: np.linalg.norm(p - truth.joints, axis=-1).mean() for name, p in joints.items()}
    assert off["exact joints"] == 0 and off["normalised"] < 0.5 * off["not normalised"]
    assert set(joints) == set(WAYS) and len(shown) == len(truth) == len(joints["normalised"])


def test_target_and_driver_are_two_people_in_two_rooms():
    target, driver = target_dancer(), driving_dancer(2)
    assert isinstance(target, Dancer) and target == target_dancer()
    assert target.body != driver.body and target.stage != driver.stage and driver != driving_dancer(3)


def test_flicker_counts_changes_that_should_not_be_there():
    truth = np.zeros((4, 8, 8, 3))
    mask = np.ones((4, 8, 8), bool)
    assert flicker(truth + 0.3, truth, mask) == 0, "a constant error does not flicker"
    blinking = truth + 0.1 * (np.arange(4) % 2)[:, None, None, None]
    assert flicker(blinking, truth, mask) == pytest.approx(25.5)


def test_the_region_around_a_person_is_three_pixels_wider():
    labels = np.zeros((1, 20, 20), np.uint8)
    labels[0, 10, 10] = 3
    assert around_person(labels).sum() == 49 and around_person(labels, 1).sum() == 9


def test_a_network_is_measured_in_every_way():
    rows = measure_dances(Painter(), range(2), ("exact joints", "normalised"))
    assert set(rows) == {"exact joints", "normalised"} and rows["exact joints"]["joints"].tolist() == [0, 0]
    assert rows["normalised"]["l1"] == pytest.approx(rows["exact joints"]["l1"])
    text = dance_table(rows)
    assert "exact joints" in text and "flicker" in text and len(text.splitlines()) == 3
