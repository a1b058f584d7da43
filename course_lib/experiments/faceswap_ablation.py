"""Ablation of faceswap-GAN's losses, against the exact truth: `python -m course_lib.experiments.faceswap_ablation`.

Every run starts from lesson 02's swap of one ordered pair of the cast (the checkpoints shared_encoder and
decoder_kavya), adds a mask and one more loss, and trains for the same number of steps with the same optimiser and
schedule. Runs of one seed share their examples, batches and initial weights, so that they can be compared in pairs.
What is measured is the moving average after the last step; no step is selected. The results are stored in
datasets/runs/faceswap_gan.json; runs in the file are not repeated, so that an interrupted run resumes. Lesson 05.
"""
import argparse
import time
from dataclasses import asdict, replace

import keras
import numpy as np

from course_lib.cast import people
from course_lib.checkpoints import load
from course_lib.data.pairs import faces_of
from course_lib.experiments.faceswap_examples import PICTURES, VIEWS, A, B, training_examples
from course_lib.experiments.faceswap_runs import RUNS, read, table, write
from course_lib.experiments.faceswap_scores import (
    OBJECTS,
    evaluate_run,
    frequencies,
    occlusion,
    outputs,
    power,
    sheet,
    with_fixed_mask,
    without_sheets,
)
from course_lib.models.autoencoder import cut_out
from course_lib.models.evaluators import feature_pyramid
from course_lib.models.faceswap_gan import discriminator, masked_decoder, parts
from course_lib.training.faceswap import Weights, dfaker_loss
from course_lib.training.faceswap_trainer import swap_trainer, teach_mask
from course_lib.training.gan_trainer import train_gan
from course_lib.training.losses import tone_free_loss
from course_lib.training.precision import fast_policy, precision
from course_lib.training.tune import copy_decoder

HELD_OUT = range(210_000, 210_064)
BATCH, STEPS = 8, 200
MASK_STEPS = 1500  # of training the mask first, where it is known
RATE = 1e-3  # the published 1e-4 is for 40,000 steps
DISCRIMINATOR_WIDTH = 24
FEATURE_NETWORK = "portrait_regressor"  # of the perceptual loss; none of the evaluators, which would bias the scores

NONE = (0.0, 0.0, 0.0, 0.0)
OURS = Weights(whole=1.0)  # the published weights and one loss of ours, as some hundred steps are few
STAGES = {  # each adds one loss to those above it
    "reconstruction": replace(OURS, adversarial=0, perceptual=NONE, edge=0, hinge=0, smooth=0, small=0),
    "adversarial": replace(OURS, perceptual=NONE, edge=0, hinge=0, smooth=0, small=0),
    "perceptual": replace(OURS, edge=0, hinge=0, smooth=0, small=0),
    "edge": replace(OURS, hinge=0, smooth=0, small=0),
    "mask": OURS,
}
PLAIN = ("lesson 02 longer", "dfaker")  # trained for as long on the same examples, with lesson 02's and dfaker's losses


COMPARED = {"adversarial x10": replace(OURS, adversarial=1.0)}  # trained with every seed, as lesson 05 compares it
VARIANTS = {"as published": Weights()}  # one run, for illustration


def batches(codes, distorted, targets, rng, batch=BATCH):
    """Endless training batches.

    Args:
        codes, distorted, targets: of faceswap_examples.examples.
        rng: numpy Generator.
        batch: examples in a batch.
    Returns:
        Generator of ([codes, distorted], targets).
    Lesson 05.
    """
    while True:
        chosen = rng.integers(0, len(codes), batch)
        yield [codes[chosen], distorted[chosen]], targets[chosen]


def start(policy="float32"):
    """Lesson 02's decoder of B with a mask, before any training.

    Args:
        policy: the Keras dtype policy.
    Returns:
        A masked_decoder.
    Lesson 05.
    """
    with precision(policy):
        return masked_decoder(copy_decoder(load(f"decoder_{B.lower()}")))


def train(weights, data, seed, steps=STEPS, mask_steps=MASK_STEPS, **options):
    """Trains one run from lesson 02's decoder; what comes back is the moving average after the last step.

    With weights.known the mask is trained first, for mask_steps.

    Args:
        weights: Weights, or a name of PLAIN.
        data: of training_examples.
        seed: of weights and batches.
        steps, mask_steps: of training.
        **options: as for fit (quiet, checkpoint, resume).
    Returns:
        (the generator in float32, History).
    Lesson 05.
    """
    keras.utils.set_random_seed(seed)
    policy = fast_policy()
    generator, network = start(policy), feature_pyramid(load(FEATURE_NETWORK))
    rows = batches(*data, np.random.default_rng(seed))
    loss = None if isinstance(weights, Weights) else _plain_loss(weights)
    if loss is None and weights.known:
        first = {"checkpoint": options["checkpoint"].with_suffix(".mask.npz")} if "checkpoint" in options else {}
        mask_rows = batches(*data, np.random.default_rng(seed), 2 * BATCH)
        teach_mask(generator, mask_rows, mask_steps, **{**options, **first})
    with precision(policy):
        opponent = discriminator(DISCRIMINATOR_WIDTH)
    trainer, schedule = swap_trainer(generator, opponent, None if loss else weights, network, loss=loss,
                                     learning_rate=RATE, seed=seed)
    history = train_gan(trainer, rows, steps=steps, learning_rate=schedule, **options)
    plain = start()
    plain.set_weights(trainer.generator_ema.get_weights())
    return plain, history


