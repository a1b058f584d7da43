"""The checkpoint faceswap_gan_kavya: `python -m course_lib.recipes.faceswap_gan`.

The full model of experiments.faceswap_ablation, with the mask told where the face is visible, so that it keeps what stands in
front; and once more without a hand among the objects, to see what a mask does with something that it has never met. The
numbers go into the stored runs, as "shipped" and "occlusion". About 10 minutes of one core. Lesson 05.
"""
import argparse
import time
from dataclasses import replace

from course_lib.checkpoints import load, register
from course_lib.experiments.faceswap_ablation import (
    BATCH,
    FEATURE_NETWORK,
    PICTURES,
    RATE,
    VARIANTS,
    A,
    B,
    held_out,
)
from course_lib.experiments.faceswap_ablation import train as train_run
from course_lib.experiments.faceswap_examples import VALIDATION_FACES, training_and_validation
from course_lib.experiments.faceswap_record import read, write
from course_lib.experiments.faceswap_scores import OBJECTS, evaluate_run, occlusion, outputs, without_sheets
from course_lib.profile import cache_dir
from course_lib.training.faceswap import Weights
from course_lib.training.occluders import TRAINING_KINDS
from course_lib.training.precision import fast_policy

NAME, STEPS, MASK_STEPS, VIEWS, OCCLUDED, SEED = f"faceswap_gan_{B.lower()}", 300, 3500, 10, 0.65, 0
WEIGHTS = VARIANTS["adversarial x10, known mask"]
SHOWN = {"no hand taught": TRAINING_KINDS, "learned": (*TRAINING_KINDS, "hand")}  # the last is shipped


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    record, encoder, sets = read(), load("shared_encoder"), held_out()
    in_front = {}
    for name, objects in SHOWN.items():
        data, validation = training_and_validation(encoder, SEED, VIEWS, objects, OCCLUDED)
        began, file = time.process_time(), cache_dir() / "faceswap_gan" / f"{name.replace(' ', '_')}.npz"
        model, history, keep = train_run(WEIGHTS, data, validation, SEED, options.steps, MASK_STEPS, quiet=True,
                                         checkpoint=file, resume=True)
        seconds = time.process_time() - began
        in_front[name] = {kind: occlusion(model, encoder, sets, kind) for kind in OBJECTS}
        print(name, {kind: without_sheets(rows["learned"]) for kind, rows in in_front[name].items()}, flush=True)
    found = evaluate_run(outputs(model, encoder, sets[0]), sets, B, history.stopped)
    record["shipped"] = {"weights": vars(WEIGHTS), "steps": options.steps, "best step": keep.step, "curve": keep.curve,
                         "cpu seconds": round(seconds), **found}
    record["occlusion"] = {kind: rows | {"no hand taught": in_front["no hand taught"][kind]["learned"]}
                           for kind, rows in in_front["learned"].items()}
    register(NAME, model, card(record, options.steps, seconds),
             f"the swap of lesson 05 into {B}, one of the cast: picture, colour and mask")
    write(record)


def card(record, steps, seconds):
    """The model card, from the record's numbers."""
    rows = {"lesson 02, fixed mask": record["lesson 02"]["picture"], "this model": record["shipped"]["picture"]}
    names = ("psnr", "ssim", "perceptual", "edges", "sharpness", "identity", "likeness", "pose")
    scores = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    scores += [f"| {name} | " + " | ".join(f"{row[k]:.3f}" for k in names) + " |" for name, row in rows.items()]
    kept = ["| in front | mask | IoU | kept % | PSNR dB |", "|---|---|---|---|---|"]
    kept += [f"| {kind} | {mask} | {row['IoU']:.3f} | {100 * row['kept']:.0f} | {row['psnr']:.1f} |"
             for kind, rows_ in record["occlusion"].items()
             for mask, row in ((m, rows_[m]) for m in ("fixed", "estimated", "no hand taught", "learned"))]
    return CARD.format(name=NAME, a=A, b=B, taught=MASK_STEPS, more=2 * BATCH,
                       n=len(PICTURES), watched=VALIDATION_FACES, occluded=OCCLUDED, steps=steps,
                       batch=BATCH, rate=RATE, looker=FEATURE_NETWORK,
                       weights=replace(Weights(), **record["shipped"]["weights"]), seconds=seconds, seed=SEED,
                       iou=record["shipped"]["mask IoU"], best=record["shipped"]["best step"],
                       precision=fast_policy().replace("_", " "), scores="\n".join(scores),
                       kept="\n".join(kept))


CARD = """# {name}

The swap that paints its own mask: [code f32 [N, 256] of the checkpoint shared_encoder, source picture f32
[N, 64, 64, 3]] become seven channels f32 [N, 64, 64, 7]: the finished picture, {b}'s face, and the mask
(models.faceswap_gan.parts). {b} does not exist.

- Data: {n} rendered pictures of {b} ({watched} of them only to choose the best moment), bent, with other colours of
  skin and, {occluded:.0%} of them, with objects in front (training.occluders): bars, blobs, glasses, hands.
- Training: lesson 02's decoder of {b} with a mask (masked_decoder); the mask taught alone for {taught} steps of
  {more}, then the game for {steps} steps of {batch}, rate {rate}, seed {seed}, {precision}, {seconds:.0f} s of
  processor time; the moment kept is step {best} of the game. The perceptual loss looks through the checkpoint {looker}.
  {weights}
- Rebuild: `python -m course_lib.recipes.faceswap_gan`.

## Scores

{a} into {b} in 64 held-out scenes, against {b} rendered in the same scenes, inside the true mask. Sharpness is the
share of the truth's amplitude above 0.35 cycles a pixel, likeness the mean cosine with {b} to the identity judge.
IoU of the mask with the true one: {iou:.3f}.

{scores}

With something drawn in front of source and truth alike; kept: share of the object's area inside the landmarks' hull
that stays as it was; the hand has the colour of the face that it covers. "No hand taught": the same training
with bars, blobs and glasses alone.

{kept}

## Limits

One person, one renderer, 64 pixels, one seed. Objects are drawn, not photographed. A mask that keeps what stands in
front also keeps some of the source's own face: the stored runs without `known` are nearer to the truth where nothing
stands in front.
"""


if __name__ == "__main__":
    main()
