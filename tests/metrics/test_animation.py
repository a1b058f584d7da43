"""Metrics of animations on motions that are known."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib.metrics import animation
from course_lib.models.animation_baselines import METHODS, landmark_displacement, warp_back


def test_end_point_error_counts_what_is_visible():
    truth, visible = np.zeros((4, 4, 2), np.float32), np.zeros((4, 4), bool)
    flow = truth + [3, 4]
    visible[0, 0] = True
    assert animation.end_point_error(flow, truth, visible) == pytest.approx(5)
    assert np.isnan(animation.end_point_error(flow, truth, ~np.ones((4, 4), bool)))


def test_occlusion_iou():
    a, b = np.zeros((2, 4), bool), np.zeros((2, 4), bool)
    assert animation.occlusion_iou(a, b) == 1
    a[0], b[0, 2:], b[1, :2] = True, True, True
    assert animation.occlusion_iou(a, b) == pytest.approx(2 / 6)


@given(st.floats(-4, 4), st.floats(-4, 4))
def test_landmarks_follow_a_shift(dx, dy):
    points = np.random.default_rng(0).uniform(20, 40, (68, 2))
    moved = animation.moved_landmarks(points, np.broadcast_to(np.float32([dx, dy]), (64, 64, 2)))
    assert np.allclose(moved, points - [dx, dy], atol=1e-3)


def test_akd_is_the_mean_of_both_axes_in_pixels_of_256():
    points = np.zeros((3, 68, 2))
    assert np.allclose(animation.akd(points + [1, 0], points, 64), 2)


def test_aed_is_the_squared_distance():
    a = np.eye(3)
    assert animation.aed(a, a[[0, 2, 1]]).tolist() == [0, 2, 2]


def test_reconstruction_and_interval():
    truth = np.full((4, 8, 8, 3), 0.5, np.float32)
    distance, quality = animation.reconstruction(truth + 0.1, truth)
    assert np.allclose(distance, 0.1, atol=1e-6) and np.allclose(quality, 20, atol=1e-3)
    mean, low, high = animation.by_person([1, 1, 3, 3], [0, 0, 1, 1])
    assert (mean, low, high) == (2, 1, 3)


def test_the_landmark_warp_takes_landmarks_where_they_belong():
    rng = np.random.default_rng(1)
    source = rng.uniform(15, 48, (68, 2))
    driving = source + 2 + rng.normal(0, 0.3, (68, 2))
    found = {m: animation.akd(animation.moved_landmarks(source, landmark_displacement(source, driving, 64, m)),
                              driving, 64) for m in METHODS}
    assert found["thin-plate warp"] < 0.5 < found["mean shift"] < found["source repeated"]
    with pytest.raises(ValueError, match="expected one of"):
        landmark_displacement(source, driving, 64, "magic")


def test_warping_back_by_nothing_changes_nothing():
    image = np.random.default_rng(0).random((8, 8, 3)).astype(np.float32)
    assert np.allclose(warp_back(image, np.zeros((8, 8, 2))), image)
