"""The dancer of Everybody Dance Now: `python -m course_lib.recipes.dancer NAME`.

Two networks of one person, trained alike: `dancer` sees the frame before, `dancer_alone` does not. About 4 minutes each
on 2 idle cores. Stopped, a run goes on where it was. Lesson 07.
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

NETWORKS = {"dancer": True, "dancer_alone": False}  # whether it sees the frame before
CLIPS, STEPS, MEASURED = 24, 450, 6


def falling(used):
    """Learning rate schedule: constant for half of the run, then linearly down to a twentieth.

    Args:
        used: fraction of the run that is over, from 0.
    Returns:
        The learning rate.
    """
    return LEARNING_RATE * min(1.0, 0.05 + 0.95 * (1 - min(used, 1.0)) / 0.5)


def train(name, steps, file):
    """Train one of the networks on the target's footage.

    Args:
        name: of NETWORKS.
        steps: of training in all, earlier parts of a stopped run included.
        file: Path of the run, from which a stopped one goes on.
    Returns:
        (DanceTrainer, History).
    """
    trainer = new_dance_trainer(previous=NETWORKS[name])
    images, joints, _ = target_footage(CLIPS)
    # a resumed run draws other batches than the first part did
    done = len(load_run(file, trainer).steps) if file.is_file() else 0
    batches = footage_batches(images, joints, np.random.default_rng([7, done]))
    history = train_dancer(trainer, batches, steps=steps, learning_rate=falling, checkpoint=file, save_every=60,
                           resume=True)
    return trainer, history


def ship(name, trainer, history):
    """Measure a trained network on drivers whom it has never seen, and ship it in float16.

    Args:
        name: of NETWORKS.
        trainer: DanceTrainer.
        history: History.
    """
    with precision("float16"):
        half = generator(previous=NETWORKS[name])
    half.set_weights(trainer.model.get_weights())
    text = dance_table(measure_dances(in_float32(half, previous=NETWORKS[name]), range(MEASURED)))
    print(text)
    card = model_card("dancer", name=name, sees="sees" if NETWORKS[name] else "does not see", target=TARGET,
                      clips=CLIPS, seconds=CLIPS * FRAMES // 12, steps=len(history.steps), batch=BATCH,
                      minutes=history.seconds / 60, precision_=fast_policy().replace("_", " "), measured=MEASURED,
                      parameters=half.count_params(), table=text)
    about = "with" if NETWORKS[name] else "without"
    register(name, half, card, f"Everybody Dance Now: stick figure to a dancer of the cast, {about} the frame before")


def main():
    """Train, measure and ship the network named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=list(NETWORKS))
    parser.add_argument("--steps", type=int, default=STEPS, help="of training in all, resumed parts included")
    options = parser.parse_args()
    file = cache_dir() / "dancer" / f"{options.name}.npz"
    file.parent.mkdir(parents=True, exist_ok=True)
    ship(options.name, *train(options.name, options.steps, file))


if __name__ == "__main__":
    main()
