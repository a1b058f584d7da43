"""What can be said of an answer, and the tests that every exercise begins with."""
import numpy as np


class Wrong(Exception):
    """The answer is wrong; the message says what is wrong and gives a hint."""


class NotAttempted(Exception):
    """There is no answer yet."""


def array(value, shape, name):
    """The value as an array of the wanted shape, or Wrong saying what came instead."""
    if value is None:
        raise Wrong(f"{name} gave None. Does your function end with `return`?")
    try:
        value = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise Wrong(f"{name} gave {type(value).__name__}, but an array of shape {list(shape)} is wanted.") from None
    if value.shape != tuple(shape):
        raise Wrong(f"{name} gave an array of shape {list(value.shape)}, but {list(shape)} is wanted.")
    if not np.isfinite(value).all():
        raise Wrong(f"{name} gave numbers that are not finite (nan or inf): is something divided by zero?")
    return value


def near(a, b, tolerance):
    """True when two arrays have one shape and differ nowhere by more than the tolerance."""
    return np.shape(a) == np.shape(b) and float(np.abs(np.asarray(a) - b).max()) <= tolerance
