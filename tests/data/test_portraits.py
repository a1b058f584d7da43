import json

import numpy as np
import pytest

from course_lib.cast import Frames, random_person, random_scene
from course_lib.checkpoints import find, load
from course_lib.data import portraits as data
from course_lib.faces import MEAN_FACE
from course_lib.metrics.generative import portrait_features
from course_lib.recipes import portrait_generator as recipe
from course_lib.show import decode_sheet


def painted(persons, scenes, size):
    """Stands in for the renderer: a flat square in the person's skin tone."""
    n = len(scenes)
    rgb = np.ones((n, size, size, 3), np.float32) * np.float32([p.skin for p in persons]).reshape(n, 1, 1, 1)
    landmarks = np.repeat((MEAN_FACE * size / 2 + size / 4)[None], n, 0).astype(np.float32)
    plane = np.ones((n, size, size), np.float32)
    return Frames(rgb, plane, plane, np.zeros_like(rgb), plane.astype(np.uint8), landmarks, np.ones((n, 68), bool),
                  landmarks[:, :2], np.ones((n, 2), bool), persons, scenes)


@pytest.fixture
def calls(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    made = []
    monkeypatch.setattr(data, "render", lambda *a, **k: made.append(1) or painted(*a, **k))
    monkeypatch.setattr(data, "CHUNK", 4)
    return made


def test_portraits_are_rendered_once_in_pieces_and_any_range_can_be_asked_for(calls):
    all_ = data.portraits(8, quiet=True)
    assert all_.images.shape == (8, 64, 64, 3) and all_.truth.shape == (8, len(data.ATTRIBUTES)) and len(calls) == 2
    some = data.portraits(4, first=3, quiet=True)
    assert len(calls) == 2 and np.array_equal(some.images, all_.images[3:7])
    assert np.array_equal(some.truth, all_.truth[3:7]) and len({row.tobytes() for row in all_.truth}) == 8
    assert np.allclose(all_.pictures(slice(2)), all_.images[:2] / 255)
    with pytest.raises(ValueError, match="count"):
        data.portraits(0)


def test_the_truth_is_that_of_person_and_scene():
    person, scene = random_person(3), random_scene(4)
    truth = dict(zip(data.ATTRIBUTES, data.attributes_of(person, scene), strict=True))
    assert truth["yaw"] == pytest.approx(scene.pose.yaw) and truth["skin"] == pytest.approx(person.skin)
    assert truth["glasses"] == person.glasses and truth["smile"] == pytest.approx(scene.expression.smile)
    assert (truth["fair"] == 0) == bool(truth["bald"])


def test_the_shipped_generator_is_the_end_of_its_curve_and_makes_people_of_many_kinds():
    curve = json.loads(find("portrait_generator").path.with_name("curve.json").read_text(encoding="utf-8"))
    rows = curve["rows"]
    assert [r["step"] for r in rows] == sorted(r["step"] for r in rows) and len(rows) > 10
    assert rows[-1]["frechet"] < rows[0]["frechet"] / 10 and rows[-1]["recall"] > 0.7 > rows[0]["recall"]
    network = load("portrait_generator")
    z = np.random.default_rng(5).standard_normal((curve["faces"], recipe.LATENT)).astype(np.float32)[:16]
    made = network.predict_on_batch(z)
    shown = decode_sheet(rows[-1]["sample"]).reshape(2, 64, 8, 64, 3).swapaxes(1, 2).reshape(16, 64, 64, 3)
    assert np.abs(made - shown).mean() < 0.03
    others = np.random.default_rng(0).standard_normal((200, recipe.LATENT), np.float32)
    values = portrait_features(network.predict_on_batch(others))[0]
    spread = dict(zip(data.ATTRIBUTES, values.std(0), strict=True))
    assert spread["skin"] > 0.15 and spread["yaw"] > 0.1 and spread["glasses"] > 0.2
