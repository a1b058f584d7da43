"""Blinks: exact on made eyes, found in the cast at the true times."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import cast
from course_lib.forensics import blinks


def eyes(opening, scale=1.0, turn=0.0):
    """[T, 68, 2] with eyes 2 wide and as high as `opening`."""
    points = np.zeros((len(opening), 68, 2))
    for eye, x in ((blinks.RIGHT, 0.0), (blinks.LEFT, 5.0)):
        for k, (dx, dy) in enumerate(((-1, 0), (-0.4, 0.5), (0.4, 0.5), (1, 0), (0.4, -0.5), (-0.4, -0.5))):
            points[:, eye[k]] = np.stack([np.full(len(opening), x + dx), dy * np.asarray(opening)], 1)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return points @ rotation.T * scale


@given(st.floats(0, 2), st.floats(0.1, 50), st.floats(-3, 3))
def test_the_ratio_is_height_over_width_at_any_size_and_turn(opening, scale, turn):
    np.testing.assert_allclose(blinks.eye_aspect_ratio(eyes([opening], scale, turn)), opening / 2, atol=1e-9)


def test_blinks_of_the_cast_are_found_at_their_times():
    clip = cast.clip(cast.people()["Ada"], 12, seed=5, speaking=False)
    opening = 1 - np.array([s.expression.blink_left for s in clip.scenes])
    found = blinks.find_blinks(opening, clip.fps)
    assert len(found) == len(clip.blinks) > 1
    f1, precision, recall = blinks.blink_f1(found, clip.blinks + 0.1)
    assert f1 == precision == recall == 1


def test_a_closed_eye_is_no_blink_and_nothing_seen_is_none():
    opening = np.ones(100)
    opening[20:60] = 0.1
    assert len(blinks.find_blinks(opening, 25)) == 0
    assert len(blinks.find_blinks(np.full(50, np.nan), 25)) == 0
    opening[80:84] = np.nan
    assert len(blinks.find_blinks(opening, 25)) == 0


def test_each_true_blink_counts_once():
    assert blinks.blink_f1([[0.9, 1.1], [1.0, 1.1]], [[0.95, 1.1]]) == pytest.approx((2 / 3, 0.5, 1.0))
    assert np.isnan(blinks.blink_f1([], [])[0])


def test_the_poisson_rule_is_what_simulated_people_do():
    rng, people = np.random.default_rng(0), 20_000
    none = (rng.poisson(17 / 60 * 10, people) == 0).mean()
    assert blinks.no_blink_probability(10) == pytest.approx(none, abs=0.01)
    assert blinks.no_blink_probability(10) == pytest.approx(0.0588, abs=1e-3)


def test_a_clock_is_regular_and_a_poisson_process_is_not():
    assert blinks.regularity(np.arange(10) * 4.0) == pytest.approx(0)
    assert blinks.regularity(np.cumsum(np.random.default_rng(1).exponential(3, 4000))) == pytest.approx(1, abs=0.05)
    assert np.isnan(blinks.regularity([1.0, 2.0]))


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"depth": 1.5}])
def test_senseless_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="expected a positive rate"):
        blinks.find_blinks(np.ones(10), **({"rate": 25} | wrong))


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"expected \(T, 68, 2\)"):
        blinks.eye_aspect_ratio(np.zeros((5, 5, 2)))


def test_an_eye_crop_is_level_and_centred():
    frame = np.zeros((1, 64, 64, 3), np.float32)
    frame[0, 30:33] = 1  # a line through both corners of the eye
    points = np.zeros((1, 68, 2))
    points[0, 42], points[0, 45] = (24, 31), (40, 31)
    crop = blinks.eye_crops(frame, points)[0]
    assert crop.shape == (24, 24, 3) and crop[12].min() > 0.9 and crop[6].max() == 0
    turned = points[:, :, ::-1].copy()
    np.testing.assert_allclose(blinks.eye_crops(frame.transpose(0, 2, 1, 3), turned)[0][12], crop[12], atol=0.1)
