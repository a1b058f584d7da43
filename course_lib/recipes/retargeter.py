"""The network that opens and closes eyes and lips: `python -m course_lib.recipes.retargeter`.

A minute on 2 cores; landmarks alone, nothing is rendered. Lesson 07.
"""
import argparse

import numpy as np

from course_lib.checkpoints import register
from course_lib.data.openness import HELD_OUT, openness_pairs
from course_lib.models.retargeting import move_landmarks, open_ratios
from course_lib.recipes import model_card
from course_lib.training.retargeting import BATCH, train_retargeter

PEOPLE, STEPS, MEASURED = 6000, 4000, 400


def measure(model):
    """Measure a retargeter on people whom it has never seen.

    Args:
        model: a retargeter.
    Returns:
        Dict of name -> str: mean absolute errors of the ratios of eyes and lips, before and after, and the mean
        distance of the landmarks, in pixels of 64.
    """
    before, after = openness_pairs(MEASURED, HELD_OUT)
    asked = open_ratios(after)
    moved = move_landmarks(model, before, asked)
    errors = {"still": np.abs(open_ratios(before) - asked).mean(0), "ours": np.abs(open_ratios(moved) - asked).mean(0)}
    away = {"still": before, "ours": moved}
    scores = {f"{part}_{name}": f"{value:.3f}" for name, row in errors.items() for part, value in
              zip(("eyes", "lips"), row, strict=True)}
    return scores | {f"pixels_{name}": f"{np.linalg.norm(points - after, axis=-1).mean():.2f}" for name, points in
                     away.items()}


def main():
    """Train, measure and ship the checkpoint retargeter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS, help="of training")
    steps = parser.parse_args().steps
    model, history = train_retargeter(*openness_pairs(PEOPLE), steps=steps)
    scores = measure(model)
    print(scores)
    card = model_card("retargeter", people=PEOPLE, steps=len(history.steps), batch=BATCH, seconds=history.seconds,
                      measured=MEASURED, parameters=model.count_params(), **scores)
    register("retargeter", model, card, "opens and closes eyes and lips: from landmarks and ratios to offsets")


if __name__ == "__main__":
    main()
