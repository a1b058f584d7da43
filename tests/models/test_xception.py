"""Xception is the published network to the last weight, and a narrow one has the same figure."""
import keras
import numpy as np
import pytest

from course_lib.models.xception import xception


def trainable(model):
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


SIZE = 71  # the smallest that keras.applications takes; the parameters do not depend on it


@pytest.fixture(scope="module")
def published():
    return xception(SIZE)


def test_the_parameters_are_the_published_ones(published):
    assert trainable(published) == 20_806_952 + 2048 + 1  # keras.applications' below its classifier, and ours
    assert round(trainable(published) / 1e6, 1) == 20.8


def test_the_layers_follow_the_figure(published):
    kinds = [type(layer).__name__ for layer in published.layers]
    assert kinds.count("SeparableConv2D") == 34 and kinds.count("Add") == 12  # 36 with the stem's two convolutions
    assert kinds.count("Conv2D") == 2 + 4 and kinds.count("MaxPooling2D") == 4
    assert published.get_layer("middle8_c").output.shape[1:] == (5, 5, 728)
    assert published.get_layer("exit3").output.shape[1:] == (3, 3, 2048)


def test_the_features_are_those_of_keras_applications(published):
    ours = keras.Model(published.input, published.get_layer("pooled").output)
    theirs = keras.applications.Xception(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3), pooling="avg")
    rng, kinds = np.random.default_rng(0), (keras.layers.Conv2D, keras.layers.SeparableConv2D,
                                            keras.layers.BatchNormalization)
    for kind in kinds:  # of each kind, both have the layers in one order, the shortcuts' after all others
        pairs = [sorted((layer for layer in model.layers if isinstance(layer, kind)), key=lambda layer: "shortcut" in
                        layer.name or layer.name.startswith(("conv2d", "batch_normalization"))) for model in
                 (ours, theirs)]
        assert len(pairs[0]) == len(pairs[1]) > 0
        for a, b in zip(*pairs, strict=True):
            if kind is keras.layers.BatchNormalization:
                n = a.weights[0].shape[0]
                gamma, variance = rng.uniform(0.5, 1.5, n), rng.uniform(0.5, 2, n)
                weights = [gamma, *rng.normal(0, 0.1, (2, n)), variance]
            else:
                weights = [rng.normal(0, np.sqrt(2 / np.prod(w.shape[:-1])), w.shape) for w in a.weights]
            a.set_weights(weights)
            b.set_weights(weights)
    faces = rng.random((2, SIZE, SIZE, 3)).astype("float32")
    expected = theirs.predict_on_batch(2 * faces - 1)
    np.testing.assert_allclose(ours.predict_on_batch(faces), expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_a_narrow_network_scores_small_faces():
    model = xception(64, width=0.125, middle=1)
    scores = model.predict_on_batch(np.random.default_rng(0).random((3, 64, 64, 3)).astype("float32"))
    assert scores.shape == (3, 1) and ((scores > 0) & (scores < 1)).all()
    assert trainable(model) < 250_000


@pytest.mark.parametrize("given", [dict(size=31), dict(width=0), dict(middle=-1)])
def test_what_cannot_be_built_is_refused(given):
    with pytest.raises(ValueError, match=f"{next(iter(given))}={next(iter(given.values()))}"):
        xception(**given)
