"""The verdicts on an answer, and the tests that every exercise begins with."""
import numpy as np


class Wrong(Exception):
    """The answer is wrong; the message says what is wrong and gives a hint."""


class NotAttempted(Exception):
    """There is no answer yet."""


def array(value, shape, name):
    """Test that a value is an array of a shape, and finite.

    Args:
        value: what the learner's function returned.
        shape: the shape that it should have; () for a number.
        name: what to call it in the message.
    Returns:
        f64 array of that shape.
    Raises:
        Wrong: when it is something else; the message says what.
    """
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


def names(value, right, name):
    """Test that a value is a list of names, and sorted where they are the right ones.

    Args:
        value: what the learner's function returned.
        right: the sorted list that it should be.
        name: what to call it in the message.
    Returns:
        list; whether it is right is still to be seen.
    Raises:
        Wrong: when it is no list, or only unsorted; the message says what.
    """
    if not isinstance(value, (list, tuple, np.ndarray)):
        raise Wrong(f"{name} gave {value!r}; a sorted list of names is wanted, empty where there are none.")
    value = list(value)
    if value != right and sorted(value) == right:
        raise Wrong("these are the names, but not sorted. Hint: sorted(...).")
    return value


def near(a, b, tolerance):
    """Test that two arrays have one shape and differ nowhere by more than a tolerance.

    Args:
        a, b: arrays or numbers.
        tolerance: largest absolute difference.
    Returns:
        bool.
    """
    return np.shape(a) == np.shape(b) and float(np.abs(np.asarray(a) - b).max()) <= tolerance


def explain(answer, mistakes, tolerance):
    """Compare a wrong answer with the results of usual mistakes.

    Args:
        answer: array or number.
        mistakes: pairs of (result of a mistake, message with a hint).
        tolerance: largest absolute difference.
    Raises:
        Wrong: with the message of the first mistake whose result the answer is.
    """
    for result, message in mistakes:
        if near(answer, result, tolerance):
            raise Wrong(message)
