"""The smallest mode collapse: a GAN on eight clusters, over seeds: `python -m course_lib.experiments.eight_modes`.

Generator and discriminator learn at different rates, with and without R1. Lesson 04.
"""
import json

import keras
import numpy as np
from keras import layers

from course_lib.checkpoints import DATASETS
from course_lib.profile import device
from course_lib.training.gan_options import GANOptimizers, Regularisation
from course_lib.training.gan_trainer import GANTrainer, train_gan

FILE = DATASETS / "runs" / "eight_modes.json"
FAST, SLOW, R1 = 5e-3, 5e-4, 0.1
SETTINGS = {  # learning rates of generator and discriminator, gamma of R1
    "fast generator": ((FAST, SLOW), 0.0),
    "fast generator, R1": ((FAST, SLOW), R1),
    "equal rates": ((FAST, FAST), 0.0),
    "equal rates, R1": ((FAST, FAST), R1),
    "fast discriminator": ((SLOW, FAST), 0.0),
    "fast discriminator, R1": ((SLOW, FAST), R1),
}
SEEDS, MOMENTS, LATENT = (0, 1, 2, 3, 4), (100, 200, 300, 600), 8
ANGLES = 2 * np.pi * np.arange(8) / 8
CENTRES = 2 * np.stack([np.cos(ANGLES), np.sin(ANGLES)], 1).astype(np.float32)


def points(rng, n=128):
    """Endless batches of noise and of points from eight clusters on a circle.

    Args:
        rng: numpy Generator.
        n: points in a batch.
    Yields:
        (noise f32 [n, 8], points f32 [n, 2]).
    Lesson 04.
    """
    while True:
        modes = rng.integers(0, 8, n)
        noise = rng.standard_normal((n, 2), np.float32)
        latents = rng.standard_normal((n, LATENT), np.float32)
        yield latents, CENTRES[modes] + 0.1 * noise


def network(inputs, outputs):
    """Builds a network with two hidden layers of 64 units.

    Args:
        inputs, outputs: numbers it takes and gives: (8, 2) for a generator, (2, 1) for a discriminator.
    Returns:
        keras.Model.
    Lesson 04.
    """
    x = keras.Input((inputs,))
    y = layers.Dense(64, "relu")(layers.Dense(64, "relu")(x))
    return keras.Model(x, layers.Dense(outputs)(y))


def count_modes(cloud, near=0.4):
    """How many of the modes hold at least one in a hundred of the points.

    Args:
        cloud: f32 [N, 2].
        near: largest distance from a centre.
    Returns:
        int, 0 to 8.
    Lesson 04.
    """
    distance = np.linalg.norm(cloud[:, None] - CENTRES, axis=-1)
    nearest = distance.argmin(1)[distance.min(1) < near]
    return int((np.bincount(nearest, minlength=8) > len(cloud) / 100).sum())


def fraction_near(cloud, near=0.4):
    """The fraction of the points that lie near a mode: a cloud spread over the plane reaches all modes and has few.

    Args:
        cloud: f32 [N, 2].
        near: largest distance from a centre.
    Returns:
        float, 0 to 1.
    Lesson 04.
    """
    distance = np.linalg.norm(cloud[:, None] - CENTRES, axis=-1)
    return float((distance.min(1) < near).mean())


def clouds(setting, seed, moments=MOMENTS, size=512):
    """Trains both networks and looks at the generator's points on the way.

    Args:
        setting: a key of SETTINGS; the runs of one seed begin with the same weights and see the same data.
        seed: of weights, data and noise.
        moments: steps after which to look, rising.
        size: points to look at.
    Returns:
        {step: f32 [size, 2]}.
    Lesson 04.
    """
    rates, r1 = SETTINGS[setting]
    keras.utils.set_random_seed(seed + 1)
    trainer = GANTrainer(network(LATENT, 2), network(2, 1), regularisation=Regularisation(r1=r1),
                         optimizers=GANOptimizers(*rates, beta_1=0.5))
    source, done, seen = points(np.random.default_rng(seed)), 0, {}
    noise = np.random.default_rng(5).standard_normal((size, LATENT), np.float32)
    for step in moments:
        train_gan(trainer, source, steps=step - done, quiet=True)
        done, seen[step] = step, trainer.generator.predict_on_batch(noise)
    return seen


def read():
    """Reads the stored runs.

    Returns:
        {"how", "moments", "seeds", "modes": {setting: [[modes at each moment] for each seed]}}.
    Lesson 04.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def table(record):
    """The modes at the last moment as text: a line for each setting, a column for each seed.

    Args:
        record: as read returns it.
    Returns:
        The text.
    Lesson 04.
    """
    head = f"modes of 8 after {record['moments'][-1]} steps, seeds {', '.join(map(str, record['seeds']))}"
    return "\n".join([head, *(f"{name:24}" + "".join(f"{run[-1]:4d}" for run in runs)
                              for name, runs in record["modes"].items())])


def main():
    """Trains all settings with all seeds, stores the counts and prints them."""
    record = {"how": device(), "moments": MOMENTS, "seeds": SEEDS,
              "modes": {name: [[count_modes(cloud) for cloud in clouds(name, seed).values()] for seed in SEEDS]
                        for name in SETTINGS}}
    FILE.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(table(record))


if __name__ == "__main__":
    main()
