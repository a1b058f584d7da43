"""StyleGAN of portraits of the cast, and its discriminator: `python -m course_lib.recipes.portrait_stylegan`.

About 50 minutes on one idle core. Stopped, it goes on where it was. Lesson 06.
"""
import argparse
import json
import time

import numpy as np

from course_lib.checkpoints import register
from course_lib.data.portraits import portraits
from course_lib.metrics.generative import find_copies, portrait_features
from course_lib.models.stylegan import generator
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.recipes.portrait_generator import FACES, HELD_OUT, keeper, load_moments, measure, save_average
from course_lib.training.gan_trainer import train_gan
from course_lib.training.history import load_run
from course_lib.training.precision import fast_policy
from course_lib.training.stylegan import CONFIG, LEARNING_RATE, inputs, new_trainer, small_discriminator, style_batches

BATCH = 32
NOISE_FROM = 4000  # the step at which noise comes in
MIXING = 0.5  # the fraction of images made of two latents


def falling(used):
    """Learning rate schedule: LEARNING_RATE for two thirds of the run, then linearly down to a twentieth of it.

    Args:
        used: fraction of the run that is over, from 0.
    Returns:
        The learning rate.
    """
    return LEARNING_RATE * min(1.0, 0.05 + 0.95 * 3 * (1 - min(used, 1.0)))


def train(seconds, folder, quiet=False):
    """Train the generator; snapshots of its moving average are kept at growing distances, to be measured later.

    Args:
        seconds: training time in all, earlier parts of a stopped run included.
        folder: Path for run.npz, from which a stopped run goes on, and the snapshots step_<number>.npz.
        quiet: whether nothing is printed.
    Returns:
        (GANTrainer, History).
    """
    trainer, checkpoint = new_trainer(), folder / "run.npz"
    before = load_moments(folder)[-1]["cpu"] if checkpoint.is_file() else 0.0
    faces, began = portraits(FACES), time.process_time() - before
    # a resumed run draws other batches than the first part did
    rng = np.random.default_rng([6, int(checkpoint.stat().st_mtime) if checkpoint.is_file() else 0])

    def noisy():
        return trainer.steps >= NOISE_FROM

    batches = style_batches(faces.images, CONFIG, rng, BATCH, mixing=MIXING, noisy=noisy)
    history = train_gan(trainer, batches, seconds, every=20.0, metrics=keeper(folder, began, 1.6, 190),
                        samples=inputs(32), preview=False, learning_rate=falling, checkpoint=checkpoint, save_every=60,
                        resume=True, quiet=quiet)
    return trainer, history


def ship(folder):
    """Measure the run as last saved and ship its moving average and discriminator; the run may go on afterwards.

    Args:
        folder: Path with run.npz and the snapshots.
    """
    trainer = new_trainer()
    load_run(folder / "run.npz", trainer)
    save_average(folder / f"step_{trainer.steps:06d}.npz", trainer)
    curve, network, fakes = measure(folder, generator(CONFIG), inputs(HELD_OUT), shown=32)
    last, limit, rows = curve["rows"][-1], curve["limit"], curve["rows"]
    train_features = portrait_features(portraits(FACES).images)[1]
    held = portrait_features(portraits(HELD_OUT, first=FACES).images)[1]
    copies = find_copies(portrait_features(fakes)[1], train_features, held)
    lines = [f"| {r['step']} | {r['cpu']:.0f} | {r['frechet']:.4f} | {1000 * r['kernel']:.2f} | {r['precision']:.2f} | "
             f"{r['recall']:.2f} | {r['overlap']:.2f} | {r['coverage']:.2f} |" for r in rows]
    card = model_card(
        "portrait_stylegan", faces=FACES, held=curve["faces"], steps=last["step"], batch=BATCH, cpu=last["cpu"] / 60,
        table="\n".join(lines), closer=100 * copies.closer, config=CONFIG, mixing=MIXING,
        precision_=fast_policy().replace("_", " "), noise=NOISE_FROM, **limit | {"kernel": 1000 * limit["kernel"]})
    path = register("portrait_stylegan", network, card,
                    "64 px portraits in the style of the cast, of people who do not exist there (StyleGAN)")
    (path.parent / "curve.json").write_text(json.dumps(curve) + "\n", encoding="utf-8")
    discriminator = small_discriminator(CONFIG)
    discriminator.set_weights(trainer.discriminator.get_weights())
    register("portrait_stylegan_discriminator", discriminator,
             model_card("portrait_stylegan_discriminator", steps=last["step"]),
             "the discriminator of portrait_stylegan, to train it further")


def main():
    """Train, measure and ship the checkpoints portrait_stylegan and portrait_stylegan_discriminator."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3100, help="training time in all, resumed parts included")
    options = parser.parse_args()
    folder = cache_dir() / "portrait_stylegan"
    folder.mkdir(parents=True, exist_ok=True)
    train(options.seconds, folder)
    ship(folder)


if __name__ == "__main__":
    main()
