"""How an evaluator is trained: on faces augmented with what cameras and networks do to them. Lessons 02, 04 and 06."""
import cv2
import keras
import numpy as np

from course_lib.training.augment import jitter
from course_lib.training.fit import cosine, fit
from course_lib.training.precision import precision

LEARNING_RATE = 2e-3


def degrade_faces(faces, rng):
    """Augment faces with small shifts, blur, half the resolution, other tones and noise.

    An evaluator that is trained on them measures a soft image by what it shows.

    Args:
        faces: f32 RGB [N, 64, 64, 3] in [0, 1].
        rng: numpy Generator.
    Returns:
        f32 [N, 64, 64, 3] in [0, 1].
    """
    out = jitter(faces, rng, rotation=5, zoom=0.04, shift=1.5 / 64)
    for k, kind in enumerate(rng.random(len(out))):
        if kind < 0.4:
            out[k] = cv2.GaussianBlur(out[k], (0, 0), rng.uniform(0.4, 1.3))
        elif kind < 0.55:
            side = int(rng.uniform(28, 56))
            out[k] = cv2.resize(cv2.resize(out[k], (side, side), interpolation=cv2.INTER_AREA), (64, 64))
    gain = rng.uniform(0.85, 1.15, (len(out), 1, 1, 3)).astype(np.float32)
    noise = rng.normal(0, 1, out.shape).astype(np.float32) * rng.uniform(0, 0.02, (len(out), 1, 1, 1))
    return np.clip((out - 0.5) * gain + 0.5 + noise, 0, 1).astype(np.float32)


def train_evaluator(model, batches, loss, seconds, network, build):
    """Train an evaluator with Adam and a cosine, and copy it to float32.

    Args:
        model: keras.Model to train; it contains network, or is network.
        batches: endless iterator of (inputs, targets).
        loss: a Keras loss or a function (targets, predictions) -> scalar.
        seconds: training time.
        network: the keras.Model that is kept.
        build: function without arguments that builds network's architecture.
    Returns:
        (network in float32, History).
    """
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss=loss, jit_compile=False)
    history = fit(model, batches, seconds=seconds, learning_rate=cosine(LEARNING_RATE, last=0.01))
    with precision("float32"):
        copy = build()
    copy.set_weights(network.get_weights())
    return copy, history
