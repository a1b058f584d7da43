"""Coverage is what was promised, exactly, on exchangeable data, and only there."""
import itertools

import numpy as np
import pytest

from course_lib.metrics.conformal import class_thresholds, conformal_threshold, coverage, prediction_sets


@pytest.mark.parametrize(("n", "alpha"), [(4, 0.25), (5, 0.4), (6, 0.2)])
def test_coverage_over_all_orders_of_exchangeable_data_is_exact(n, alpha):
    """Each of n + 1 values takes the place of the new one once: coverage is ceil((n + 1)(1 - alpha)) / (n + 1)."""
    values = np.random.default_rng(n).random(n + 1)
    held = [values[k] <= conformal_threshold(np.delete(values, k), alpha) for k in range(n + 1)]
    assert sum(held) == int(np.ceil((n + 1) * (1 - alpha) - 1e-9)) and np.mean(held) >= 1 - alpha


@pytest.mark.parametrize(("alpha", "least"), [(0.1, 9), (0.05, 19), (0.01, 99)])
def test_so_many_calibration_scores_are_needed(alpha, least):
    assert np.isinf(conformal_threshold(np.arange(least - 1), alpha))
    assert conformal_threshold(np.arange(least), alpha) == least - 1


def test_sets_hold_each_class_as_often_as_promised_and_not_after_a_shift():
    rng, n = np.random.default_rng(5), 4000
    fake = np.repeat([0, 1], n)

    def scores(shift):
        return 1 / (1 + np.exp(-rng.normal(2 * fake - 1 + shift, 1)))

    thresholds = class_thresholds(fake, scores(0.0), 0.1)
    for label in (0, 1):
        sets = prediction_sets(scores(0.0), thresholds)[fake == label]
        assert coverage(fake[fake == label], sets) == pytest.approx(0.9, abs=0.02)
    shifted = prediction_sets(scores(1.0), thresholds)
    assert coverage(fake[fake == 0], shifted[fake == 0]) < 0.75


def test_groups_cover_new_people_where_single_images_do_not():
    rng, people, frames = np.random.default_rng(6), 400, 8

    def draw():
        who = np.repeat(np.arange(people), frames)
        level = rng.normal(0, 1, people)[who] + rng.normal(0, 0.5, people * frames)
        return who, 1 / (1 + np.exp(-level)), np.zeros(people * frames, int)

    who, score, fake = draw()
    both = np.r_[fake, 1], np.r_[score, 0.5], np.r_[who, -1]
    by_image, by_person = class_thresholds(*both[:2], 0.1), class_thresholds(*both[:2], 0.1, both[2])
    who, score, fake = draw()
    one, other = (coverage(fake, prediction_sets(score, t), who) for t in (by_image, by_person))
    assert one < 0.85 and other == pytest.approx(0.9, abs=0.05)


def test_a_set_may_be_empty_or_full():
    sets = prediction_sets([0.1, 0.5, 0.9], (0.3, 0.3))
    assert sets.tolist() == [[True, False], [False, False], [False, True]]
    assert prediction_sets([0.5], (0.6, 0.6)).tolist() == [[True, True]]


def test_what_cannot_be_calibrated_is_refused():
    for scores, alpha in itertools.product(([], [0.5]), (0.0, 1.0)):
        with pytest.raises(ValueError, match="expected"):
            conformal_threshold(scores, alpha)
    with pytest.raises(ValueError, match="no fake"):
        class_thresholds([0, 0], [0.1, 0.2])
