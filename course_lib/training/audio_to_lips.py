"""Training of the delayed LSTM, from sound to lips. Lesson 08."""

import keras
import numpy as np
from keras import ops

from course_lib.models import lip_sync

from .fit import cosine, fit

LENGTH, BATCH = 100, 100  # steps that count and windows, as published


def delayed_windows(features, targets, delay, rng, length=LENGTH, batch=BATCH):
    """Batches of random windows for a network whose output at step t stands for the mouth at step t - delay.

    Args:
        features: f32 [N, T, 28].
        targets: f32 [N, T, K].
        delay: steps.
        rng: numpy Generator.
        length: steps of a window that count; `delay` more come before them.
        batch: windows.
    Returns:
        Generator of (features f32 [batch, delay + length, 28], targets f32 [batch, length, K]): the first `delay`
        outputs have no target.
    References:
        Suwajanakorn et al. 2017, section 3.1.
    Lesson 08.
    """
    while True:
        rows = rng.integers(len(features), size=batch)
        starts = rng.integers(features.shape[1] - length - delay + 1, size=batch)
        heard = starts[:, None] + np.arange(length + delay)
        yield features[rows[:, None], heard], targets[rows[:, None], heard[:, :length]]


def delayed_error(delay):
    """The squared error of a delayed network: its first `delay` outputs do not count.

    Args:
        delay: steps.
    Returns:
        A loss of (targets [N, length, K], outputs [N, delay + length, K]).
    Lesson 08.
    """
    def loss(targets, outputs):
        return ops.mean(ops.square(targets - outputs[:, delay:]))

    return loss


def train_lips(features, coefficients, delay, steps, seed=0, depth=1, bidirectional=False, learning_rate=4e-3,
               length=LENGTH, batch=BATCH, **options):
    """Trains audio_to_lips on standardised features.

    Args:
        features: f32 [N, T, 28], standardised.
        coefficients: f32 [N, T, K].
        delay: steps; 0 for a bidirectional network, which hears the whole window.
        steps: of training.
        seed: of weights and windows.
        depth, bidirectional: see models.lip_sync.audio_to_lips.
        learning_rate: at its peak.
        length, batch: see delayed_windows.
        options: of training.fit.
    Returns:
        (keras.Model, History).
    Lesson 08.
    """
    keras.utils.set_random_seed(seed)
    model = lip_sync.audio_to_lips(features.shape[-1], coefficients.shape[-1], depth=depth, bidirectional=bidirectional)
    model.compile(keras.optimizers.Adam(learning_rate, global_clipnorm=10.0), delayed_error(delay), jit_compile=False)
    batches = delayed_windows(features, coefficients, delay, np.random.default_rng([seed, delay]), length, batch)
    return model, fit(model, batches, steps=steps, learning_rate=cosine(learning_rate), **options)
