"""The shipped detectors of warping artifacts and the shipped Noiseprint do on new people what their cards say."""
import numpy as np
import pytest

from course_lib import forgeries
from course_lib.checkpoints import load, verify
from course_lib.experiments import evidence
from course_lib.experiments.evidence_networks import blend_auc, blend_table, warping_scores
from course_lib.forensics.warping import NETWORKS, crop_scores, crops, network, warping
from course_lib.forgeries.photographs import photographs


@pytest.fixture(scope="module")
def photos():
    return photographs(forgeries.SPLITS["val"], 1, seed=21)


@pytest.mark.parametrize("name", NETWORKS)
def test_it_finds_warped_faces_and_its_card_says_what_it_is(name, photos):
    rows = warping_scores(load(name), photos, evidence.forgeries_of(photos, eyes=False), ("raw",))
    assert blend_auc(rows, "warped", rounds=2).value > 0.85
    card = verify(name).with_name("card.md").read_text(encoding="utf-8")
    assert "face_warping" in card and "on photographs" in card
    assert all(f"| {method} |" in card for method in forgeries.METHODS)
    assert blend_table(rows).count("\n") == len(forgeries.METHODS) + 1


def test_ten_crops_are_the_same_every_time_and_the_best_five_count(photos):
    image, points = photos.rgb[0], photos.landmarks[0]
    assert np.array_equal(crops(image, points), crops(image, points)) and crops(image, points).shape == (10, 96, 96, 3)
    score, every = crop_scores(network(NETWORKS[0]), image, points)
    assert score == pytest.approx(np.sort(every)[5:].mean(), abs=1e-6)
    small = warping(image, points * 0.1 + 100)
    assert not small.valid and "pixels tall" in small.why


def test_the_noiseprint_tells_one_camera_from_two():
    import course_lib.models.noiseprint  # noqa: F401  (registers the layer)
    from course_lib.recipes.noiseprint import measure

    assert measure(load("noiseprint_cast"), 30) > 0.6
    assert "Noiseprint" in verify("noiseprint_cast").with_name("card.md").read_text(encoding="utf-8")
