"""The network that reads the attributes of a portrait: `python -m course_lib.recipes.attribute_regressor`.

About 8 minutes on 2 cores once the portraits are rendered (data/portraits.py); goes on where it was stopped. It
learns all CANDIDATES of metrics.attributes; those that can be read, ATTRIBUTES, are shipped. Lesson 06.
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
from course_lib.recipes.evaluators import soften
from course_lib.training import cosine, fit
from course_lib.training.precision import fast_policy, precision

FACES, HELD_OUT, BATCH, STEPS, WIDTH = 8000, 1000, 64, 2600, 24
NAMES = tuple(CANDIDATES)


def truth(first, count):
    """The true values of portraits first to first + count, f32 [count, len(CANDIDATES)]; nothing is rendered."""
    seeds = range(first, first + count)
    return true_attributes([random_person(PEOPLE_SEED + k) for k in seeds],
                           [random_scene(SCENE_SEED + k, wild=WILD) for k in seeds], NAMES)


def batches(images, values, rng):
    """Endless (pictures, truth): spoiled as cameras and networks do, half of them mirrored, with the signs."""
    turned = [NAMES.index(name) for name in MIRRORED]
    while True:
        chosen = rng.integers(0, len(images), BATCH)
        pictures, wanted = images[chosen].astype(np.float32) / 255, values[chosen]
        mirrored = np.flatnonzero(rng.random(BATCH) < 0.5)
        pictures[mirrored] = pictures[mirrored, :, ::-1]
        wanted[np.ix_(mirrored, turned)] *= -1
        yield soften(pictures, rng), wanted


def train(steps, checkpoint=None):
    """The trained regressor of all CANDIDATES in float32, and its History."""
    keras.utils.set_random_seed(6)
    images, values = portraits(FACES).images, truth(0, FACES)
    spread = values.std(0)
    with precision(fast_policy()):
        network = attribute_regressor(len(NAMES), WIDTH)
    # each attribute's squared error as a share of its variance: 1 is a blind guess, whatever the unit
    network.compile(keras.optimizers.Adam(2e-3), loss=lambda t, p: ops.mean(ops.square((t - p) / spread)),
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


def measure(network, soft=False):
    """On unseen people, name -> (mean absolute error, that of always answering the median, correlation).

    soft: the pictures are spoiled as in training.
    """
    pictures, values = portraits(HELD_OUT, first=FACES).pictures(), truth(FACES, HELD_OUT)
    read = network.predict(soften(pictures, np.random.default_rng(0)) if soft else pictures, verbose=0)
    error, blind = np.abs(read - values).mean(0), np.abs(values - np.median(values, 0)).mean(0)
    return {name: (float(e), float(b), float(np.corrcoef(r, v)[0, 1]))
            for name, e, b, r, v in zip(NAMES, error, blind, read.T, values.T, strict=True)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="training steps in all, resumed parts included")
    options = parser.parse_args()
    network, history = train(options.steps, cache_dir() / "attribute_regressor.npz")
    clear, soft = measure(network), measure(network, soft=True)
    rows = {name: f"| {name} | {CANDIDATES[name][1]} | {e:.3f} | {b:.3f} | {r:.2f} | {soft[name][0]:.3f} |"
            for name, (e, b, r) in clear.items()}
    print("\n".join(rows.values()))
    weak = {name for name, (_, _, r) in clear.items() if r < PREDICTABLE}
    if weak != set(UNPREDICTABLE):
        print(f"UNPREDICTABLE in metrics/attributes.py is {UNPREDICTABLE}, but below {PREDICTABLE} are {sorted(weak)}")
    table, left = ("\n".join(rows[name] for name in names) for names in (ATTRIBUTES, UNPREDICTABLE))
    register("attribute_regressor", _copy(network, ATTRIBUTES), CARD.format(
        faces=FACES, held=HELD_OUT, steps=len(history.steps), batch=BATCH, seconds=history.seconds, cores=cores(),
        table=table, left=left, readable=PREDICTABLE),
        "what a portrait of the cast shows: pose, expression, skin, hair, things worn, light")


CARD = """# attribute_regressor

What does a portrait of the cast show? One number for each attribute below. Lesson 06 reads generated and edited faces
with it, lesson 09 restored ones (course_lib.metrics.attributes.predict_attributes).

- Data: {faces} rendered portraits of as many random people of the cast (course_lib/data/portraits.py), 64 x 64, on
  grey; truth from the parameters. None of the twelve named people, no real person.
- Training: {steps} steps of {batch} in {seconds:.0f} s on a shared machine of {cores} cores, with blur, low resolution,
  tone, noise, shifts and mirror images. Each attribute's squared error counts as a share of its variance.
- Limits: it knows the cast alone; on photographs its answers mean nothing. It answers with the mean of what is
  possible, so where it is unsure it says too little. What a generated face shows cannot be known better than this.
- Rebuild: `python -m course_lib.recipes.attribute_regressor`.

## Scores

On {held} portraits of people it has never seen: mean absolute error, that of always answering the median (blind), the
correlation with the truth, and the error on the same portraits after blur, low resolution, tone and noise.

| attribute | what | error | blind | correlation | error, spoiled |
|---|---|---|---|---|---|
{table}

Tried and left out, as they cannot be read well enough at this size (correlation below {readable}):

| attribute | what | error | blind | correlation | error, spoiled |
|---|---|---|---|---|---|
{left}
"""


if __name__ == "__main__":
    main()
