"""The shapes that lips take, as a mean and a few directions; and the delayed network that finds them. Lesson 08."""

from dataclasses import dataclass

import numpy as np

DELAY = 20  # steps of 10 ms: how much of the future the shipped network hears


@dataclass(frozen=True)
class LipSpace:
    """Principal components of lip shapes.

    Args:
        mean: f32 [36].
        basis: f32 [K, 36], rows of length 1, the most important first.
        explained: f64 [K], the part of the variance that each one explains.
    """

    mean: np.ndarray
    basis: np.ndarray
    explained: np.ndarray

    def encode(self, shapes):
        """Coefficients of shapes.

        Args:
            shapes: f [..., 36].
        Returns:
            f32 [..., K].
        Lesson 08.
        """
        return ((shapes - self.mean) @ self.basis.T).astype(np.float32)

    def decode(self, coefficients):
        """Shapes of coefficients.

        Args:
            coefficients: f [..., K].
        Returns:
            f32 [..., 36].
        Lesson 08.
        """
        return (coefficients @ self.basis + self.mean).astype(np.float32)


def lip_space(shapes, count=20):
    """The principal components of lip shapes.

    Args:
        shapes: f [N, 36].
        count: Components to keep.
    Returns:
        LipSpace.
    References:
        Suwajanakorn et al. 2017, section 3.1: 20 coefficients of 18 lip points.
    Lesson 08.
    """
    shapes = np.asarray(shapes, np.float64)
    mean = shapes.mean(0)
    values, vectors = np.linalg.eigh(np.cov((shapes - mean).T))
    order = np.argsort(values)[::-1]
    basis = vectors[:, order[:count]].T
    return LipSpace(mean.astype(np.float32), basis.astype(np.float32), values[order[:count]] / values.sum())


def shipped(network, space, mean, scale):
    """One model for a file: raw sound features in, lip points out, with the basis inside it.

    The published code leaves out mean and basis, so that its users could not turn the network's output into lips.

    Args:
        network: Trained audio_to_lips.
        space: LipSpace.
        mean, scale: f [28], of the features.
    Returns:
        keras.Model from features f32 [N, T, 28] to lips f32 [N, T, 36], DELAY steps late.
    Lesson 08.
    """
    import keras
    from keras import layers

    sound = keras.Input((None, len(mean)))
    standard = layers.Normalization(mean=mean, variance=np.square(scale), name="standard")
    points = layers.Dense(len(space.mean), trainable=False, name="basis")
    plain = keras.Model.from_config(network.get_config())  # without the loss that it was compiled with
    plain.set_weights(network.get_weights())
    model = keras.Model(sound, points(plain(standard(sound))), name="speaking_lips")
    points.set_weights([space.basis, space.mean])
    return model


def lips_of(model, features, delay=DELAY):
    """What a delayed network says for every step of a sentence.

    Args:
        model: From features to shapes (or coefficients), `delay` steps late.
        features: f [T, 28], or f [N, T, 28] for several sentences.
        delay: Steps; the last one's features are repeated, so that the end is heard too.
    Returns:
        f32 [T, 36] or [N, T, 36] (or K numbers in place of 36).
    Lesson 08.
    """
    features = np.asarray(features, np.float32)
    batch = features if features.ndim == 3 else features[None]
    padded = np.pad(batch, ((0, 0), (0, delay), (0, 0)), mode="edge")
    found = np.asarray(model.predict_on_batch(padded))[:, delay:]
    return found if features.ndim == 3 else found[0]
