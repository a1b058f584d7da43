"""The network that predicts pose and expression: `python -m course_lib.recipes.pose_regressor`.

About 5 minutes on 2 cores once the pairs are rendered. None of the named twelve is in the training set. Lesson 02.
"""
import argparse

import keras
import numpy as np
from keras import ops

from course_lib.checkpoints import register
from course_lib.data.pairs import PEOPLE, training_pairs
from course_lib.models.evaluators import POSE_AND_EXPRESSION, pose_regressor
from course_lib.profile import cores
from course_lib.recipes import model_card
from course_lib.training.evaluators import degrade_faces, train_evaluator
from course_lib.training.precision import fast_policy, precision

BATCH = 64
UNSEEN = 40  # the last people are kept from training, for the scores
SCALES = np.array([0.5, 0.3, 1, 1, 1, 1], np.float32)  # errors of yaw and pitch are divided by these radians


def train(pairs, seconds, rng):
    """Train a pose regressor on all people but the last UNSEEN.

    Args:
        pairs: a data.Pairs.
        seconds: training time.
        rng: numpy Generator.
    Returns:
        (network in float32, History).
    """
    known = np.argwhere(pairs.who < PEOPLE - UNSEEN)

    def batches():
        while True:
            scene, k = known[rng.integers(0, len(known), BATCH)].T
            yield degrade_faces(pairs.faces(scene, k)[0], rng), pairs.reads[scene]

    with precision(fast_policy()):
        network = pose_regressor()
    return train_evaluator(network, batches(), lambda t, p: ops.mean(ops.abs(t - p) / SCALES), seconds, network,
                           pose_regressor)


def measure(network, pairs):
    """Measure the error of each value on unseen people.

    Args:
        network: a pose regressor.
        pairs: a data.Pairs.
    Returns:
        A dict, name of POSE_AND_EXPRESSION -> median absolute error (radians for yaw and pitch, else 0 to 1).
    """
    unseen = np.argwhere(pairs.who >= PEOPLE - UNSEEN)[:1500]
    error = np.abs(network.predict(pairs.faces(*unseen.T)[0], verbose=0) - pairs.reads[unseen[:, 0]])
    return dict(zip(POSE_AND_EXPRESSION, np.median(error, 0).tolist(), strict=True))


def main():
    """Train, measure and ship the checkpoint pose_regressor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=240, help="training time")
    options = parser.parse_args()
    pairs = training_pairs()
    keras.utils.set_random_seed(3)
    network, history = train(pairs, options.seconds, np.random.default_rng(3))
    scores = ", ".join(f"{name} {np.degrees(e):.1f} degrees" if name in ("yaw", "pitch") else f"{name} {e:.3f}"
                       for name, e in measure(network, pairs).items())
    print(scores)
    register("pose_regressor", network, model_card(
        "pose_regressor", scores=scores, pictures=pairs.who.size, people=PEOPLE, scenes=len(pairs.who), unseen=UNSEEN,
        cores=cores(), batch=BATCH, seconds=history.seconds, steps=len(history.steps)),
        "pose and expression of an aligned face of the cast")


if __name__ == "__main__":
    main()
