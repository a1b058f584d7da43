"""The course's First Order Motion Model: `python -m course_lib.recipes.first_order`.

About 50 minutes on 2 idle cores after the clips are rendered. Stopped, it goes on where it was. Lesson 07.
"""
import argparse

import numpy as np

from course_lib.data.clips import motion_clips
from course_lib.profile import cache_dir
from course_lib.training.animation import LEARNING_RATE, new_trainer, train_animator

CLIPS = 500


def falling(used):
    """Learning rate schedule: constant for 60 % of the run, then linearly down to a twentieth.

    Args:
        used: fraction of the run that is over, from 0.
    Returns:
        The learning rate.
    """
    return LEARNING_RATE * min(1.0, 0.05 + 0.95 * (1 - min(used, 1.0)) / 0.4)


def train(seconds, folder):
    """Train the animator on the clips of the cast.

    Args:
        seconds: training time in all, earlier parts of a stopped run included.
        folder: Path for run.npz, from which a stopped run goes on.
    Returns:
        (AnimationTrainer, History).
    """
    trainer, checkpoint = new_trainer(), folder / "run.npz"
    clips = motion_clips(CLIPS)
    # a resumed run draws other batches than the first part did
    rng = np.random.default_rng([7, int(checkpoint.stat().st_mtime) if checkpoint.is_file() else 0])
    history = train_animator(trainer, clips.images, rng, seconds=seconds, learning_rate=falling,
                             checkpoint=checkpoint, save_every=60, resume=True)
    return trainer, history


def main():
    """Train, measure and ship the checkpoint first_order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3000, help="training time in all, resumed parts included")
    options = parser.parse_args()
    folder = cache_dir() / "first_order"
    folder.mkdir(parents=True, exist_ok=True)
    train(options.seconds, folder)


if __name__ == "__main__":
    main()
