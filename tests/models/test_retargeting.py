"""Retargeting: ratios by hand, units that are the face's own, offsets that begin at zero, pictures that follow."""
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.models import retargeting
from course_lib.models.retargeting import (
    face_units,
    in_pixels,
    move_landmarks,
    open_ratios,
    piecewise_affine,
    retarget,
    retargeter,
)


def face(eye=4.0, lips=6.0):
    """A face drawn by hand: eyes 20 wide and `eye` high, a mouth 30 wide and open by `lips`."""
    points = np.random.default_rng(0).uniform(20, 100, (68, 2))
    for first, x in ((36, 30.0), (42, 80.0)):
        points[first:first + 6] = [(x, 50), (x + 6, 50 - eye / 2), (x + 14, 50 - eye / 2), (x + 20, 50),
                                   (x + 14, 50 + eye / 2), (x + 6, 50 + eye / 2)]
    points[60:68] = [(50, 90), (57, 90 - lips / 2), (65, 90 - lips / 2), (73, 90 - lips / 2), (80, 90),
                     (73, 90 + lips / 2), (65, 90 + lips / 2), (57, 90 + lips / 2)]
    return points


@pytest.mark.parametrize(("eye", "lips"), [(4, 6), (0, 6), (4, 0), (8, 15)])
def test_ratios_are_height_over_width(eye, lips):
    assert open_ratios(face(eye, lips)[None])[0] == pytest.approx([eye / 20, lips / 30], abs=1e-6)


@given(st.floats(-3, 3), st.floats(0.2, 5), st.floats(-50, 50))
@settings(max_examples=30, deadline=None)
def test_a_turned_larger_and_moved_face_has_the_same_units_and_ratios(angle, size, shift):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    other = size * face() @ turn.T + shift
    units, middle, axis = face_units(np.stack([face(), other]))
    assert np.allclose(units[0], units[1], atol=1e-6)
    assert np.allclose(open_ratios(other[None]), open_ratios(face()[None]), atol=1e-5)
    assert np.allclose(middle + in_pixels(units, axis), [face(), other], atol=1e-6)


def test_an_untrained_network_moves_nothing():
    keras.utils.set_random_seed(0)
    model, landmarks = retargeter(), np.stack([face(), face(8, 0)])
    assert np.allclose(move_landmarks(model, landmarks, (0.0, 0.5)), landmarks)
    image = np.random.default_rng(1).random((128, 128, 3), np.float32)
    made, moved = retarget(model, image, face(), (0.3, np.nan))
    assert np.allclose(moved, face()) and np.abs(made - image).max() < 1e-3


def test_what_is_not_asked_for_is_asked_for_as_it_is(monkeypatch):
    asked = []

    class Listener:
        def predict_on_batch(self, inputs):
            asked.append(inputs)
            return np.zeros((1, 68, 2), np.float32)

    move_landmarks(Listener(), face()[None], (np.nan, 0.9))
    (points, ratios, wanted), = asked
    assert wanted[0] == pytest.approx([ratios[0, 0], 0.9]) and points.shape == (1, 68, 2)


def test_a_picture_follows_its_landmarks(monkeypatch):
    start, end = face(8, 6), face(2, 6)
    monkeypatch.setattr(retargeting, "move_landmarks", lambda *_: end[None])
    image = np.zeros((128, 128, 3), np.float32)
    image[47:54, 30:51] = 1.0  # a bright eye, 8 high, that shall be 2 high
    made, moved = retarget(None, image, start, (0.1, 0.2))
    assert moved is not start and made[48:53, 40].mean() < image[48:53, 40].mean()
    assert made[50, 40, 0] > 0.9


def test_the_warp_is_exact_at_landmarks_and_never_overshoots():
    start, end = face(8, 6), face(0, 6)  # both lids meet
    flow = piecewise_affine(start, end, 128)
    assert np.abs(flow).max() <= np.abs(start - end).max() + 1e-4 and not flow[0].any() and not flow[:, -1].any()
    assert np.allclose(piecewise_affine(start, start + 2, 128)[50, 62], -2, atol=0.05)
    assert not piecewise_affine(start, start, 128).any()
