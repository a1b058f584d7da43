"""Ratings: Elo in order, Bradley-Terry by Newton, intervals by bootstrap, and cycles that no rating shows. Lesson 15.

Players are numbered; `wins` is f64 [P, P], wins[i, j] games that i won against j. Ratings are logits: a difference of 1
means odds of e to 1; 400 Elo points are odds of 10 to 1, so one logit is 173.7 points.
"""
import numpy as np
from scipy.special import expit

from .matrix import caught

POINTS = 400 / np.log(10)  # Elo points in a logit


def elo(games, players, k=32.0, start=1500.0):
    """Elo ratings, updated game after game: r += K (result - expected), expected = 1 / (1 + 10^(-difference / 400)).

    Args:
        games: int [G, 2], the winner and the loser, in the order in which they were played.
        players: How many there are.
        k: Step, points.
        start: Rating before the first game.
    Returns:
        f64 [players], points; their mean stays at `start`.
    References:
        Elo 1978, The rating of chessplayers.
    Lesson 15.
    """
    ratings = np.full(players, float(start))
    for winner, loser in np.asarray(games):
        surprise = 1 - 1 / (1 + 10 ** ((ratings[loser] - ratings[winner]) / 400))
        ratings[winner] += k * surprise
        ratings[loser] -= k * surprise
    return ratings


def bradley_terry(wins, ridge=0.1, steps=50):
    """Ratings by maximum likelihood under P(i beats j) = sigmoid(r_i - r_j), by Newton's method, with a prior.

    The prior is normal with precision `ridge`. Without it a player who never loses has an infinite rating, and only
    differences of ratings are defined; with it they exist and have mean 0.

    Args:
        wins: f64 [P, P], see the top of this file.
        ridge: Precision of the prior, above 0.
        steps: Newton steps at most.
    Returns:
        f64 [P], logits.
    Raises:
        ValueError: For a ridge that is not above 0, or wins that are not square or below 0.
    References:
        Bradley & Terry 1952; Hunter 2004 for when the maximum exists.
    Lesson 15.
    """
    wins = _checked(wins)
    if not ridge > 0:
        raise ValueError(f"ridge is {ridge}; expected more than 0, or a player who never loses has no rating")
    games, ratings = wins + wins.T, np.zeros(len(wins))
    for _ in range(steps):
        p = expit(ratings[:, None] - ratings)
        gradient = wins.sum(1) - (games * p).sum(1) - ridge * ratings
        weight = games * p * (1 - p)
        hessian = np.diag(weight.sum(1) + ridge) - weight
        step = np.linalg.solve(hessian, gradient)
        ratings = ratings + step * min(1, 3 / np.abs(step).max(initial=1e-12))  # no leap from far away
        if np.abs(step).max() < 1e-10:
            break
    return ratings


def bootstrap_ratings(outcomes, groups, players, ridge=0.1, rounds=300, seed=0, level=0.95):
    """Bradley-Terry ratings with intervals: groups of games are drawn with replacement, and all is rated again.

    Args:
        outcomes: int [G, 2], winner and loser of every game.
        groups: [G], what is drawn together: the person whom the clip shows.
        players: How many there are.
        ridge: As for `bradley_terry`.
        rounds, seed: Of the bootstrap.
        level: Confidence level.
    Returns:
        (ratings f64 [P], low f64 [P], high f64 [P]), logits.
    References:
        Chiang et al. 2024, Chatbot Arena, section 4.
    Lesson 15.
    """
    drawn = bootstrap_draws(outcomes, groups, players, ridge, rounds, seed)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return bradley_terry(win_matrix(outcomes, players), ridge), low, high


def bootstrap_draws(outcomes, groups, players, ridge=0.1, rounds=300, seed=0):
    """The ratings of every draw of `bootstrap_ratings`: two players' differences over them compare the two.

    Args:
        outcomes, groups, players, ridge, rounds, seed: As for `bootstrap_ratings`.
    Returns:
        f64 [rounds, P], logits.
    Lesson 15.
    """
    outcomes, (_, group) = np.asarray(outcomes), np.unique(groups, return_inverse=True)
    each = np.stack([win_matrix(outcomes[group == k], players) for k in range(group.max() + 1)])
    rng = np.random.default_rng(seed)
    return np.array([bradley_terry(each[rng.integers(0, len(each), len(each))].sum(0), ridge) for _ in range(rounds)])


