"""The shipped blend detectors do what their cards say on new people, and the network has the shape that is drawn."""
import numpy as np
import pytest

from course_lib import forgeries, models  # noqa: F401  (registers the layers)
from course_lib.checkpoints import load, verify
from course_lib.experiments import evidence
from course_lib.experiments.evidence_networks import blend_auc, blend_scores, blend_table, mean_unseen, overlap
from course_lib.forensics.blending import NETWORKS
from course_lib.forgeries.blend_pairs import batches, pairs
from course_lib.forgeries.photographs import photographs
from course_lib.models.boundary import boundary_detector


@pytest.fixture(scope="module")
def rows():
    photos = photographs(forgeries.SPLITS["val"], 1, seed=21)
    forged = evidence.forgeries_of(photos, eyes=False)
    return {name: blend_scores(load(name), photos, forged, ("raw",)) for name in NETWORKS}


def test_self_blended_training_carries_over_further_than_one_method(rows):
    mean = {name: mean_unseen(r, name) for name, r in rows.items()}
    assert mean["self_blended_cast"] > mean["one_method_cast"]
    assert blend_auc(rows["one_method_cast"], "swap", rounds=2).value > 0.9


def test_the_filled_hull_is_a_baseline_without_a_network_and_closest_to_a_filled_truth(rows):
    a, b = (rows[name]["iou filled"] for name in NETWORKS)
    assert a == b and set(a) == set(forgeries.METHODS) and all(0.05 < value < 0.9 for value in a.values())
    assert max(a, key=a.get) == "self_blended"  # half of whose blends show both pictures inside


@pytest.mark.parametrize("name", NETWORKS)
def test_the_card_says_what_it_is_and_is_not(name, rows):
    card = verify(name).with_name("card.md").read_text(encoding="utf-8")
    assert "boundary_detector" in card and "on photographs its score means nothing" in card
    assert all(f"| {method} |" in card for method in forgeries.METHODS)
    assert blend_table(rows[name]).count("\n") == len(forgeries.METHODS) + 1


def test_pairs_share_everything_but_the_blend():
    photos = photographs(forgeries.SPLITS["val"], 1, seed=21)[:3]
    faces, maps = pairs(photos, 1, "self-blended", 2)
    assert faces.shape == (3, 2, 96, 96, 3) and maps.shape == (3, 2, 24, 24)
    assert not maps[:, 0].any() and maps[:, 1].any()
    x, (labels, lines) = next(batches(faces, maps, 2, 0))
    assert x.shape == (4, 96, 96, 3) and labels[:, 0].tolist() == [0, 1, 0, 1] and lines.shape == (4, 24, 24, 1)
    with pytest.raises(ValueError, match="expected one of"):
        pairs(photos, 1, "magic")


def test_the_network_and_the_overlap():
    model = boundary_detector()
    score, line = model.predict_on_batch(np.zeros((2, 96, 96, 3), np.float32))
    assert score.shape == (2, 1) and line.shape == (2, 24, 24, 1)
    with pytest.raises(ValueError, match="multiple of 16"):
        boundary_detector(40)
    line = np.zeros((8, 8), np.float32)
    line[2] = 1
    assert overlap(line, line) == 1 and overlap(0 * line, line) == 0
