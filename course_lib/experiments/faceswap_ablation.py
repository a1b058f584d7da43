"""What each loss of faceswap-GAN buys, against the exact truth: `python -m course_lib.experiments.faceswap_ablation`.

Every run goes on from lesson 02's swap of one ordered pair of the cast (the checkpoints shared_encoder and
decoder_kavya), gives it a mask and one more loss, and trains for the same number of steps. What came out is kept in
datasets/runs/faceswap_gan.json; runs in the file stay, so that it goes on where it was stopped. Lesson 05.
"""
import argparse
import time
from dataclasses import asdict

import cv2
import keras
import numpy as np

from course_lib.cast import people
from course_lib.checkpoints import load
from course_lib.data.pairs import faces_of
from course_lib.experiments.faceswap_record import RUNS, read, spread, table, write  # noqa: F401  (spread is for the lesson)
from course_lib.experiments.faceswap_scores import OBJECTS, fixed_masks, frequencies, measured, occlusion, power, sheet
from course_lib.models.autoencoder import cut_out
from course_lib.models.evaluators import feature_pyramid
from course_lib.models.faceswap_gan import discriminator, masked_decoder, parts
from course_lib.training.adversarial import play
from course_lib.training.augment import jitter, random_warp
from course_lib.training.faceswap import KeepBest, Weights, dfaker_loss, perceptual_loss, swap_game, target, teach_mask
from course_lib.training.fit import cosine, fit
from course_lib.training.losses import tone_free_loss
from course_lib.training.occluders import TAUGHT, cover, draw, recolour, skin_of
from course_lib.training.precision import fast_policy, precision
from course_lib.training.tune import copy_decoder

A, B = "Ada", "Kavya"
PICTURES, HELD_OUT = range(200_000, 200_400), range(210_000, 210_064)
SIDE, COVERAGE = 104, 1.6  # the warp looks at the middle 5/8 of its picture: 65 pixels, coverage 1
VIEWS, BATCH, STEPS, EVERY = 4, 8, 300, 50
MASK_STEPS = 1500  # in which the mask is taught first, where it is known
OCCLUDED = 0.4  # share of the examples with something in front of the face
RATE = 1e-3  # the published 1e-4 is for 40,000 steps
DISCRIMINATOR_WIDTH = 24
LOOKER = "portrait_regressor"  # the perceptual loss's network: neither of the two judges, so that it cannot flatter them
WATCHED = 48  # pictures of B that no run learns from: by them its best moment is chosen

NONE = (0.0, 0.0, 0.0, 0.0)
STAGES = {  # each adds one loss to those above it
    "reconstruction": Weights(adversarial=0, perceptual=NONE, edge=0, hinge=0, smooth=0, small=0),
    "adversarial": Weights(perceptual=NONE, edge=0, hinge=0, smooth=0, small=0),
    "perceptual": Weights(edge=0, hinge=0, smooth=0, small=0),
    "edge": Weights(hinge=0, smooth=0, small=0),
    "mask": Weights(),
}
PLAIN = ("lesson 02 longer", "dfaker")  # trained as long on the same examples, with lesson 02's and dfaker's losses


def _perceptual(factor):
    return tuple(factor * w for w in Weights.perceptual)


