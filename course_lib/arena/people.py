"""People as detectors: signal detection theory, confidence, a class's nameless answers, and people with a machine.

Answers are P(fake) in [0, 1]: which side says real or fake, how far from 0.5 how sure. Lesson 15.
"""
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from course_lib.metrics.calibration import brier, expected_calibration_error
from course_lib.metrics.detection import Interval, auc
from course_lib.metrics.proportions import wilson

CONFIDENCE = {"guessing": 0.5, "rather": 0.7, "fairly sure": 0.85, "certain": 0.97}


@dataclass(frozen=True)
class Observer:
    """Somebody, or something, who tells real from fake.

    Args:
        hits: Fraction of fakes called fake.
        false_positives: Fraction of real clips called fake.
        d_prime: Sensitivity, with its interval.
        criterion: c; above 0 says "real" too often, below 0 "fake".
        accuracy: Fraction right, with its interval.
        auc: Of the confidences.
        brier: Of the answers as probabilities.
        calibration: Expected calibration error.
    """

    hits: float
    false_positives: float
    d_prime: Interval
    criterion: float
    accuracy: Interval
    auc: float
    brier: float
    calibration: float

    def __str__(self):
        return (f"right {self.accuracy.value:.0%} ({self.accuracy.low:.0%} to {self.accuracy.high:.0%}), d' "
                f"{self.d_prime.value:.2f} ({self.d_prime.low:.2f} to {self.d_prime.high:.2f}), "
                f"c {self.criterion:+.2f}, AUC {self.auc:.2f}, Brier {self.brier:.2f}, "
                f"calibration error {self.calibration:.2f}")


def d_prime(hits, fakes, false_positives, reals):
    """Sensitivity and criterion from counts: d' = z(H) - z(F), c = -(z(H) + z(F)) / 2.

    z is the inverse of the normal distribution. Half an answer is added to each count and one to each total, so that
    nobody has an infinite d' (the log-linear correction).

    Args:
        hits, fakes: Fakes called fake, of how many.
        false_positives, reals: Real clips called fake, of how many.
    Returns:
        (d', c, standard error of d').
    Raises:
        ValueError: For counts that do not fit.
    References:
        Green & Swets 1966; Hautus 1995 for the correction; Gourevitch & Galanter 1967 for the error.
    Lesson 15.
    """
    if not (0 <= hits <= fakes and 0 <= false_positives <= reals and fakes > 0 and reals > 0):
        raise ValueError(f"{hits} of {fakes} fakes and {false_positives} of {reals} real clips: counts do not fit")
    h, f = (hits + 0.5) / (fakes + 1), (false_positives + 0.5) / (reals + 1)
    zh, zf = norm.ppf(h), norm.ppf(f)
    variance = h * (1 - h) / (fakes * norm.pdf(zh) ** 2) + f * (1 - f) / (reals * norm.pdf(zf) ** 2)
    return float(zh - zf), float(-(zh + zf) / 2), float(np.sqrt(variance))


def observe(fake, answers):
    """What an observer's answers are worth.

    Args:
        fake: int [N], 1 or 0.
        answers: [N], P(fake); exactly 0.5 counts as "real".
    Returns:
        Observer.
    Raises:
        ValueError: When a class is missing.
    Lesson 15.
    """
    fake, answers = np.asarray(fake, int), np.asarray(answers, np.float64)
    if len(set(fake.tolist())) < 2:
        raise ValueError("an observer is measured on real and on fake clips; one of them is missing")
    called = answers > 0.5
    hits, wrong = int((called & (fake == 1)).sum()), int((called & (fake == 0)).sum())
    fakes, reals = int(fake.sum()), int((1 - fake).sum())
    value, criterion, error = d_prime(hits, fakes, wrong, reals)
    return Observer(hits / fakes, wrong / reals, Interval(value, value - 1.96 * error, value + 1.96 * error), criterion,
                    wilson(int((called == (fake == 1)).sum()), len(fake)), auc(fake, answers), brier(fake, answers),
                    expected_calibration_error(fake, answers, 5))


def combined(first, second, weight=0.5):
    """Two observers together: the weighted mean of their log odds.

    Args:
        first, second: [N], P(fake).
        weight: Of the second, 0 to 1.
    Returns:
        f64 [N].
    Lesson 15.
    """
    a, b = (logit(np.clip(np.asarray(x, np.float64), 0.01, 0.99)) for x in (first, second))
    return expit((1 - weight) * a + weight * b)


def save_answers(path, answers, clips):
    """Write a learner's answers without a name, for the class to be pooled.

    Args:
        path: Of a JSON file.
        answers: [N], P(fake).
        clips: A text that says which clips they are, so that other sets are not mixed in.
    Returns:
        Path.
    Lesson 15.
    """
    path = Path(path)
    path.write_text(json.dumps({"clips": clips, "answers": [round(float(a), 3) for a in answers]}) + "\n")
    return path


def pool_answers(texts, clips):
    """A class's answers from nameless files.

    Args:
        texts: Texts of the files that `save_answers` wrote.
        clips: The set of clips that is meant.
    Returns:
        (f64 [people, N], list of what was left out and why).
    Lesson 15.
    """
    rows, problems = [], []
    for number, text in enumerate(texts, 1):
        try:
            record = json.loads(text)
            of, values = record["clips"], np.asarray(record["answers"], np.float64)
        except (ValueError, KeyError, TypeError):
            problems.append(f"file {number} is left out: it holds no answers")
            continue
        if of != clips:
            problems.append(f"file {number} is left out: it belongs to another set of clips")
        elif values.ndim != 1 or (rows and len(values) != len(rows[0])) or not ((values >= 0) & (values <= 1)).all():
            problems.append(f"file {number} is left out: its answers are not one number in [0, 1] for each clip")
        else:
            rows.append(values)
    return np.array(rows), problems
