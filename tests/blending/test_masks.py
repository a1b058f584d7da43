"""Masks: where they are, where they are not, and how they move with the face."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.blending import masks
from course_lib.cast import LABELS
from course_lib.faces import MEAN_FACE, outline_mask

SHAPE = (120, 140)
FACE = MEAN_FACE * 80 + (30, 20)
placed = st.builds(lambda x, y, size, turn: (MEAN_FACE - 0.5) @ np.array(
    [(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))]) * size + (x, y),
    st.floats(-30, 170), st.floats(-30, 150), st.floats(20, 160), st.floats(-1, 1))


def disc(radius=30, size=101):
    y, x = np.indices((size, size)) - size // 2
    return np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)


def radius_of(mask):
    return float(np.sqrt(mask.sum() / np.pi))


@pytest.mark.parametrize("shape", masks.SHAPES)
def test_a_shape_holds_the_face_and_little_else(shape):
    mask = masks.SHAPES[shape](FACE, SHAPE)
    assert mask.shape == SHAPE and mask.dtype == np.float32 and mask.min() == 0 and mask.max() == 1
    inside = [mask[round(y), round(x)] for x, y in FACE[17:68]]
    assert np.mean(inside) > (0.95 if shape == "ellipse" else 0.99)
    assert mask[:, 0].max() == mask[0].max() == mask[-1].max() == 0  # the border of the frame stays free
    assert masks.hull(FACE, SHAPE).sum() <= masks.box(FACE, SHAPE).sum() + 1
    assert masks.ellipse(FACE, SHAPE, power=20).sum() == pytest.approx(masks.box(FACE, SHAPE).sum(), rel=0.03)


def test_the_hull_is_the_one_that_faces_are_cut_out_with():
    np.testing.assert_allclose(masks.hull(FACE, (140, 140)), outline_mask(FACE, 140), atol=0.3)


@settings(max_examples=25, deadline=None)
@given(placed)
def test_a_mask_touches_the_border_only_where_the_face_does(points):
    for draw in masks.SHAPES.values():
        mask = masks.feather(masks.grow(draw(points, SHAPE), percent=-3), percent=10)
        assert mask.shape == SHAPE and 0 <= mask.min() <= mask.max() <= 1
        wide = draw(points + 200, (SHAPE[0] + 400, SHAPE[1] + 400))[200:-200, 200:-200]  # the same, not cut off
        for side in np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]:
            assert mask[side].max() <= wide[side].max() + 0.1  # a lone pixel's share is drawn to within a tenth


def test_a_face_that_leaves_the_frame_is_not_softened_at_the_border():
    points = FACE - (70, 0)
    mask = masks.feather(masks.hull(points, SHAPE), percent=10)
    assert mask[60, 0] > 0.95


@settings(max_examples=20, deadline=None)
@given(st.floats(-9, 9))
def test_growing_moves_the_edge_by_so_many_pixels(pixels):
    assert radius_of(masks.grow(disc(), pixels)) == pytest.approx(30 + pixels, abs=0.25 + 0.05 * abs(pixels))


def test_percent_is_of_the_face():
    assert radius_of(masks.grow(disc(), percent=10)) == pytest.approx(30 + 0.1 * np.sqrt(np.pi) * 30, abs=0.5)
    np.testing.assert_array_equal(masks.grow(disc(), 0), disc())


def test_a_soft_edge_lies_inside():
    mask, soft = disc(), masks.feather(disc(), 10)
    assert (soft[mask == 0] == 0).all() and (soft <= mask).all() and soft[50, 50] > 0.999
    profile = soft[50, 50:82]
    assert (np.diff(profile) <= 1e-6).all() and np.abs(np.diff(profile)).max() < 0.2
    np.testing.assert_array_equal(masks.feather(mask, 0), mask)


def test_a_tenth_of_a_pixel_is_a_tenth_of_a_pixel():
    def middle(points):
        mask = masks.grow(masks.hull(points, SHAPE), -4)
        return (mask.sum(0) * np.arange(SHAPE[1])).sum() / mask.sum()

    steps = np.diff([middle(FACE + (0.1 * i, 0)) for i in range(11)])
    np.testing.assert_allclose(steps, 0.1, atol=0.02)


@pytest.mark.parametrize("mask", [np.zeros(SHAPE, np.float32), np.ones(SHAPE, np.float32)])
def test_an_empty_and_a_full_mask_stay_what_they_are(mask):
    np.testing.assert_allclose(masks.grow(mask, -5), mask)
    np.testing.assert_allclose(masks.feather(mask, 5), mask)


def test_labels_choose_parts():
    labels = np.array([[LABELS["skin"], LABELS["hair"], LABELS["glasses"], LABELS["background"]]], np.uint8)
    np.testing.assert_array_equal(masks.from_labels(labels), [[1, 0, 1, 0]])
    np.testing.assert_array_equal(masks.from_labels(labels, ("skin",)), [[1, 0, 0, 0]])
    with pytest.raises(ValueError, match="nose"):
        masks.from_labels(labels, ("nose",))


def test_a_face_on_grey_is_found_with_its_grey_eyes():
    face = np.full((64, 64, 3), 0.5, np.float32)
    face[disc(20, 64) > 0.5] = (0.8, 0.6, 0.4)
    face[28:32, 24:30] = 0.5  # an eye
    face[2:5, 2:5] = 0.9  # a stray spot
    mask = masks.from_grey(face)
    assert radius_of(mask) == pytest.approx(20, abs=1) and mask[30, 27] == 1 and mask[3, 3] == 0
    assert not masks.from_grey(np.full((64, 64, 3), 0.5, np.float32)).any()


def painted():
    """A face of one colour in a blue room, with dark hair over the brows and dark round rims."""
    frame = np.full((*SHAPE, 3), (0.2, 0.3, 0.6), np.float32)
    frame[masks.hull(FACE, SHAPE) > 0.5] = (0.75, 0.55, 0.45)
    return frame * np.linspace(1, 0.6, SHAPE[1], dtype=np.float32)[:, None]  # light from the left


def test_skin_is_seen_in_light_and_shade_and_hair_stays_in_front():
    frame, inside = painted(), masks.hull(FACE, SHAPE) > 0.99
    assert masks.visible_skin(frame, FACE)[inside].min() > 0.8
    frame[:37, 30:60] = (0.1, 0.06, 0.04)  # a lock of hair over the left side of the forehead
    seen = masks.visible_skin(frame, FACE)
    assert seen[31:34, 48:56].max() < 0.1 and seen[75, 70] > 0.9


def test_small_dark_spots_belong_to_the_face_and_eyes_do_not_vanish():
    frame = painted()
    frame[74:76, 56:58] = 0.05  # a mole
    eye = FACE[36:42].mean(0).round().astype(int)
    frame[eye[1] - 1:eye[1] + 2, eye[0] - 2:eye[0] + 3] = (0.1, 0.5, 0.2)
    seen = masks.visible_skin(frame, FACE)
    assert seen[75, 57] == 1 and seen[eye[1], eye[0]] == 1


def test_intersection_is_the_smallest():
    a, b = disc(20), disc(30)
    np.testing.assert_array_equal(masks.intersect(a, b), a)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"\(5, 2\)"):
        masks.hull(np.zeros((5, 2)), SHAPE)
    with pytest.raises(ValueError, match="not finite"):
        masks.ellipse(np.full((68, 2), np.nan), SHAPE)
    with pytest.raises(ValueError, match="255"):
        masks.grow(np.full(SHAPE, 255.0), 3)
    with pytest.raises(ValueError, match="-3"):
        masks.feather(disc(), -3)
