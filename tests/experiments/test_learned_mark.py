"""The stored run that puts the learned watermark beside the course's own."""
import numpy as np
import pytest

from course_lib.degradation import jpeg
from course_lib.experiments import learned_mark as study
from course_lib.experiments import watermark as shipped
from course_lib.models.learned_mark import BITS, hide, load_networks, reveal, to_bits


def test_both_marks_were_measured_on_the_same_pictures():
    ours, learned = shipped.read(), study.read()
    for kind, levels in learned["scores"].items():
        assert set(levels) == set(ours["scores"][kind])
        assert all(len(row) == len(ours["pictures"]) for row in levels.values())
    assert abs(np.mean(learned["unmarked"]) / BITS - 0.5) < 0.12, "without a mark bits are guessed"
    assert max(learned["unmarked"]) < study.SURE


def test_a_comparison_counts_bits_and_payloads():
    ours = {"pictures": [{"group": "cast"}, {"group": "quarter"}],
            "scores": {"JPEG": {"70": [[9, 9, 1, 32], [9, 9, 0, 16]]}}}
    learned = {"scores": {"JPEG": {"70": [31, 32]}}}
    assert study.compare(ours, learned, "JPEG", 70) == {"ours": (0.75, 0.5), "learned": (63 / 64, 0.5)}
    assert study.compare(ours, learned, "JPEG", 70, ("cast",)) == {"ours": (1.0, 1.0), "learned": (31 / 32, 0.0)}


def test_the_shipped_networks_read_more_than_chance_after_jpeg_70_on_a_photograph():
    encoder, decoder = load_networks()
    names = [picture["name"] for picture in shipped.read()["pictures"]]
    chosen = ("chelsea", "coffee", "rocket", "astronaut")
    images = [image for name, _, image in shipped.pictures(people=0) if name in chosen]
    right = (reveal(decoder, [jpeg(hide(encoder, image, shipped.PAYLOAD), 70) for image in images]) > 0) == (
        to_bits(shipped.PAYLOAD) > 0)
    stored = [study.read()["scores"]["JPEG"]["70"][names.index(name)] for name in chosen]
    assert right.mean() > 0.65
    assert right.sum(1).mean() == pytest.approx(np.mean(stored), abs=3)
