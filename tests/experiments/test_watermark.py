"""The stored run of lesson 14: what the shipped watermark survives, and that it repeats."""
import numpy as np
import pytest

from course_lib.experiments import watermark as study
from course_lib.provenance import watermark


@pytest.fixture(scope="module")
def run():
    return study.read()


def test_every_picture_has_every_score(run):
    groups = [picture["group"] for picture in run["pictures"]]
    assert groups.count("photograph") >= 19 and groups.count("quarter") >= 12 and groups.count("cast") >= 10
    assert len({picture["name"] for picture in run["pictures"]}) == len(groups)
    for kind, rows in run["scores"].items():
        assert set(rows) <= {str(level) for level in study.ATTACKS[kind][1]}
        assert all(np.shape(row) == (len(groups), 4) for row in rows.values()), kind


@pytest.mark.parametrize("groups", [("photograph",), ("photograph", "quarter"), study.GROUPS])
def test_the_goal_of_the_lesson_is_met(run, groups):
    """95 % after crops up to 10 %, turns up to 3 degrees and mirroring with JPEG 70, JPEG 50, 75 % and CRF 33."""
    for kind, level in study.GOALS:
        found, count, interval = study.rates(run, kind, groups=groups)[level]
        assert found / count >= 0.95, (kind, level, found, count)
        assert interval.low < found / count <= interval.high


def test_the_mark_is_invisible(run):
    assert min(picture["psnr"] for picture in run["pictures"]) >= 42


def test_a_stored_score_is_measured_again(run):
    """Of one picture, on this machine."""
    k = next(k for k, picture in enumerate(run["pictures"]) if picture["name"] == "chelsea")
    name, _, image = study.pictures(people=0)[k]
    assert name == "chelsea" and min(image.shape[:2]) == study.SIDE
    marked = study.stored(watermark.embed(image, payload=study.PAYLOAD))
    assert study.psnr(image, marked) == pytest.approx(run["pictures"][k]["psnr"], abs=0.02)
    first, second, payload, _ = study.outcome(study.ATTACKS["mirror, JPEG 70"][0](marked, 1, None))
    assert (first, second) == pytest.approx(run["scores"]["mirror, JPEG 70"]["1"][k][:2], abs=0.5) and payload


def test_a_weaker_mark_has_the_psnr_that_was_asked_for():
    rng = np.random.default_rng(0)
    image = 0.5 + 0.05 * rng.standard_normal((64, 64, 3)).astype(np.float32)
    marked = image + 0.01 * rng.standard_normal((64, 64, 3)).astype(np.float32)
    assert study.psnr(image, study.weaker(image, marked, 44)) == pytest.approx(44, abs=0.3)
