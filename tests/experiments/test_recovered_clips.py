"""The stored run of lesson 14: whole clips, laundered and looked up by all their frames."""
import numpy as np
import pytest

from course_lib import media, pipelines
from course_lib.experiments import recovered_clips as study
from course_lib.pipelines.registry import look
from course_lib.provenance import fingerprints, payload, spread


@pytest.fixture(scope="module")
def run():
    return study.read()


def test_every_clip_has_been_on_every_road_and_no_stranger_is_found(run):
    ways = {row["way"] for row in run["rows"]}
    assert ways == {"02-03 swapped", "07 animated", "08 dubbed", "source", "never registered"}
    for way in ways:
        rows = [row for row in run["rows"] if row["way"] == way]
        assert {row["road"] for row in rows} == set(study.ROADS) and len(rows) == 3 * len(study.ROADS)
    assert all(row["name"] is None for row in run["rows"] if row["way"] == "never registered")


def test_what_the_mark_names_is_the_right_clip(run):
    marked = [row for row in run["rows"] if "payload" in row["by"]]
    assert marked and all(row["name"] == row["file"] for row in marked)
    for row in run["rows"] + run["grid"]:
        assert -9 <= row["agreement"] <= 9 and 0 <= row["distance"] <= 256


def test_small_clips_carry_no_payload_and_large_ones_do(run):
    small, large = ([row for row in run["grid"] if low <= row["size"] <= high] for low, high in ((0, 223), (320, 999)))
    assert {row["size"] for row in run["grid"]} == set(study.SIZES)
    assert not any(row["decoded"] for row in small)
    by_mark = [row["decoded"] or row["agreement"] >= payload.agreeing(1000) for row in large if row["road"] == "CRF 23"]
    assert by_mark and np.mean(by_mark) >= 0.75


def test_a_clip_is_nearer_to_itself_than_to_another(run):
    rows = [row for row in run["grid"] if "crop" not in row["road"]]
    assert rows and np.mean([row["distance"] <= fingerprints.PDQ_MATCH for row in rows]) >= 0.8
    assert all(row["distance"] < row["nearest"] for row in run["grid"])


def test_a_laundered_clip_is_read_with_all_its_frames(tmp_path):
    """And found in the registry, as the commands find it."""
    frames = study.panned("chelsea.png", 256, 9)
    path = media.write_video(tmp_path / "a.mp4", frames, 25, what="a photograph", how="tests")
    registry = pipelines.Registry(tmp_path / "registry.db")
    registry.add(path)
    found = study.laundered(path, "60 % of the size", tmp_path / "b.mp4")
    seen = look(found)
    assert seen.count == 9 and seen.views.shape == (9, 8, 256) and seen.frame.shape == (154, 154, 3)
    match, = registry.find(found)
    assert match.name == "a.mp4" and "fingerprint" in match.by
    crf = study.laundered(path, "half the frames", tmp_path / "c.mp4")
    assert look(crf).count == 5 and "payload" in registry.find(crf)[0].by
    facts = pipelines.provenance(crf, registry)
    assert facts["fingerprint"]["frames"] == 5 and facts["matches"][0]["confidence"] == "strong"
    assert facts["watermark"]["second_layer"] >= spread.THRESHOLD or facts["matches"][0]["agreement"] > 5


def test_a_pan_is_a_walk_through_a_photograph():
    frames = study.panned("coffee.png", 64, 5)
    assert len(frames) == 5 and all(f.shape == (64, 64, 3) for f in frames)
    assert not np.allclose(frames[0], frames[-1])
