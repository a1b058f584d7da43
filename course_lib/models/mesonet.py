"""MesoNet: two compact detectors that look at the texture between pixels and features. Lesson 10.

Source: Afchar, Nozick, Yamagishi & Echizen 2018, "MesoNet: a compact facial video forgery detection network", figures 2
to 4. Both take faces f32 RGB [N, 256, 256, 3] in [0, 1] and give P(fake) f32 [N, 1]; the authors' own score is
P(real).
"""
import re

import keras
import numpy as np
from keras import layers

from course_lib.checkpoints import CheckpointError, read_h5
from course_lib.values import unit_range

PUBLISHED = 256  # pixels; the course trains at half of it, which takes a quarter of the time
PARTS = {"conv2d": layers.Conv2D, "batch_normalization": layers.BatchNormalization, "dense": layers.Dense}


def meso4(size=PUBLISHED):
    """Meso4: four blocks of convolution, ReLU, batch normalisation and max pooling, then two dense layers.

    size: side of the faces in pixels, a multiple of 32; 256 as published has 27,977 trainable parameters.
    Returns a keras.Model, faces f32 [N, size, size, 3] in [0, 1] to P(fake) f32 [N, 1]. Raises ValueError for another
    size. Source: Afchar et al. 2018, section 2.1 and figure 3. Lesson 10.
    """
    return _meso4(size)


def mesoinception4(size=PUBLISHED):
    """MesoInception4: Meso4 whose first two blocks look at several scales at once.

    28,615 trainable parameters at 256 pixels. Size, in, out and errors as for meso4. Source: Afchar et al. 2018,
    section 2.2 and figure 4. Lesson 10.
    """
    return _mesoinception4(size)


def _meso4(size, swapped=()):
    image = x = _faces(size)
    x = _finish([_convolve(x, 8, 3, "block1_conv")], 1, 2, swapped)
    x = _finish([_convolve(x, 8, 5, "block2_conv")], 2, 2, swapped)
    x = _finish([_convolve(x, 16, 5, "block3_conv")], 3, 2, swapped)
    x = _finish([_convolve(x, 16, 5, "block4_conv")], 4, 4, swapped)
    return keras.Model(image, _head(x), name="meso4")


def _mesoinception4(size, swapped=()):
    image = x = _faces(size)
    kind = DirectConv2D if swapped else layers.Conv2D
    x = _finish(views(x, 1, 4, 4, 2, "block1", kind), 1, 2, swapped)
    x = _finish(views(x, 2, 4, 4, 2, "block2", kind), 2, 2, swapped)
    x = _finish([_convolve(x, 16, 5, "block3_conv")], 3, 2, swapped)
    x = _finish([_convolve(x, 16, 5, "block4_conv")], 4, 4, swapped)
    return keras.Model(image, _head(x), name="mesoinception4")


NETWORKS = {"meso4": _meso4, "mesoinception4": _mesoinception4}


def views(x, a, b, c, d, name, kind=layers.Conv2D):
    """Four views of the same features [N, H, W, C]: a list of maps of a, b, c and d channels, to be laid side by side.

    A 1 x 1 convolution to a channels; and 1 x 1 then 3 x 3 to b, c and d channels, the 3 x 3 with its taps 1, 2 and 3
    pixels apart (dilation), each with bias and ReLU. name: the layers' prefix. kind: the class of those with dilation.
    Lesson 10.
    """
    found = [_convolve(x, a, 1, f"{name}_a_1x1")]
    for letter, filters, dilation in (("b", b, 1), ("c", c, 2), ("d", d, 3)):
        view = _convolve(x, filters, 1, f"{name}_{letter}_1x1")
        found.append(_convolve(view, filters, 3, f"{name}_{letter}_3x3", dilation, kind))
    return found


class DirectConv2D(layers.Conv2D):
    """Conv2D that leaves dilation to TensorFlow's kernel, where Keras cuts the picture up; only for scoring, as
    that kernel has no gradient on every processor."""

    def convolution_op(self, inputs, kernel):
        if keras.backend.backend() != "tensorflow":
            return super().convolution_op(inputs, kernel)
        import tensorflow as tf

        return tf.nn.conv2d(inputs, kernel, 1, "SAME", dilations=self.dilation_rate)


def _faces(size):
    if size < 32 or size % 32:
        raise ValueError(f"MesoNet halves its pictures five times: size must be a multiple of 32, got {size}")
    return keras.Input((size, size, 3), name="image")


def _convolve(x, filters, kernel, name, dilation=1, kind=layers.Conv2D):
    return kind(filters, kernel, padding="same", dilation_rate=dilation, activation="relu", name=name)(x)


