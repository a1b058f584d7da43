"""What the stored comparison of both ways says, and how it is measured."""
import numpy as np
import pytest

from course_lib.experiments.parametric_swap import KINDS, MEASURES, PEOPLE, WAYS, compared, read, summary, table
from course_lib.show import decode_sheet


@pytest.fixture(scope="module")
def record():
    return read()


def test_the_stored_run_is_whole(record):
    assert record["people"] == list(PEOPLE) and len(record["rows"]) == len(PEOPLE)
    assert summary(record["rows"]) == record["summary"]
    assert decode_sheet(record["sheet"]).ndim == 3
    assert all(row[kind]["frames"] > 0.9 * record["frames"] for row in record["rows"] for kind in KINDS)
    text = table(record)
    assert all(name in text for name in (*MEASURES, *KINDS))


def test_the_parametric_way_is_steady_and_keeps_gaze(record):
    scores = record["summary"]
    assert scores["parametric"]["jitter"][0] < 1.0  # px at 256 px, against the mesh on the source
    assert scores["parametric"]["gaze"][0] < scores["learned"]["gaze"][0]
    assert all(scores[way]["pose"][0] < 3.0 for way in WAYS)


def test_errors_are_those_of_the_frames_in_which_every_face_was_found():
    rng = np.random.default_rng(0)
    perfect = rng.normal(0, 1, (10, 111))
    perfect[:, 8] = 1
    read_, source = perfect.copy(), perfect.copy()
    read_[:, 0] += 3  # degrees of yaw
    read_[:, 9:] += 5  # a shift that stays is no jitter
    read_[4] = np.nan
    row = compared(read_, perfect, source)
    assert row["frames"] == 9 and row["pose"] == pytest.approx(1.0) and row["jitter"] == pytest.approx(0, abs=1e-9)
    assert row["mouth"] == row["lids"] == row["gaze"] == 0
    read_[:, 9:] += rng.normal(0, 1, (10, 102))
    assert compared(read_, perfect, source)["jitter"] == pytest.approx(np.sqrt(2), rel=0.25)
