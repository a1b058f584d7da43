"""Detection: Grace Hopper once and at the right place, the cast's faces, duplicates suppressed, YuNet by name."""
import cv2
import numpy as np
import pytest

from course_lib import faces
from course_lib.faces.detect import non_maximum_suppression

# read off the photograph by eye: the pupils, the tip of the nose, the corners of the mouth
HOPPER = np.array([(223, 190), (306, 188), (268, 238), (230, 281), (309, 278)])


@pytest.mark.parametrize(("method", "kind"), [("mesh", ("blazeface", "mesh")), ("haar", ("frontal", "eyes"))])
def test_grace_hopper_is_found_once_and_where_she_is(hopper, method, kind):
    detections = faces.detect_faces(hopper, method)
    assert len(detections) == 1
    face = detections[0]
    assert (face.detector, face.points_from) == kind
    assert face.landmarks.shape == (68, 2) and (face.mesh is None) == (method == "haar")
    apart = np.linalg.norm(face.points - HOPPER, axis=1)
    assert apart[:2].max() < 8 and apart.max() < 15  # her pupils are 83 px apart
    x, y, w, h = face.box
    assert x < HOPPER[:, 0].min() and HOPPER[:, 0].max() < x + w and y < 193 and 279 < y + h


@pytest.mark.parametrize("method", ["mesh", "haar"])
@pytest.mark.parametrize("factor", [0.4, 2.5])
def test_the_size_of_a_picture_changes_little(hopper, factor, method):
    image = cv2.resize(hopper, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    detections = faces.detect_faces(image, method)
    assert len(detections) == 1
    assert np.linalg.norm(detections[0].points[:2] / factor - HOPPER[:2], axis=1).max() < 8


@pytest.mark.parametrize("method", ["mesh", "haar"])
def test_two_people_are_two_faces_and_a_landscape_is_none(hopper, method):
    assert len(faces.detect_faces(np.concatenate([hopper, hopper[:, ::-1]], 1), method)) == 2
    y, x = np.mgrid[:200, :300].astype(np.float32)
    assert faces.detect_faces(np.stack([y / 200, x / 300, 0 * x], -1), method) == []


@pytest.mark.parametrize(("method", "error"), [("mesh", 0.02), ("haar", 0.04)])
def test_frontal_faces_of_the_cast_are_found(neutral_people, method, error):
    """16 frontal people: at least 15 detected once, the crop where the true one is (median, part of its size)."""
    once, apart = 0, []
    for image, landmarks in zip(neutral_people.rgb, neutral_people.landmarks, strict=True):
        detections = faces.detect_faces(image, method)
        once += len(detections) == 1
        if detections:
            true = faces.umeyama(landmarks[faces.STABLE], faces.canonical(64)[faces.STABLE])
            ours = faces.align_face(image, detections[0], 64).matrix
            there = faces.transform(faces.canonical(64), faces.invert(true))
            apart.append(np.sqrt(((faces.transform(there, ours) - faces.canonical(64)) ** 2).sum(1).mean()))
    assert once >= 15
    assert np.median(apart) < error * 64


def box(*values, score=1.0):
    return faces.Face(values, score, np.zeros((5, 2)), "frontal", "box")


def test_duplicates_are_suppressed_and_neighbours_are_not():
    first, shifted, inside, beside = box(0, 0, 100, 100), box(20, 10, 100, 100), box(30, 30, 40, 40), box(95, 0, 90, 90)
    assert non_maximum_suppression([first, shifted, inside, beside]) == [first, beside]
    assert non_maximum_suppression([]) == []


class Detector:
    """Answers as OpenCV's FaceDetectorYN does: rows of 15 numbers in pixels of the picture it was given."""

    def __init__(self, size):
        self.size = size

    def detect(self, image):
        assert image.shape[1::-1] == self.size
        unit = self.size[0] / 100
        row = [10, 20, 30, 40, 15, 30, 30, 31, 22, 40, 17, 50, 29, 51]
        return 1, np.array([[*(np.array(row) * unit), 0.9], [*(np.array(row) * unit + 1), 0.8]], np.float32)


def test_yunets_rows_become_faces_in_pixels_of_the_large_picture(monkeypatch, tmp_path):
    model = tmp_path / "yunet.onnx"
    model.write_bytes(b"stand-in")
    monkeypatch.setattr(cv2.FaceDetectorYN, "create", lambda path, config, size, *limits: Detector(size))
    detections = faces.detect_faces(np.zeros((1600, 1600, 3), np.float32), "yunet", model)  # searched at 800 px
    assert len(detections) == 1 and detections[0].points_from == "five"
    np.testing.assert_allclose(detections[0].box, np.array([10, 20, 30, 40]) * 16, rtol=1e-5)
    np.testing.assert_allclose(detections[0].points[0], np.array([15, 30]) * 16 + 0.5, rtol=1e-5)
    assert abs(detections[0].score - 0.9) < 1e-6


def test_yunet_without_its_file_says_how_to_get_it(tmp_path):
    image = np.zeros((64, 64, 3), np.float32)
    with pytest.raises(FileNotFoundError, match="course checkpoints fetch yunet"):
        faces.detect_faces(image, "yunet", tmp_path / "none.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    with pytest.raises(ValueError, match="not a YuNet model"):
        faces.detect_faces(image, "yunet", tmp_path / "bad.onnx")


def test_wrong_input_is_named():
    with pytest.raises(ValueError, match="float RGB"):
        faces.detect_faces(np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(ValueError, match="yunet"):
        faces.detect_faces(np.zeros((64, 64, 3), np.float32), "magic")
