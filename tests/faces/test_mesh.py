"""Face Mesh: regions and projections by exact numbers, landmarks and irises on Grace Hopper and the cast."""
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import faces
from course_lib.faces import ibug, mesh
from course_lib.faces.mesh import Region

HOPPER = np.array([(223, 190), (306, 188), (268, 238), (230, 281), (309, 278)])


@given(st.floats(-200, 200), st.floats(-200, 200), st.floats(10, 500), st.floats(-3, 3))
def test_what_is_projected_into_a_region_comes_back(x, y, side, angle):
    matrix = Region((x, y), side, angle).matrix(192)
    points = np.random.default_rng(0).uniform(0, 191, (20, 3))
    back = mesh.project_back(points, matrix)
    np.testing.assert_allclose(faces.transform(back[:, :2], matrix), points[:, :2], atol=1e-6)
    np.testing.assert_allclose(back[:, 2], points[:, 2] * side / 192, atol=1e-6)
    np.testing.assert_allclose(faces.transform([[x, y]], matrix), [[95.5, 95.5]], atol=1e-6)


def test_a_region_is_upright_by_the_eyes():
    """A box of 40 x 30 around (60, 45); the eyes on a line that falls by 45 degrees."""
    region = mesh.region_of((40, 30, 40, 30), (50, 40), (70, 60), margin=1.5)
    assert region.centre == (60, 45) and region.side == 60
    assert region.angle == pytest.approx(np.pi / 4)
    level = faces.transform([(50, 40), (70, 60)], region.matrix(120))
    assert level[0, 1] == pytest.approx(level[1, 1])
    assert level[1, 0] - level[0, 0] == pytest.approx(2 * np.hypot(20, 20))  # 120 pixels for 60


def test_a_region_turns_and_grows_with_its_mesh():
    points = np.random.default_rng(1).normal(size=(468, 2)) * (20, 30)
    points[[33, 133]], points[[362, 263]] = (-15, 0), (15, 0)
    first = mesh.region_of_mesh(points)
    turn = np.array([[np.cos(0.4), np.sin(0.4)], [-np.sin(0.4), np.cos(0.4)]])  # clockwise as seen, y down
    again = mesh.region_of_mesh(2 * points @ turn + (7, 9))
    assert again.side == pytest.approx(2 * first.side) and again.angle - first.angle == pytest.approx(0.4)
    np.testing.assert_allclose(again.centre, 2 * np.array(first.centre) @ turn + (7, 9), atol=1e-9)


def test_a_crop_shows_each_point_where_its_matrix_says():
    """A bright dot, seen through a turned region, large and small."""
    for size in (300, 1500):
        image = np.zeros((size, size, 3), np.float32)
        spot = np.array([0.55, 0.4]) * size
        cv2.circle(image, tuple(np.rint(spot).astype(int).tolist()), size // 60, (1, 1, 1), -1)
        matrix = Region((size / 2, size / 2), 0.6 * size, 0.3).matrix(192)
        crop = mesh.look(image, matrix, 192)[..., 0]
        y, x = np.mgrid[:192, :192]
        centre = np.array([(x * crop).sum(), (y * crop).sum()]) / crop.sum()
        np.testing.assert_allclose(centre, faces.transform([np.rint(spot)], matrix)[0], atol=0.1)


def test_the_68_landmarks_move_with_the_mesh():
    points = np.random.default_rng(2).normal(size=(468, 3)) * 50
    plain, moved = ibug.landmarks_68(points), ibug.landmarks_68(points * 2 + (10, 20, 5))
    assert plain.shape == (68, 2) and plain.dtype == np.float32
    np.testing.assert_allclose(moved, plain * 2 + (10, 20), atol=1e-3)


def test_each_landmark_is_a_sum_of_six_points_of_the_mesh():
    assert ibug.WEIGHTS.shape == (68, 468)
    np.testing.assert_allclose(ibug.WEIGHTS.sum(1), 1, atol=1e-6)
    assert (np.count_nonzero(ibug.WEIGHTS, axis=1) <= 6).all()


def test_grace_hopper_is_read_where_she_is(hopper):
    face, = faces.detect_faces(hopper)
    assert (face.detector, face.points_from) == ("blazeface", "mesh") and face.mesh.confidence > 0.99
    assert np.linalg.norm(face.points - HOPPER, axis=1).max() < 8  # her pupils are 83 px apart
    assert np.linalg.norm(face.mesh.pupils - HOPPER[:2], axis=1).max() < 4
    rim = np.linalg.norm(face.mesh.irises[:, 1:] - face.mesh.irises[:, :1], axis=-1)
    assert 3 < rim.min() and rim.max() < 12
    x, y, width, height = face.box
    assert x < 200 and x + width > 320 and y < 193 and y + height > 300
    assert 0 < faces.mouth_opening(face.landmarks) < 0.1 and (faces.eye_opening(face.landmarks) > 0.15).all()


def test_a_mirrored_image_gives_a_mirrored_mesh(hopper):
    (one,), (other,) = faces.detect_faces(hopper), faces.detect_faces(np.ascontiguousarray(hopper[:, ::-1]))
    back = other.mesh.pupils[::-1] * (-1, 1) + (hopper.shape[1] - 1, 0)
    np.testing.assert_allclose(back, one.mesh.pupils, atol=2.5)
    yaw = [faces.head_pose(face.landmarks, hopper.shape)[0] for face in (one, other)]
    assert yaw[0] == pytest.approx(-yaw[1], abs=0.1)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_turned_picture_turns_the_landmarks(hopper, turn):
    """Whoever turns a region by hand reads the face at any angle."""
    face, = faces.detect_faces(hopper)
    region = mesh.region_of_mesh(face.mesh.points)
    image = np.ascontiguousarray(np.rot90(hopper, -turn))  # clockwise, in quarter turns
    height, width = hopper.shape[:2]
    move = {1: lambda p: np.stack([height - 1 - p[..., 1], p[..., 0]], -1),
            2: lambda p: np.array([width - 1, height - 1]) - p,
            3: lambda p: np.stack([p[..., 1], width - 1 - p[..., 0]], -1)}[turn]
    turned = Region(tuple(move(np.array(region.centre))), region.side, region.angle + turn * np.pi / 2)
    read = faces.read_mesh(image, turned)
    np.testing.assert_allclose(read.landmarks, move(face.landmarks.astype(float)), atol=2.5)
