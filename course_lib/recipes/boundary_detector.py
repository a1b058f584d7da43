"""From photographs of the cast to two blend detectors, `python -m course_lib.recipes.boundary_detector`.

One learns from self-blended images alone and never sees a face swap; the other learns from one method, the swap. Same
photographs, network, number of pairs and steps. Lesson 11.
"""
import argparse

import keras

from course_lib.checkpoints import register
from course_lib.experiments import evidence_networks
from course_lib.forgeries.blend_pairs import batches, pairs
from course_lib.forgeries.people import SPLITS
from course_lib.forgeries.photographs import photographs
from course_lib.models.boundary import boundary_detector
from course_lib.profile import cache_dir, cores
from course_lib.recipes import model_card
from course_lib.training import cosine, fit
from course_lib.training.precision import fast_policy, precision

KINDS = {"self_blended_cast": "self-blended", "one_method_cast": "swap"}
EACH, ROUNDS, STEPS, PAIRS, LEARNING_RATE, SEED = 8, 8, 1500, 16, 2e-3, 1


def train(name, steps=STEPS, rounds=ROUNDS, checkpoint=None):
    """Train one of the two detectors.

    Args:
        name: A key of KINDS.
        steps: Training steps.
        rounds: Pairs from each photograph.
        checkpoint: File from which a stopped run goes on.
    Returns:
        (model in f32, History).
    """
    photos = photographs(SPLITS["train"], EACH)
    faces, maps = pairs(photos, rounds, KINDS[name], SEED, quiet=False)
    keras.utils.set_random_seed(SEED)
    with precision(fast_policy()):
        model = boundary_detector()
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss=["binary_crossentropy", "binary_crossentropy"],
                  loss_weights=[1.0, 2.0], jit_compile=False)
    history = fit(model, batches(faces, maps, PAIRS, SEED), steps=steps, learning_rate=cosine(LEARNING_RATE),
                  checkpoint=checkpoint, resume=True)
    trained = boundary_detector()
    trained.set_weights(model.get_weights())
    return trained, history


def ship(steps):
    """Train, measure and ship both.

    Args:
        steps: Training steps of each.
    """
    for name, kind in KINDS.items():
        model, history = train(name, steps, checkpoint=cache_dir() / f"{name}.run")
        rows = evidence_networks.blend_scores(model)
        card = model_card(
            "boundary_detector", name=name, kind=kind, steps=len(history.steps), pairs=PAIRS, seconds=history.seconds,
            cores=cores(), photographs=len(SPLITS["train"]) * EACH,
            people=len(SPLITS["train"]), rounds=ROUNDS, parameters=model.count_params(),
            table=evidence_networks.blend_table(rows))
        print(card)
        register(name, model, card, f"P(fake) and blend boundary of a face, trained on {kind} images")


def main():
    """Ship both checkpoints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    ship(options.steps)


if __name__ == "__main__":
    main()