VARIANTS = {  # other weights, one seed each: what the loss explorer can show
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


def eyes_of(faces):
    """Where the eyes are, f32 [N, S, S] in [0, 1], a little wider than their landmarks."""
    regions = np.zeros(faces.masks.shape, np.float32)
    for region, points in zip(regions, faces.landmarks, strict=True):
        for eye in (points[36:42], points[42:48]):
            cv2.fillConvexPoly(region, cv2.convexHull(np.round(eye).astype(np.int32)), 1.0)
    wide = np.ones((5, 5), np.uint8)
    return np.stack([cv2.dilate(r, wide) for r in regions])


def examples(faces, wide, encoder, seed, views=VIEWS, taught=TAUGHT, occluded=OCCLUDED):
    """What a run learns from: (codes [M, C], distorted [M, 64, 64, 3], targets [M, 64, 64, 8]) of two FaceSets.

    faces: of 64 pixels; they are the targets, as sharp as they are. wide: the same faces, of SIDE pixels with coverage
    COVERAGE, which are bent. The distorted picture is what only the mask can bring in: bent, with another colour of
    skin, as the source of a swap has, and in a share of them, occluded, with an object in front, one of taught, that
    the target has too. The encoder sees the target's face on grey, moved a little, as in lesson 02: the published
    encoder sees the bent one and learns to undo that; this one has learned all it will, and a bend would only cost it
    the pose.
    """
    masks, eyes, colours = faces.masks, eyes_of(faces), cut_out(faces.images, faces.masks)
    pictures, areas = _for_the_warp(wide.images), _for_the_warp(np.repeat(wide.masks[..., None], 3, -1))
    rows = []
    for view in range(views):
        rng = np.random.default_rng([seed, view, 1])
        distorted, _ = random_warp(pictures, np.random.default_rng([seed, view]))
        bent, _ = random_warp(areas, np.random.default_rng([seed, view]))  # the same draws: the same warp
        distorted, wanted, visible = recolour(distorted, bent[..., 0], rng), faces.images.copy(), masks.copy()
        for k in np.flatnonzero(rng.random(len(wanted)) < occluded):
            colour = skin_of(distorted[k], bent[k, ..., 0]) * rng.uniform(0.85, 1.15) if rng.random() < 0.5 else \
                rng.uniform(0.03, 0.95, 3)
            thing = draw(taught[rng.integers(len(taught))], rng, colour)
            distorted[k], wanted[k] = cover(distorted[k], *thing), cover(wanted[k], *thing)
            visible[k] *= 1 - thing[1]
        codes = encoder.predict(jitter(cut_out(wanted, masks), rng), verbose=0)
        rows.append((codes, distorted, target(wanted, colours, visible, eyes)))
    return [np.concatenate(parts_) for parts_ in zip(*rows, strict=True)]


def learned_and_watched(encoder, seed, views=VIEWS, taught=TAUGHT, occluded=OCCLUDED):
    """The examples of B that a run learns from, and WATCHED others by which its best moment is chosen."""
    faces, wide = (faces_of(people()[B], PICTURES, *size) for size in ((), (SIDE, COVERAGE)))
    return (examples(faces[:-WATCHED], wide[:-WATCHED], encoder, seed, views, taught, occluded),
            examples(faces[-WATCHED:], wide[-WATCHED:], encoder, seed, 1, taught, occluded))


def _for_the_warp(pictures):
    """Twice the side, moved so that random_warp's middle, side / 2, lies on the crop's own, (side - 1) / 2: without it
    the bent faces lie half a pixel beside their targets."""
    return np.stack([cv2.warpAffine(x, np.float64([[2, 0, 1], [0, 2, 1]]), (2 * SIDE, 2 * SIDE), flags=cv2.INTER_CUBIC,
                                    borderMode=cv2.BORDER_REPLICATE).clip(0, 1) for x in pictures])


def batches(codes, distorted, targets, rng, batch=BATCH):
    """Endless ([codes, distorted], targets) for play."""
    while True:
        chosen = rng.integers(0, len(codes), batch)
        yield [codes[chosen], distorted[chosen]], targets[chosen]


def start(policy="float32"):
    """Lesson 02's decoder of B with a mask, before any training, in this precision."""
    with precision(policy):
        return masked_decoder(copy_decoder(load(f"decoder_{B.lower()}")))


def train(weights, data, watched, seed, steps=STEPS, mask_steps=MASK_STEPS, **options):
    """One run from lesson 02's decoder: (the generator in float32 at its best moment, History, KeepBest).

    weights: Weights, or a name of PLAIN. data, watched: of examples; the moment is chosen by the perceptual distance of
    the watched ones, in the eyes of LOOKER. With weights.known the mask is taught before the game, for mask_steps.
    options: as for fit (quiet, checkpoint, resume).
    """
    keras.utils.set_random_seed(seed)
    policy = fast_policy()
    generator, network = start(policy), feature_pyramid(load(LOOKER))
    rows = batches(*data, np.random.default_rng(seed))
    codes, distorted, wanted = watched
    masks = wanted[..., 6:7]

    def far(model):
        picture, colour, _ = parts(model.predict_on_batch([codes, distorted]))
        picture = colour if weights == PLAIN[0] else picture
        return perceptual_loss(network, *(masks * x + (1 - masks) * 0.5 for x in (picture, wanted[..., :3])), (1,) * 4)

    if isinstance(weights, Weights):
        if weights.known:
            first = {"checkpoint": options["checkpoint"].with_suffix(".mask.npz")} if "checkpoint" in options else {}
            teach_mask(generator, batches(*data, np.random.default_rng(seed), 2 * BATCH), mask_steps,
                       **{**options, **first})
        with precision(policy):
            discriminator = discriminator(DISCRIMINATOR_WIDTH)
        game, follow = swap_game(generator, discriminator, weights, network if any(weights.perceptual) else None, rate=RATE,
                                 seed=seed)
        keep = KeepBest(game.average, far, follow, EVERY)
        history = play(game, rows, steps=steps, learning_rate=keep, **options)
    else:
        generator.compile(keras.optimizers.Adam(RATE), loss=_plain_loss(weights), jit_compile=False)
        keep = KeepBest(generator, far, cosine(RATE), EVERY)
        history = fit(generator, rows, steps=steps, learning_rate=keep, **options)
    keep.look()
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
    """(source FaceSet of A, truth FaceSet of B in the same unseen scenes, known FaceSet of B)."""
    cast = people()
    return faces_of(cast[A], HELD_OUT), faces_of(cast[B], HELD_OUT), faces_of(cast[B], PICTURES)


def outputs(model, encoder, source):
    """The seven channels [N, 64, 64, 7] that a model gives for a FaceSet."""
    codes = encoder.predict(cut_out(source.images, source.masks), verbose=0)
    return model.predict([codes, source.images], verbose=0)


def with_fixed_mask(seven, source):
    """The same colours behind the hull of the source's landmarks, as a decoder without a mask is pasted: [.., 7]."""
    alpha = fixed_masks(source)[..., None]
    colour = parts(seven)[1]
    return np.concatenate([alpha * colour + (1 - alpha) * source.images, colour, alpha], -1)


def settings(steps=STEPS):
    """What all stored runs have in common; runs with other settings are not mixed with them."""
    return {"a": A, "b": B, "steps": steps, "batch": BATCH, "rate": RATE, "network": LOOKER, "views": VIEWS,
            "spectrum frequencies": frequencies()}


def begin(record, encoder, sets):
    """Puts into a record what all runs are compared with."""
    source, truth, _ = sets
    faces = cut_out(truth.images, truth.masks)
    record["source"] = {"sheet": sheet(source.images)}
    record["truth"] = {"sheet": sheet(truth.images), "colours": sheet(faces), "spectrum": power(truth.images),
                       "masks": sheet(np.repeat(truth.masks[..., None], 3, -1))}
    seven = with_fixed_mask(outputs(start(), encoder, source), source)
    record["lesson 02"] = measured(seven, sets, B)


def told(row):
    """A row of occlusion without its pictures."""
    return {k: v for k, v in row.items() if not isinstance(v, str)}


JOBS = [(stage, seed) for seed in range(3) for stage in (*STAGES, *PLAIN)] + [(name, 0) for name in VARIANTS]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=(*STAGES, *PLAIN, *VARIANTS), help="these runs alone")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    record, encoder, sets = read(), load("shared_encoder"), held_out()
    common = settings(options.steps)
    if {k: record.get(k, v) for k, v in common.items()} != common:
        parser.error(f"{RUNS.name} holds runs with other settings; delete it to make them all anew")
    record |= common
    if "lesson 02" not in record:
        begin(record, encoder, sets)
    data = {}
    have = {(r["stage"], r["seed"]) for r in record["runs"]}
    for name, seed in JOBS:
        if (name, seed) in have or seed not in options.seeds or (options.only and name not in options.only):
            continue
        if seed not in data:
            data = {seed: learned_and_watched(encoder, seed)}
        weights, began = {**STAGES, **VARIANTS}.get(name, name), time.process_time()
        model, history, keep = train(weights, *data[seed], seed, options.steps, quiet=True)
        cpu = round(time.process_time() - began)
        seven = outputs(model, encoder, sets[0])
        if name == "lesson 02 longer":
            seven = with_fixed_mask(seven, sets[0])
        mask = "fixed" if name == "lesson 02 longer" else "learned"
        in_front = {kind: told(occlusion(model, encoder, sets, kind)[mask]) for kind in OBJECTS}
        run = {"stage": name, "seed": seed, "weights": asdict(weights) if name not in PLAIN else None,
               "steps": options.steps, "stopped": history.stopped, "best step": keep.step, "curve": keep.curve,
               "cpu seconds": cpu, "occlusion": in_front, **measured(seven, sets, B, history.stopped)}
        record["runs"] = sorted([*record["runs"], run], key=lambda r: JOBS.index((r["stage"], r["seed"])))
        write(record)
        print(f"{name}, seed {seed}: {cpu} CPU-s, {run['verdict'] or 'sound'}", flush=True)
    print(table(record), flush=True)


if __name__ == "__main__":
    main()
