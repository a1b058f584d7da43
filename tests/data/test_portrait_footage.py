"""Footage of one person: conditioning images that tell of the face alone, tracking errors that are independent."""
from dataclasses import replace

import numpy as np
import pytest

from course_lib.cast import Expression, Scene, people, render
from course_lib.data.portrait_footage import (
    CHANNELS,
    PARTS,
    ROOM,
    TARGET,
    TRACKING,
    conditioning_images,
    portrait_footage,
    portrait_scenes,
    tracked,
)


@pytest.fixture(scope="module")
def frames():
    return render(people()[TARGET], [ROOM, replace(ROOM, expression=Expression(gaze_x=0.8, jaw=0.7))], 64)


def test_conditions_know_the_face_and_nothing_else(frames):
    conditions = conditioning_images(frames)
    face, eyes = frames.mask(*PARTS), frames.mask("eyes")
    assert conditions.shape == (2, 64, 64, CHANNELS) and conditions.min() >= 0 and conditions.max() <= 1
    assert not conditions[~face].any() and (conditions[face].sum(-1) > 0).all()
    assert np.allclose(conditions[..., 6], eyes) and not conditions[~eyes][:, 6:].any()
    assert np.allclose(conditions[1][eyes[1]][:, 7], 0.9) and np.allclose(conditions[0][eyes[0]][:, 7], 0.5)
    assert np.allclose(2 * conditions[..., :3][face] - 1, frames.normals[face], atol=1e-6)


def test_tracking_errors_have_the_size_that_they_say():
    rng, scene = np.random.default_rng(0), Scene(expression=Expression(jaw=0.5, smile=0.5, pucker=0.5))
    found = [tracked(scene, rng) for _ in range(400)]
    for (record, name), spread in TRACKING.items():
        values = [getattr(getattr(s, record), name) for s in found]
        assert np.std(values) == pytest.approx(spread, rel=0.15)
        assert np.mean(values) == pytest.approx(getattr(getattr(scene, record), name), abs=0.2 * spread)
    assert tracked(scene, rng, {}) == scene and found[0].lighting == scene.lighting


def test_clips_have_one_room_and_different_motion():
    one, two = portrait_scenes(0, 8), portrait_scenes(1, 8)
    assert {s.lighting for s in one + two} == {ROOM.lighting} and {s.background for s in one + two} == {ROOM.background}
    assert len({s.pose for s in one + two}) == 16 and portrait_scenes(0, 8) == one


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="count >= 1"):
        portrait_footage(0)
