"""A loss and its gradients, on whichever backend Keras runs: TensorFlow, torch or JAX. Lesson 04.

All the rest of the course's training is written in keras.ops and does not know its backend.
"""
import keras
from keras import ops


def value_and_gradients(loss, variables, others=()):
    """Calls loss() -> (number, anything else) and returns (number, anything else, list of gradients).

    variables: the keras Variables to differentiate by. others: every other Variable that loss reads or updates
    (weights of a second network, moving averages); JAX has to be told, the others find out. Lesson 04.
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
        return value, rest, list(torch.autograd.grad(value, [v.value for v in variables]))
    if backend == "jax":
        import jax

        kept = [v.value for v in others]

        def pure(values):
            state = [*zip(variables, values, strict=True), *zip(others, kept, strict=True)]
            with keras.StatelessScope(state_mapping=state) as scope:
                value, rest = loss()
            return value, (rest, [scope.get_current_value(v) for v in others])

        (value, (rest, new)), gradients = jax.value_and_grad(pure, has_aux=True)([v.value for v in variables])
        for variable, value_ in zip(others, new, strict=True):
            variable.assign(value_)
        return value, rest, gradients
    raise _unknown(backend)


def input_gradient(function, x):
    """How each row's score changes with its picture: the gradient of function(x) [N] or [N, 1] by x, of x's shape.

    It can be differentiated again, as the gradient penalties need. function must update nothing: call the critic
    with training=False inside. Lesson 04.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        x = tf.convert_to_tensor(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(function(x))
        return tape.gradient(total, x)
    if backend == "torch":
        import torch

        x = ops.convert_to_tensor(x).detach().requires_grad_(True)
        return torch.autograd.grad(function(x).sum(), x, create_graph=True)[0]
    if backend == "jax":
        import jax

        return jax.grad(lambda value: ops.sum(function(value)))(ops.convert_to_tensor(x))
    raise _unknown(backend)


def compiled(step, variables):
    """The function step(*arrays), which may assign to the variables, made fast: a graph on TensorFlow, jit on JAX.

    variables: every Variable that step reads or updates. torch runs it as it is. Without XLA on TensorFlow, where it
    would make convolutions slower on a processor. Lesson 04.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(step, jit_compile=False)
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
    raise _unknown(backend)


def _unknown(backend):
    return ValueError(f"Keras runs on {backend}; the course trains on tensorflow, torch or jax (KERAS_BACKEND)")