def _finish(maps, number, pool, swapped):
    """The end of a block: the maps side by side, normalised and pooled; where swapped, the same in cheaper order."""

    def side_by_side(maps):
        return maps[0] if len(maps) == 1 else layers.Concatenate(name=f"block{number}_views")(maps)

    def pooled(x, letter=""):
        return layers.MaxPooling2D(pool, padding="same", name=f"block{number}_pool{letter}")(x)

    norm = layers.BatchNormalization(name=f"block{number}_norm")
    if number in swapped:
        return norm(side_by_side([pooled(x, k) for k, x in enumerate(maps)]))
    return pooled(norm(side_by_side(maps)))


def _head(x):
    x = layers.Dropout(0.5, name="dropout1")(layers.Flatten(name="flatten")(x))
    x = layers.LeakyReLU(negative_slope=0.1, name="leaky")(layers.Dense(16, name="dense")(x))
    x = layers.Dropout(0.5, name="dropout2")(x)
    return layers.Dense(1, activation="sigmoid", dtype="float32", name="score")(x)


def scorer(model, batch=16):
    """A function from faces f32 [N, S, S, 3] in [0, 1] to P(fake) f32 [N]: model.predict, about twice as fast.

    Batch normalisation with positive factors keeps the order of the values, so it may come after max pooling, where
    there is a quarter of the pixels: the same scores to rounding. Blocks with a negative factor stay as they are. Small
    batches stay in the processor's cache. The model's weights are copied: after more training, ask
    for a new scorer.
    Raises ValueError for a model that is no MesoNet; the function, for faces of another shape. Lesson 10.
    """
    if model.name not in NETWORKS:
        raise ValueError(f"scorer knows {' and '.join(NETWORKS)}; got a model called {model.name!r}")
    size = model.input_shape[1]
    swapped = [k for k in range(1, 5) if (model.get_layer(f"block{k}_norm").get_weights()[0] > 0).all()]
    fast = NETWORKS[model.name](size, swapped)
    for layer in fast.layers:
        if layer.weights:
            layer.set_weights(model.get_layer(layer.name).get_weights())
    fast.compile(jit_compile=False)

    def score(faces):
        faces = np.asarray(faces)
        if faces.ndim != 4 or faces.shape[1:] != (size, size, 3) or faces.dtype.kind != "f":
            raise ValueError(f"{model.name} scores faces f32 [N, {size}, {size}, 3] in [0, 1]; got {faces.dtype} "
                             f"{faces.shape}")
        unit_range(faces, "a face")
        parts = [fast.predict_on_batch(faces[k:k + batch])[:, 0] for k in range(0, len(faces), batch)]
        return np.concatenate([np.zeros(0, np.float32), *parts])

    return score


def load_reference_weights(model, path):
    """Puts the authors' weights (Keras 2, .h5) into meso4() or mesoinception4(), and returns the model.

    path: the file, for instance checkpoints.fetch("meso4"). The authors' score is P(real) = sigmoid(z); the last
    layer's weights and bias change their sign, and sigmoid(-z) = 1 - sigmoid(z) is P(fake), exactly. These networks
    look at faces of 256 pixels.
    A Keras 2 file numbers its layers as they were made; ours are named so that their names sort in the same order.
    Raises CheckpointError when the file is none, or holds another network; then the model is as it was. Lesson 10.
    """
    theirs = read_h5(path)
    pairs = []
    for kind, part in PARTS.items():
        named = {int(m[1]): w for name, w in theirs.items() if (m := re.fullmatch(rf"{kind}_(\d+)", name))}
        ours = sorted((layer for layer in model.layers if type(layer) is part), key=lambda layer: layer.name)
        weights = [named[number] for number in sorted(named)]
        wanted = [[tuple(w.shape) for w in layer.weights] for layer in ours]
        found = [[w.shape for w in arrays] for arrays in weights]
        if wanted != found:
            raise CheckpointError(f"{path} does not fit {model.name}: its {kind} layers have the shapes {found}, "
                                  f"expected {wanted}. meso4() takes Meso4_*.h5, mesoinception4() MesoInception_*.h5")
        pairs += zip(ours, weights)
    for layer, weights in pairs:
        layer.set_weights(weights)
    score = model.get_layer("score")
    score.set_weights([-w for w in score.get_weights()])
    return model


def features(model):
    """A keras.Model from faces to [what each of the four pooling layers gives ..., P(fake)], for looking inside.

    Lesson 10.
    """
    pools = [model.get_layer(f"block{k}_pool").output for k in range(1, 5)]
    return keras.Model(model.input, [*pools, model.output], name=f"{model.name}_features")
