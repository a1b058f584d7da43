"""How far a face lies from what a detector was trained on: the Mahalanobis distance of its features. Lesson 10.

The features are taken from the detector's first blocks. Its last ones have learned to tell fakes from real faces and to
ignore the rest, also what would show that an image is of another kind altogether.

References: Lee, Lee, Lee & Shin 2018, "A simple unified framework for detecting out-of-distribution samples and
adversarial attacks".
"""
import keras
import numpy as np
from keras import layers, ops

BLOCKS = (1, 2)
SHRINKAGE = 0.001  # added to the variances of the standardised features, so that no direction counts without bound


@keras.saving.register_keras_serializable("course_lib")
class ChannelStatistics(layers.Layer):
    """Mean and standard deviation of each channel over an image: [N, H, W, C] becomes [N, 2 C].

    Lesson 10.
    """

    def call(self, x):
        return ops.concatenate([ops.mean(x, axis=(1, 2)), ops.std(x, axis=(1, 2))], axis=-1)

    def compute_output_shape(self, shape):
        return shape[0], 2 * shape[-1]


@keras.saving.register_keras_serializable("course_lib")
class MahalanobisDistance(layers.Layer):
    """The distance of features [N, D] from a Gaussian, in thresholds: above 1 they are unlike its samples.

    Its weights are the mean, the whitening matrix W with W W^T the inverse covariance, and the threshold.

    Lesson 10.
    """

    def build(self, shape):
        width = shape[-1]
        self.mean = self.add_weight(shape=(width,), initializer="zeros", name="mean", trainable=False)
        self.whitening = self.add_weight(shape=(width, width), initializer="identity", name="whitening",
                                         trainable=False)
        self.threshold = self.add_weight(shape=(), initializer="ones", name="threshold", trainable=False)

    def call(self, x):
        white = ops.matmul(x - self.mean, self.whitening)
        return ops.sqrt(ops.sum(white**2, axis=-1)) / self.threshold

    def compute_output_shape(self, shape):
        return (shape[0],)


def statistics(detector, blocks=BLOCKS):
    """The part of a detector that a distance is measured on.

    Args:
        detector: a meso4 or mesoinception4.
        blocks: numbers of the blocks whose pooled feature maps are summed up.
    Returns:
        keras.Model from faces f32 [N, S, S, 3] in [0, 1] to features f32 [N, D].
    Lesson 10.
    """
    maps = [detector.get_layer(f"block{k}_pool").output for k in blocks]
    return keras.Model(detector.input, layers.Concatenate()([ChannelStatistics()(x) for x in maps]))


def gaussian(features):
    """A Gaussian through features: what training data look like to the network.

    Args:
        features: [N, D].
    Returns:
        (mean f64 [D], whitening f64 [D, D]): the squared length of (x - mean) @ whitening is the squared Mahalanobis
            distance, with the covariance of the standardised features shrunk by SHRINKAGE.
    Raises:
        ValueError: for fewer samples than features.
    Lesson 10.
    """
    features = np.asarray(features, np.float64)
    if len(features) <= features.shape[1]:
        raise ValueError(f"{len(features)} samples of {features.shape[1]} features: a covariance takes more samples "
                         "than features")
    mean, scale = features.mean(0), features.std(0) + 1e-9
    values, vectors = np.linalg.eigh(np.cov(((features - mean) / scale).T) + SHRINKAGE * np.eye(len(mean)))
    return mean, vectors / np.sqrt(values) / scale[:, None]


def novelty(detector, mean, whitening, threshold=1.0, blocks=BLOCKS):
    """A network that says how unlike a detector's training set a face is.

    Args:
        detector: a meso4 or mesoinception4.
        mean, whitening: of `gaussian`, on the training set's `statistics`.
        threshold: the distance that counts as 1.
        blocks: as for `statistics`.
    Returns:
        keras.Model from faces f32 [N, S, S, 3] to f32 [N]; above 1 the detector should not be asked.
    Lesson 10.
    """
    features = statistics(detector, blocks)
    distance = MahalanobisDistance(name="distance")
    model = keras.Model(features.input, distance(features.output), name="novelty")
    distance.set_weights([np.float32(mean), np.float32(whitening), np.float32(threshold)])
    return model
