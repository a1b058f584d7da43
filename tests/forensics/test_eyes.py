"""Irises and highlights on drawn eyes, whose truth is known."""
import cv2
import numpy as np
import pytest

from course_lib.faces import canonical
from course_lib.forensics import corneas, eyes
from course_lib.forensics.gaze import gaze, offsets


def face(colours=((0.2, 0.35, 0.6), (0.2, 0.35, 0.6)), lamps=((-4, -4), (-4, -4)), size=256, radius=9.0,
         aside=(0.0, 0.0)):
    """A drawn face: skin, two eyes with iris, pupil and a highlight each (None for none), and its landmarks.

    aside: How far each iris lies to the right of the middle of its eye, pixels.
    """
    points, fine = canonical(size, 1.4), 4
    image = np.full((size * fine, size * fine, 3), (0.75, 0.55, 0.45), np.float32)
    for which, colour, lamp, right in zip((eyes.RIGHT, eyes.LEFT), colours, lamps, aside, strict=True):
        outline = points[which]
        middle = outline.mean(0) + (right, 0)
        eye = np.zeros(image.shape[:2], np.uint8)
        cv2.fillConvexPoly(eye, np.round((outline + 0.5) * fine).astype(np.int32), 1)
        layer = np.full_like(image, (0.85, 0.83, 0.82))
        at = tuple(int(v) for v in (middle + 0.5) * fine)
        cv2.circle(layer, at, int(radius * fine), colour, -1)
        cv2.circle(layer, at, int(radius * 0.35 * fine), (0.03, 0.03, 0.03), -1)
        if lamp:
            cv2.circle(layer, tuple(int(v) for v in (middle + lamp + 0.5) * fine), int(2.2 * fine), (1, 1, 1), -1)
        image = np.where(eye[..., None] > 0, layer, image)
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA), points


def test_the_iris_is_found_where_it_was_drawn():
    image, points = face()
    for eye in eyes.segment(image, points):
        truth = np.argwhere(eye.opening).mean(0)[::-1]
        assert abs(eye.centre[0] - truth[0]) < 0.08 * eyes.WIDE
        assert eye.radius * eye.width / eyes.WIDE == pytest.approx(9.0, rel=0.35)


def test_equal_eyes_have_distance_0_and_another_colour_a_large_one():
    same, other = (eyes.eye_colour(*face(colours)) for colours in (
        ((0.2, 0.35, 0.6),) * 2, ((0.2, 0.35, 0.6), (0.45, 0.25, 0.1))))
    assert same.valid and other.valid and same.score < 0.1 < 0.4 < other.score
    assert set(same.features) == {"hue", "saturation", "value", "red", "green", "blue"}
    assert all(0 <= v <= 1 for v in other.features.values())


def test_highlights_agree_move_and_vanish():
    same, moved, one, none = (corneas.highlights(*face(lamps=lamps)) for lamps in (
        ((-3, -2), (-3, -2)), ((-4, -2), (4, 2)), ((-3, -2), None), (None, None)))
    assert same.valid and same.score < 0.5 < 0.9 < moved.score
    assert one.features["eyes without highlight"] == 1 and one.valid and one.score == 1
    assert not none.valid and "no highlight" in none.why and none.features["eyes without highlight"] == 2


def test_iou_is_exact_and_symmetric():
    a, b = np.zeros((2, 20, 20), bool)
    a[4:8, 4:8], b[9:13, 11:15] = True, True
    assert corneas.highlight_iou(a, b, (6, 6), (13, 11)) == 1.0
    assert corneas.highlight_iou(a, b, (6, 6), (14, 11)) == corneas.highlight_iou(b, a, (14, 11), (6, 6)) == 12 / 20
    assert np.isnan(corneas.highlight_iou(a & False, b & False, (0, 0), (0, 0)))


def test_a_closed_or_small_eye_abstains():
    image, points = face()
    shut = points.copy()
    shut[[37, 38], 1], shut[[40, 41], 1] = shut[36, 1] - 0.5, shut[36, 1] + 0.5
    assert not eyes.eye_colour(image, shut).valid
    small = cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA)
    found = eyes.eye_colour(small, points / 4)
    assert not found.valid and "pixels wide" in found.why


def test_gaze_is_near_0_when_both_eyes_look_aside_and_large_when_one_does():
    ahead, both, one = (gaze(*face(aside=aside)) for aside in ((0, 0), (4, 4), (-4, 4)))
    assert ahead.valid and both.valid and one.valid
    assert max(ahead.score, both.score) < 0.12 < 0.3 < one.score
    half = np.ptp(face()[1][eyes.RIGHT][:, 0]) / 2
    assert both.features["right x"] - ahead.features["right x"] == pytest.approx(4 / half, abs=0.1)
    found = offsets(*eyes.segment(*face(aside=(-4, 4)), together=False))
    assert found[0, 0] < 0 < found[1, 0]
