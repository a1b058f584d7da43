"""The network that predicts the attributes of a portrait: `python -m course_lib.recipes.attribute_regressor`.

About 8 minutes on 2 cores once the portraits are rendered (data/portraits.py); goes on where it was stopped. It
learns all CANDIDATES of metrics.attributes; those that it predicts well, ATTRIBUTES, are shipped. Lesson 06.
"""
import argparse

import keras
import numpy as np
from keras import ops

from course_lib.cast import random_person, random_scene
from course_lib.checkpoints import register
from course_lib.data.portraits import PEOPLE_SEED, SCENE_SEED, WILD, portraits
from course_lib.metrics.attributes import ATTRIBUTES, CANDIDATES, MIRRORED, PREDICTABLE, UNPREDICTABLE, true_attributes
from course_lib.models.evaluators import attribute_regressor
from course_lib.profile import cache_dir, cores
from course_lib.recipes import model_card
from course_lib.training import cosine, fit
from course_lib.training.evaluators import degrade_faces
from course_lib.training.precision import fast_policy, precision

FACES, HELD_OUT, BATCH, STEPS, WIDTH = 8000, 1000, 64, 2600, 24
NAMES = tuple(CANDIDATES)


def truth(first, count):
    """The true attributes of portraits, without rendering them.

    Args:
        first: number of the first portrait.
        count: how many.
    Returns:
        f32 [count, len(CANDIDATES)].
    """
    seeds = range(first, first + count)
    return true_attributes([random_person(PEOPLE_SEED + k) for k in seeds],
                           [random_scene(SCENE_SEED + k, wild=WILD) for k in seeds], NAMES)


def batches(images, values, rng):
    """Draw training batches: degraded as by cameras and networks, half of them mirrored.

    Args:
        images: uint8 [N, 64, 64, 3].
        values: true attributes, f32 [N, len(CANDIDATES)].
        rng: numpy Generator.
    Returns:
        Endless iterator of (images f32 [BATCH, 64, 64, 3], attributes f32 [BATCH, len(CANDIDATES)]).
    """
    signed = [NAMES.index(name) for name in MIRRORED]
    while True:
        chosen = rng.integers(0, len(images), BATCH)
        faces, targets = images[chosen].astype(np.float32) / 255, values[chosen]
        mirrored = np.flatnonzero(rng.random(BATCH) < 0.5)
        faces[mirrored] = faces[mirrored, :, ::-1]
        targets[np.ix_(mirrored, signed)] *= -1
        yield degrade_faces(faces, rng), targets


def train(steps, checkpoint=None):
    """Train a regressor of all CANDIDATES.

    Args:
        steps: training steps in all, those before a stop included.
        checkpoint: file of the run, to go on from it.
    Returns:
        (network in float32, History).
    """
    keras.utils.set_random_seed(6)
    images, values = portraits(FACES).images, truth(0, FACES)
    std = values.std(0)
    with precision(fast_policy()):
        network = attribute_regressor(len(NAMES), WIDTH)
    # each attribute's squared error divided by its variance: 1 is a blind guess, whatever the unit
    network.compile(keras.optimizers.Adam(2e-3), loss=lambda t, p: ops.mean(ops.square((t - p) / std)),
                    jit_compile=False)
    history = fit(network, batches(images, values, np.random.default_rng(6)), steps=steps,
                  learning_rate=cosine(2e-3, last=0.01), checkpoint=checkpoint, resume=True)
    return _copy(network, NAMES), history


def _copy(network, names):
    """The network in float32, answering for these names alone."""
    columns = [NAMES.index(name) for name in names]
    with precision("float32"):
        copy = attribute_regressor(len(names), WIDTH)
    *trunk, kernel, bias = network.get_weights()
    copy.set_weights([*trunk, kernel[:, columns], bias[columns]])
    return copy


def measure(network, degraded=False):
    """Measure a regressor of all CANDIDATES on unseen people.

    Args:
        network: what train returns.
        degraded: whether the images are degraded as in training.
    Returns:
        A dict, name -> (mean absolute error, error of always answering the median, correlation).
    """
    images, values = portraits(HELD_OUT, first=FACES).pictures(), truth(FACES, HELD_OUT)
    images = degrade_faces(images, np.random.default_rng(0)) if degraded else images
    predicted = network.predict(images, verbose=0)
    error, blind = np.abs(predicted - values).mean(0), np.abs(values - np.median(values, 0)).mean(0)
    return {name: (float(e), float(b), float(np.corrcoef(r, v)[0, 1]))
            for name, e, b, r, v in zip(NAMES, error, blind, predicted.T, values.T, strict=True)}


def main():
    """Train, measure and ship the checkpoint attribute_regressor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="training steps in all, resumed parts included")
    options = parser.parse_args()
    network, history = train(options.steps, cache_dir() / "attribute_regressor.npz")
    clear, degraded = measure(network), measure(network, degraded=True)
    rows = {name: f"| {name} | {CANDIDATES[name][1]} | {e:.3f} | {b:.3f} | {r:.2f} | {degraded[name][0]:.3f} |"
            for name, (e, b, r) in clear.items()}
    print("\n".join(rows.values()))
    weak = {name for name, (_, _, r) in clear.items() if r < PREDICTABLE}
    if weak != set(UNPREDICTABLE):
        print(f"UNPREDICTABLE in metrics/attributes.py is {UNPREDICTABLE}, but below {PREDICTABLE} are {sorted(weak)}")
    table, left = ("\n".join(rows[name] for name in names) for names in (ATTRIBUTES, UNPREDICTABLE))
    register("attribute_regressor", _copy(network, ATTRIBUTES), model_card(
        "attribute_regressor", faces=FACES, held=HELD_OUT, steps=len(history.steps), batch=BATCH,
        seconds=history.seconds, cores=cores(),
        table=table, left=left, readable=PREDICTABLE),
        "what a portrait of the cast shows: pose, expression, skin, hair, things worn, light")


if __name__ == "__main__":
    main()
