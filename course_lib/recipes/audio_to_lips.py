"""The course's network from sound to lips: `python -m course_lib.recipes.audio_to_lips`.

About five minutes on 2 idle cores. Lesson 08.
"""
import argparse

import numpy as np

from course_lib.cast import Person
from course_lib.checkpoints import register
from course_lib.data.spoken import FEATURE_RATE, HELD_OUT, lip_points, phones_of, speech_curves
from course_lib.metrics import lipsync
from course_lib.models.lip_shapes import DELAY, lip_space, lips_of, shipped
from course_lib.recipes import model_card
from course_lib.training.audio_to_lips import BATCH, train_lips

SENTENCES, MEASURED, STEPS = 400, 60, 5000


def standardised(features):
    """Mean and standard deviation of each feature.

    Args:
        features: f32 [N, T, 28].
    Returns:
        (f64 [28], f64 [28]).
    """
    return features.mean((0, 1)), features.std((0, 1)) + 1e-6


def main():
    """Train, measure and ship the checkpoint audio_to_lips."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    train, test = speech_curves(SENTENCES), speech_curves(MEASURED, HELD_OUT)
    mean, scale = standardised(train["features"])
    space = lip_space(train["shapes"].reshape(-1, train["shapes"].shape[-1]))
    network, history = train_lips((train["features"] - mean) / scale, space.encode(train["shapes"]), DELAY, STEPS)
    model = shipped(network, space, mean, scale)
    found = lips_of(model, test["features"])
    truth, phones = test["shapes"], [phones_of(HELD_OUT + k) for k in range(MEASURED)]
    times = np.arange(truth.shape[1]) / FEATURE_RATE
    methods = {**lipsync.baselines(truth, phones, lambda mouth: lip_points(Person(), mouth), times),
               "LSTM, 200 ms": found, "exact": truth}
    text = lipsync.table({name: lipsync.score(shapes, truth, phones) for name, shapes in methods.items()})
    print(text)
    card = model_card("audio_to_lips", sentences=SENTENCES, steps=len(history.steps), batch=BATCH, measured=MEASURED,
                      minutes=history.seconds / 60, table=text, delay=10 * DELAY)
    register("audio_to_lips", model, card, "an LSTM from sound features to lip points, trained on synthetic voices")


if __name__ == "__main__":
    main()
