"""The network that predicts attributes of portraits: `python -m course_lib.recipes.portrait_regressor`.

Sets of portraits are compared by its features. About 5 minutes on 2 cores once the portraits are rendered
(data/portraits.py). Lesson 04.
"""
import argparse

import keras
import numpy as np
from keras import ops

from course_lib.checkpoints import register
from course_lib.data.portraits import ATTRIBUTES, portraits
from course_lib.models.evaluators import attribute_regressor
from course_lib.profile import cores
from course_lib.recipes import model_card
from course_lib.training.evaluators import degrade_faces, train_evaluator
from course_lib.training.precision import fast_policy, precision

FACES, HELD_OUT, BATCH = 8000, 1000, 64
SCALES = np.array([0.5, 0.3, *[1.0] * (len(ATTRIBUTES) - 2)], np.float32)  # yaw and pitch are divided by these radians


def batches(faces, rng):
    """Draw training batches: degraded as by cameras and networks, half of them mirrored.

    Args:
        faces: a data.Portraits.
        rng: numpy Generator.
    Returns:
        Endless iterator of (images f32 [BATCH, 64, 64, 3], attributes f32 [BATCH, len(ATTRIBUTES)]).
    """
    while True:
        chosen = rng.integers(0, len(faces), BATCH)
        images, truth = faces.pictures(chosen), faces.truth[chosen].copy()
        mirrored = rng.random(BATCH) < 0.5
        images[mirrored] = images[mirrored, :, ::-1]
        truth[mirrored, 0] *= -1
        yield degrade_faces(images, rng), truth


def train(faces, seconds):
    """Train the regressor.

    Args:
        faces: a data.Portraits.
        seconds: training time.
    Returns:
        (network in float32, History).
    """
    keras.utils.set_random_seed(5)

    def build():
        return attribute_regressor(len(ATTRIBUTES))

    with precision(fast_policy()):
        network = build()
    return train_evaluator(network, batches(faces, np.random.default_rng(5)),
                           lambda t, p: ops.mean(ops.abs(t - p) / SCALES), seconds, network, build)


def measure(network, faces):
    """Measure the regressor.

    Args:
        network: what train returns.
        faces: a data.Portraits of people it was not trained on.
    Returns:
        A dict, attribute -> (mean absolute error, error of always answering the median).
    """
    error = np.abs(network.predict(faces.pictures(), verbose=0) - faces.truth).mean(0)
    blind = np.abs(faces.truth - np.median(faces.truth, 0)).mean(0)
    return {name: (float(e), float(b)) for name, e, b in zip(ATTRIBUTES, error, blind, strict=True)}


def main():
    """Train, measure and ship the checkpoint portrait_regressor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=240, help="training time")
    options = parser.parse_args()
    network, history = train(portraits(FACES), options.seconds)
    scores = measure(network, portraits(HELD_OUT, first=FACES))
    table = "\n".join(f"| {name} | {error:.3f} | {blind:.3f} |" for name, (error, blind) in scores.items())
    print(table)
    register("portrait_regressor", network, model_card(
        "portrait_regressor", faces=FACES, held=HELD_OUT, steps=len(history.steps), batch=BATCH,
        seconds=history.seconds, cores=cores(),
        table=table), "what a portrait of the cast shows, and features to compare sets of portraits by")


if __name__ == "__main__":
    main()
