"""How a model's answer changes with its picture, on whichever backend Keras runs. Lesson 04."""
import keras
from keras import ops


def input_gradient(function, x):
    """How each row's score changes with its picture: the gradient of function(x) [N] or [N, 1] by x, of x's shape.

    It can be differentiated again, as the gradient penalties need. function must update nothing: call the discriminator
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
    raise unknown_backend(backend)


def unknown_backend(backend):
    """The error for a backend that the course does not know."""
    return ValueError(f"Keras runs on {backend}; the course trains on tensorflow, torch or jax (KERAS_BACKEND)")
