"""Faces that are small, many, tilted, cut by the border, or not there: found where they can be, and never an error."""
import cv2
import numpy as np
import pytest

from course_lib import faces


def page(hopper, width, size=(640, 480), columns=1, rows=1):
    """Her head, so that the face is `width` pixels wide, once or several times on grey."""
    head = hopper[60:340, 130:380]
    head = cv2.resize(head, None, fx=width / 165, fy=width / 165, interpolation=cv2.INTER_AREA)
    image = np.full((size[1], size[0], 3), 0.5, np.float32)
    for row in range(rows):
        for column in range(columns):
            y = int((row + 0.5) * size[1] / rows - head.shape[0] / 2)
            x = int((column + 0.5) * size[0] / columns - head.shape[1] / 2)
            image[y:y + head.shape[0], x:x + head.shape[1]] = head
    return image


@pytest.mark.parametrize("width", [24, 60, 200])
def test_small_and_large_faces(hopper, width):
    face, = faces.detect_faces(page(hopper, width))
    assert np.linalg.norm(face.landmarks[27:36].mean(0) - (320, 240)) < 0.25 * width


def test_forty_faces_in_one_picture(hopper):
    assert len(faces.detect_faces(page(hopper, 30, columns=8, rows=5))) >= 38


@pytest.mark.parametrize("degrees", [30, -45])
def test_a_tilted_head_is_found_and_its_roll_measured(hopper, degrees):
    turned = cv2.warpAffine(hopper, cv2.getRotationMatrix2D((256, 220), degrees, 1), (512, 600))
    face, = faces.detect_faces(turned)
    assert np.rad2deg(faces.head_pose(face.landmarks, turned.shape)[2]) == pytest.approx(degrees, abs=6)


def test_half_a_face_at_the_border_may_be_found_and_is_finite(hopper):
    for left in (180, 260, 300):
        for face in faces.detect_faces(np.ascontiguousarray(hopper[:, left:])):
            assert np.isfinite(face.landmarks).all() and np.isfinite(face.mesh.irises).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (3, 500), (8, 8)])
def test_slivers_hold_no_face(shape):
    assert faces.detect_faces(np.random.default_rng(0).random((*shape, 3)).astype(np.float32)) == []


def test_numbers_that_are_none_are_no_error(hopper):
    image = hopper.copy()
    image[::50, ::50] = np.nan
    assert len(faces.detect_faces(image)) == 1
