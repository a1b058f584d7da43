"""The gradient of a model's output with respect to its input, on whichever backend Keras runs. Lesson 04."""
import keras
from keras import ops


def input_gradient(function, x):
    """The gradient of each row's score with respect to that row's input; can be differentiated again.

    Args:
        function: from x to scores [N] or [N, 1]; must update nothing: call a discriminator with training=False inside.
        x: a batch of inputs, for instance images [N, H, W, 3].
    Returns:
        Tensor of x's shape.
    Raises:
        ValueError: for a backend that is not TensorFlow, torch or JAX.
    Lesson 04.
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
    raise unknown_backend(backend)


def unknown_backend(backend):
    """The error for a backend that the course does not know.

    Args:
        backend: its name.
    Returns:
        A ValueError, to be raised.
    """
    return ValueError(f"Keras runs on {backend}; the course trains on tensorflow, torch or jax (KERAS_BACKEND)")
