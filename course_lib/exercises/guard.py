"""Proof that a check still checks: it must refuse an answer that is corrupted on purpose."""
import numpy as np

from .framework import check


def corrupt(value):
    """Make a wrong value of a right one: numbers are changed, whatever has none becomes None.

    Args:
        value: anything that an answer returns.
    Returns:
        f64 array, None, or a tuple or list of them.
    """
    if isinstance(value, (tuple, list)) and value and not all(isinstance(v, (int, float, np.number)) for v in value):
        return type(value)(map(corrupt, value)) if type(value) in (tuple, list) else None
    try:
        return np.asarray(value, np.float64) * 1.5 + 1
    except (TypeError, ValueError):
        return None


def still_check(name, *answers):
    """Run a check on answers whose results are all corrupted, which it must refuse.

    It does not where a notebook has exchanged the check or a function that it compares with.

    Args:
        name: a key of EXERCISES.
        answers: as check takes them.
    Raises:
        SystemError: when the check calls the answers right.
    """

    def corrupted(answer):
        return (lambda *inputs: corrupt(answer(*inputs))) if callable(answer) else corrupt(answer)

    try:
        right = check(name, *map(corrupted, answers))
    except Exception:  # the strict check raises Wrong, or whatever a changed one meets
        return
    if right:
        raise SystemError(f"{name}: the check calls a wrong answer right: something in this notebook changes it")
