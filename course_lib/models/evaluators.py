"""Two small networks that judge a swap: who is in the picture, and what pose and expression it shows. Lesson 02."""
import keras
import numpy as np
from keras import layers, ops

from course_lib.models.blocks import leaky

SIZE = 64
POSE_AND_EXPRESSION = ("yaw", "pitch", "jaw", "smile", "brow", "blink")  # radians, radians, and four amounts from 0 to 1


def _trunk(image, width):
    """Four stages of two convolutions with batch normalisation, each halving the side: features f32 [N, 128 width]."""
    x = image
    for filters in (width, 2 * width, 4 * width, 8 * width):
        for strides in (2, 1):
            x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
            x = leaky(layers.BatchNormalization(momentum=0.95)(x))
    return layers.Flatten()(x)


def identity_network(width=20, embedding=64):
    """Who it is: a face on grey f32 [N, 64, 64, 3] becomes a unit vector f32 [N, embedding].

    Two pictures of one person have a cosine near 1, of two people near 0. Lesson 02.
    """
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = layers.Dense(embedding, use_bias=False)(layers.Dropout(0.2)(_trunk(image, width)))
    x = layers.BatchNormalization(momentum=0.95)(x)
    return keras.Model(image, layers.UnitNormalization(dtype="float32")(x), name="identity_network")


def reader(width=20, values=6):
    """What it shows: a face on grey f32 [N, 64, 64, 3] becomes f32 [N, values]: those of POSE_AND_EXPRESSION. Lesson 02."""
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = leaky(layers.Dense(128)(_trunk(image, width)))
    return keras.Model(image, layers.Dense(values, dtype="float32")(x), name="pose_regressor")


def with_features(reader_):
    """A reader that also gives what its values are read from: pictures to [values [N, K], features f32 [N, 128]].

    Pictures that look alike to it have features that lie close together, so that sets of pictures can be compared by
    their features (metrics.generative). Lesson 04.
    """
    values = reader_.layers[-1]
    return keras.Model(reader_.inputs, [reader_.outputs[0], values.input], name="reader_with_features")


def at_four_depths(network, size=SIZE, activated=True):
    """The feature maps of a face network at its four depths, deepest first, for perceptual losses and distances.

    network: an identity_evaluator, an identity_network or a reader. size: side of the pictures, a multiple of 16; the
    network has learned from 64, and lesson 09 has it look at 128. Returns a keras.Model from faces on grey f32
    [N, size, size, 3] to feature maps of 1/16, 1/8, 1/4 and 1/2 the side, frozen. activated=False: the maps before
    their activation, where nothing is flattened to zero (Wang et al. 2018, ESRGAN, section 3.3). Lesson 05.
    """
    inner = next((layer for layer in network.layers if isinstance(layer, keras.Model)), network)
    x = image = keras.Input((size, size, 3), name="image")
    stages = []
    for layer in inner.layers[1:]:
        if isinstance(layer, layers.Flatten):
            break
        before, x = x, layer(x)
        if isinstance(layer, layers.LeakyReLU):
            stages.append(x if activated else before)
    model = keras.Model(image, stages[1::2][::-1], name="four_depths")
    model.trainable = False
    return model


@keras.saving.register_keras_serializable("course_lib")
class CosineMargin(layers.Layer):
    """Logits of a softmax over people from unit vectors [N, D] and true numbers [N]: scale (cosine - margin if true).

    Source: Wang et al. 2018, CosFace, equation 4. Only for training. Lesson 02.
    """

    def __init__(self, people, scale=20.0, margin=0.2, **kwargs):
        super().__init__(**kwargs)
        self.people, self.scale, self.margin = people, scale, margin

    def build(self, shapes):
        self.centres = self.add_weight(shape=(shapes[0][-1], self.people), initializer="random_normal", name="centres")

    def call(self, inputs):
        vectors, numbers = inputs
        cosine = ops.matmul(vectors, ops.normalize(self.centres, axis=0))
        return self.scale * (cosine - self.margin * ops.one_hot(numbers, self.people, dtype=cosine.dtype))

    def get_config(self):
        return {**super().get_config(), "people": self.people, "scale": self.scale, "margin": self.margin}


@keras.saving.register_keras_serializable("course_lib")
class Gallery(layers.Layer):
    """The cosine between unit vectors [N, D] and one centre for each of the named people: f32 [N, names]."""

    def __init__(self, names, **kwargs):
        super().__init__(**kwargs)
        self.names = list(names)

    def build(self, shape):
        self.centres = self.add_weight(shape=(shape[-1], len(self.names)), trainable=False, initializer="zeros",
                                       name="centres")

    def call(self, vectors):
        return ops.matmul(vectors, self.centres)

    def get_config(self):
        return {**super().get_config(), "names": self.names}


def identity_evaluator(network, gallery):
    """The network with a gallery built in: a keras.Model from faces to [vectors [N, D], cosines [N, names]].

    gallery: name -> faces f32 [M, 64, 64, 3] of that person. get_layer('gallery').names says the order. Lesson 02.
    """
    centres = np.stack([_unit(network.predict(faces, verbose=0).mean(0)) for faces in gallery.values()], 1)
    layer = Gallery(list(gallery), name="gallery", dtype="float32")
    image = keras.Input((SIZE, SIZE, 3), name="image")
    vectors = network(image)
    model = keras.Model(image, [vectors, layer(vectors)], name="identity_evaluator")
    layer.set_weights([centres])
    return model


def _unit(vector):
    return vector / np.linalg.norm(vector)
