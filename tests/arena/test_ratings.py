"""Ratings against values from other programs, closed forms and invariances."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from course_lib.arena import ratings
from course_lib.arena.matrix import Round


def some_wins(seed=0, players=6):
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 1, players)
    wins = np.zeros((players, players))
    for i in range(players):
        for j in range(i):
            wins[i, j] = rng.binomial(40, expit(true[i] - true[j]))
            wins[j, i] = 40 - wins[i, j]
    return wins, true - true.mean()


def test_bradley_terry_is_the_logistic_regression_on_differences():
    from sklearn.linear_model import LogisticRegression

    wins, _ = some_wins()
    rows, labels, weights = [], [], []
    for i, j in zip(*np.nonzero(wins), strict=True):
        x = np.zeros(len(wins))
        x[i], x[j] = 1, -1
        rows += [x, -x]
        labels += [1, 0]
        weights += [wins[i, j] / 2] * 2
    model = LogisticRegression(C=1 / 0.5, fit_intercept=False, tol=1e-12, max_iter=10_000)
    model.fit(np.array(rows), labels, sample_weight=weights)
    assert np.allclose(ratings.bradley_terry(wins, 0.5), model.coef_[0], atol=1e-4)


def test_bradley_terry_is_the_minimum_that_scipy_finds():
    wins, true = some_wins(3)
    loss = lambda r: -(wins * np.log(expit(r[:, None] - r))).sum() + 0.05 * (r**2).sum()  # noqa: E731
    best = minimize(loss, np.zeros(6), tol=1e-12).x
    got = ratings.bradley_terry(wins, 0.1)
    assert np.allclose(got, best, atol=1e-4) and abs(got.mean()) < 1e-9
    assert np.corrcoef(got, true)[0, 1] > 0.95


def test_two_players_have_the_log_odds_of_their_games():
    first, second = ratings.bradley_terry(np.array([[0, 30.0], [10, 0]]), 1e-9)
    assert first - second == pytest.approx(np.log(3), abs=1e-6)


def test_who_never_loses_has_the_rating_of_the_prior():
    wins = np.array([[0, 20.0, 20], [0, 0, 10], [0, 10, 0]])
    values = [ratings.bradley_terry(wins, ridge)[0] for ridge in (1, 0.1, 0.01, 0.001)]
    assert all(b > a + 0.5 for a, b in zip(values, values[1:], strict=False))
    with pytest.raises(ValueError, match="never loses"):
        ratings.bradley_terry(wins, 0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_bradley_terry_follows_the_players_when_they_are_renumbered(seed):
    wins, _ = some_wins(seed)
    order = np.random.default_rng(seed).permutation(6)
    assert np.allclose(ratings.bradley_terry(wins)[order], ratings.bradley_terry(wins[np.ix_(order, order)]))
    assert np.allclose(ratings.bradley_terry(wins.T), -ratings.bradley_terry(wins))


def test_elo_by_hand():
    assert ratings.elo([(0, 1)], 2).tolist() == [1516, 1484]
    second = ratings.elo([(0, 1), (1, 0)], 2)
    assert second[0] == pytest.approx(1516 - 32 / (1 + 10 ** (-32 / 400)))  # the favourite loses more than it had won
    assert second.sum() == pytest.approx(3000)


def test_elo_depends_on_the_order_and_a_smaller_k_less():
    wins, _ = some_wins()
    games = np.array([(i, j) for i in range(6) for j in range(6) for _ in range(int(wins[i, j]))])
    spread = {}
    for k in (32, 8):
        each = [ratings.elo(games[np.random.default_rng(s).permutation(len(games))], 6, k) for s in range(40)]
        spread[k] = np.std(each, 0).mean()
    assert spread[32] > 1.5 * spread[8] > 5


def test_bootstrap_intervals_hold_the_truth_about_as_often_as_they_say():
    inside = []
    for seed in range(12):
        rng, true = np.random.default_rng(seed), np.array([1.0, 0.3, -0.4, -0.9])
        games, group = [], []
        for person in range(60):
            for i in range(4):
                for j in range(i):
                    games.append((i, j) if rng.random() < expit(true[i] - true[j]) else (j, i))
                    group.append(person)
        _, low, high = ratings.bootstrap_ratings(games, group, 4, 0.01, 150, seed)
        inside += ((low < true) & (true < high)).tolist()
    assert 0.8 < np.mean(inside) <= 1


def test_the_draws_are_those_of_the_intervals():
    games, group = np.random.default_rng(0).permuted(np.tile(np.arange(4), (60, 1)), axis=1)[:, :2], np.arange(60) // 3
    values, low, high = ratings.bootstrap_ratings(games, group, 4, rounds=40)
    drawn = ratings.bootstrap_draws(games, group, 4, rounds=40)
    assert drawn.shape == (40, 4) and np.allclose(np.quantile(drawn, (0.025, 0.975), axis=0), [low, high])
    once = ratings.bootstrap_draws(games, np.zeros(60), 4, rounds=1)  # one group: every draw is the whole
    assert np.allclose(once, values, atol=1e-9)


def test_a_cycle_has_equal_ratings_and_lies_on_the_disc():
    wins = np.array([[0, 80.0, 20], [20, 0, 80], [80, 20, 0]])
    assert np.allclose(ratings.bradley_terry(wins), 0, atol=1e-9)
    odds = ratings.log_odds(wins)
    values, points, explained = ratings.disc(odds)
    cross = points[:, :1] * points[:, 1] - points[:, 1:] * points[:, 0]
    assert np.allclose(values, 0) and explained == pytest.approx(1) and np.allclose(cross, odds)
    angles = np.sort(np.arctan2(*points.T))
    assert np.allclose(np.diff(angles), 2 * np.pi / 3, atol=1e-6)


def test_an_order_has_no_cycle():
    true = np.array([1.5, 0.2, -0.7, -1.0])
    values, points, _ = ratings.disc(true[:, None] - true)
    assert np.allclose(values, true - true.mean()) and np.allclose(points, 0, atol=1e-6)
    with pytest.raises(ValueError, match="antisymmetric"):
        ratings.disc(np.ones((3, 3)))


def test_two_sides_find_a_specialist():
    wins = np.zeros((4, 4))  # two detectors, two creators: each detector finds one of them
    wins[0, 2], wins[0, 3], wins[1, 2], wins[1, 3] = 38, 2, 2, 38
    wins[2, 0], wins[3, 0], wins[2, 1], wins[3, 1] = 2, 38, 38, 2
    rows, columns, left, right, share = ratings.two_sided(wins, 2)
    assert np.allclose(rows, 0) and np.allclose(columns, 0) and share == pytest.approx(1)
    assert left[0] * right[0] > 1 and left[0] * right[1] < -1


def test_games_count_clips_below_a_floor_as_caught():
    round_ = Round(0, {"d": [0.1, 0.2, 0.3, 0.4]}, {"d": {"c": [0.9, 0.1, 0.1]}},
                   {"real": [1, 2, 3, 4], "c": [5, 6, 7]}, {"c": [[], [], ["change 0.00 is below 4"]]})
    players, outcomes, people = ratings.games(round_, 0.0)
    assert players == ["d", "c"] and people.tolist() == [5, 6, 7]
    assert outcomes.tolist() == [[0, 1], [1, 0], [0, 1]]
    assert ratings.win_matrix(outcomes, 2).tolist() == [[0, 2], [1, 0]]
