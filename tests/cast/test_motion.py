"""The exact flow explains the driving frame, and says where it cannot."""
from dataclasses import replace

import cv2
import numpy as np
import pytest

from course_lib.cast import Background, Camera, Expression, Lighting, Pose, Scene, random_person, random_scene, render
from course_lib.cast.motion import flow, flow_between

FLAT = Lighting(intensity=0, fill=0, ambient=1.6, sky_r=1, sky_g=1, sky_b=1)  # shading hardly changes with the pose


def warped(image, motion):
    rows, columns = np.mgrid[:image.shape[0], :image.shape[1]].astype(np.float32)
    return cv2.remap(image, columns + motion.flow[..., 0], rows + motion.flow[..., 1], cv2.INTER_LINEAR)


def scenes(**changes):
    a = Scene(lighting=FLAT, background=Background(0.2), pose=Pose(yaw=-0.1), expression=Expression(smile=0.3))
    return a, replace(a, **changes)


def test_a_frame_comes_from_itself():
    a, _ = scenes()
    motion = flow(random_person(901), a, a)
    assert np.abs(motion.flow).max() < 0.02 and motion.visible.all()


@pytest.mark.parametrize(("changes", "limit"), [
    (dict(pose=Pose(yaw=0.25, pitch=0.1, roll=-0.1)), 0.03), (dict(camera=Camera(1.1, 0.1, -0.05)), 0.03),
    (dict(expression=Expression(jaw=0.7)), 0.05)])  # what opens is new, and folds change the shading
def test_warping_the_source_gives_the_driving_frame_where_nothing_is_occluded(changes, limit):
    person = random_person(902)
    pair = render([person] * 2, list(scenes(**changes)), 96, 2)
    motion = flow_between(pair)
    moved = (pair.alpha[1] > 0.99) & motion.visible & (np.linalg.norm(motion.flow, axis=-1) > 1)
    error, before = (np.abs(image - pair.rgb[1]).mean(-1)[moved] for image in (warped(pair.rgb[0], motion),
                                                                               pair.rgb[0]))
    assert moved.sum() > 50 and np.median(error) < limit
    assert error.mean() < 0.85 * before.mean()


@pytest.mark.parametrize("pair_of_scenes", [
    [replace(random_scene(k, wild=0.4), lighting=FLAT) for k in (3, 4)],
    scenes(expression=Expression(jaw=0.5, smile=0.9, brow=0.6))])
def test_landmarks_go_where_the_landmarks_are(pair_of_scenes):
    pair = render([random_person(903)] * 2, list(pair_of_scenes), 128)
    motion = flow_between(pair)
    inner = np.arange(17, 68)[pair.landmarks_visible[:, 17:].all(0)]
    at = np.rint(pair.landmarks[1, inner]).astype(int)
    away = np.abs(pair.landmarks[1, inner] + motion.flow[at[:, 1], at[:, 0]] - pair.landmarks[0, inner])
    assert np.median(away) < 0.5 and np.percentile(away, 80) < 1.0


def test_what_the_source_does_not_show_is_occluded():
    a, b = scenes(expression=Expression(jaw=0.9, teeth=0.4))
    a = replace(a, expression=Expression())  # a closed mouth shows no teeth
    pair = render([random_person(904)] * 2, [a, b], 96)
    motion = flow_between(pair)
    assert not pair.mask("mouth")[0].any()
    assert not motion.visible[pair.mask("mouth")[1]].any()
    pair = render([random_person(904)] * 2, list(scenes(pose=Pose(yaw=0.6))), 96)
    uncovered = (pair.labels[1] == 0) & (pair.labels[0] != 0)
    assert uncovered.sum() > 50 and not flow_between(pair).visible[uncovered].any()


def test_two_frames_are_asked_for():
    a, b = scenes(pose=Pose(yaw=0.2))
    with pytest.raises(ValueError, match="two frames"):
        flow_between(render([random_person(905)] * 3, [a, b, a], 64))
