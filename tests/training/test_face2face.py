"""Analysis by synthesis finds the parameters that a frame was rendered with."""
from dataclasses import replace

import numpy as np
import pytest

from course_lib.cast import Background, Expression, Lighting, Pose, Scene, random_person, render
from course_lib.training.face2face import (
    SPREAD,
    Fit,
    fit_frame,
    parameters_of,
    reenact,
    with_parameters,
)

SCENE = Scene(Expression(jaw=0.4, smile=0.3, gaze_x=0.2), Pose(0.15, 0.05, -0.04), Lighting(azimuth=0.4),
              background=Background(0.1))
NAMES = list(SPREAD)


def test_parameters_go_in_and_come_out():
    values = parameters_of(SCENE)
    assert values[NAMES.index("pose.yaw")] == pytest.approx(0.15) and len(values) == len(SPREAD)
    other = with_parameters(SCENE, values + 0.05)
    assert np.allclose(parameters_of(other) - values, 0.05, atol=1e-6)
    assert other.camera == SCENE.camera and other.expression.blink_left == other.expression.blink_right
    limited = with_parameters(SCENE, values - 9)
    assert limited.expression.jaw == 0.0
    same = with_parameters(SCENE, values + 0.05, only=("expression",))
    assert same.pose == SCENE.pose and same.expression != SCENE.expression


def test_pose_and_jaw_are_found_and_the_energy_falls():
    person = random_person(31)
    frame = render(person, SCENE, 64)
    guess = replace(SCENE, pose=Pose(), expression=Expression(), lighting=replace(SCENE.lighting, azimuth=0.0))
    fit = fit_frame(person, guess, frame.rgb[0], frame.landmarks[0], 8)
    found, true, began = (dict(zip(NAMES, parameters_of(s), strict=True)) for s in (fit.scene, SCENE, guess))
    assert fit.energies[-1] < 0.5 * fit.energies[0]
    for name, limit in (("pose.yaw", 0.05), ("pose.pitch", 0.05), ("pose.roll", 0.05), ("expression.jaw", 0.15)):
        assert abs(found[name] - true[name]) < limit, name
    assert abs(found["lighting.azimuth"] - 0.4) < abs(began["lighting.azimuth"] - 0.4)


def test_the_truth_is_a_fixed_point():
    person = random_person(32)
    frame = render(person, SCENE, 64)
    fit = fit_frame(person, SCENE, frame.rgb[0], frame.landmarks[0], 2, coarse=False)
    assert np.abs(parameters_of(fit.scene) - parameters_of(SCENE)).max() < 0.1


def test_a_reenactment_moves_the_expression_alone():
    target = replace(SCENE, pose=Pose(-0.2), expression=Expression(brow=0.2))
    fits = [Fit(SCENE, (), None, None), Fit(replace(SCENE, expression=Expression()), (), None, None)]
    one, two = reenact(None, target, fits, replace(SCENE, expression=Expression()))
    assert one.pose == two.pose == target.pose and two.expression == target.expression
    assert one.expression.jaw == pytest.approx(0.4) and one.expression.brow == pytest.approx(0.2)
