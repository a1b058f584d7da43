"""The wide matrix: what is stored is whole, abstentions stay out and show as coverage, and the page's words hold."""
import itertools

import numpy as np
import pytest

from course_lib import forgeries
from course_lib.degradation import LAUNDERERS
from course_lib.experiments import evidence_laundered
from course_lib.experiments import robustness_evidence as measured
from course_lib.experiments import robustness_wide as wide
from course_lib.experiments.evidence_clips import FRAMES
from course_lib.experiments.robustness import NAMES
from course_lib.experiments.robustness_matrix import CODECS, DETECTORS
from course_lib.experiments.robustness_sync import CASES
from course_lib.forensics.examine import KINDS
from course_lib.metrics.detection import auc


@pytest.fixture(scope="module")
def runs():
    return wide.read()


def test_every_clip_has_every_score(runs):
    record = runs["wide"]
    assert record["person"] == list(forgeries.SPLITS["test"][:len(record["person"])]) and len(record["person"]) >= 8
    count, methods = len(record["person"]) * len(measured.SHOWN), {"real", *measured.MOVED}
    assert set(record["scores"]) == set(record["laundered"]) and set(DETECTORS) <= set(record["scores"])
    for tables, keys in ((record["scores"], CODECS), (record["laundered"], LAUNDERERS)):
        for name, key in itertools.product(tables, keys):
            assert set(tables[name][key]) == methods
            assert {len(v) for v in tables[name][key].values()} == {count}
    for key, codec in itertools.product(("scores", "valid"), CODECS):
        rows = record["signs"][key][codec]
        assert set(rows) == {"real", *measured.BESIDE, *measured.MOVED}
        assert {len(v) for signs in rows.values() for v in signs.values()} == {len(record["person"])}
    for codec in CODECS:
        rows = record["sync"][codec]
        assert set(rows) == set(CASES) and len({len(v) for v in rows.values()}) == 1 and len(rows["real"]) >= 8


def test_the_evidence_of_lesson_11_has_the_moved_faces_of_the_same_people(runs):
    record = runs["evidence"]["clips"]
    assert record["person"] == np.repeat(forgeries.SPLITS["test"][:8], len(FRAMES)).tolist()
    for codec, method in itertools.product(CODECS, ("real", *measured.MOVED)):
        rows = record["scores"][codec][method]
        assert set(KINDS) <= set(rows) and {len(v) for v in rows.values()} == {len(record["person"])}


def test_the_evidence_was_measured_after_every_launderer(runs):
    for part, methods in (("photographs", forgeries.METHODS), ("clips", measured.MOVED)):
        record = runs["washed"][part]
        for how, key in itertools.product(LAUNDERERS, ("scores", "valid")):
            assert set(record[key][how]) == {"real", *methods}
            assert {len(v) for kinds in record[key][how].values() for v in kinds.values()} == {len(record["person"])}
    assert wide.cell(runs, "texture", "swap", "raw", "blur") is not None
    assert wide.cell(runs, "texture", "swap", "c40", "blur") is None, "raw pictures only"


def test_real_and_forged_pictures_are_laundered_alike():
    image = np.random.default_rng(0).random((1, 64, 64, 3)).astype(np.float32)
    for how in LAUNDERERS:
        found = evidence_laundered.laundered({"real": (image, None), "swap": (image, 1)}, [3], how)
        assert np.array_equal(found["real"][0], found["swap"][0]) and found["swap"][1] == 1
        assert not np.array_equal(found["real"][0], image)


def test_one_method_is_forgotten_everywhere():
    record = {"person": [1], "scores": {"net": {"raw": {"real": [0], "dubbed": [1]}}}, "sync": {"raw": {"dubbed": [2]}}}
    measured.forget(record, ("dubbed",))
    assert record == {"person": [1], "scores": {"net": {"raw": {"real": [0]}}}, "sync": {"raw": {}}}


def test_launderers_are_cells_of_raw_clips_only(runs):
    assert wide.cell(runs, "meso4_cast", "dubbed", "raw", "blur") is not None
    assert wide.cell(runs, "meso4_cast", "dubbed", "c40", "blur") is None, "not measured"
    assert wide.cell(runs, "meso4_cast", "swap", "c40", "blur") is not None, "of robustness_matrix"
    assert wide.cell(runs, "pulse", "animated", "raw", "blur") is None
    assert wide.summary(runs, "meso4_cast", launderers=NAMES, rounds=20)["cells"] == 135 + 4 * (3 + 8)


def test_a_codec_takes_the_agreement_of_patches_away(runs):
    mouths = [wide.areas(runs, ["consistency"], ("lip_synced", "dubbed"), [codec]) for codec in ("raw", "c23")]
    assert mouths[0].min() > 0.95 and mouths[1].max() < 0.7, "as lesson 13 says"


def test_sync_is_measured_where_a_sentence_was_exchanged(runs):
    found = wide.areas(runs, ["sync"], wide.METHODS, ["raw"])[0]
    assert [m for m, x in zip(wide.METHODS, found, strict=True) if np.isfinite(x)] == ["lip_synced", "dubbed"]
    rows = runs["wide"]["sync"]["raw"]
    control = auc(np.repeat([0, 1], len(rows["real"])), np.array(rows["real"] + rows["other sound"]))
    assert control > 0.9, "the expert tells a wrong sound from the right one"


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
        assert cells[found["at"][:2]] == pytest.approx(found["worst"].value)
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
