"""What each loss of faceswap-GAN buys, against the exact truth: `python -m course_lib.recipes.faceswap_gan`.

Every run goes on from lesson 02's swap of one ordered pair of the cast (the checkpoints shared_encoder and
decoder_kavya), gives it a mask and one more loss, and trains for the same number of steps. What came out is kept in
datasets/runs/faceswap_gan.json. About half a CPU-minute a run, and another to begin; runs in the file stay. Lesson 05.
"""
import argparse
import json
import time
from dataclasses import asdict

import cv2
import keras
import numpy as np

from course_lib.cast import people
from course_lib.checkpoints import DATASETS, load
from course_lib.metrics.detail import edge_error, mask_iou, perceptual_distance, sharpness
from course_lib.metrics.image import face_psnr
from course_lib.metrics.swap import judge
from course_lib.models.autoencoder import cut_out
from course_lib.models.faceswap_gan import discriminator, masked_decoder, parts
from course_lib.models.judges import at_four_depths
from course_lib.profile import bfloat16_fast
from course_lib.training.adversarial import packed, picture_sheet, play
from course_lib.training.augment import random_warp
from course_lib.training.faceswap import Weights, swap_game, target
from course_lib.training.tune import copy_decoder, precision

from .data import faces_of

RUNS = DATASETS / "runs" / "faceswap_gan.json"
A, B = "Elif", "Kavya"
PICTURES, HELD_OUT = range(200_000, 200_400), range(210_000, 210_064)
SIDE, COVERAGE = 104, 1.6  # the warp looks at the middle 5/8 of its picture: 65 pixels, coverage 1
VIEWS, BATCH, STEPS = 3, 16, 80
RATE = 5e-4  # the published 1e-4 is for 40,000 steps
CRITIC_WIDTH = 24
LOOKER = "portrait_reader"  # the perceptual loss's network: neither of the two judges, so that it cannot flatter them
INNER = slice(14, 50)  # the middle of the crop, inside every face
SHOWN = 6  # held-out faces whose pictures are kept

NONE = (0.0, 0.0, 0.0, 0.0)
STAGES = {  # each adds one loss to those above it
    "reconstruction": Weights(adversarial=0, perceptual=NONE, edge=0, hinge=0, smooth=0, small=0),
    "adversarial": Weights(perceptual=NONE, edge=0, hinge=0, smooth=0, small=0),
    "perceptual": Weights(edge=0, hinge=0, smooth=0, small=0),
    "edge": Weights(hinge=0, smooth=0, small=0),
    "mask": Weights(),
}


def eyes_of(faces):
    """Where the eyes are, f32 [N, S, S] in [0, 1], a little wider than their landmarks."""
    regions = np.zeros(faces.masks.shape, np.float32)
    for region, points in zip(regions, faces.landmarks, strict=True):
        for eye in (points[36:42], points[42:48]):
            cv2.fillConvexPoly(region, cv2.convexHull(np.round(eye).astype(np.int32)), 1.0)
    wide = np.ones((5, 5), np.uint8)
    return np.stack([cv2.dilate(r, wide) for r in regions])


def examples(faces, encoder, seed, views=VIEWS):
    """What a run learns from: (codes [M, C], distorted [M, 64, 64, 3], targets [M, 64, 64, 8]) of a FaceSet.

    faces: crops of SIDE pixels with coverage COVERAGE. The encoder sees the distorted face on grey; the background
    stays in the distorted picture, where only the mask can bring it from.
    """
    flat = np.stack([faces.masks, eyes_of(faces), faces.masks], -1)
    pictures, flat = _for_the_warp(faces.images), _for_the_warp(flat)
    rows = []
    for view in range(views):
        distorted, wanted = random_warp(pictures, np.random.default_rng([seed, view]))
        bent, areas = random_warp(flat, np.random.default_rng([seed, view]))  # the same draws: the same warp
        codes = encoder.predict(cut_out(distorted, bent[..., 0]), verbose=0)
        rows.append((codes, distorted, target(wanted, cut_out(wanted, areas[..., 0]), areas[..., 0], areas[..., 1])))
    return [np.concatenate(parts_) for parts_ in zip(*rows, strict=True)]


def _for_the_warp(pictures):
    """Twice the side, moved so that random_warp's middle, side / 2, lies on the crop's own, (side - 1) / 2: without it
    the targets lie half a pixel beside the faces that the swap is measured on."""
    return np.stack([cv2.warpAffine(x, np.float64([[2, 0, 1], [0, 2, 1]]), (2 * SIDE, 2 * SIDE), flags=cv2.INTER_CUBIC,
                                    borderMode=cv2.BORDER_REPLICATE).clip(0, 1) for x in pictures])


def batches(codes, distorted, targets, rng, batch=BATCH):
    """Endless ([codes, distorted], targets) for play."""
    while True:
        chosen = rng.integers(0, len(codes), batch)
        yield [codes[chosen], distorted[chosen]], targets[chosen]


