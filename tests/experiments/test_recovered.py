"""The stored run of lesson 14: files of lessons 02 to 09, laundered and looked up."""
import numpy as np
import pytest

from course_lib import cast, media, pipelines
from course_lib.cast import Scene
from course_lib.degradation import resize
from course_lib.experiments import recovered
from course_lib.provenance import fingerprints


def test_every_way_and_road_is_there_and_no_stranger_is_confirmed():
    rows = recovered.read()["rows"]
    own, strangers = ([row for row in rows if (row["file"] is not None) == known] for known in (True, False))
    ways = {row["way"] for row in own}
    assert ways == {"02-03 swapped", "04 generated", "07 animated", "08 dubbed", "09 restored"}
    for way in ways:
        assert {row["road"] for row in own if row["way"] == way} == set(recovered.ROADS)
    assert len(strangers) == recovered.STRANGERS * len(recovered.ROADS)
    assert all(row["confidence"] not in ("certain", "strong") for row in strangers)


def test_a_strong_match_is_the_right_file():
    strong = [row for row in recovered.read()["rows"] if row["confidence"] == "strong"]
    assert strong and all(row["name"] == row["file"] for row in strong)
    saved = [row for row in recovered.read()["rows"] if row["file"] and row["road"] == "JPEG"]
    assert all(row["confidence"] == "strong" for row in saved if row["file"].endswith(".png"))
    videos = [row for row in saved if row["file"].endswith(".mp4")]
    assert np.mean(["payload" in row["by"] for row in videos]) < 0.7, "H.264 has taken much of it"
    assert all(row["name"] == row["file"] for row in videos), "all frames are registered"


def test_products_lie_at_a_distance_and_nearer_than_strangers():
    distances = recovered.read()["distances"]
    assert set(distances) == {"02-03 swapped", "07 animated", "08 dubbed", "09 restored"}
    for row in distances.values():
        assert set(row) == set(recovered.HASHES) and 0 <= min(row.values()) and row["PDQ"] < 128
    assert distances["08 dubbed"]["PDQ"] <= fingerprints.PDQ_MATCH, "a dubbed frame counts as its source"


def test_a_file_is_found_and_a_stranger_is_not(tmp_path):
    registered, stranger = cast.render([cast.people()["Ada"], cast.people()["Leo"]], Scene(), size=256).rgb
    path = media.write_image(tmp_path / "ada.png", registered, what="a person of the cast", how="cast.render")
    registry = pipelines.Registry()
    registry.add(path)
    found = recovered.look_up(registry, tmp_path / "found.jpg", media.read_image(path))
    assert (found["name"], found["confidence"]) == ("ada.png", "strong") and "payload" in found["by"]
    lost = recovered.look_up(registry, tmp_path / "found.jpg", resize(stranger, (200, 200)))
    assert lost == {"name": None, "by": [], "confidence": "", "distance": 256, "agreement": 0.0}


def test_distances_are_medians_over_frames():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 64, 64, 3)).astype(np.float32)
    assert set(recovered.far([a, a], [a]).values()) == {0.0}
    assert recovered.far([a, b], [a])["PDQ"] == pytest.approx(fingerprints.distance(
        fingerprints.pdq(b)[0], fingerprints.pdq(a)[0]) / 2)


def test_rows_are_counted_by_road_and_by_way():
    base = {"way": "made", "road": "JPEG", "file": "a", "name": "a", "by": ["payload", "fingerprint"]}
    rows = [base, base | {"by": ["fingerprint"]}, base | {"name": "b", "by": ["fingerprint"]},
            base | {"name": None, "by": []}, base | {"way": "stranger", "file": None, "name": None, "by": []}]
    counted = recovered.counted(rows, ("JPEG",))
    for part in ("JPEG", "made"):
        assert [counted[part][key] for key in ("mark", "print", "wrong", "none")] == [1, 1, 1, 1]
        assert counted[part]["interval"].low < 0.5 < counted[part]["interval"].high
    assert [counted["stranger"][key] for key in ("mark", "print", "wrong", "none")] == [0, 0, 0, 1]
