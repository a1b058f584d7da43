"""MesoNet for use: a fast scorer, and the authors' published weights. Lesson 10."""
import re

import keras
import numpy as np
from keras import layers

from course_lib.checkpoints import CheckpointError, read_h5
from course_lib.values import unit_range

from .mesonet import NETWORKS, branches, classifier, convolution, face_input

LAYERS = {"conv2d": layers.Conv2D, "batch_normalization": layers.BatchNormalization, "dense": layers.Dense}


class DirectConv2D(layers.Conv2D):
    """Conv2D that leaves dilation to TensorFlow's kernel, where Keras splits the image into pieces.

    Only for scoring, as that kernel has no gradient on some CPUs. Lesson 10.
    """

    def convolution_op(self, inputs, kernel):
        if keras.backend.backend() != "tensorflow":
            return super().convolution_op(inputs, kernel)
        import tensorflow as tf

        return tf.nn.conv2d(inputs, kernel, 1, "SAME", dilations=self.dilation_rate)


def scorer(model, batch=16):
    """A function that returns what model.predict does, at least twice as fast.

    Batch normalisation with positive scale keeps the order of the values, so it may come after max pooling, where
    there is a quarter of the pixels: the same scores to rounding. Blocks with a negative scale stay as they are. Small
    batches stay in the CPU's cache. The weights are copied: after more training, ask for a new scorer.

    Args:
        model: a meso4 or mesoinception4.
        batch: faces in a forward pass.
    Returns:
        A function from faces f32 [N, S, S, 3] in [0, 1] to P(fake) f32 [N]; it raises ValueError for other shapes.
    Raises:
        ValueError: for another model.
    Lesson 10.
    """
    if model.name not in NETWORKS:
        raise ValueError(f"scorer knows {' and '.join(NETWORKS)}; got a model called {model.name!r}")
    size = model.input_shape[1]
    pool_first = [k for k in range(1, 5) if (model.get_layer(f"block{k}_norm").get_weights()[0] > 0).all()]
    fast = _reordered(model.name == "mesoinception4", size, pool_first)
    for layer in fast.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    forward = _compiled(fast)

    def score(images):
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:] != (size, size, 3) or images.dtype.kind != "f":
            raise ValueError(f"{model.name} scores faces f32 [N, {size}, {size}, 3] in [0, 1]; got {images.dtype} "
                             f"{images.shape}")
        unit_range(images, "a face")
        parts = [forward(images[k:k + batch])[:, 0] for k in range(0, len(images), batch)]
        return np.concatenate([np.zeros(0, np.float32), *parts])

    return score


def _compiled(model):
    """The forward pass as one graph, without what predict adds around it; on other backends predict itself."""
    if keras.backend.backend() != "tensorflow":
        model.compile(jit_compile=False)
        return model.predict_on_batch
    import tensorflow as tf

    graph = tf.function(lambda x: model(x, training=False),
                        input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)])
    return lambda images: graph(np.asarray(images, np.float32)).numpy()


def _reordered(inception, size, pool_first):
    """The same network; in the blocks `pool_first`, pooling comes before normalisation (and concatenation)."""
    image = x = face_input(size)
    for k, (filters, kernel, pool) in enumerate(((8, 3, 2), (8, 5, 2), (16, 5, 2), (16, 5, 4)), 1):
        norm = layers.BatchNormalization(name=f"block{k}_norm")
        if inception and k < 3:
            maps = branches(x, k, 4, 4, 2, f"block{k}", DirectConv2D)
        else:
            maps = [convolution(x, filters, kernel, f"block{k}_conv")]
        if k in pool_first:
            x = norm(_concatenated([layers.MaxPooling2D(pool, padding="same")(x) for x in maps]))
        else:
            x = layers.MaxPooling2D(pool, padding="same")(norm(_concatenated(maps)))
    return keras.Model(image, classifier(x))


def _concatenated(maps):
    return maps[0] if len(maps) == 1 else layers.Concatenate()(maps)


def load_reference_weights(model, path):
    """Puts the authors' weights (Keras 2, .h5) into meso4() or mesoinception4().

    The authors' score is P(real) = sigmoid(z); the last layer's weights and bias change their sign, and sigmoid(-z) =
    1 - sigmoid(z) is P(fake), exactly. A Keras 2 file numbers its layers as they were made; ours are named so that
    their names sort in the same order. Where the file does not fit, the model stays as it was.

    Args:
        model: meso4() or mesoinception4(), of 256 pixels.
        path: the file, for instance checkpoints.fetch("meso4").
    Returns:
        The model.
    Raises:
        CheckpointError: when there is no such file, or it holds another network.
    Lesson 10.
    """
    published = read_h5(path)
    pairs = []
    for kind, layer_class in LAYERS.items():
        named = {int(m[1]): w for name, w in published.items() if (m := re.fullmatch(rf"{kind}_(\d+)", name))}
        ours = sorted((layer for layer in model.layers if type(layer) is layer_class), key=lambda layer: layer.name)
        weights = [named[number] for number in sorted(named)]
        expected = [[tuple(w.shape) for w in layer.weights] for layer in ours]
        given = [[w.shape for w in arrays] for arrays in weights]
        if expected != given:
            raise CheckpointError(f"{path} does not fit {model.name}: its {kind} layers have the shapes {given}, "
                                  f"expected {expected}. meso4() takes Meso4_*.h5, mesoinception4() MesoInception_*.h5")
        pairs += zip(ours, weights)
    for layer, weights in pairs:
        layer.set_weights(weights)
    score = model.get_layer("score")
    score.set_weights([-w for w in score.get_weights()])
    return model
