"""Mixed precision: compute in bfloat16 where the machine is fast at it, keep the weights in float32. Lesson 02."""
from contextlib import contextmanager

import keras

from course_lib.profile import bfloat16_fast


def fast_policy():
    """The Keras dtype policy in which training is fastest on this machine.

    Returns:
        "mixed_bfloat16" or "float32".
    Lesson 02.
    """
    return "mixed_bfloat16" if bfloat16_fast() else "float32"


@contextmanager
def precision(policy):
    """Context manager in which models are built with a Keras dtype policy.

    Args:
        policy: "float32" or "mixed_bfloat16".
    Returns:
        A context manager.
    Lesson 02.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
