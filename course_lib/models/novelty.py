"""How far a face lies from what a detector was trained on: the Mahalanobis distance of its features. Lesson 10.

Three kinds of features: the detector's first blocks, the texture of the face at four scales, and its coordinates among
the eigenfaces of the training set. The detector's last blocks have learned to tell fakes from real faces and to ignore
the rest, also what would show that an image is of another kind altogether. Each history of a picture (raw, compressed,
larger) has a Gaussian of its own, and the nearest one counts: one Gaussian through all of them would be so wide that a
photograph fits in.

References: Lee, Lee, Lee & Shin 2018, "A simple unified framework for detecting out-of-distribution samples and
adversarial attacks"; Turk & Pentland 1991, "Eigenfaces for recognition".
"""
import keras
import numpy as np
from keras import layers, ops

BLOCKS = (1, 2)
SHRINKAGE = 0.01  # added to the variances of the standardised features, so that no direction counts without bound
LEVELS = 4  # of the pyramid on which texture is measured
TINY = 1e-4  # added to a standard deviation before its logarithm
LUMA = np.array([[0.299, 0.587, 0.114], [0.5, -0.419, -0.081], [-0.169, -0.331, 0.5]], np.float32).T  # RGB to YCrCb


@keras.saving.register_keras_serializable("course_lib")
class ChannelStatistics(layers.Layer):
    """Mean and standard deviation of each channel over an image: [N, H, W, C] becomes [N, 2 C].

    Lesson 10.
    """

    def call(self, x):
        return ops.concatenate([ops.mean(x, axis=(1, 2)), ops.std(x, axis=(1, 2))], axis=-1)

    def compute_output_shape(self, shape):
        return shape[0], 2 * shape[-1]


def inner_face(size):
    """The inside of an aligned face: an ellipse.

    Args:
        size: Side of the image in pixels.
    Returns:
        f32 [size, size, 1], 0 or 1.
    Lesson 10.
    """
    y, x = (np.mgrid[:size, :size] + 0.5) / size
    return (((x - 0.5) / 0.28) ** 2 + ((y - 0.52) / 0.36) ** 2 < 1).astype(np.float32)[..., None]


@keras.saving.register_keras_serializable("course_lib")
class TextureStatistics(layers.Layer):
    """The texture inside a face, by scale: [N, S, S, 3] in [0, 1] becomes [N, 81].

    Of the differences to the right, downwards and to the mean of the four neighbours, in luma and both colour
    differences, at four scales: standard deviation and kurtosis, as logarithms. In photographs small and very large
    differences are more frequent than in renderings, so the kurtosis is higher. Then means, deviations and correlations
    of the colours.

    Lesson 10.
    """

    def call(self, x):
        y, found = ops.matmul(x, LUMA), []
        inside = inner_face(x.shape[1])
        for level in range(LEVELS):
            here, right, below = y[:, 1:-1, 1:-1], y[:, 1:-1, 2:], y[:, 2:, 1:-1]
            around = (right + y[:, 1:-1, :-2] + below + y[:, :-2, 1:-1]) / 4
            for change in (right - here, below - here, around - here):
                _, deviation, fourth = _moments(change, inner_face(y.shape[1])[1:-1, 1:-1])
                found += [ops.log(deviation + TINY), ops.log(fourth)]
            if not level:
                mean, deviation, _ = _moments(y, inside)
                z = inside * (y - mean[:, None, None]) / (deviation + TINY)[:, None, None]
                pairs = [ops.sum(z[..., a] * z[..., b], axis=(1, 2)) / inside.sum()
                         for a, b in ((0, 1), (0, 2), (1, 2))]
                found += [mean, ops.log(deviation + TINY), ops.stack(pairs, axis=-1)]
            y = ops.average_pool(y, 2, 2, "valid")
        return ops.concatenate(found, axis=-1)

    def compute_output_shape(self, shape):
        return shape[0], 18 * LEVELS + 9


def _moments(x, inside):
    """Mean, standard deviation and kurtosis [N, 3] of each channel of x [N, H, W, 3] where inside [H, W, 1] is 1."""
    mean = ops.sum(inside * x, axis=(1, 2)) / inside.sum()
    centred = x - mean[:, None, None]
    deviation = ops.sqrt(ops.sum(inside * centred**2, axis=(1, 2)) / inside.sum())
    scaled = centred / (deviation + TINY / 10)[:, None, None]
    return mean, deviation, ops.sum(inside * scaled**4, axis=(1, 2)) / inside.sum() + TINY


