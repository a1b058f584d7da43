"""From one set of faces to four detectors that differ in one thing: `python -m course_lib.recipes.robust_detectors`.

Same network, same faces, same start. One sees the faces as they are; one sees copies that went through launderers, four
times as many images in four times as many steps; one sees them with Gaussian noise, for randomised smoothing; one sees
them attacked, at every step anew. Lesson 13.
"""
import argparse

import keras
import numpy as np

from course_lib import forgeries
from course_lib.checkpoints import register
from course_lib.degradation import launder
from course_lib.experiments.robustness import SEEN, attacked_aucs, false_positives
from course_lib.models.mesonet import meso4
from course_lib.profile import cache_dir, cores
from course_lib.recipes import model_card
from course_lib.training import cosine, fit
from course_lib.training.adversarial import AdversarialTrainer
from course_lib.training.detector import batches

SIZE, STEPS, BATCH, LEARNING_RATE, SEED = 64, 1200, 32, 2e-3, 1
EPSILON, INNER, NOISE, COPIES = 4 / 255, 3, 0.12, 3
KINDS = {"meso64_plain": "the faces as they are",
         "meso64_degraded": f"each face once as it is and {COPIES} times through one or two of {', '.join(SEEN)}",
         "meso64_noise": f"the faces with Gaussian noise of {NOISE}",
         "meso64_adversarial": f"the faces attacked by PGD, {INNER} steps, within {EPSILON * 255:.0f}/255"}


def faces_of(labelled, split, crf=0):
    """The real and swapped faces of a split, their centres.

    Args:
        labelled: forgeries.Labelled.
        split: "train", "val" or "test".
        crf: Of H.264.
    Returns:
        Labelled, its images 64 pixels large.
    """
    return labelled.where(split=split, method=("real", "swap"), crf=crf)


def degraded(images, seed=0):
    """Every image through one or two random launderers of SEEN.

    Args:
        images: uint8 [N, S, S, 3].
        seed: Of the choice.
    Returns:
        uint8 [N, S, S, 3].
    """
    rng, out = np.random.default_rng(seed), np.empty_like(images)
    for k, image in enumerate(images):
        names = rng.choice(SEEN, int(rng.integers(1, 3)), replace=False)
        changed = launder(image.astype(np.float32) / 255, names, int(rng.integers(2**31)))
        out[k] = (changed * 255 + 0.5).astype(np.uint8)
    return out


def train(name, labelled, steps=STEPS, checkpoint=None):
    """Train one of KINDS.

    Args:
        name: A key of KINDS.
        labelled: forgeries.Labelled of the laptop profile.
        steps: Training steps; meso64_degraded, with COPIES + 1 times the images, takes as many times the steps.
        checkpoint: File from which a stopped run goes on.
    Returns:
        (model, History).
    """
    known = faces_of(labelled, "train")
    images, fake = known.images, known.fake
    if name == "meso64_degraded":
        images = np.concatenate([images, *(degraded(images, k) for k in range(COPIES))])
        fake = np.tile(fake, COPIES + 1)
    source = batches(forgeries.centre(images), fake, BATCH, SEED)
    if name == "meso64_noise":
        source = _with_noise(source)
    keras.utils.set_random_seed(SEED)
    model = meso4(SIZE)
    attack = name == "meso64_adversarial"
    steps *= COPIES + 1 if name == "meso64_degraded" else 1  # each image as often as in the others
    trainer = AdversarialTrainer(model, EPSILON if attack else 0.0, INNER if attack else 0, ramp=steps // 4, seed=SEED)
    history = fit(trainer, source, steps=steps, learning_rate=cosine(LEARNING_RATE), checkpoint=checkpoint,
                  save_every=20.0, resume=checkpoint is not None)
    return model, history


def _with_noise(source):
    rng = np.random.default_rng(SEED)
    for faces, labels, weights in source:
        yield faces + NOISE * rng.standard_normal(faces.shape, np.float32), labels, weights


def ship(names, steps):
    """Train, measure and ship.

    Args:
        names: Keys of KINDS.
        steps: Training steps of each.
    """
    labelled = forgeries.build("laptop")
    test = faces_of(labelled, "test")[::6]
    for name in names:
        model, history = train(name, labelled, steps, cache_dir() / f"{name}.run")
        under = attacked_aucs(model, forgeries.centre(test.pictures()), test.fake, test.source)
        marked = false_positives(model, labelled.where(split="test", method="real", crf=0)[::3])
        rows = [f"| PGD, 10 steps, {255 * e:.0f}/255 | {area} |" if e else f"| none | {area} |"
                for e, area in under.items()]
        card = model_card(
            "robust_detectors", name=name, kind=KINDS[name], steps=len(history.steps), batch=BATCH,
            cores=cores(), passes=INNER + 1 if name == "meso64_adversarial" else 1, test=len(test),
            faces=len(faces_of(labelled, "train")), parameters=model.count_params(), table="\n".join(rows),
            false_positives=", ".join(f"{k} {v:.0%}" for k, v in marked.items()))
        print(card)
        register(name, model, card, f"P(fake) of the middle of a face, trained on {KINDS[name]}")


def main():
    """Ship what the command line names, or all four."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    ship(options.names or list(KINDS), options.steps)


if __name__ == "__main__":
    main()
