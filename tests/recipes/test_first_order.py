"""The shipped animator does what its card says, on people whom the training never saw."""
import numpy as np
import pytest

from course_lib.checkpoints import find, load
from course_lib.data.clips import HELD_OUT, motion_clips
from course_lib.metrics.animation_table import COLUMNS, reconstruction_pairs, reconstructions, score, table
from course_lib.models import first_order  # noqa: F401  (registers the layers)


@pytest.fixture(scope="module")
def rows():
    pairs = reconstruction_pairs(motion_clips(10, HELD_OUT, quiet=True), (12,))
    return {name: score(*made, pairs) for name, made in reconstructions(load("first_order"), pairs).items()}, pairs


def test_it_is_small():
    assert find("first_order").size <= 8e6


def test_reconstruction_is_better_than_repeating_the_source(rows):
    scores, _ = rows
    means = {name: {k: np.nanmean(v) for k, v in row.items()} for name, row in scores.items()}
    ours, still = means["first order model"], means["source repeated"]
    assert ours["l1"] < 0.55 * still["l1"] and ours["akd"] < 0.4 * still["akd"] and ours["epe"] < 0.5 * still["epe"]
    assert ours["psnr"] > still["psnr"] + 4 and ours["same"] >= 0.9
    assert ours["l1"] < means["thin-plate warp"]["l1"]
    assert means["exact flow"]["epe"] == 0 and means["thin-plate warp"]["akd"] < ours["akd"]


def test_the_table_has_every_row_and_column(rows):
    scores, pairs = rows
    text = table(scores, pairs.people)
    assert all(word in text for name in scores for word in name.split())
    assert all(title in text for title in COLUMNS.values())
