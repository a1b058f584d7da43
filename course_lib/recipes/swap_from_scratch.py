"""The original network of 2017, trained from scratch: `python -m course_lib.recipes.swap_from_scratch`.

Counted in steps: 6000 are about an hour on two cores with AVX2. An interrupted run goes on where it was, and with more
--steps a finished one is trained further. Lesson 02.
"""
import argparse
import os

import keras
import numpy as np

from course_lib.checkpoints import register
from course_lib.experiments.swap_from_scratch import (
    BATCH,
    BETAS,
    IMAGES,
    LEARNING_RATE,
    TEST_SCENES,
    WIDTH,
    A,
    B,
    batches,
    examples,
    in_float32,
    scores,
    write,
)
from course_lib.metrics.leakage import Leakage
from course_lib.models.autoencoder import swap_autoencoder
from course_lib.profile import cache_dir, device
from course_lib.recipes import model_card
from course_lib.training import fit
from course_lib.training.history import load_run
from course_lib.training.precision import fast_policy, precision
from course_lib.training.swap_trainer import SwapTrainer

NAME, STEPS, VALIDATE_EVERY, SEED = "swap_from_scratch", 6000, 300, 0
DRAWS = 4  # of the leakage's chance, in the curve


def trainer():
    """Build the network in the fastest precision, ready for training.

    Returns:
        training.swap_trainer.SwapTrainer.
    """
    keras.utils.set_random_seed(SEED)
    with precision(fast_policy()):
        model = swap_autoencoder(WIDTH)
    return SwapTrainer(model, keras.optimizers.Adam(LEARNING_RATE, *BETAS))


def train(sets, steps, file):
    """Train the network, or go on from the file of an interrupted run.

    Args:
        sets: Examples.
        steps: in all.
        file: of the run.
    Returns:
        (keras.Model, History).
    """
    swap = trainer()
    start = len(load_run(file, swap).steps) if file.is_file() else 0
    history = fit(swap, batches(sets.a, sets.b, SEED, start), steps=steps, validations=steps // VALIDATE_EVERY,
                  validation=lambda swap: scores(swap.model, sets, DRAWS), checkpoint=file, save_every=60, resume=True)
    return swap.model, history


def main():
    """Train, measure and ship the checkpoint swap_from_scratch, and store its curves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    sets = examples()
    model, history = train(sets, parser.parse_args().steps, cache_dir() / f"{NAME}.npz")
    with precision("float16"):
        half = swap_autoencoder(WIDTH)
    half.set_weights(model.get_weights())
    ends = np.arange(50, len(history.steps) + 1, 50)
    how = f"{device()}, {fast_policy().replace('_', ' ')}, load {os.getloadavg()[2]:.1f} at the end"
    final = scores(in_float32(half), sets)
    register(NAME, half, card(history, final, how), f"the original network of 2017, trained on {A} and {B}")
    write({"who": [A, B], "images": IMAGES, "test scenes": TEST_SCENES, "width": WIDTH, "batch": BATCH,
           "learning_rate": LEARNING_RATE, "how": how, "seconds": round(history.seconds),
           "tone": [round(float(t), 5) for t in sets.tone], "steps": ends.tolist(),
           "loss": [round(float(np.mean(history.losses[k - 50:k])), 5) for k in ends],
           "scores": [{k: v for k, v in entry.items() if k != "time"} for entry in history.validation],
           "shipped": final})


def card(history, final, how):
    """Write the model card.

    Args:
        history: History of the training.
        final: scores of what is shipped.
        how: the circumstances, in words.
    Returns:
        The card as Markdown.
    """
    lines = ["| step | A | B | A as B | B as A | identity |", "|---|---|---|---|---|---|"]
    rows = [(entry["step"], entry) for entry in history.validation] + [("shipped", final)]
    lines += [f"| {step} | " + " | ".join(f"{entry[k]:.1f}" for k in ("a", "b", "a as b", "b as a"))
              + f" | {Leakage(**entry['leakage'])} |" for step, entry in rows]
    return model_card("swap_from_scratch", a=A, b=B, images=IMAGES, width=WIDTH, batch=BATCH, rate=LEARNING_RATE,
                      steps=len(history.steps), seconds=history.seconds, how=how, tests=TEST_SCENES,
                      loss=history.smooth(50)[-1], table="\n".join(lines))


if __name__ == "__main__":
    main()
