"""The mouth from the target's own frames: its distances by hand, its warp, and that the right frame is found."""
import numpy as np
import pytest

from course_lib.training import mouth_retrieval as mr


@pytest.fixture
def mouths():
    rng = np.random.default_rng(4)
    base = np.stack([32 + 20 * np.cos(np.arange(68)), 32 + 20 * np.sin(np.arange(68))], -1)
    base[36], base[45], base[48], base[54] = (15, 20), (49, 20), (22, 45), (42, 45)
    images = rng.random((5, 64, 64, 3)).astype(np.float32)
    return [mr.Mouth(i, (base + rng.normal(0, 1, base.shape)).astype(np.float32), rng.normal(0, 0.2, len(mr._SPREAD)))
            for i in images]


def test_distances_are_zero_to_oneself_and_symmetric(mouths):
    a, b = mouths[:2]
    for distance in (mr.parameter_distance, mr.landmark_distance, lambda p, q: mr.appearance_distance(p, q, 0.5)):
        assert abs(distance(a, a)) < 1e-5 < distance(a, b)
        assert distance(a, b) == pytest.approx(distance(b, a), rel=1e-5)


def test_parameters_count_in_units_of_their_spread(mouths):
    a = mouths[0]
    moved = a.parameters.copy()
    moved[mr._EXPRESSION[0]] += 2 * mr._SPREAD[mr._EXPRESSION[0]]
    b = mr.Mouth(a.image, a.landmarks, moved)
    assert mr.parameter_distance(a, b) == pytest.approx(4 / len(mr._EXPRESSION))


def test_local_binary_patterns_of_a_slope_and_of_a_plain_image():
    assert mr.binary_patterns(np.ones((5, 6)))[255] == 1  # no neighbour is darker
    slope = mr.binary_patterns(np.tile(np.arange(6.0), (5, 1)))
    assert slope.max() == 1 and slope.sum() == pytest.approx(1)
    assert slope.argmax() == 2 + 4 + 8 + 16 + 32  # above, right of it, right, below right, below


def test_the_patch_has_the_corners_where_they_belong(mouths):
    for mouth in mouths:
        corners = np.c_[mouth.landmarks[[48, 54]], [1, 1]] @ mr._to_patch(mouth).T
        assert corners == pytest.approx(np.array([[4.8, 8], [19.2, 8]]), abs=1e-3)
    assert mr.mouth_patch(mouths[0]).shape == (16, 24, 3)


def test_the_same_frame_is_found_and_changes_nothing(mouths):
    wanted = mouths[2]
    assert mr.retrieve(wanted, mouths) == 2 and mr.retrieve(wanted, mouths, last=mouths[1]) in range(5)
    again = mr.insert_mouth(wanted.image, wanted.landmarks, wanted)
    assert np.abs(again - wanted.image).max() < 2e-2  # warpAffine's fixed-point weights


def test_only_the_mouth_changes(mouths):
    a, b = mouths[:2]
    changed = np.abs(mr.insert_mouth(a.image, a.landmarks, b) - a.image).mean(-1)
    mask = mr.mouth_mask(a.landmarks, 64)
    assert changed[mask == 0].max() == 0 < changed[mask > 0.9].mean()
