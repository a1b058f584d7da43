"""Faces turned to the front and back: exact on the mean head, and steady where the head turns."""
import cv2
import numpy as np
import pytest

from course_lib.faces import align, canonical, frontal
from course_lib.faces.mean_face import MEAN_HEAD

SIZE = 96


def seen(yaw=0.0, pitch=0.0, roll=0.0):
    """Landmarks f64 [68, 2] of the mean head in an image of 120 pixels."""
    turn = cv2.Rodrigues(np.array([pitch, yaw, roll]))[0]
    points = MEAN_HEAD @ frontal.FLIP @ turn.T + (0.1, 0.2, 5.0)
    return points[:, :2] / points[:, 2:] * 240 + 59.5


@pytest.mark.parametrize("turn", [{}, {"yaw": 0.3}, {"pitch": -0.2}, {"yaw": -0.25, "pitch": 0.15, "roll": 0.2}])
def test_the_mean_heads_landmarks_lie_in_the_same_place_whatever_its_pose(turn):
    points, straight = seen(**turn), MEAN_HEAD[:, :2] * (1, -1)
    pose = frontal.fit_pose(points, (120, 120))
    matrix, _ = frontal.surface(SIZE)
    off = frontal.on_surface(points, pose, SIZE) - (straight @ matrix[:, :2].T + matrix[:, 2])
    assert np.abs(off[48:]).mean() < 0.1 and np.abs(off[17:]).max() < 1.5, "pixels"
    assert np.abs(canonical(SIZE, frontal.COVERAGE) - frontal.on_surface(points, pose, SIZE))[17:].max() < 5


@pytest.mark.parametrize("turn", [{}, {"yaw": 0.25, "pitch": 0.1}])
def test_a_face_comes_back_to_its_place(turn):
    rng = np.random.default_rng(0)
    image = cv2.GaussianBlur(rng.uniform(0, 1, (120, 120, 3)).astype(np.float32), (0, 0), 4)
    points = seen(**turn)
    pose = frontal.fit_pose(points, image.shape)
    back = frontal.turned(frontal.frontal(image, pose, SIZE), pose, image, points)
    low, high = points[27:].min(0).astype(int), points[27:].max(0).astype(int)
    inside = np.s_[low[1]:high[1], low[0]:high[0]]
    assert np.abs(back - image)[inside].max() < 0.02
    assert np.array_equal(back[:3], image[:3]), "beyond the face nothing changes"


def test_a_turned_head_is_steadier_from_the_front_than_after_a_similarity():
    image, places, flat = np.zeros((120, 120, 3), np.float32), [], []
    for yaw in np.linspace(-0.3, 0.3, 7):
        points = seen(yaw, pitch=yaw / 2)
        places.append(frontal.on_surface(points, frontal.fit_pose(points, image.shape), SIZE)[48:])
        flat.append(align(image, points, SIZE).landmarks[48:])
    spread = lambda x: np.std(x, 0).mean()  # noqa: E731
    assert spread(places) < 0.2 * spread(flat)
