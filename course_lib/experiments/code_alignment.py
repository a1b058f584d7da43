"""Three ways to train an hour-old swap further: `python -m course_lib.experiments.code_alignment`.

From the checkpoint swap_from_scratch, with the same batches: plain; with a discriminator on the code; and with exact
pairs. Finished runs are stored, and an interrupted one goes on where it was. Lesson 02.
"""
import argparse

import keras
import numpy as np

from course_lib.checkpoints import DATASETS, find, load
from course_lib.metrics.leakage import Leakage
from course_lib.models.autoencoder import code_discriminator, swap_autoencoder
from course_lib.profile import cache_dir, device
from course_lib.show import encode_sheet, image_sheet
from course_lib.training import fit
from course_lib.training.history import load_run
from course_lib.training.precision import fast_policy, precision
from course_lib.training.swap_trainer import SwapTrainer

from . import swap_from_scratch as original

FILE = DATASETS / "runs" / "code_alignment.json"
VARIANTS = ("plain", "adversarial", "exact pairs")
STEPS, SEEDS, WEIGHT, DISCRIMINATOR_RATE = 200, (0, 1), 0.1, 1e-3
IMAGES = 384  # of each person, the first of those that the checkpoint was trained on
SHOWN = 8  # swapped faces that are kept of the first seed's runs


def read():
    """Reads the stored runs.

    Returns:
        {"steps", "checkpoint" (its sha256), "weight", "discriminator rate", "images", "how", "start": scores before,
        "runs": [{"variant", "seed", "loss", "discriminator" (its loss), "scores", "sheet" (of the first seed: swapped
        faces, see show.decode_sheet)}]}; scores as swap_from_scratch.scores gives them.
    Lesson 02.
    """
    return original.read(FILE)


def pairs_of(sets):
    """What makes the training images exact pairs: the other person in the same scenes.

    Args:
        sets: swap_from_scratch.Examples.
    Returns:
        (B in the first scenes of sets.a, A in those of sets.b), f32 [IMAGES, 128, 128, 3] each.
    Lesson 02.
    """
    wide = {"size": 128, "coverage": 1.6}
    return (original.on_grey(original.faces_in_scenes(original.B, original.FIRST_A, IMAGES, **wide)),
            original.on_grey(original.faces_in_scenes(original.A, original.FIRST_B, IMAGES, **wide), sets.tone))


def trainer(variant, seed, weights, weight=WEIGHT):
    """The network with the weights it starts from, ready for one variant.

    Args:
        variant: one of VARIANTS.
        seed: of the discriminator's weights.
        weights: of a swap_autoencoder.
        weight: lambda, of the alignment.
    Returns:
        training.swap_trainer.SwapTrainer.
    Lesson 02.
    """
    keras.utils.set_random_seed(seed)
    with precision(fast_policy()):
        model = swap_autoencoder(original.WIDTH)
        discriminator = code_discriminator(8 * original.WIDTH) if variant == "adversarial" else None
    model.set_weights(weights)
    optimizer = keras.optimizers.Adam(original.LEARNING_RATE, *original.BETAS)
    return SwapTrainer(model, optimizer, discriminator, keras.optimizers.Adam(DISCRIMINATOR_RATE, 0.5), weight)


def continue_training(variant, seed, sets, pairs, weights, steps=STEPS, file=None):
    """One run.

    Args:
        variant: one of VARIANTS.
        seed: of batches and discriminator; the variants of one seed see the same faces.
        sets: swap_from_scratch.Examples.
        pairs: pairs_of(sets).
        weights: what it starts from.
        steps: of training.
        file: where an interrupted run is kept; nowhere when left out.
    Returns:
        (swap_autoencoder in float32, History, the last losses of the discriminator).
    Lesson 02.
    """
    swap = trainer(variant, seed, weights)
    start = len(load_run(file, swap).steps) if file and file.is_file() else 0
    source = original.batches(sets.a[:IMAGES], sets.b[:IMAGES], 1000 + seed, start,
                              pairs=pairs if variant == "exact pairs" else None)
    history = fit(swap, source, steps=steps, checkpoint=file, resume=True, quiet=True)
    return original.in_float32(swap.model), history, swap.discriminator_losses[-50:]


def main():
    """Train, measure and store the runs that are not stored yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    steps = parser.parse_args().steps
    sets, start = original.examples(), original.in_float32(load("swap_from_scratch"))
    record = read() if FILE.is_file() else {"runs": []}
    pairs, before = pairs_of(sets), original.scores(start, sets)
    if (record.get("steps"), record.get("checkpoint")) != (steps, find("swap_from_scratch").sha256):
        record = {"steps": steps, "checkpoint": find("swap_from_scratch").sha256, "start": before, "runs": []}
    record |= {"weight": WEIGHT, "discriminator rate": DISCRIMINATOR_RATE, "images": IMAGES,
               "test scenes": len(sets.test_a),
               "how": f"{device()}, {fast_policy().replace('_', ' ')}"}
    done = {(run["variant"], run["seed"]) for run in record["runs"]}
    for seed, variant in ((s, v) for s in SEEDS for v in VARIANTS if (v, s) not in done):
        file = cache_dir() / "code_alignment" / f"{variant.replace(' ', '_')}_{seed}.npz"
        model, history, against = continue_training(variant, seed, sets, pairs, start.get_weights(), steps, file)
        run = {"variant": variant, "seed": seed, "loss": round(float(history.smooth(50)[-1]), 5),
               "discriminator": round(float(np.mean(against)), 4) if variant == "adversarial" and against else None,
               "scores": original.scores(model, sets)}
        if seed == SEEDS[0]:
            swapped = model.get_layer("decoder_b")(model.get_layer("encoder")(sets.test_a[:SHOWN]))
            run["sheet"] = encode_sheet(image_sheet(np.clip(np.float32(swapped), 0, 1), columns=SHOWN))
        record["runs"].append(run)
        original.write(record, FILE)
        file.unlink()
        print(table(record), flush=True)


def table(record):
    """The stored runs as text, a line for each.

    Args:
        record: as read returns it.
    Returns:
        The text.
    Lesson 02.
    """
    rows = [("before", "", record["start"])] + [(r["variant"], r["seed"], r["scores"]) for r in record["runs"]]
    lines = [f"{'':16}{'A':>7}{'B':>7}{'A as B':>9}{'B as A':>9}  dB"]
    return "\n".join(lines + [
        f"{variant:12}{seed!s:>4}{found['a']:7.2f}{found['b']:7.2f}{found['a as b']:9.2f}{found['b as a']:9.2f}  "
        f"{Leakage(**found['leakage'])}" for variant, seed, found in rows])


if __name__ == "__main__":
    main()