def train(weights, data, seed, steps=STEPS, quiet=False):
    """One run from lesson 02's decoder: (the generator's moving average in float32, History)."""
    keras.utils.set_random_seed(seed)
    with precision("mixed_bfloat16" if bfloat16_fast() else "float32"):
        generator = masked_decoder(copy_decoder(load(f"decoder_{B.lower()}")))
        critic = discriminator(CRITIC_WIDTH)
    network = at_four_depths(load(LOOKER)) if any(weights.perceptual) else None
    game, follow = swap_game(generator, critic, weights, network, rate=RATE, seed=seed)
    history = play(game, batches(*data, np.random.default_rng(seed)), steps=steps, learning_rate=follow, quiet=quiet)
    with precision("float32"):
        plain = masked_decoder(copy_decoder(load(f"decoder_{B.lower()}")))
    plain.set_weights(game.average.get_weights())
    return plain, history


def score(picture, source, truth, known):
    """How near swapped faces [N, 64, 64, 3] come to the truth inside its mask: name -> number."""
    face, perfect = (cut_out(np.asarray(x, np.float32).clip(0, 1), truth.masks) for x in (picture, truth.images))
    row = judge(face, source, truth, known, person=B).rows["swap"]
    row["psnr"] = float(np.mean(face_psnr(face, perfect, truth.masks)))
    looks = perceptual_distance(at_four_depths(load("identity_judge")), face, perfect)
    middle = sharpness(face[:, INNER, INNER], perfect[:, INNER, INNER])
    return {**row, "perceptual": float(looks.mean()), "edges": float(edge_error(face, perfect, truth.masks).mean()),
            "sharpness": float(np.median(middle))}


def held_out():
    """(source FaceSet of A, truth FaceSet of B in the same unseen scenes, known FaceSet of B)."""
    cast = people()
    return faces_of(cast[A], HELD_OUT), faces_of(cast[B], HELD_OUT), faces_of(cast[B], PICTURES)


def evaluate(model, encoder, sets):
    """The scores of the finished picture and of the colour alone, and the mask's IoU; with a sheet of both."""
    source, truth, known = sets
    codes = encoder.predict(cut_out(source.images, source.masks), verbose=0)
    picture, colour, alpha = parts(model.predict([codes, source.images], verbose=0))
    masks = np.repeat(alpha, 3, -1)
    return {"picture": score(picture, source, truth, known), "colour": score(colour, source, truth, known),
            "mask IoU": float(mask_iou(alpha[..., 0], truth.masks).mean()), "mask mean": float(alpha.mean()),
            "sheet": packed(picture_sheet(picture[:SHOWN]).clip(0, 1)), "masks": packed(picture_sheet(masks[:SHOWN]))}


def lesson_two(encoder, sets):
    """What all runs began from, measured in the same way."""
    source, truth, known = sets
    codes = encoder.predict(cut_out(source.images, source.masks), verbose=0)
    colour = load(f"decoder_{B.lower()}").predict(codes, verbose=0)
    return {"colour": score(colour, source, truth, known), "sheet": packed(picture_sheet(colour[:SHOWN]))}


def read():
    """The stored runs: {"pair", "steps", ..., "lesson 02": numbers, "runs": [each with stage, seed, numbers]}."""
    return json.loads(RUNS.read_text(encoding="utf-8")) if RUNS.is_file() else {"runs": []}


def write(record):
    RUNS.parent.mkdir(parents=True, exist_ok=True)
    part = RUNS.with_suffix(".part")
    part.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    part.replace(RUNS)


def table(record):
    """The stored numbers as text, one line a run: of the finished picture, lesson 02's for its colour."""
    names = ("psnr", "ssim", "perceptual", "edges", "sharpness", "identity", "pose", "jaw", "smile", "blink")
    rows = [("lesson 02", record["lesson 02"]["colour"], float("nan"))] if "lesson 02" in record else []
    rows += [(f"{r['stage']}, seed {r['seed']}", r["picture"], r["mask IoU"]) for r in record["runs"]]
    lines = [f"{'':24}" + "".join(f"{name:>11}" for name in (*names, "mask IoU"))]
    return "\n".join(lines + [f"{name:24}" + "".join(f"{row[k]:11.3f}" for k in names) + f"{iou:11.3f}"
                              for name, row, iou in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    record, encoder, sets = read(), load("shared_encoder"), held_out()
    settings = {"a": A, "b": B, "steps": options.steps, "batch": BATCH, "rate": RATE, "network": LOOKER}
    if {k: record.get(k, v) for k, v in settings.items()} != settings:
        parser.error(f"{RUNS.name} holds runs with other settings; delete it to make them all anew")
    record |= settings
    record.setdefault("lesson 02", lesson_two(encoder, sets))
    wide = faces_of(people()[B], PICTURES, SIDE, COVERAGE)
    for seed in options.seeds:
        data = None
        for stage in options.stages:
            if any((r["stage"], r["seed"]) == (stage, seed) for r in record["runs"]):
                continue
            data = data or examples(wide, encoder, seed)
            began = time.process_time()
            model, history = train(STAGES[stage], data, seed, options.steps)
            cpu = round(time.process_time() - began)
            record["runs"].append({"stage": stage, "seed": seed, "stopped": history.stopped, "cpu seconds": cpu,
                                   "weights": asdict(STAGES[stage]), **evaluate(model, encoder, sets)})
            record["runs"].sort(key=lambda run: (run["seed"], list(STAGES).index(run["stage"])))
            write(record)
            print(table(record), flush=True)


if __name__ == "__main__":
    main()