def _plain_loss(name):
    def lesson_02(output, wanted):
        return tone_free_loss(wanted[..., 3:7], parts(output)[1])

    def dfaker(output, wanted):
        _, colour, alpha = parts(output)
        return dfaker_loss(alpha, colour, wanted[..., 6:7], wanted[..., :3])

    return {"lesson 02 longer": lesson_02, "dfaker": dfaker}[name]


def held_out():
    """The held-out faces.

    Returns:
        FaceSets (source: A, truth: B in the same unseen scenes, known: B in the training scenes).
    Lesson 05.
    """
    cast = people()
    return faces_of(cast[A], HELD_OUT), faces_of(cast[B], HELD_OUT), faces_of(cast[B], PICTURES)


def settings(steps=STEPS):
    """The settings that all stored runs share; runs with other settings are not mixed with them.

    Args:
        steps: of training.
    Returns:
        A dict.
    Lesson 05.
    """
    return {"a": A, "b": B, "steps": steps, "batch": BATCH, "rate": RATE, "network": FEATURE_NETWORK, "views": VIEWS,
            "selection": "none", "spectrum frequencies": frequencies()}


def begin(record, encoder, sets):
    """Puts the references into a record: source, truth, and lesson 02's swap.

    Args:
        record: as faceswap_runs.read returns it.
        encoder: the shared_encoder.
        sets: of held_out.
    Lesson 05.
    """
    source, truth, _ = sets
    faces = cut_out(truth.images, truth.masks)
    record["source"] = {"sheet": sheet(source.images)}
    record["truth"] = {"sheet": sheet(truth.images), "colours": sheet(faces), "spectrum": power(truth.images),
                       "masks": sheet(np.repeat(truth.masks[..., None], 3, -1))}
    seven = with_fixed_mask(outputs(start(), encoder, source), source)
    record["lesson 02"] = evaluate_run(seven, sets, B)


JOBS = [(name, seed) for seed in range(3) for name in (*STAGES, *COMPARED)]
JOBS += [(name, 0) for name in (*PLAIN, *VARIANTS)]


def main():
    """Trains the runs that are not stored yet, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=(*STAGES, *PLAIN, *COMPARED, *VARIANTS), help="only these runs")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    record, encoder, sets = read(), load("shared_encoder"), held_out()
    common = settings(options.steps)
    if {k: record.get(k, v) for k, v in common.items()} != common:
        parser.error(f"{RUNS.name} holds runs with other settings; delete it to repeat them all")
    record |= common
    if "lesson 02" not in record:
        begin(record, encoder, sets)
    data = {}
    stored = {(r["stage"], r["seed"]) for r in record["runs"]}
    for name, seed in JOBS:
        if (name, seed) in stored or seed not in options.seeds or (options.only and name not in options.only):
            continue
        if seed not in data:
            data = {seed: training_examples(encoder, seed)}
        weights, began = {**STAGES, **COMPARED, **VARIANTS}.get(name, name), time.process_time()
        model, history = train(weights, data[seed], seed, options.steps, quiet=True)
        cpu = round(time.process_time() - began)
        seven = outputs(model, encoder, sets[0])
        if name == "lesson 02 longer":
            seven = with_fixed_mask(seven, sets[0])
        mask = "fixed" if name == "lesson 02 longer" else "learned"
        in_front = {kind: without_sheets(occlusion(model, encoder, sets, kind)[mask]) for kind in OBJECTS}
        run = {"stage": name, "seed": seed, "weights": asdict(weights) if name not in PLAIN else None,
               "steps": options.steps, "stopped": history.stopped, "cpu seconds": cpu,
               "occlusion": in_front, **evaluate_run(seven, sets, B, history.stopped)}
        record["runs"] = sorted([*record["runs"], run], key=lambda r: JOBS.index((r["stage"], r["seed"])))
        write(record)
        print(f"{name}, seed {seed}: {cpu} CPU-s, {run['verdict'] or 'sound'}", flush=True)
    print(table(record), flush=True)


if __name__ == "__main__":
    main()
