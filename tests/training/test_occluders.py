import numpy as np
import pytest

from course_lib.training import occluders as oc

COLOUR = np.float32([0.8, 0.5, 0.4])


@pytest.mark.parametrize("kind", ["bars", "blob", "glasses", "hand"])
def test_an_object_lies_where_its_mask_says_and_the_same_seed_draws_the_same(kind):
    rgb, alpha = oc.draw_occluder(kind, np.random.default_rng(3), COLOUR)
    again = oc.draw_occluder(kind, np.random.default_rng(3), COLOUR)
    assert np.array_equal(rgb, again[0]) and np.array_equal(alpha, again[1])
    assert rgb.shape == (64, 64, 3) and alpha.shape == (64, 64) and rgb.dtype == alpha.dtype == np.float32
    assert 0 <= alpha.min() and alpha.max() == 1 and 0.01 < alpha.mean() < 0.6
    assert ((alpha > 0) & (alpha < 1)).any()  # soft at its edge
    inside = rgb[alpha == 1] / COLOUR
    assert np.ptp(inside, axis=1).max() < 1e-5 and 0.3 < inside.min() < inside.max() < 1.4  # one colour in some light


def test_cover_leaves_the_rest_and_is_the_composite():
    picture = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    rgb, alpha = oc.draw_occluder("hand", np.random.default_rng(1), COLOUR)
    done = oc.overlay(picture, rgb, alpha)
    assert np.array_equal(done[alpha == 0], picture[alpha == 0])
    assert np.allclose(done[alpha == 1], rgb[alpha == 1].clip(0, 1))


def test_glasses_sit_on_the_eyes_and_a_hand_on_the_mouth():
    points = np.zeros((68, 2), np.float32)
    points[36:42], points[42:48], points[48:60] = (20, 30), (40, 30), (30, 44)
    _, glasses = oc.draw_occluder("glasses", np.random.default_rng(0), COLOUR, 64, points)
    rows = np.flatnonzero(glasses.any(1))
    assert abs(rows.mean() - 30) < 2 and glasses[30, 20] == glasses[30, 40] == 0 and glasses[30, 30] > 0
    _, hand = oc.draw_occluder("hand", np.random.default_rng(0), COLOUR, 64, points)
    assert hand[40:, :].mean() > 4 * hand[:30].mean()


def test_another_skin_stays_inside_the_mask():
    pictures = np.random.default_rng(0).random((4, 8, 8, 3)).astype(np.float32)
    masks = np.zeros((4, 8, 8), np.float32)
    masks[:, 2:6, 2:6] = 1
    other = oc.recolour(pictures, masks, np.random.default_rng(1))
    assert np.array_equal(other[masks == 0], pictures[masks == 0])
    assert np.abs(other - pictures)[masks == 1].mean() > 0.05
    assert np.allclose(oc.recolour(pictures, masks, np.random.default_rng(1)), other) and other.dtype == np.float32
    assert np.allclose(oc.skin_colour(pictures[0], masks[0]), np.median(pictures[0, 2:6, 2:6].reshape(-1, 3), 0))


def test_what_is_not_drawn_here_is_named():
    with pytest.raises(ValueError, match="umbrella.*hand"):
        oc.draw_occluder("umbrella", np.random.default_rng(0), COLOUR)
