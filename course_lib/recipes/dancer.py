"""The dancer of Everybody Dance Now: `python -m course_lib.recipes.dancer`.

A network of one person, some minutes on 2 cores. Stopped, a run goes on where it was. Lesson 07.
"""
import argparse

import numpy as np

from course_lib.checkpoints import register
from course_lib.data.dances import FRAMES, TARGET, target_footage
from course_lib.metrics.dance import dance_table, measure_dances
from course_lib.models.everybody_dance import generator
from course_lib.models.everybody_dance_inference import in_float32
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training.everybody_dance import (
    BATCH,
    LEARNING_RATE,
    footage_batches,
    new_dance_trainer,
    train_dancer,
)
from course_lib.training.history import load_run
from course_lib.training.precision import fast_policy, precision

CLIPS, STEPS, MEASURED = 24, 600, 6


def falling(used):
    """Learning rate schedule: constant for half of the run, then linearly down to a twentieth.

    Args:
        used: fraction of the run that is over, from 0.
    Returns:
        The learning rate.
    """
    return LEARNING_RATE * min(1.0, 0.05 + 0.95 * (1 - min(used, 1.0)) / 0.5)


def train(steps, file):
    """Train the network on the target's footage.

    Args:
        steps: of training in all, earlier parts of a stopped run included.
        file: Path of the run, from which a stopped one goes on.
    Returns:
        (DanceTrainer, History).
    """
    trainer = new_dance_trainer()
    images, joints, _ = target_footage(CLIPS)
    # a resumed run draws other batches than the first part did
    done = len(load_run(file, trainer).steps) if file.is_file() else 0
    batches = footage_batches(images, joints, np.random.default_rng([7, done]))
    history = train_dancer(trainer, batches, steps=steps, learning_rate=falling, checkpoint=file, save_every=60,
                           resume=True)
    return trainer, history


def ship(trainer, history):
    """Measure a trained network on drivers whom it has never seen, and ship it in float16.

    Args:
        trainer: DanceTrainer.
        history: History.
    """
    with precision("float16"):
        half = generator()
    half.set_weights(trainer.model.get_weights())
    text = dance_table(measure_dances(in_float32(half), range(MEASURED)))
    print(text)
    card = model_card("dancer", target=TARGET, clips=CLIPS, seconds=CLIPS * FRAMES // 12, steps=len(history.steps),
                      batch=BATCH, minutes=history.seconds / 60, precision_=fast_policy().replace("_", " "),
                      measured=MEASURED, parameters=half.count_params(), table=text)
    register("dancer", half, card, "Everybody Dance Now: from a stick figure to a dancer of the cast")


def main():
    """Train, measure and ship the checkpoint dancer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="of training in all, resumed parts included")
    file = cache_dir() / "dancer" / "dancer.npz"
    file.parent.mkdir(parents=True, exist_ok=True)
    ship(*train(parser.parse_args().steps, file))


if __name__ == "__main__":
    main()
