"""The four detectors that differ in their training alone do what their cards say, on new people."""
import numpy as np
import pytest

from course_lib import forgeries, models  # noqa: F401  (registers the layers)
from course_lib.attacks.gradients import logit_of
from course_lib.attacks.smoothing import certify
from course_lib.checkpoints import find, load, verify
from course_lib.experiments.robustness import attacked_aucs, scores_of
from course_lib.recipes.robust_detectors import EPSILON, KINDS, NOISE, degraded


@pytest.fixture(scope="module")
def faces():
    rows = forgeries.build("ci", quiet=True).where(split="test", method=("real", "swap"), crf=0, frame=(0, 2))
    return rows, forgeries.centre(rows.pictures())


@pytest.mark.parametrize("name", KINDS)
def test_a_small_file_with_a_card(name):
    card = verify(name).with_name("card.md").read_text(encoding="utf-8")
    assert find(name).size < 2e6 and KINDS[name] in card and "its score means nothing" in card
    assert f"python -m course_lib.recipes.robust_detectors {name}" in card


def test_adversarial_training_keeps_what_ordinary_training_loses(faces):
    rows, images = faces
    kept = {name: attacked_aucs(load(name), images, rows.fake, rows.source, (EPSILON,), steps=5)[EPSILON].value
            for name in ("meso64_plain", "meso64_adversarial")}
    assert kept["meso64_adversarial"] >= 0.8 > 0.4 > kept["meso64_plain"]


def test_a_certificate_holds_for_random_changes_inside_it(faces):
    rows, images = faces
    logit, rng = logit_of(load("meso64_noise")), np.random.default_rng(3)
    score = lambda x: np.asarray(logit(x)) >= 0  # noqa: E731
    proof = certify(score, images[0], NOISE, samples=200)
    if proof.answer >= 0:
        change = rng.normal(size=images[0].shape)
        near = images[0] + 0.9 * proof.radius * change / np.linalg.norm(change)
        assert certify(score, near.astype(np.float32), NOISE, guesses=100, samples=200, alpha=0.05).answer in (
            proof.answer, -1)
    assert scores_of(load("meso64_noise"), images[:2]).shape == (2,)


def test_degraded_copies_differ_and_keep_their_size():
    images = np.random.default_rng(1).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    out = degraded(images, 5)
    assert out.shape == images.shape and out.dtype == np.uint8 and (out != images).any()
    np.testing.assert_array_equal(out, degraded(images, 5))
