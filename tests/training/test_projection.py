"""Projection finds its way back to a face that the generator made, and says what it cannot take."""
import keras
import numpy as np
import pytest

from course_lib.claims import claim
from course_lib.models import evaluators, stylegan
from course_lib.models.stylegan import Config, Handles
from course_lib.profile import current
from course_lib.training.projection import project

CONFIG = Config(latent=8, depth=2, rate=1.0, widths=(8, 8, 6, 4, 4), discriminator_widths=(4, 4, 4, 4, 4),
                modulated=True)


@pytest.fixture(scope="module")
def parts():
    keras.utils.set_random_seed(current().seed + 2)
    return Handles(stylegan.generator(CONFIG)), evaluators.feature_pyramid(evaluators.pose_regressor(width=4))


@pytest.fixture(scope="module")
def faces(parts):
    handles = parts[0]
    return handles.pictures(handles.w(np.random.default_rng(3).standard_normal((2, 8))))


@pytest.mark.parametrize("space", ["w", "w+"])
def test_it_comes_near_to_a_face_that_the_generator_made(parts, faces, space):
    handles, network = parts
    seen = []
    found = project(handles, faces, network, space, steps=40, learning_rate=0.15,
                    callback=lambda k, e: seen.append((k, *e)))
    assert found.styles.shape == (2, 10, 8) and found.images.shape == (2, 64, 64, 3) and found.errors.shape == (40, 2)
    assert np.allclose(found.images, handles.pictures(found.styles), atol=1e-6)
    before = np.abs(handles.pictures(np.repeat(handles.mean[None], 2, 0)) - faces).mean((1, 2, 3))
    after = np.abs(found.images - faces).mean((1, 2, 3))
    claim((after / before).max(), "<", 0.8, f"the pictures in {space} come near to the given ones")
    claim((found.errors[-1] / found.errors[0]).max(), "<", 0.75, f"the loss in {space} falls")
    assert np.ptp(found.styles, axis=1).max() > 0.01 if space == "w+" else not np.ptp(found.styles, axis=1).any()
    assert [k for k, *_ in seen] == list(range(40)) and found.seconds > 0


def test_the_same_seed_gives_the_same_way_and_a_start_is_gone_on_from(parts, faces):
    handles, network = parts
    one, two = (project(handles, faces[:1], network, steps=8) for _ in range(2))
    assert np.allclose(one.errors, two.errors, rtol=1e-4)
    w = np.repeat(handles.w(np.random.default_rng(3).standard_normal((2, 8)))[:1, None], 10, 1)
    there = project(handles, faces[:1], network, "w+", steps=3, learning_rate=1e-4, start=w)
    assert np.abs(there.images - faces[:1]).max() < 0.02
    assert there.errors[-1] < one.errors[0]


def test_faces_are_projected_one_by_one(parts, faces):
    handles, network = parts
    start = np.repeat(handles.mean[None, None], 2, 0)
    both = project(handles, faces, network, steps=2, start=np.repeat(start, 10, 1))
    alone = project(handles, faces[:1], network, steps=1)
    assert np.isclose(both.errors[0, 0], alone.errors[0, 0], rtol=0.2)


@pytest.mark.parametrize(("wrong", "message"), [
    (dict(space="z"), "space='z'"), (dict(steps=0), "at least one step"),
    (dict(faces=np.zeros((64, 64, 3), np.float32)), r"\[N, 64, 64, 3\]")])
def test_what_it_cannot_take(parts, faces, wrong, message):
    handles, network = parts
    with pytest.raises(ValueError, match=message):
        project(handles, wrong.pop("faces", faces), network, **wrong)
