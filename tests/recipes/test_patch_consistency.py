"""The shipped siamese network compares histories of scenes and cameras that it never saw."""
import numpy as np

from course_lib import models  # noqa: F401  (registers the layers)
from course_lib.checkpoints import load, verify
from course_lib.metrics.detection import auc
from course_lib.models.consistency import ATTRIBUTES
from course_lib.recipes.patch_consistency import NAME, measure, sorted_auc


def test_it_tells_histories_apart_as_its_card_says():
    model = load(NAME)
    scores = measure(model, count=40, seed=17, rounds=10)  # pairs of two pipelines: by chance .5
    assert set(scores) == {*ATTRIBUTES, "everything"}
    assert scores["everything"]["auc"] > 0.88 and scores["JPEG"]["auc"] > 0.88
    assert scores["JPEG"]["apart"] > 0.75 and scores["JPEG history"]["apart"] > 0.8 and scores["blur"]["apart"] > 0.6
    card = verify(NAME).with_name("card.md").read_text(encoding="utf-8")
    assert "scores no photograph" in card and f"recipes.{NAME}" in card


def test_the_weighted_area_is_the_area_of_repeated_samples():
    rng = np.random.default_rng(0)
    true, score, weight = rng.integers(0, 2, 60), rng.random(60), rng.integers(0, 3, 60)
    order = np.argsort(score)
    assert np.isclose(sorted_auc(true[order], weight[order]), auc(np.repeat(true, weight), np.repeat(score, weight)))


def test_it_is_symmetric():
    model, rng = load(NAME), np.random.default_rng(0)
    a, b = (rng.random((3, 64, 64, 3)).astype(np.float32) for _ in range(2))
    assert np.allclose(model.predict_on_batch([a, b]), model.predict_on_batch([b, a]), atol=1e-5)
