"""The winner's augmentation cuts out parts where they are, and leaves the given faces alone."""
import numpy as np
import pytest

from course_lib.faces import canonical
from course_lib.training.robust_augment import HALVES, PARTS, blur_and_jpeg, cut_parts, dfdc_winner, part_mask

SIDE = 64
LANDMARKS = canonical(SIDE)
FACES = np.random.default_rng(0).uniform(0.2, 0.8, (40, SIDE, SIDE, 3)).astype(np.float32)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_cut_where_its_landmarks_are(part):
    mask = part_mask(LANDMARKS, part, SIDE)
    x, y = np.round(LANDMARKS[list(PARTS[part])]).astype(int).T
    assert mask[y, x].all() and mask.mean() < 0.25


def test_two_halves_are_a_face():
    for one, other in (HALVES[:2], HALVES[2:]):
        masks = part_mask(LANDMARKS, one, SIDE), part_mask(LANDMARKS, other, SIDE)
        assert (masks[0] ^ masks[1]).all()
    with pytest.raises(ValueError, match="expected one of eyes, nose"):
        part_mask(LANDMARKS, "ear", SIDE)


def test_as_many_are_cut_as_was_asked_for():
    before = FACES.copy()
    cut = cut_parts(FACES, LANDMARKS, np.random.default_rng(1), 0.7)
    assert 20 <= (cut != FACES).any((1, 2, 3)).sum() <= 36
    np.testing.assert_array_equal(FACES, before)
    np.testing.assert_array_equal(cut_parts(FACES, LANDMARKS, np.random.default_rng(1), 0.0), FACES)


def test_each_augmentation_keeps_shape_and_range_and_repeats_with_its_seed():
    for change in (blur_and_jpeg, lambda x, rng: dfdc_winner(x, LANDMARKS, rng)):
        one, again = (change(FACES[:12], np.random.default_rng(2)) for _ in range(2))
        assert one.shape == (12, SIDE, SIDE, 3) and one.dtype == np.float32 and one.min() >= 0 and one.max() <= 1
        np.testing.assert_array_equal(one, again)
        assert (one != FACES[:12]).any()
