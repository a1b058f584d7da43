"""Evaluators of a swap: an identity embedding, and regressors of pose, expression and attributes. Lesson 02."""
import keras
import numpy as np
from keras import layers, ops

from course_lib.models.blocks import BatchNormalization, leaky

SIZE = 64
POSE_AND_EXPRESSION = ("yaw", "pitch", "jaw", "smile", "brow", "blink")  # two in radians, four amounts from 0 to 1


def _backbone(image, width):
    """Four stages of two convolutions with batch normalisation, each halving the side: features f32 [N, 128 width]."""
    x = image
    for filters in (width, 2 * width, 4 * width, 8 * width):
        for strides in (2, 1):
            x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
            x = leaky(BatchNormalization(momentum=0.95)(x), 0.1)
    return layers.Flatten()(x)


def identity_network(width=20, embedding=64):
    """An embedding of identity: two images of one person have a cosine near 1, of two people near 0.

    Args:
        width: filters of the first stage.
        embedding: length of the vector.
    Returns:
        keras.Model from faces on grey f32 [N, 64, 64, 3] to unit vectors f32 [N, embedding].
    Lesson 02.
    """
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = layers.Dense(embedding, use_bias=False)(layers.Dropout(0.2)(_backbone(image, width)))
    x = BatchNormalization(momentum=0.95)(x)
    return keras.Model(image, layers.UnitNormalization(dtype="float32")(x), name="identity_network")


def attribute_regressor(attributes, width=20, name="attribute_regressor"):
    """A regressor of attributes: one number for each, from a face.

    Args:
        attributes: how many there are.
        width: filters of the first stage.
        name: the model's name.
    Returns:
        keras.Model from faces f32 [N, 64, 64, 3] in [0, 1] to f32 [N, attributes].
    Lesson 06.
    """
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = leaky(layers.Dense(128)(_backbone(image, width)), 0.1)
    return keras.Model(image, layers.Dense(attributes, dtype="float32")(x), name=name)


def pose_regressor(width=20):
    """A regressor of pose and expression, the values of POSE_AND_EXPRESSION.

    Args:
        width: filters of the first stage.
    Returns:
        keras.Model from faces on grey f32 [N, 64, 64, 3] to f32 [N, 6].
    Lesson 02.
    """
    return attribute_regressor(len(POSE_AND_EXPRESSION), width, "pose_regressor")


def with_features(regressor):
    """A regressor that also returns its penultimate features, by which sets of images can be compared.

    Args:
        regressor: an attribute_regressor or pose_regressor.
    Returns:
        keras.Model from images to [values f32 [N, K], features f32 [N, 128]].
    Lesson 04.
    """
    values = regressor.layers[-1]
    return keras.Model(regressor.inputs, [regressor.outputs[0], values.input], name="regressor_with_features")


def feature_pyramid(network, size=SIZE, activated=True):
    """The feature maps of a face network at its four scales, for perceptual losses and distances; frozen.

    Args:
        network: an identity_evaluator, identity_network, attribute_regressor or pose_regressor.
        size: side of the images, a multiple of 16; the networks are trained on 64, lesson 09 uses them at 128.
        activated: False for the maps before their activation, which sets nothing to zero.
    Returns:
        keras.Model from faces on grey f32 [N, size, size, 3] to maps of 1/16, 1/8, 1/4 and 1/2 the side.
    References:
        Wang et al. 2018, ESRGAN, section 3.3, for the maps before activation.
    Lesson 05.
    """
    inner = next((layer for layer in network.layers if isinstance(layer, keras.Model)), network)
    x = image = keras.Input((size, size, 3), name="image")
    maps = []
    for layer in inner.layers[1:]:
        if isinstance(layer, layers.Flatten):
            break
        before, x = x, layer(x)
        if isinstance(layer, layers.LeakyReLU):
            maps.append(x if activated else before)
    model = keras.Model(image, maps[1::2][::-1], name="four_depths")
    model.trainable = False
    return model


@keras.saving.register_keras_serializable("course_lib")
class CosineMargin(layers.Layer):
    """CosFace: logits over people from unit vectors [N, D] and true numbers [N], scale (cosine - margin if true).

    Only for training.

    Args:
        people: number of people.
        scale, margin: s and m of the equation.
    References:
        Wang et al. 2018, CosFace, equation 4.
    Lesson 02.
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
    """The cosine between unit vectors [N, D] and one centre for each of the named people: f32 [N, names].

    Args:
        names: of the people, in the order of the cosines.
    Lesson 02.
    """

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
    """An identity_network with a gallery of known people built in; get_layer('gallery').names is their order.

    Args:
        network: an identity_network.
        gallery: name -> faces f32 [M, 64, 64, 3] of that person.
    Returns:
        keras.Model from faces f32 [N, 64, 64, 3] to [vectors [N, D], cosines [N, names]].
    Lesson 02.
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
