"""From scenes through random cameras to a siamese network, `python -m course_lib.recipes.patch_consistency`.

It learns whether two patches share Bayer pattern, noise, blur, JPEG quality, white balance and JPEG history. A stopped
run goes on where it was. Lesson 11.
"""
import argparse

import keras
import numpy as np

from course_lib.checkpoints import register
from course_lib.experiments.evidence import gallery
from course_lib.experiments.evidence_networks import spliced
from course_lib.forgeries.histories import group_batches, pair_batches, patches
from course_lib.forgeries.people import SPLITS
from course_lib.forgeries.photographs import photographs
from course_lib.metrics.detection import auc
from course_lib.models.consistency import ATTRIBUTES, all_pairs, siamese
from course_lib.profile import cache_dir, cores
from course_lib.recipes import model_card
from course_lib.training import cosine, fit
from course_lib.training.precision import fast_policy, precision

NAME = "patch_consistency"
EACH, PIPELINES, TWICE, STEPS, CAMERAS, SHOTS, LEARNING_RATE, SEED = 2, 500, 0.5, 360, 24, 4, 3e-3, 1


def train(steps=STEPS, checkpoint=None):
    """Train the network on scenes of the training people.

    Args:
        steps: Training steps.
        checkpoint: File from which a stopped run goes on.
    Returns:
        (model in f32, History).
    """
    scenes = photographs(SPLITS["train"], EACH, seed=3, taken=False).images
    images, parameters = patches(scenes, PIPELINES, seed=SEED, twice=TWICE)
    keras.utils.set_random_seed(SEED)
    with precision(fast_policy()):
        model = siamese()
        network = all_pairs(model, CAMERAS * SHOTS)
    network.compile(keras.optimizers.Adam(LEARNING_RATE), loss="binary_crossentropy", jit_compile=False)
    history = fit(network, group_batches(images, parameters, CAMERAS, SHOTS, SEED), steps=steps,
                  learning_rate=cosine(LEARNING_RATE), checkpoint=checkpoint, resume=True)
    trained = siamese()
    trained.set_weights(model.get_weights())
    return trained, history


def measure(model, count=60, seed=9):
    """AUC of every attribute on pairs of patches by new cameras, of people that the training never saw.

    Args:
        model: keras.Model of siamese.
        count: Pipelines.
        seed: Of them.
    Returns:
        Dict: attribute or "everything" -> AUC.
    """
    scenes = photographs(SPLITS["val"], EACH, seed=4, taken=False).images
    images, parameters = patches(scenes, count, seed=seed)
    batches = pair_batches(images, parameters, 256, seed)
    pairs, labels = next(batches)
    said = np.asarray(model.predict(list(pairs), batch_size=64, verbose=0))
    return {name: auc(labels[:, k].astype(int), said[:, k]) for k, name in enumerate((*ATTRIBUTES, "everything"))}


def ship(steps):
    """Train, measure and ship the network.

    Args:
        steps: Training steps.
    """
    model, history = train(steps, cache_dir() / f"{NAME}.run")
    areas = measure(model)
    rows = spliced(gallery(), ("raw",), (model.get_layer("encoder"), model.get_layer("comparer")))["raw"]
    detection = auc(np.repeat([0, 1], (len(rows["clean"]), len(rows["splice"]))),
                    np.array(rows["clean"] + rows["splice"]))
    card = model_card("patch_consistency", steps=len(history.steps), pairs=PAIRS, seconds=history.seconds,
                      cores=cores(), pipelines=PIPELINES, parameters=model.count_params(),
                      areas=", ".join(f"{name} {area:.3f}" for name, area in areas.items()), detection=detection,
                      shift=np.mean(rows["mean shift"]), clusters=np.mean(rows["clusters"]),
                      everything=np.mean(rows["person"]), clean=np.mean(rows["clean area"]), count=len(rows["clean"]))
    print(card)
    register(NAME, model, card, "whether two patches of a picture share one history")


def main():
    """Ship the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    ship(options.steps)


if __name__ == "__main__":
    main()
