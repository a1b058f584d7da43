"""The network that measures drawn lips: `python -m course_lib.recipes.lip_regressor`.

About three minutes on 2 idle cores after the clips are rendered. Lesson 08.
"""
import argparse

import keras
import numpy as np
from keras import ops

from course_lib.checkpoints import register
from course_lib.data.spoken import HELD_OUT, spoken_clips
from course_lib.faces.lips import lip_shape
from course_lib.metrics.lipsync import lip_error, opening
from course_lib.models.evaluators import attribute_regressor
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training.evaluators import degrade_faces
from course_lib.training.fit import cosine, fit
from course_lib.training.precision import fast_policy, precision
from course_lib.training.sync_expert import in_float32

CLIPS, MEASURED, STEPS, BATCH, LEARNING_RATE, NUMBERS = 280, 20, 2000, 64, 2e-3, 36


def network():
    """The regressor's architecture: lesson 02's, with 36 outputs.

    Returns:
        keras.Model.
    """
    return attribute_regressor(NUMBERS, name="lip_regressor")


def faces_and_lips(spoken):
    """Every frame of the clips, and its exact lips.

    Args:
        spoken: data.spoken.Spoken.
    Returns:
        (uint8 RGB [N, 64, 64, 3], f32 [N, 36] in face units).
    """
    images, points = (x.reshape(-1, *x.shape[2:]) for x in (spoken.images, spoken.landmarks))
    return images, lip_shape(points)


def main():
    """Train, measure and ship the checkpoint lip_regressor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    images, lips = faces_and_lips(spoken_clips(CLIPS))
    rng = np.random.default_rng(4)

    def batches():
        while True:
            rows = rng.integers(len(images), size=BATCH)
            yield degrade_faces(images[rows].astype(np.float32) / 255, rng), lips[rows]

    keras.utils.set_random_seed(4)
    with precision(fast_policy()):
        trained = network()
    trained.compile(keras.optimizers.Adam(LEARNING_RATE), lambda t, p: ops.mean(ops.abs(t - p)), jit_compile=False)
    history = fit(trained, batches(), steps=STEPS, learning_rate=cosine(LEARNING_RATE, last=0.01),
                  checkpoint=cache_dir() / "lip_regressor" / "run.npz", resume=True)
    model = in_float32(trained, network)
    images, truth = faces_and_lips(spoken_clips(MEASURED, HELD_OUT))
    found = model.predict(images.astype(np.float32) / 255, batch_size=100, verbose=0)
    error, mean_error = lip_error(found, truth), lip_error(np.broadcast_to(lips.mean(0), truth.shape), truth)
    correlation = float(np.corrcoef(opening(found), opening(truth))[0, 1])
    print(error, mean_error, correlation, np.abs(opening(found) - opening(truth)).mean())
    card = model_card("lip_regressor", clips=CLIPS, frames=CLIPS * 50, steps=len(history.steps), batch=BATCH,
                      minutes=history.seconds / 60, measured=MEASURED, error=error, mean_error=mean_error,
                      correlation=correlation, parameters=model.count_params())
    register("lip_regressor", model, card, "lip points of an aligned face of the cast, drawn or rendered")


if __name__ == "__main__":
    main()