def games(round_, fpr=0.05, detectors=None, creators=None):
    """The games of a round: each clip of a creator against each detector; who catches it, or is not caught, wins.

    Args:
        round_: matrix.Round.
        fpr: False positive rate of every detector's threshold.
        detectors, creators: Names; all when left out.
    Returns:
        (names of the players, outcomes int [G, 2], people [G]).
    Lesson 15.
    """
    detectors, creators = list(detectors or round_.detectors), list(creators or round_.creators)
    outcomes, people = [], []
    for i, detector in enumerate(detectors):
        for j, creator in enumerate(creators, len(detectors)):
            for won, person in zip(caught(round_, detector, creator, fpr), round_.people[creator], strict=True):
                outcomes.append((i, j) if won else (j, i))
                people.append(person)
    return detectors + creators, np.array(outcomes), np.array(people)


def win_matrix(outcomes, players):
    """Games counted.

    Args:
        outcomes: int [G, 2], winner and loser.
        players: How many there are.
    Returns:
        f64 [P, P].
    Lesson 15.
    """
    wins = np.zeros((players, players))
    np.add.at(wins, tuple(np.asarray(outcomes).T), 1)
    return wins


def log_odds(wins, prior=0.5):
    """Observed log odds of every pair, 0 where two never met.

    Args:
        wins: f64 [P, P].
        prior: Games added to both sides of a pair that met, so that the log odds are finite.
    Returns:
        f64 [P, P], antisymmetric.
    Lesson 15.
    """
    wins = _checked(wins)
    met = (wins + wins.T) > 0
    return np.where(met, np.log((wins + prior) / (wins.T + prior)), 0.0)


def disc(odds):
    """A rating and a place on a disc for every player: the order, and the cycle that no order shows.

    An antisymmetric matrix is a difference of ratings, A_ij = r_i - r_j, plus a rest without any rating. The Schur form
    of the rest is made of blocks [[0, w], [-w, 0]]; the largest gives each player a point c_i of the plane, with
    A_ij ~ r_i - r_j + c_i x c_j (cross product): players beat those who lie up to half a turn further.

    Args:
        odds: f64 [P, P], antisymmetric log odds of pairs that have all met.
    Returns:
        (ratings f64 [P], points f64 [P, 2], fraction of the rest's square that the disc explains).
    Raises:
        ValueError: When the matrix is not antisymmetric.
    References:
        Balduzzi et al. 2018, Re-evaluating evaluation, sections 3 and 4.
    Lesson 15.
    """
    odds = np.asarray(odds, np.float64)
    if odds.ndim != 2 or not np.allclose(odds, -odds.T, atol=1e-9):
        raise ValueError("disc wants an antisymmetric matrix: odds[i, j] = -odds[j, i]")
    from scipy.linalg import schur

    ratings = odds.mean(1)
    rest = odds - (ratings[:, None] - ratings)
    block, basis = schur(rest, output="real")
    strength = np.abs(np.diag(block, 1))
    if not len(strength) or strength.max() < 1e-12:
        return ratings, np.zeros((len(odds), 2)), 1.0
    k = int(strength.argmax())
    points = basis[:, k:k + 2] * np.sqrt(strength[k])
    if block[k, k + 1] < 0:
        points = points[:, ::-1]
    total = (rest**2).sum()
    return ratings, points, float(((points[:, :1] * points[:, 1] - points[:, 1:] * points[:, 0]) ** 2).sum() / total)


def two_sided(wins, detectors):
    """For creators against detectors: side ratings, and the strongest pattern that these leave.

    Args:
        wins: f64 [P, P] with the detectors first.
        detectors: How many there are.
    Returns:
        (detectors' ratings [D], creators' ratings [C], detectors' places [D], creators' places [C], fraction of the
        rest that the pattern explains). log odds ~ rating - rating + place * place.
    References:
        Balduzzi et al. 2018; for two sides the Schur form is a singular value decomposition.
    Lesson 15.
    """
    odds = log_odds(wins)[:detectors, detectors:]
    rows, columns = odds.mean(1) - odds.mean() / 2, odds.mean() / 2 - odds.mean(0)
    rest = odds - (rows[:, None] - columns)
    left, strength, right = np.linalg.svd(rest)
    share = float(strength[0] ** 2 / max((strength**2).sum(), 1e-12))
    return rows, columns, left[:, 0] * np.sqrt(strength[0]), right[0] * np.sqrt(strength[0]), share


def _checked(wins):
    wins = np.asarray(wins, np.float64)
    if wins.ndim != 2 or wins.shape[0] != wins.shape[1] or (wins < 0).any() or np.diag(wins).any():
        raise ValueError(f"wins is {wins.shape}; expected [P, P] with wins[i, j] >= 0 and zeros on the diagonal")
    return wins
