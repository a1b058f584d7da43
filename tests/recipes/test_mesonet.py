"""The shipped detectors do what their cards say, on people whom nobody trained or chose on."""
import re

import numpy as np
import pytest

from course_lib import forgeries, models  # noqa: F401  (registers the layers)
from course_lib.checkpoints import load, verify
from course_lib.metrics.detection import auc, per_video, pool
from course_lib.models.mesonet_inference import scorer
from course_lib.recipes.mesonet import NETWORKS, TRAINED_ON, measure, table


@pytest.fixture(scope="module")
def test_side():
    return forgeries.build("ci", quiet=True).where(split="test")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_shipped_detector_finds_its_own_method_and_falls_on_another(name, test_side):
    score = scorer(load(name))
    own, other = (test_side.where(method=methods) for methods in (TRAINED_ON, ("real", "resampled")))
    scores = score(own.pictures())
    _, pooled = pool(scores, own.video)
    assert auc(per_video(own.fake, own.video), pooled) >= 0.97
    assert auc(other.fake, score(other.pictures())) < 0.8


@pytest.mark.parametrize("name", NETWORKS)
def test_the_card_tells_the_score_and_where_it_falls(name):
    card = verify(name).with_name("card.md").read_text(encoding="utf-8")
    assert float(re.search(r"video AUC (\d\.\d+)", card)[1]) >= 0.97
    assert f"python -m course_lib.recipes.mesonet {name}" in card and "On photographs its score means nothing" in card
    for method in forgeries.METHODS:
        assert f"| {method}, CRF 40 |" in card


def test_measuring_looks_at_the_test_side_alone(test_side):
    model = load("meso4_cast")
    whole = forgeries.build("ci", quiet=True)
    rows, rest = measure(model, whole)
    assert rest["people"] == len(np.unique(test_side.source))
    assert rest["frames"] == len(test_side.where(method=TRAINED_ON))
    assert 0 <= rest["ece"] <= 1 and len(rows) == len(forgeries.METHODS) * len(forgeries.CRFS)
    assert table(rows).count("\n") == len(rows) + 1
