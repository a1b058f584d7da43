"""Ablation of faceswap-GAN's losses, against the exact truth: `python -m course_lib.experiments.faceswap_ablation`.

Every run starts from lesson 02's swap of one ordered pair of the cast (the checkpoints shared_encoder and
decoder_kavya), adds a mask and one more loss, and trains for the same number of steps. The results are stored in
datasets/runs/faceswap_gan.json; runs in the file are not repeated, so that an interrupted run resumes. Lesson 05.
"""
import argparse
import time
from dataclasses import asdict

import keras
import numpy as np

from course_lib.cast import people
from course_lib.checkpoints import load
from course_lib.data.pairs import faces_of
from course_lib.experiments.faceswap_examples import PICTURES, VIEWS, A, B, training_and_validation
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
from course_lib.training.faceswap import Weights, dfaker_loss, perceptual_loss
from course_lib.training.faceswap_trainer import KeepBest, swap_trainer, teach_mask
from course_lib.training.fit import cosine, fit
from course_lib.training.gan_trainer import train_gan
from course_lib.training.losses import tone_free_loss
from course_lib.training.precision import fast_policy, precision
from course_lib.training.tune import copy_decoder

HELD_OUT = range(210_000, 210_064)
BATCH, STEPS, EVERY = 8, 300, 50
MASK_STEPS = 1500  # of training the mask first, where it is known
RATE = 1e-3  # the published 1e-4 is for 40,000 steps
DISCRIMINATOR_WIDTH = 24
FEATURE_NETWORK = "portrait_regressor"  # of the perceptual loss; none of the evaluators, which would bias the scores

NONE = (0.0, 0.0, 0.0, 0.0)
STAGES = {  # each adds one loss to those above it
    "reconstruction": Weights(adversarial=0, perceptual=NONE, edge=0, hinge=0, smooth=0, small=0),
    "adversarial": Weights(perceptual=NONE, edge=0, hinge=0, smooth=0, small=0),
    "perceptual": Weights(edge=0, hinge=0, smooth=0, small=0),
    "edge": Weights(hinge=0, smooth=0, small=0),
    "mask": Weights(),
}
PLAIN = ("lesson 02 longer", "dfaker")  # trained for as long on the same examples, with lesson 02's and dfaker's losses


def _perceptual(factor):
    return tuple(factor * w for w in Weights.perceptual)


VARIANTS = {  # other weights, one seed each
    "adversarial x10": Weights(adversarial=1.0),
    "adversarial alone": Weights(colour=0, whole=0, adversarial=1.0, edge=0, eyes=0, perceptual=NONE, hinge=0,
                                 smooth=0, small=0),
    "perceptual x0.3": Weights(perceptual=_perceptual(0.3)),
    "perceptual x10": Weights(perceptual=_perceptual(10)),
    "no adversarial": Weights(adversarial=0),
    "edge x5": Weights(edge=0.5),
    "eyes x1": Weights(eyes=1),
    "no hinge": Weights(hinge=0),
    "known mask": Weights(known=1.0),
    "adversarial x10, known mask": Weights(adversarial=1.0, known=1.0),
}


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


def train(weights, data, validation, seed, steps=STEPS, mask_steps=MASK_STEPS, **options):
    """Trains one run from lesson 02's decoder, and keeps the step with the smallest validation distance.

    With weights.known the mask is trained first, for mask_steps.

    Args:
        weights: Weights, or a name of PLAIN.
        data, validation: of training_and_validation; the distance is the perceptual one in FEATURE_NETWORK.
        seed: of weights and batches.
        steps, mask_steps: of training.
        **options: as for fit (quiet, checkpoint, resume).
    Returns:
        (the generator in float32, History, KeepBest).
    Lesson 05.
    """
    keras.utils.set_random_seed(seed)
    policy = fast_policy()
    generator, network = start(policy), feature_pyramid(load(FEATURE_NETWORK))
    rows = batches(*data, np.random.default_rng(seed))
    codes, distorted, targets = validation
    masks = targets[..., 6:7]

    def far(model):
        picture, colour, _ = parts(model.predict_on_batch([codes, distorted]))
        picture = colour if weights == PLAIN[0] else picture
        return perceptual_loss(network, *(masks * x + (1 - masks) * 0.5 for x in (picture, targets[..., :3])), (1,) * 4)

    if isinstance(weights, Weights):
        if weights.known:
            first = {"checkpoint": options["checkpoint"].with_suffix(".mask.npz")} if "checkpoint" in options else {}
            teach_mask(generator, batches(*data, np.random.default_rng(seed), 2 * BATCH), mask_steps,
                       **{**options, **first})
        with precision(policy):
            opponent = discriminator(DISCRIMINATOR_WIDTH)
        trainer, schedule = swap_trainer(generator, opponent, weights, network if any(weights.perceptual) else None,
                                         learning_rate=RATE, seed=seed)
        keep = KeepBest(trainer.generator_ema, far, schedule, EVERY)
        history = train_gan(trainer, rows, steps=steps, learning_rate=keep, **options)
    else:
        generator.compile(keras.optimizers.Adam(RATE), loss=_plain_loss(weights), jit_compile=False)
        keep = KeepBest(generator, far, cosine(RATE), EVERY)
        history = fit(generator, rows, steps=steps, learning_rate=keep, **options)
    keep.measure()
    keep.restore()
    plain = start()
    plain.set_weights(keep.model.get_weights())
    return plain, history, keep


def _plain_loss(name):
    def lesson_02(wanted, output):
        return tone_free_loss(wanted[..., 3:7], parts(output)[1])

    def dfaker(wanted, output):
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
            "spectrum frequencies": frequencies()}


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


JOBS = [(stage, seed) for seed in range(3) for stage in (*STAGES, *PLAIN)] + [(name, 0) for name in VARIANTS]


def main():
    """Trains the runs that are not stored yet, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=(*STAGES, *PLAIN, *VARIANTS), help="only these runs")
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
            data = {seed: training_and_validation(encoder, seed)}
        weights, began = {**STAGES, **VARIANTS}.get(name, name), time.process_time()
        model, history, keep = train(weights, *data[seed], seed, options.steps, quiet=True)
        cpu = round(time.process_time() - began)
        seven = outputs(model, encoder, sets[0])
        if name == "lesson 02 longer":
            seven = with_fixed_mask(seven, sets[0])
        mask = "fixed" if name == "lesson 02 longer" else "learned"
        in_front = {kind: without_sheets(occlusion(model, encoder, sets, kind)[mask]) for kind in OBJECTS}
        run = {"stage": name, "seed": seed, "weights": asdict(weights) if name not in PLAIN else None,
               "steps": options.steps, "stopped": history.stopped, "best step": keep.step, "curve": keep.curve,
               "cpu seconds": cpu, "occlusion": in_front, **evaluate_run(seven, sets, B, history.stopped)}
        record["runs"] = sorted([*record["runs"], run], key=lambda r: JOBS.index((r["stage"], r["seed"])))
        write(record)
        print(f"{name}, seed {seed}: {cpu} CPU-s, {run['verdict'] or 'sound'}", flush=True)
    print(table(record), flush=True)


if __name__ == "__main__":
    main()
