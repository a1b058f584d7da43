"""Proof, for a grader, that a check still checks: it must refuse an answer that is spoiled on purpose."""
import numpy as np

from .framework import check


def spoil(value):
    """A value that is wrong where the given one is right: numbers are changed, whatever has none becomes None."""
    if isinstance(value, (tuple, list)) and value and not all(isinstance(v, (int, float, np.number)) for v in value):
        return type(value)(map(spoil, value)) if type(value) in (tuple, list) else None
    try:
        return np.asarray(value, np.float64) * 1.5 + 1
    except (TypeError, ValueError):
        return None


def still_check(name, *answers):
    """Raises SystemError where `check(name, ...)` calls the answers right although all that they return is spoiled.

    That happens in a notebook which exchanged the check or a function that it compares with. A check which refuses, as
    it must, returns nothing.
    """

    def spoiled(answer):
        return (lambda *inputs: spoil(answer(*inputs))) if callable(answer) else spoil(answer)

    try:
        right = check(name, *map(spoiled, answers))
    except Exception:  # the strict check raises Wrong, or whatever a changed one meets
        return
    if right:
        raise SystemError(f"{name}: the check calls a wrong answer right: something in this notebook changes it")
