"""Layers that several networks share; those of the swap are tested with it (test_autoencoder.py)."""
import keras
import numpy as np
import pytest

from course_lib.models.blocks import BatchNormalization
from course_lib.training.gradients import value_and_gradients

SHAPE = 4, 6, 5, 7


def one_pass(kind, shape=SHAPE, training=True):
    """(outputs, gradients of the parameters, moving averages) of one layer, all with the same weights and image."""
    rng = np.random.default_rng(0)
    x, n = rng.normal(2, 3, shape).astype("float32"), shape[-1]
    layer = kind(momentum=0.8)
    layer.build(shape)
    layer.set_weights([rng.normal(1, 0.5, n), rng.normal(0, 1, n), rng.normal(0, 1, n), rng.uniform(0.5, 2, n)])
    image = keras.Variable(x)

    def loss():
        y = layer(image, training=training)
        return keras.ops.sum(keras.ops.sin(keras.ops.cast(y, "float32"))), y

    _, y, gradients = value_and_gradients(loss, [image, layer.gamma, layer.beta], layer.non_trainable_variables)
    return [np.asarray(keras.ops.cast(a, "float32")) for a in (y, *gradients)], layer.get_weights()


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("shape", [SHAPE, (8, 7)], ids=["image", "vectors"])
@pytest.mark.parametrize("training", [True, False])
def test_batch_normalisation_is_that_of_keras(policy, shape, training):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        (ours, our_weights), (theirs, their_weights) = (one_pass(kind, shape, training) for kind in
                                                        (BatchNormalization, keras.layers.BatchNormalization))
    finally:
        keras.config.set_dtype_policy(before)
    for a, b in zip([*ours, *our_weights], [*theirs, *their_weights], strict=True):
        np.testing.assert_allclose(a, b, atol=2e-4 if policy == "float32" else 2e-2, rtol=1e-4)


def test_batch_normalisation_that_is_frozen_keeps_its_averages():
    layer = BatchNormalization()
    layer.build(SHAPE)
    layer.trainable = False
    before = layer.get_weights()
    x = np.random.default_rng(1).normal(5, 2, SHAPE).astype("float32")
    np.testing.assert_allclose(layer(x, training=True), x, rtol=1e-3, atol=1e-3)
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_batch_normalisation_is_saved_and_loaded(tmp_path):
    model = keras.Sequential([keras.Input(SHAPE[1:]), BatchNormalization(momentum=0.7)])
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras", safe_mode=True)
    assert type(again.layers[-1]) is BatchNormalization
    assert again.layers[-1].momentum == 0.7
