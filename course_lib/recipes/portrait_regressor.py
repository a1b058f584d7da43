"""The network that reads and compares portraits of the cast: `python -m course_lib.recipes.portrait_regressor`.

About 5 minutes on 2 cores once the portraits are rendered (data/portraits.py). Lesson 04.
"""
import argparse

import keras
import numpy as np
from keras import ops

from course_lib.checkpoints import register
from course_lib.data.portraits import ATTRIBUTES, portraits
from course_lib.models.evaluators import attribute_regressor
from course_lib.profile import cores
from course_lib.recipes.evaluators import soften
from course_lib.training import cosine, fit
from course_lib.training.precision import fast_policy, precision

FACES, HELD_OUT, BATCH = 8000, 1000, 64
SCALES = np.array([0.5, 0.3, *[1.0] * (len(ATTRIBUTES) - 2)], np.float32)  # yaw and pitch are counted in these radians


def batches(faces, rng):
    """Endless (pictures, truth): spoiled as cameras and networks do, half of them mirrored, with the yaw's sign."""
    while True:
        chosen = rng.integers(0, len(faces), BATCH)
        pictures, truth = faces.pictures(chosen), faces.truth[chosen].copy()
        mirrored = rng.random(BATCH) < 0.5
        pictures[mirrored] = pictures[mirrored, :, ::-1]
        truth[mirrored, 0] *= -1
        yield soften(pictures, rng), truth


def train(faces, seconds):
    """The trained regressor in float32, and its History."""
    keras.utils.set_random_seed(5)
    with precision(fast_policy()):
        network = attribute_regressor(len(ATTRIBUTES))
    network.compile(keras.optimizers.Adam(2e-3), loss=lambda t, p: ops.mean(ops.abs(t - p) / SCALES), jit_compile=False)
    history = fit(network, batches(faces, np.random.default_rng(5)), seconds=seconds,
                  learning_rate=cosine(2e-3, last=0.01))
    with precision("float32"):
        copy = attribute_regressor(len(ATTRIBUTES))
    copy.set_weights(network.get_weights())
    return copy, history


def measure(network, faces):
    """The mean absolute error of each attribute, beside that of always answering the median: name -> (error, blind)."""
    error = np.abs(network.predict(faces.pictures(), verbose=0) - faces.truth).mean(0)
    blind = np.abs(faces.truth - np.median(faces.truth, 0)).mean(0)
    return {name: (float(e), float(b)) for name, e, b in zip(ATTRIBUTES, error, blind, strict=True)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=240, help="training time")
    options = parser.parse_args()
    network, history = train(portraits(FACES), options.seconds)
    found = measure(network, portraits(HELD_OUT, first=FACES))
    table = "\n".join(f"| {name} | {error:.3f} | {blind:.3f} |" for name, (error, blind) in found.items())
    print(table)
    register("portrait_regressor", network, CARD.format(
        faces=FACES, held=HELD_OUT, steps=len(history.steps), batch=BATCH, seconds=history.seconds, cores=cores(),
        table=table), "what a portrait of the cast shows, and features to compare sets of portraits by")


CARD = """# portrait_regressor

What does a portrait of the cast show? Yaw, pitch (radians), and from 0 to 1: jaw, smile, skin, glasses, beard, long
hair, bald, fair hair. Its 128 features are what lesson 04 compares sets of portraits by
(models.evaluators.with_features).

- Data: {faces} rendered portraits of as many random people of the cast (course_lib/data/portraits.py), 64 x 64, on
  grey. None of the twelve named people, no real person.
- Training: {steps} steps of {batch} in {seconds:.0f} s on {cores} cores of a shared machine, with blur, low resolution,
  tone, noise, shifts and mirror images.
- Limits: it knows the cast alone. On photographs its answers and distances mean nothing.
- Rebuild: `python -m course_lib.recipes.portrait_regressor`.

## Scores

Mean absolute error on {held} portraits of people it has never seen, beside that of always answering the median:

| attribute | error | blind |
|---|---|---|
{table}
"""


if __name__ == "__main__":
    main()
