import numpy as np
import pytest

from course_lib.cast import Frames, random_person
from course_lib.data import pairs as data
from course_lib.faces import MEAN_FACE
from course_lib.recipes.shared_encoder import batches


def painted(persons, scenes, size=128, supersample=1):
    """Stands in for the renderer: a flat square in the person's skin tone, brightened by the scene's light."""
    persons = persons if isinstance(persons, list) else [persons] * len(scenes)
    n = len(scenes)
    tone = np.array([0.2 + 0.5 * p.skin + 0.1 * s.lighting.intensity for p, s in zip(persons, scenes, strict=True)])
    rgb = np.ones((n, size, size, 3), np.float32) * tone[:, None, None, None].astype(np.float32)
    landmarks = np.repeat((MEAN_FACE * 64 + 32)[None], n, 0).astype(np.float32)
    plane = np.ones((n, size, size), np.float32)
    return Frames(rgb.clip(0, 1), plane, plane, np.zeros_like(rgb), plane.astype(np.uint8), landmarks,
                  np.ones((n, 68), bool), landmarks[:, :2], np.ones((n, 2), bool), persons, scenes)


@pytest.fixture
def calls(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    made = []
    monkeypatch.setattr(data, "render", lambda *a, **k: made.append(1) or painted(*a, **k))
    monkeypatch.setattr(data, "CHUNK", 2)
    return made


def test_pairs_are_rendered_once_and_a_stopped_run_goes_on(calls, tmp_path):
    pairs = data.training_pairs(people=6, scenes=6, together=4, quiet=True)
    assert pairs.images.shape == (6, 4, 64, 64, 3) and pairs.masks.shape == (6, 4, 64, 64)
    assert pairs.reads.shape == (6, 6) and len(calls) == 3
    assert all(len(set(row)) == 4 for row in pairs.who)
    lost = sorted((tmp_path / "swap_pairs").rglob("*.npz"))[1]
    lost.unlink()
    again = data.training_pairs(people=6, scenes=6, together=4, quiet=True)
    assert len(calls) == 4
    assert np.array_equal(again.images, pairs.images) and np.array_equal(again.who, pairs.who)


def test_a_batch_wants_each_of_two_people_as_the_other(calls):
    pairs = data.training_pairs(people=6, scenes=6, together=4, quiet=True)
    (pictures, numbers), wanted = next(batches(pairs, np.random.default_rng(0), scenes=5))
    assert pictures.shape == (10, 64, 64, 3) and wanted.shape == (10, 64, 64, 4)
    tones = {k: random_person(data.PEOPLE_SEED + k).skin for k in range(6)}
    middle = slice(30, 34)
    for row in range(10):
        mate = row ^ 1
        assert np.allclose(wanted[row, middle, middle, :3], pictures[mate, middle, middle], atol=0.01)
        assert numbers[row] != numbers[mate]
        lighter = wanted[row, 32, 32, 0] > pictures[row, 32, 32, 0]
        assert lighter == (tones[int(numbers[row])] > tones[int(numbers[mate])])


def test_scenes_are_fixed_by_their_seed_and_some_are_turned():
    assert data.scene(5) == data.scene(5) != data.scene(6)
    yaw = np.array([data.scene(s).pose.yaw for s in range(300)])
    assert (np.abs(yaw) > np.radians(30)).mean() > 0.1
    assert np.abs(yaw).max() <= 0.95


def test_faces_of_a_person_are_kept(calls):
    person = random_person(1)
    first = data.faces_of(person, range(3))
    again = data.faces_of(person, range(3))
    assert len(calls) == 1 and np.array_equal(first.images, again.images)
    data.faces_of(person, range(3), size=128, coverage=1.6)
    assert len(calls) == 2
