"""The wide matrix: what is stored is whole, abstentions stay out and show as coverage, and the page's words hold."""
import itertools

import numpy as np
import pytest

from course_lib import forgeries
from course_lib.experiments import robustness_evidence as measured
from course_lib.experiments import robustness_wide as wide
from course_lib.experiments.evidence_clips import FRAMES
from course_lib.experiments.robustness_matrix import CODECS, DETECTORS
from course_lib.experiments.robustness_training import FIXED
from course_lib.forensics.examine import KINDS
from course_lib.metrics.detection import auc


@pytest.fixture(scope="module")
def runs():
    return wide.read()


def test_every_clip_has_every_score(runs):
    record = runs["wide"]
    assert record["person"] == list(forgeries.SPLITS["test"][:len(record["person"])]) and len(record["person"]) >= 8
    assert set(record["scores"]) == {*DETECTORS, *FIXED}
    for name, codec in itertools.product(record["scores"], CODECS):
        rows = record["scores"][name][codec]
        assert set(rows) == {"real", *measured.MOVED}
        assert {len(v) for v in rows.values()} == {len(record["person"]) * len(measured.SHOWN)}
    for key, codec in itertools.product(("scores", "valid"), CODECS):
        rows = record["signs"][key][codec]
        assert set(rows) == {"real", *measured.BESIDE, *measured.MOVED}
        assert {len(v) for signs in rows.values() for v in signs.values()} == {len(record["person"])}


def test_reenacted_portraits_are_of_the_people_of_the_stored_clips(runs):
    people = runs["evidence"]["clips"]["person"]
    assert people == np.repeat(forgeries.SPLITS["test"][:8], len(FRAMES)).tolist()
    for codec in CODECS:
        rows = runs["wide"]["reenacted"]["scores"][codec]["reenacted"]
        assert set(rows) == set(KINDS) and {len(v) for v in rows.values()} == {len(people)}


def test_a_cell_leaves_abstentions_out_and_counts_them():
    people = list(range(8))
    table = {"real": {"blinks": [-1.0] * 8}, "swap": {"blinks": [0.0] * 7 + [None]}}
    valid = {"real": {"blinks": [1] * 7 + [0]}, "swap": {"blinks": [1] * 7 + [0]}}
    runs = {"wide": {"person": people, "signs": {"scores": {"raw": table}, "valid": {"raw": valid}}}}
    fake, score, person, coverage = wide.cell(runs, "blinks", "swap", "raw")
    assert len(fake) == 14 and coverage == 14 / 16 and 7 not in person
    assert auc(fake, score) == 1
    valid["swap"]["blinks"] = [1, 1, 0, 0, 0, 0, 0, 0]
    assert wide.cell(runs, "blinks", "swap", "raw") is None, "two people are too few"


def test_a_summary_agrees_with_its_cells(runs):
    for row in ("meso4_cast", "texture", "pulse"):
        found = wide.summary(runs, row, rounds=50)
        cells = {(m, c): auc(*parts[:2]) for m, c in itertools.product(wide.METHODS, CODECS)
                 if (parts := wide.cell(runs, row, m, c)) is not None}
        assert found["cells"] == len(cells)
        assert found["mean"].value == pytest.approx(np.mean(list(cells.values())))
        assert found["worst"].value == pytest.approx(min(cells.values()))
        assert cells[found["at"]] == pytest.approx(found["worst"].value)
        assert found["mean"].low <= found["mean"].value <= found["mean"].high


def test_a_mean_over_codecs_needs_all_of_them(runs):
    table = wide.areas(runs, ("meso4_cast", "pulse"), ("warped", "animated"))
    assert np.isfinite(table[0]).all() and np.isfinite(table[1, 1])
    assert np.isnan(table[1, 0]), "the signs of lesson 12 were not measured on warped clips"


def test_a_summary_of_nothing_is_an_error():
    empty = {"wide": {"person": [], "signs": {"scores": {c: {} for c in CODECS}, "valid": {c: {} for c in CODECS}}}}
    with pytest.raises(ValueError, match="no cell"):
        wide.summary(empty, "pulse")


def test_a_clip_without_a_face_has_no_signs():
    found = measured.over_time(np.full((20, 96, 96, 3), 0.5, np.float32))
    assert set(found) == set(measured.SIGNS)
    assert all(np.isnan(score) and not valid for score, valid in found.values())
