"""The course's First Order Motion Model: `python -m course_lib.recipes.first_order`.

About 100 minutes on 2 cores after the clips are rendered. Stopped, it goes on where it was. Lesson 07.
"""
import argparse
from dataclasses import replace

import numpy as np

from course_lib.checkpoints import register
from course_lib.data.clips import HELD_OUT, motion_clips
from course_lib.metrics.animation_table import reconstruction_pairs, reconstructions, score, table
from course_lib.models.first_order import SMALL, animator
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training.animation import BATCH, LEARNING_RATE, new_trainer, train_animator
from course_lib.training.history import load_run
from course_lib.training.precision import fast_policy, precision

CLIPS, MEASURED = 500, 40


def falling(used):
    """Learning rate schedule: constant for 60 % of the run, then linearly down to a twentieth.

    Args:
        used: fraction of the run that is over, from 0.
    Returns:
        The learning rate.
    """
    return LEARNING_RATE * min(1.0, 0.05 + 0.95 * (1 - min(used, 1.0)) / 0.4)


def train(seconds, folder):
    """Train the animator on the clips of the cast: half of the time with the generator of 2019, half with skips.

    The second half begins with the weights of the first, and with the full learning rate again.

    Args:
        seconds: training time in all, earlier parts of a stopped run included.
        folder: Path for plain.npz and run.npz, from which a stopped run goes on.
    Returns:
        (AnimationTrainer, History) of the second half.
    """
    first, _ = part(new_trainer(replace(SMALL, skips=False)), seconds / 2, folder / "plain.npz")
    return part(new_trainer(weights=first.model.get_weights()), seconds / 2, folder / "run.npz")


def part(trainer, seconds, checkpoint):
    """Train one half.

    Args:
        trainer: AnimationTrainer.
        seconds: training time, earlier parts of a stopped run included.
        checkpoint: Path of the run's file.
    Returns:
        (the trainer, History).
    """
    # a resumed run draws other batches than the first part did
    rng = np.random.default_rng([7, int(checkpoint.stat().st_mtime) if checkpoint.is_file() else 0])
    history = train_animator(trainer, motion_clips(CLIPS).images, rng, seconds=seconds, learning_rate=falling,
                             checkpoint=checkpoint, save_every=60, resume=True)
    return trainer, history


def ship(folder):
    """Measure the run as last saved and ship it; the run may go on afterwards.

    Args:
        folder: Path with plain.npz and run.npz.
    """
    trainer = new_trainer()
    first, history = (load_run(folder / name, trainer) for name in ("plain.npz", "run.npz"))
    with precision("float32"):
        model = animator()
    model.set_weights(trainer.model.get_weights())
    pairs = reconstruction_pairs(motion_clips(MEASURED, HELD_OUT))
    rows = {name: score(*made, pairs) for name, made in reconstructions(model, pairs).items()}
    text = table(rows, pairs.people)
    print(text)
    card = model_card("first_order", clips=CLIPS, batch=BATCH, first=len(first.steps),
                      first_minutes=first.seconds / 60, steps=len(history.steps), minutes=history.seconds / 60,
                      precision_=fast_policy().replace("_", " "), measured=MEASURED, pairs=len(pairs), table=text,
                      parameters=model.count_params())
    register("first_order", model, card, "First Order Motion Model: a 64 px picture of the cast, driven by a video")


def main():
    """Train, measure and ship the checkpoint first_order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=6000, help="training time in all, resumed parts included")
    options = parser.parse_args()
    folder = cache_dir() / "first_order"
    folder.mkdir(parents=True, exist_ok=True)
    train(options.seconds, folder)
    ship(folder)


if __name__ == "__main__":
    main()
