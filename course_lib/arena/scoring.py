"""Proper scoring rules with intervals by person, and what they do to a player who bluffs. Lesson 15."""
import numpy as np

from course_lib.metrics.calibration import brier, log_loss
from course_lib.metrics.detection import bootstrap

EDGE = 0.01


def clipped_log_loss(fake, scores, edge=EDGE):
    """Log loss of probabilities that are first clipped, so that one confident mistake costs -log(edge), not more.

    Args:
        fake: int [N], 1 or 0.
        scores: [N], P(fake).
        edge: From 0 to 0.5.
    Returns:
        A float; 0.693 for 0.5 always.
    Lesson 15.
    """
    return log_loss(fake, np.clip(np.asarray(scores, np.float64), edge, 1 - edge))


RULES = {"log loss": clipped_log_loss, "Brier": brier}


def expected(belief, report, rule="log"):
    """What a player who believes in p expects to lose by reporting q.

    Args:
        belief: p, the true probability of a fake, in (0, 1).
        report: q in (0, 1), any shape.
        rule: "log", "Brier" or "absolute", which is not proper: its best report is 0 or 1.
    Returns:
        f64 of the report's shape.
    Raises:
        ValueError: For another rule.
    References:
        Gneiting & Raftery 2007, Strictly proper scoring rules, section 2.
    Lesson 15.
    """
    losses = {"log": lambda q, y: -np.log(np.where(y, q, 1 - q)), "Brier": lambda q, y: (q - y) ** 2,
              "absolute": lambda q, y: np.abs(q - y)}
    if rule not in losses:
        raise ValueError(f"rule is {rule!r}; expected one of {', '.join(losses)}")
    q = np.asarray(report, np.float64)
    return belief * losses[rule](q, 1) + (1 - belief) * losses[rule](q, 0)


def proper_scores(round_, detector, creators=None, rounds=500):
    """Log loss and Brier score of a detector over a round, each with its interval by person.

    Real and fake clips have the same weight, however many there are of each, so that the prevalence is one half.

    Args:
        round_: matrix.Round.
        detector: Name.
        creators: Names; all when left out.
        rounds: Of the bootstrap.
    Returns:
        Dict: rule -> Interval.
    Lesson 15.
    """
    creators = list(creators or round_.creators)
    scores = [round_.real[detector], *(round_.fake[detector][c] for c in creators)]
    people = [round_.people["real"], *(round_.people[c] for c in creators)]
    fake = np.repeat([0, 1], (len(scores[0]), sum(map(len, scores[1:]))))
    rows = fake, np.concatenate(scores), np.concatenate(people)
    return {name: bootstrap(_balanced(rule), *rows, rounds=rounds) for name, rule in RULES.items()}


def _balanced(rule):
    def both(fake, scores):
        if len(set(fake.tolist())) < 2:
            raise ValueError("one class is missing in this draw of people")
        return np.mean([rule(fake[fake == k], scores[fake == k]) for k in (0, 1)])

    return both
