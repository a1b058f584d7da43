"""MesoNet for use: a fast scorer, and the authors' published weights. Lesson 10."""
import re
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
from keras import layers, ops

from course_lib.checkpoints import CheckpointError, read_h5
from course_lib.values import unit_range

from .mesonet import NETWORKS, classifier, face_input

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

    Batch normalisation is folded into the convolutions: their kernels take its scale, so that max pooling may come
    before ReLU and shift, where there is a quarter of the pixels: the same scores to rounding. Two batches are scored
    at a time, each small enough for the CPU's cache. The weights are copied: after more training, ask for a new scorer.

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
    forward, workers = _compiled(_folded(model))

    def score(images):
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:] != (size, size, 3) or images.dtype.kind != "f":
            raise ValueError(f"{model.name} scores faces f32 [N, {size}, {size}, 3] in [0, 1]; got {images.dtype} "
                             f"{images.shape}")
        unit_range(images, "a face")
        batches = [images[k:k + batch] for k in range(0, len(images), batch)]
        if len(batches) < 2:
            return np.concatenate([np.zeros(0, np.float32), *(forward(x)[:, 0] for x in batches)])
        with ThreadPoolExecutor(workers) as pool:
            return np.concatenate([scores[:, 0] for scores in pool.map(forward, batches)])

    return score


def _compiled(model):
    """(forward pass as one graph, without what predict adds around it; how many threads may call it at a time)."""
    if keras.backend.backend() != "tensorflow":
        model.compile(jit_compile=False)
        return model.predict_on_batch, 1
    import tensorflow as tf

    graph = tf.function(lambda x: model(x, training=False),
                        input_signature=[tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)])
    return lambda images: graph(np.asarray(images, np.float32)).numpy(), 2


def _folded(model):
    """The same network with each block as convolution by scaled kernels, max pooling, ReLU, shift.

    With y = s relu(c) + t after normalisation, s relu(c) is relu(s c) where s is positive and min(s c, 0) where it is
    negative; both grow with s c, so the largest of a window may be taken first.
    """
    image = x = face_input(model.input_shape[1])
    for k in range(1, 5):
        norm, pool = (model.get_layer(f"block{k}_{part}") for part in ("norm", "pool"))
        gamma, beta, mean, variance = norm.get_weights()
        scale = gamma / np.sqrt(variance + norm.epsilon)
        maps = _scaled_convolutions(model, x, f"block{k}", scale)
        maps = [layers.MaxPooling2D(pool.pool_size, padding="same")(c) for c in maps]
        x = maps[0] if len(maps) == 1 else layers.Concatenate()(maps)
        x = ops.where(scale < 0, ops.minimum(x, 0.0), ops.relu(x)) if (scale < 0).any() else ops.relu(x)
        x = x + (beta - mean * scale)
    fast = keras.Model(image, classifier(x))
    for name in ("dense", "score"):
        fast.get_layer(name).set_weights(model.get_layer(name).get_weights())
    return fast


def _scaled_convolutions(model, x, block, scale):
    """The block's feature maps before its ReLU, each channel times its scale: one map, or inception's four."""
    def convolution_of(name, x, scale=1.0, activation=None):
        of = model.get_layer(name)
        copy = DirectConv2D(of.filters, of.kernel_size, padding="same", dilation_rate=of.dilation_rate,
                            activation=activation, name=name)
        features = copy(x)
        copy.set_weights([w * scale for w in of.get_weights()])
        return features

    names = {layer.name for layer in model.layers}
    if f"{block}_conv" in names:
        return [convolution_of(f"{block}_conv", x, scale)]
    ends = [f"{block}_a_1x1", *(f"{block}_{branch}_3x3" for branch in "bcd")]
    scales = np.split(scale, np.cumsum([model.get_layer(name).filters for name in ends])[:-1])
    inputs = [x, *(convolution_of(f"{block}_{branch}_1x1", x, activation="relu") for branch in "bcd")]
    return [convolution_of(*one) for one in zip(ends, inputs, scales, strict=True)]


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
        ours = sorted((layer for layer in model.layers if isinstance(layer, layer_class)), key=lambda layer: layer.name)
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
