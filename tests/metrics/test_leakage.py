"""Identity in a code: codes whose leakage is known, by construction and by hand."""
import numpy as np
import pytest

from course_lib.metrics.leakage import (
    Leakage,
    identity_accuracy,
    leakage,
    same_scene,
    variance_between,
)


def codes(apart, scenes=60, size=8, own=0.0, seed=0):
    """One code for each scene, seen of two people: shifted apart along one axis, with noise of each person's own."""
    rng = np.random.default_rng(seed)
    scene = rng.normal(size=(scenes, size))
    shift = apart * np.eye(size)[0] / 2
    return tuple(np.float32(scene + sign * shift + own * rng.normal(size=scene.shape)) for sign in (1, -1))


def test_people_far_apart_are_told_apart_and_equal_codes_are_not():
    found = leakage(*codes(6, own=0.05), draws=4)
    assert found.accuracy > 0.95 and found.interval[0] > found.chance[1] and found.between > 0.4
    alike = leakage(*codes(0, own=0.05), draws=4)
    assert alike.interval[0] < 0.6 and alike.between < 1e-3 and alike.same_scene == 1
    assert alike.chance[0] <= 0.5 <= alike.chance[1] + 0.1


def test_small_is_not_absent():
    """A shift too small for the nearest neighbour or the variance to notice, in the one direction without scenes."""
    a, b = codes(0, own=0.001)
    a[:, 0], b[:, 0] = 0.01, -0.01
    found = leakage(a, b, draws=2)
    assert found.accuracy == 1 and found.between < 1e-3 and found.same_scene > 0.95


def test_scale_and_units_do_not_matter_to_the_classifier():
    a, b = codes(2, own=0.3)
    units = np.float32(10.0 ** np.arange(-3, 5))
    np.testing.assert_array_equal(identity_accuracy(a, b), identity_accuracy(a * units, b * units))


def test_variance_between_by_hand():
    a, b = np.full((8, 2), (1.0, 0.0)), np.full((8, 2), (-1.0, 0.0))
    a[:, 1] = b[:, 1] = [1, -1] * 4
    assert variance_between(a, b) == pytest.approx(0.5)  # 1 of the mean, 1 within


def test_the_nearest_code_is_counted():
    a = np.float32(np.arange(8)[:, None] * np.ones(3))
    assert same_scene(a, a + 0.3) == 1 and same_scene(a, a[::-1]) == 0
    assert same_scene(a, np.roll(a, 4, 0)) == 0


def test_exchanged_labels_are_what_is_predicted():
    a, b = codes(6, own=0.05)
    half = np.arange(len(a)) < 30
    assert identity_accuracy(a, b).mean() > 0.95 > 0.7 > identity_accuracy(a, b, half).mean()


def test_it_prints_and_repeats():
    a, b = codes(1, own=0.5)
    assert leakage(a, b, draws=3) == leakage(a, b, draws=3)
    line = str(Leakage(0.5, (0.4, 0.6), (0.45, 0.55), 0.123, 1.0))
    assert "person  50% [40%, 60%]" in line and "between 12.3%" in line and "same scene 100%" in line


@pytest.mark.parametrize(("a", "b"), [((9, 2), (8, 2)), ((9, 2), (9, 3)), ((9,), (9,)), ((7, 2), (7, 2))])
def test_codes_that_do_not_fit_are_refused(a, b):
    for measure in (leakage, variance_between, same_scene):
        with pytest.raises(ValueError, match="the codes are"):
            measure(np.zeros(a), np.zeros(b))
