"""Pose, eyes and mouth: exact on projected and drawn points."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import faces
from course_lib.faces import measure
from course_lib.faces.mean_face import MEAN_HEAD


def rotation(yaw, pitch, roll):
    (cy, cp, cr), (sy, sp, sr) = np.cos([yaw, pitch, roll]), np.sin([yaw, pitch, roll])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


@given(st.floats(-1.2, 1.2), st.floats(-0.6, 0.6), st.floats(-0.7, 0.7))
def test_the_pose_of_a_projected_mean_head_is_exact(yaw, pitch, roll):
    turned = rotation(yaw, pitch, roll)
    np.testing.assert_allclose(measure.angles(turned), (yaw, pitch, roll), atol=1e-9)
    x, y, z = (MEAN_HEAD @ turned.T).T
    pixels = np.stack([120 + 500 * x / (11 - z), 100 - 500 * y / (11 - z)], -1)
    np.testing.assert_allclose(faces.head_pose(pixels, (201, 241, 3), focal=500), (yaw, pitch, roll), atol=1e-3)


def eye_and_mouth(lids, lips):
    points = np.zeros((68, 2))
    for first, x in ((36, 0), (42, 60)):
        points[first:first + 6] = [(x, 0), (x + 10, -lids), (x + 20, -lids),
                                   (x + 30, 0), (x + 20, lids), (x + 10, lids)]
    points[60:68] = [(20, 50), (35, 50 - lips), (45, 50 - lips), (55, 50 - lips), (70, 50), (55, 50 + lips),
                     (45, 50 + lips), (35, 50 + lips)]
    return points


def test_openings_are_ratios_of_lengths():
    points = np.stack([eye_and_mouth(5, 3), eye_and_mouth(0, 0)])
    np.testing.assert_allclose(faces.eye_opening(points), [[1 / 3, 1 / 3], [0, 0]])  # 10 high, 30 wide
    np.testing.assert_allclose(faces.mouth_opening(points), [6 / 60, 0])
    np.testing.assert_allclose(faces.eye_distance(points), 60)
    np.testing.assert_allclose(faces.eye_opening(points * 3 + 7), faces.eye_opening(points))


def test_wrong_landmarks_are_named():
    with pytest.raises(ValueError, match="68 finite"):
        faces.head_pose(np.zeros((5, 2)), (10, 10))
    with pytest.raises(ValueError, match="68 finite"):
        faces.head_pose(np.full((68, 2), np.nan), (10, 10))
