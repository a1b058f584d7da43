"""Signal detection theory, confidence, and a class's answers."""
import json

import numpy as np
import pytest
from scipy.stats import norm

from course_lib.arena import people
from course_lib.arena.scoring import clipped_log_loss, expected


def test_d_prime_of_a_known_observer():
    value, criterion, _ = people.d_prime(6914, 10_000, 3085, 10_000)  # z(.6914) = .5
    assert value == pytest.approx(1, abs=0.01) and criterion == pytest.approx(0, abs=0.01)


def test_d_prime_is_finite_for_the_perfect_and_zero_for_who_says_always_fake():
    perfect, _, error = people.d_prime(12, 12, 0, 12)
    always, criterion, _ = people.d_prime(12, 12, 12, 12)
    assert perfect == pytest.approx(2 * norm.ppf(12.5 / 13)) and np.isfinite(error)
    assert always == pytest.approx(0) and criterion < -1
    with pytest.raises(ValueError, match="do not fit"):
        people.d_prime(13, 12, 0, 12)


def test_the_standard_error_is_that_of_many_repetitions():
    rng = np.random.default_rng(0)
    each = [people.d_prime(rng.binomial(60, 0.75), 60, rng.binomial(60, 0.3), 60)[0] for _ in range(4000)]
    assert np.std(each) == pytest.approx(people.d_prime(45, 60, 18, 60)[2], rel=0.08)


def test_observe_and_combine():
    fake = np.repeat([0, 1], 12)
    sharp = np.where(fake, 0.85, 0.15)
    result = people.observe(fake, sharp)
    assert result.accuracy.value == 1 and result.auc == 1 and result.hits == 1 and "right 100%" in str(result)
    assert people.combined([0.5], [0.8])[0] == pytest.approx(1 / (1 + (0.2 / 0.8) ** 0.5))
    assert np.allclose(people.combined(sharp, np.full(24, 0.5), 0.0), sharp)
    with pytest.raises(ValueError, match="missing"):
        people.observe(np.ones(4), np.ones(4))


def test_wilson_against_its_published_form():
    assert people.wilson(0, 10).low == 0
    assert people.wilson(81, 263)[1:] == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I


def test_a_class_is_pooled_without_names_and_without_what_does_not_belong(tmp_path):
    good = [people.save_answers(tmp_path / f"{k}.json", np.full(4, 0.2 + k / 10), "set 1").read_text()
            for k in range(3)]
    bad = ["not json", json.dumps({"clips": "set 2", "answers": [0.1] * 4}),
           json.dumps({"clips": "set 1", "answers": [0.1] * 3}), json.dumps({"clips": "set 1", "answers": [1.5] * 4})]
    rows, problems = people.pool_answers(good + bad, "set 1")
    assert rows.shape == (3, 4) and len(problems) == 4 and not any("name" in text for text in good)


@pytest.mark.parametrize("rule", ["log", "Brier"])
def test_an_honest_report_is_best_under_a_proper_rule(rule):
    reports = np.linspace(0.01, 0.99, 99)
    for belief in (0.2, 0.5, 0.77):
        assert reports[expected(belief, reports, rule).argmin()] == pytest.approx(belief, abs=0.011)
    assert reports[expected(0.6, reports, "absolute").argmin()] == pytest.approx(0.99)


def test_one_confident_mistake_costs_what_the_clip_allows():
    assert clipped_log_loss([1], [0.0]) == pytest.approx(-np.log(0.01))
    assert clipped_log_loss([0, 1], [0.5, 0.5]) == pytest.approx(np.log(2))
