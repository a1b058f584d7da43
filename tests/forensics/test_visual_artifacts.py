"""Matern's features abstain where they must, and the classifiers separate what differs and nothing else."""
import numpy as np
import pytest

from course_lib.faces import canonical
from course_lib.forensics.visual_artifacts import PIPELINES, classifiers, features
from course_lib.metrics.detection import auc


def picture(seed=0):
    rng = np.random.default_rng(seed)
    return np.clip(0.5 + rng.normal(0, 0.05, (256, 256, 3)), 0, 1).astype(np.float32)


def test_a_closed_mouth_gives_no_teeth_but_nose_and_border():
    found = features(picture(), canonical(256, 1.3))
    assert set(found) == set(PIPELINES)
    assert found["eyes and teeth"] is None and found["nose and border"].shape == (18,)
    wrapped = features(picture(), canonical(256, 1.3), wrapped=True)["nose and border"]
    assert not np.allclose(wrapped, found["nose and border"], rtol=0.1)


def test_an_open_mouth_with_teeth_gives_18_numbers():
    points = canonical(256, 1.3).copy()
    points[[65, 66, 67], 1] += 22
    for lid in ((37, 38), (43, 44)):
        points[list(lid), 1] -= 3
    image = picture()
    rows = slice(int(points[61, 1]), int(points[61, 1]) + 8)
    image[rows, int(points[60, 0]):int(points[64, 0])] = 0.95
    assert features(image, points)["eyes and teeth"].shape == (18,)


@pytest.mark.parametrize("name", classifiers())
def test_each_classifier_learns_a_shift_and_not_a_coin(name):
    rng = np.random.default_rng(0)
    x, fake = rng.normal(size=(120, 6)), np.tile([0, 1], 60)
    shifted = x + 1.5 * fake[:, None]
    model = classifiers()[name].fit(shifted[:80], fake[:80])
    assert auc(fake[80:], model.predict_proba(shifted[80:])[:, 1]) > 0.9
    model = classifiers()[name].fit(x[:80], fake[:80])
    assert 0.25 < auc(fake[80:], model.predict_proba(x[80:])[:, 1]) < 0.75
