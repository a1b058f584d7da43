"""Everybody Dance Now: sticks, the ankle rule, smoothing and the networks, each against what must come out."""
import keras
import numpy as np
import pytest

from course_lib.cast.body import JOINTS
from course_lib.models.everybody_dance import discriminator, generator
from course_lib.models.everybody_dance_inference import (
    ANKLES,
    ankle_range,
    conditions,
    detected,
    in_float32,
    normalise,
    perform,
    smooth,
    stick_figure,
)

SIZE = (24, 16)


@pytest.fixture
def walk():
    """Somebody who walks from far to near: 20 to 40 pixels tall, ankles from row 50 to row 80."""
    p = np.linspace(0, 1, 21)
    upright = np.random.default_rng(0).uniform(0.1, 0.9, (18, 2)) * [1, -1]
    upright[JOINTS.index("head")], upright[ANKLES] = (0.5, -1), [(0.4, 0), (0.6, 0)]
    points = (upright[None] - [0.5, 0]) * (20 + 20 * p)[:, None, None]
    return points + np.stack([np.full(21, 30.0), 50 + 30 * p], -1)[:, None]


def test_a_stick_lies_on_its_bone_and_moves_by_fractions_of_a_pixel():
    joints = np.tile([20.0, 30.0], (18, 1))  # all in one place, but for the lower left leg
    joints[[JOINTS.index(f"left_{name}") for name in ("knee", "ankle", "toe")]] = 20, 60
    image = stick_figure(joints).max(-1)
    assert image[35:55, 20].min() > 0.8 and image[35:55, :17].max() == 0
    half = stick_figure(joints + [0.5, 0]).max(-1)
    assert 0.2 < half[45, 21] and np.average(np.arange(64), weights=half[45]) == pytest.approx(20.5, abs=0.2)


def test_left_and_right_have_different_colours():
    joints = np.random.default_rng(1).uniform(10, 50, (18, 2))
    mirrored = joints.copy()
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "toe"):
        a, b = JOINTS.index(f"left_{part}"), JOINTS.index(f"right_{part}")
        mirrored[[a, b]] = mirrored[[b, a]]
    assert np.abs(stick_figure(joints) - stick_figure(mirrored)).max() > 0.5


def test_conditions_say_where_each_pixel_is(walk):
    made = conditions(walk[:2])
    assert made.shape == (2, 96, 64, 5) and made.dtype == np.float32
    assert made[0, 0, 0, 3:].tolist() == [-1, -1] and made[0, -1, -1, 3:].tolist() == [1, 1]


def test_normalising_to_oneself_changes_nothing(walk):
    own = ankle_range(walk)
    assert np.abs(normalise(walk, own, own) - walk).max() < 1e-4


def test_the_ankle_rule_by_hand(walk):
    own = dict(far=50.0, near=80.0, far_height=20.0, near_height=40.0, column=30.0)
    target = dict(far=60.0, near=70.0, far_height=40.0, near_height=60.0, column=20.0)
    moved = normalise(walk, own, target)
    assert moved[0, ANKLES, 1] == pytest.approx([60, 60]) and moved[-1, ANKLES, 1] == pytest.approx([70, 70])
    heights = moved[:, ANKLES[0], 1] - moved[:, JOINTS.index("head"), 1]
    assert heights[0] == pytest.approx(40) and heights[-1] == pytest.approx(60)
    assert moved[10, ANKLES, 1] == pytest.approx([65, 65]) and heights[10] == pytest.approx(30 * 1.75)


def test_the_range_of_a_walk(walk):
    own = ankle_range(walk)
    assert own["far"] == pytest.approx(51.5) and own["near"] == pytest.approx(78.5)
    assert 20 < own["far_height"] < own["near_height"] < 40 and own["column"] == pytest.approx(30)


def test_a_median_removes_an_outlier_and_keeps_a_steady_walk(walk):
    broken = walk.copy()
    broken[8, 3] += 25
    assert np.abs(smooth(broken, 3) - walk)[1:-1].max() < 1.6 and np.abs(smooth(walk, 3) - walk)[1:-1].max() < 1e-4
    noisy = detected(np.zeros((40, 18, 2)), np.random.default_rng(0), 0.5)
    assert smooth(noisy, 7).std() < 0.6 * noisy.std()


def test_networks_have_their_shapes():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    asked, before = rng.random((1, *SIZE, 5), np.float32), rng.random((1, *SIZE, 3), np.float32)
    model = generator(size=SIZE, filters=4)
    one, other = (np.array(model([asked, x])) for x in (before, 0 * before))
    assert one.shape == (1, *SIZE, 3) and 0 <= one.min() and one.max() <= 1
    assert np.abs(one - other).max() > 1e-4, "the frame before counts"
    *features, score = discriminator(size=SIZE, filters=4)(rng.random((2, *SIZE, 16), np.float32))
    assert len(features) == 3 and score.shape == (2, 3, 2, 1)


def test_frames_follow_each_other():
    keras.utils.set_random_seed(1)
    model = generator(size=SIZE, filters=4)
    asked = np.random.default_rng(2).random((3, *SIZE, 5), np.float32)
    made = perform(model, asked)
    second = np.array(model([asked[1:2], made[:1]]))[0]
    assert made.shape == (3, *SIZE, 3) and np.abs(made[1] - second).max() < 1e-5
    copy = in_float32(model, size=SIZE, filters=4)
    assert np.abs(perform(copy, asked) - made).max() < 1e-5
    assert np.abs(perform(model, asked, first=made[0])[0] - made[0]).max() > 1e-5
    alone = perform(model, asked, remember=False)
    assert np.abs(alone[0] - made[0]).max() < 1e-5 < np.abs(alone[1] - made[1]).max()
