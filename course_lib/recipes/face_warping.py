"""From photographs of the cast to two detectors of face warping artifacts, `python -m course_lib.recipes.face_warping`.

FWA and its pyramid variant DSP-FWA: same self-made negatives, same steps; neither ever sees a deepfake. Lesson 11.
"""
import argparse

import keras

from course_lib.checkpoints import register
from course_lib.experiments import evidence_networks
from course_lib.forgeries.blend_pairs import batches, pairs
from course_lib.forgeries.people import SPLITS
from course_lib.forgeries.photographs import photographs
from course_lib.models.warping import warping_detector
from course_lib.profile import cache_dir, cores
from course_lib.recipes import model_card
from course_lib.training import cosine, fit
from course_lib.training.precision import fast_policy, precision

KINDS = {"warping_cast": False, "warping_pyramid_cast": True}  # whether the features are pooled as a pyramid
EACH, ROUNDS, STEPS, PAIRS, LEARNING_RATE, SEED = 8, 6, 600, 16, 2e-3, 1


def train(name, faces, maps, steps=STEPS, checkpoint=None):
    """Train one of the two detectors.

    Args:
        name: A key of KINDS.
        faces, maps: Of forgeries.blend_pairs.pairs.
        steps: Training steps.
        checkpoint: File from which a stopped run goes on.
    Returns:
        (model in f32, History).
    """
    keras.utils.set_random_seed(SEED)
    with precision(fast_policy()):
        model = warping_detector(KINDS[name])
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss="binary_crossentropy", jit_compile=False)
    feed = ((x, labels) for x, (labels, _) in batches(faces, maps, PAIRS, SEED))
    history = fit(model, feed, steps=steps, learning_rate=cosine(LEARNING_RATE), checkpoint=checkpoint, resume=True)
    trained = warping_detector(KINDS[name])
    trained.set_weights(model.get_weights())
    return trained, history


def ship(steps):
    """Train, measure and ship both.

    Args:
        steps: Training steps of each.
    """
    faces, maps = pairs(photographs(SPLITS["train"], EACH), ROUNDS, "warped", SEED, quiet=False)
    for name, pyramid in KINDS.items():
        model, history = train(name, faces, maps, steps, cache_dir() / f"{name}.run")
        rows = evidence_networks.warping_scores(model)
        card = model_card("face_warping", name=name, pooling="a pyramid of maxima (DSP-FWA)" if pyramid else
                          "their mean (FWA)", steps=len(history.steps), pairs=PAIRS, seconds=history.seconds,
                          cores=cores(), photographs=len(SPLITS["train"]) * EACH, people=len(SPLITS["train"]),
                          rounds=ROUNDS, parameters=model.count_params(),
                          table=evidence_networks.blend_table(rows))
        print(card)
        register(name, model, card, "P(fake) of a face by its lost resolution, trained on self-made negatives (FWA"
                 + (", pyramid)" if pyramid else ")"))


def main():
    """Ship both checkpoints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    ship(options.steps)


if __name__ == "__main__":
    main()