@keras.saving.register_keras_serializable("course_lib")
class Eigenfaces(layers.Layer):
    """Coordinates of the inner face among K eigenfaces, and what they leave: [N, S, S, 3] becomes [N, K + 1].

    Its weights are the mean face and the eigenfaces of SIDE x SIDE pixels, see `eigenfaces`.

    Args:
        count: K.
    Lesson 10.
    """

    SIDE = 32

    def __init__(self, count=15, **options):
        super().__init__(**options)
        self.count = count

    def build(self, shape):
        width = self.SIDE**2 * 3
        self.mean = self.add_weight(shape=(width,), initializer="zeros", name="mean", trainable=False)
        self.basis = self.add_weight(shape=(width, self.count), initializer="zeros", name="basis", trainable=False)

    def call(self, x):
        centred = small_faces(x) - self.mean
        coordinates = ops.matmul(centred, self.basis)
        rest = ops.sqrt(ops.maximum(ops.sum(centred**2, axis=-1) - ops.sum(coordinates**2, axis=-1), 1e-12))
        return ops.concatenate([coordinates, ops.log(rest + TINY)[:, None]], axis=-1)

    def compute_output_shape(self, shape):
        return shape[0], self.count + 1

    def get_config(self):
        return super().get_config() | {"count": self.count}


def small_faces(x):
    """The inner faces at Eigenfaces.SIDE pixels, black outside.

    Args:
        x: Faces f32 [N, S, S, 3], S a multiple of SIDE.
    Returns:
        f32 [N, SIDE * SIDE * 3].
    Lesson 10.
    """
    side = Eigenfaces.SIDE
    small = ops.average_pool(x, x.shape[1] // side, x.shape[1] // side, "valid") * inner_face(side)
    return ops.reshape(small, (-1, side * side * 3))


def eigenfaces(images, count=15):
    """The principal components of faces.

    Args:
        images: f32 [N, S, S, 3] in [0, 1].
        count: How many.
    Returns:
        (mean f32 [D], basis f32 [D, count]) with D = 3 SIDE^2, the columns orthonormal.
    References:
        Turk & Pentland 1991.
    Lesson 10.
    """
    flat = np.concatenate([np.asarray(small_faces(images[k:k + 64])) for k in range(0, len(images), 64)])
    mean = flat.mean(0)
    return mean, np.linalg.svd(flat - mean, full_matrices=False)[2][:count].T.copy()


@keras.saving.register_keras_serializable("course_lib")
class MahalanobisDistance(layers.Layer):
    """The distance of features [N, D] from the nearest of several Gaussians, in thresholds: above 1 unlike all.

    Its weights are their means, the whitening matrices W with W W^T the inverse covariance, and the threshold.

    Args:
        components: How many Gaussians.
    Lesson 10.
    """

    def __init__(self, components=1, **options):
        super().__init__(**options)
        self.components = components

    def build(self, shape):
        width, count = shape[-1], self.components
        self.mean = self.add_weight(shape=(count, width), initializer="zeros", name="mean", trainable=False)
        self.whitening = self.add_weight(shape=(count, width, width), initializer="zeros", name="whitening",
                                         trainable=False)
        self.threshold = self.add_weight(shape=(), initializer="ones", name="threshold", trainable=False)

    def call(self, x):
        white = ops.einsum("nkd,kde->nke", x[:, None] - self.mean, self.whitening)
        return ops.min(ops.sqrt(ops.sum(white**2, axis=-1)), axis=-1) / self.threshold

    def compute_output_shape(self, shape):
        return (shape[0],)

    def get_config(self):
        return super().get_config() | {"components": self.components}


def statistics(detector, blocks=BLOCKS):
    """What a detector's first blocks see of a face.

    Args:
        detector: a meso4 or mesoinception4.
        blocks: numbers of the blocks whose pooled feature maps are summed up.
    Returns:
        keras.Model from faces f32 [N, S, S, 3] in [0, 1] to features f32 [N, D].
    Lesson 10.
    """
    maps = [detector.get_layer(f"block{k}_pool").output for k in blocks]
    return keras.Model(detector.input, layers.Concatenate()([ChannelStatistics()(x) for x in maps]))


def features(detector, mean, basis):
    """All that the distance is measured on: statistics of the detector's blocks, texture, and eigenfaces.

    Args:
        detector: a meso4 or mesoinception4.
        mean, basis: of `eigenfaces`, of the training set.
    Returns:
        keras.Model from faces f32 [N, S, S, 3] in [0, 1] to features f32 [N, D].
    Lesson 10.
    """
    coordinates = Eigenfaces(basis.shape[1], name="eigenfaces")
    seen = [statistics(detector).output, TextureStatistics()(detector.input), coordinates(detector.input)]
    model = keras.Model(detector.input, layers.Concatenate()(seen))
    coordinates.set_weights([mean, basis])
    return model


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


def novelty(measured, gaussians, threshold=1.0):
    """A network that says how unlike a detector's training set a face is.

    Args:
        measured: keras.Model from faces to features, see `features`.
        gaussians: list of (mean, whitening), see `gaussian`, one for each history.
        threshold: the distance that counts as 1.
    Returns:
        keras.Model from faces f32 [N, S, S, 3] to f32 [N]; above 1 the detector should not be asked.
    Lesson 10.
    """
    distance = MahalanobisDistance(len(gaussians), name="distance")
    model = keras.Model(measured.input, distance(measured.output), name="novelty")
    means, whitenings = (np.stack(part).astype(np.float32) for part in zip(*gaussians, strict=True))
    distance.set_weights([means, whitenings, np.float32(threshold)])
    return model
