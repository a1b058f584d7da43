"""From scenes through random cameras to a small Noiseprint, `python -m course_lib.recipes.noiseprint`. Lesson 11."""
import argparse

import keras
import numpy as np

from course_lib.checkpoints import register
from course_lib.experiments.evidence import gallery
from course_lib.experiments.evidence_networks import noise_splices
from course_lib.forgeries.histories import patches
from course_lib.forgeries.people import SPLITS
from course_lib.forgeries.photographs import photographs
from course_lib.metrics.detection import auc
from course_lib.models.noiseprint import BLOCK, noiseprint, same_camera_loss
from course_lib.profile import cache_dir, cores
from course_lib.recipes import model_card
from course_lib.training import cosine, fit
from course_lib.training.precision import fast_policy, precision

NAME = "noiseprint_cast"
EACH, PIPELINES, STEPS, CAMERAS, BLOCKS, LEARNING_RATE, SEED = 4, 200, 500, 8, 3, 3e-3, 1


def blocks(images, cameras, each, seed):
    """Endless batches of blocks whose phase in the sensor's lattice is the same.

    Args:
        images: uint8 [C, P, 64, 64, 3], of forgeries.histories.patches.
        cameras: Cameras in a batch.
        each: Blocks of each.
        seed: Of the choices.
    Returns:
        Generator of (grey f32 [B, 48, 48, 1], which camera f32 [B, 1]).
    """
    rng = np.random.default_rng(seed)
    while True:
        chosen = rng.choice(len(images), cameras, replace=False)
        picked = np.stack([images[c, rng.choice(images.shape[1], each, replace=False)] for c in chosen])
        grey = picked[..., :BLOCK, :BLOCK, :].astype(np.float32) @ np.float32([0.299, 0.587, 0.114]) / 255
        yield grey.reshape(-1, BLOCK, BLOCK, 1), np.repeat(np.float32(chosen), each)[:, None]


def train(steps=STEPS, checkpoint=None):
    """Train the network on scenes of the training people.

    Args:
        steps: Training steps.
        checkpoint: File from which a stopped run goes on.
    Returns:
        (model in f32, History).
    """
    scenes = photographs(SPLITS["train"], EACH, seed=3, taken=False).images
    images, _ = patches(scenes, PIPELINES, seed=SEED)
    keras.utils.set_random_seed(SEED)
    with precision(fast_policy()):
        model = noiseprint()
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss=same_camera_loss, jit_compile=False)
    history = fit(model, blocks(images, CAMERAS, BLOCKS, SEED), steps=steps, learning_rate=cosine(LEARNING_RATE),
                  checkpoint=checkpoint, resume=True)
    trained = noiseprint()
    trained.set_weights(model.get_weights())
    return trained, history


def measure(model, count=60, seed=9):
    """How well the distance of two residuals tells one camera from two, on new people and new cameras.

    Args:
        model: keras.Model of noiseprint.
        count: Cameras.
        seed: Of them.
    Returns:
        AUC by pair of blocks.
    """
    images, _ = patches(photographs(SPLITS["val"], EACH, seed=4, taken=False).images, count, seed=seed)
    grey, cameras = next(blocks(images, count, 4, seed))
    residual = np.asarray(model.predict(grey, batch_size=60, verbose=0)).reshape(len(grey), -1)
    first, second = np.triu_indices(len(residual), 1)
    apart = ((residual[first] - residual[second]) ** 2).sum(1)
    return auc((cameras[first] != cameras[second])[:, 0].astype(int), apart)


def ship(steps):
    """Train, measure and ship the network.

    Args:
        steps: Training steps.
    """
    model, history = train(steps, cache_dir() / f"{NAME}.run")
    rows = noise_splices(gallery(), ("raw",), model)["raw"]
    card = model_card("noiseprint", steps=len(history.steps), cameras=CAMERAS, blocks=BLOCKS,
                      seconds=history.seconds, cores=cores(), pipelines=PIPELINES, parameters=model.count_params(),
                      area=measure(model), learned=np.mean(rows["noiseprint"]), fixed=np.mean(rows["high-pass"]),
                      everything=np.mean(rows["person"]), count=len(rows["person"]))
    print(card)
    register(NAME, model, card, "the traces of the camera in a picture (a small Noiseprint)")


def main():
    """Ship the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    ship(options.steps)


if __name__ == "__main__":
    main()
