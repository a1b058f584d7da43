"""A loss and its gradients, on whichever backend Keras runs: TensorFlow, torch or JAX. Lesson 04.

The rest of the course's training is written in keras.ops and does not know its backend.
"""
import keras
from keras import ops

from course_lib.models.gradient import input_gradient, unknown_backend

__all__ = ["compiled", "global_norm", "input_gradient", "value_and_gradients"]


def value_and_gradients(loss, variables, others=()):
    """Evaluates a loss and differentiates it.

    Args:
        loss: a function without arguments that returns (number, anything else).
        variables: the keras Variables to differentiate with respect to.
        others: every other Variable that loss reads or updates (weights of a second
            network, moving averages); only JAX needs them.
    Returns:
        (number, anything else, list of gradients).
    Raises:
        ValueError: for a backend that is not TensorFlow, torch or JAX.
    Lesson 04.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            value, rest = loss()
        return value, rest, tape.gradient(value, list(variables))
    if backend == "torch":
        import torch

        value, rest = loss()
        gradients = torch.autograd.grad(value, [v.value for v in variables])
        return value, rest, list(gradients)
    if backend == "jax":
        import jax

        before = [v.value for v in others]

        def pure(values):
            state = [*zip(variables, values, strict=True),
                     *zip(others, before, strict=True)]
            with keras.StatelessScope(state_mapping=state) as scope:
                value, rest = loss()
            return value, (rest, [scope.get_current_value(v) for v in others])

        differentiate = jax.value_and_grad(pure, has_aux=True)
        (value, (rest, new)), gradients = differentiate([v.value for v in variables])
        for variable, value_ in zip(others, new, strict=True):
            variable.assign(value_)
        return value, rest, gradients
    raise unknown_backend(backend)


def global_norm(gradients):
    """The Euclidean norm of all gradients together.

    Args:
        gradients: list of tensors.
    Returns:
        A number.
    """
    return ops.sqrt(sum(ops.sum(ops.square(ops.cast(g, "float32"))) for g in gradients))


def compiled(step, variables):
    """Compiles step(*arrays), which may assign to the variables: a graph on TensorFlow, jit on JAX, unchanged on torch.

    Without XLA on TensorFlow, where it would make convolutions slower on a CPU.

    Args:
        step: a function of arrays.
        variables: every Variable that step reads or updates.
    Returns:
        A function with the same arguments and result.
    Raises:
        ValueError: for a backend that is not TensorFlow, torch or JAX.
    Lesson 04.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(step, jit_compile=False, autograph=False)  # nothing to translate: no branch on a tensor
    if backend == "torch":
        return step
    if backend == "jax":
        import jax

        @jax.jit
        def pure(values, *arrays):
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))) as scope:
                result = step(*arrays)
            return result, [scope.get_current_value(v) for v in variables]

        def run(*arrays):
            result, values = pure([v.value for v in variables], *arrays)
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
            return result

        return run
    raise unknown_backend(backend)
