"""The shipped dancer does what its card says, driven by people whom they have never seen."""
import numpy as np
import pytest

from course_lib.checkpoints import find
from course_lib.metrics.dance import measure_dances, skeletons
from course_lib.models.everybody_dance_inference import dancer

DRIVERS = range(20, 23)  # not those of the card


@pytest.fixture(scope="module")
def rows():
    return measure_dances(dancer(), DRIVERS, ("exact joints", "normalised", "not normalised"))


def test_it_is_small():
    assert find("dancer").size <= 2e6


def test_normalisation_and_exact_joints_help_the_picture(rows):
    l1 = {way: row["l1"].mean() for way, row in rows.items()}
    assert l1["exact joints"] < 0.85 * l1["normalised"] and l1["normalised"] < 0.97 * l1["not normalised"]


def test_it_is_better_than_a_picture_in_which_nobody_moves(rows):
    _, _, truth = skeletons(20, 520)
    still = np.mean([np.abs(truth.rgb - truth.rgb[:1]).mean(-1)[truth.labels > 0].mean()])
    assert rows["exact joints"]["l1"].mean() < 0.6 * still
