"""The inspector's picture is a function of its State; the controls describe one."""
import io
from dataclasses import replace

import keras
import numpy as np
import pytest
from PIL import Image

from course_lib.data.clips import Clips, lively_scenes
from course_lib.models.first_order import Size, animator
from course_lib.widgets.motion_inspector import MotionInspector, State, animate, render, truth

TINY = Size(64, 5, 2, (4, 8, 2), (4, 8, 2), (4, 8, 1, 1))


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return animator(TINY)


@pytest.fixture(scope="module")
def clips():
    from course_lib.cast import random_person, render, to_vector

    images, points, vectors = [], [], []
    for seed in (1, 2):
        person, scenes = random_person(seed), lively_scenes(random_person(seed), seed, 3)
        frames = render(person, scenes, 64, 2)
        images.append((frames.rgb * 255 + 0.5).astype(np.uint8))
        points.append(frames.landmarks)
        vectors.append(np.stack([to_vector(person, s) for s in scenes]))
    return Clips(*map(np.stack, (images, points, vectors)))


def test_the_same_state_gives_the_same_picture(model, clips):
    state = State(model, clips, time=2)
    assert Image.open(io.BytesIO(render(state))).size == (672, 396) and render(state) == render(state)
    assert render(state) != render(replace(state, points=False))


def test_the_truth_is_the_source_s_own_frame_when_it_drives_itself(model, clips):
    own = truth(State(model, clips, time=2, transfer="same person"))
    assert np.abs(own - clips.pictures((0, 2))).mean() < 0.01
    still = truth(State(model, clips, driver=1, time=0))  # relative: nothing has moved since the first frame
    assert np.abs(still - clips.pictures((0, 0))).mean() < 0.01
    other = truth(State(model, clips, driver=1, time=0, transfer="absolute"))
    assert np.abs(other - clips.pictures((0, 0))).mean() > 0.01


def test_relative_transfer_begins_with_the_source_s_points(model, clips):
    found, motion, _ = animate(State(model, clips, time=0))
    assert np.allclose(motion.points[0], found.points[0], atol=1e-5)
    found, motion, _ = animate(State(model, clips, time=0, transfer="absolute"))
    assert np.allclose(motion.points[0], found.points[1], atol=1e-5)


@pytest.mark.parametrize(("wrong", "message"), [(dict(transfer="magic"), "expected one of"), (dict(time=3), "frames"),
                                                (dict(source=2), "clips from 0 to 1")])
def test_what_cannot_be_shown(model, clips, wrong, message):
    with pytest.raises(ValueError, match=message):
        State(model, clips, **wrong)


def test_the_controls_describe_a_state(model, clips):
    view = MotionInspector(model, clips)
    view.controls["time"].value, view.controls["transfer"].value = 1, "same person"
    state = view.state()
    assert (state.time, state.transfer, state.driver) == (1, "same person", 1)
    assert view.controls["driver"].disabled and view.controls["first"].disabled
    view.controls["transfer"].value = "relative"
    assert not view.controls["driver"].disabled and not view.controls["first"].disabled
