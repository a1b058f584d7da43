"""From portraits of the cast to a generator of faces that nobody has: `python -m course_lib.recipes.generator`.

About 45 minutes on 2 idle cores, of which 4 are rendering. Stopped, it goes on where it was. Lesson 04.
"""
import argparse
import os
import time

import keras
import numpy as np

from course_lib.models.gan import LATENT, discriminator, generator
from course_lib.profile import bfloat16_fast, cache_dir
from course_lib.training.adversarial import Game, noise_batches, play
from course_lib.training.tune import precision

from .portraits import portraits

FACES, HELD_OUT = 8000, 2000
WIDTH, BATCH = 32, 32
GAME = dict(loss="non-saturating", rate=4e-4, beta=0.0, r1=0.2, penalty_every=8, average=0.998)


def new_game(seed=4):
    """The two players and their game, as the shipped generator is trained."""
    keras.utils.set_random_seed(seed)
    with precision("mixed_bfloat16" if bfloat16_fast() else "float32"):
        return Game(generator(WIDTH), discriminator(WIDTH), **GAME, seed=seed)


def train(seconds, folder):
    """Trains for this many seconds in all (earlier parts of a stopped run count) and returns the Game and its History.

    The moving average is kept as step_<number>.npz in folder at growing distances, to measure the way afterwards.
    """
    game, checkpoint = new_game(), folder / "run.npz"
    faces, began = portraits(FACES), time.process_time()
    # a resumed run draws other batches than the first part did
    rng = np.random.default_rng([4, int(checkpoint.stat().st_mtime) if checkpoint.is_file() else 0])

    def keep(game):
        step = int(np.array(game.counts)[0])
        kept = [int(f.stem.split("_")[1]) for f in folder.glob("step_*.npz")]
        if step >= 1.25 * max(kept, default=40):
            save_average(folder / f"step_{step:06d}.npz", game)
        return {"cpu": time.process_time() - began, "load": os.getloadavg()[0]}

    history = play(game, noise_batches(faces.images, LATENT, rng, BATCH), seconds, watch=keep, every=10.0,
                   checkpoint=checkpoint, save_every=120, resume=True)
    return game, history


def save_average(path, game):
    """Writes the weights of a game's moving average into one .npz, whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, *game.average.get_weights())  # noqa: B026
    part.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2400, help="training time in all, resumed parts included")
    options = parser.parse_args()
    folder = cache_dir() / "portrait_generator"
    folder.mkdir(parents=True, exist_ok=True)
    train(options.seconds, folder)


if __name__ == "__main__":
    main()
