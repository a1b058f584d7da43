"""The checkpoint faceswap_gan_kavya: `python -m course_lib.recipes.faceswap_gan`.

The full model of experiments.faceswap_ablation, its mask supervised with the visible face, so that it keeps what stands
in front; and once more without hands among the objects, to see what a mask does with something it was not trained on.
The numbers go into the stored runs, as "shipped" and "occlusion". About 10 minutes of one core. Lesson 05.
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
from course_lib.experiments.faceswap_runs import read, write
from course_lib.experiments.faceswap_scores import OBJECTS, evaluate_run, occlusion, outputs, without_sheets
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training.faceswap import Weights
from course_lib.training.occluders import TRAINING_KINDS
from course_lib.training.precision import fast_policy

NAME, STEPS, MASK_STEPS, VIEWS, OCCLUDED, SEED = f"faceswap_gan_{B.lower()}", 300, 3500, 10, 0.65, 0
WEIGHTS = VARIANTS["adversarial x10, known mask"]
OBJECTS_IN_TRAINING = {"no hand taught": TRAINING_KINDS, "learned": (*TRAINING_KINDS, "hand")}  # the last is shipped


def main():
    """Train, measure and ship the checkpoint faceswap_gan_kavya."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    record, encoder, sets = read(), load("shared_encoder"), held_out()
    in_front = {}
    for name, objects in OBJECTS_IN_TRAINING.items():
        data, validation = training_and_validation(encoder, SEED, VIEWS, objects, OCCLUDED)
        began, file = time.process_time(), cache_dir() / "faceswap_gan" / f"{name.replace(' ', '_')}.npz"
        model, history, keep = train_run(WEIGHTS, data, validation, SEED, options.steps, MASK_STEPS, quiet=True,
                                         checkpoint=file, resume=True)
        seconds = time.process_time() - began
        in_front[name] = {kind: occlusion(model, encoder, sets, kind) for kind in OBJECTS}
        print(name, {kind: without_sheets(rows["learned"]) for kind, rows in in_front[name].items()}, flush=True)
    scores = evaluate_run(outputs(model, encoder, sets[0]), sets, B, history.stopped)
    record["shipped"] = {"weights": vars(WEIGHTS), "steps": options.steps, "best step": keep.step, "curve": keep.curve,
                         "cpu seconds": round(seconds), **scores}
    record["occlusion"] = {kind: rows | {"no hand taught": in_front["no hand taught"][kind]["learned"]}
                           for kind, rows in in_front["learned"].items()}
    register(NAME, model, card(record, options.steps, seconds),
             f"the swap of lesson 05 into {B}, one of the cast: picture, colour and mask")
    write(record)


def card(record, steps, seconds):
    """Write the model card.

    Args:
        record: the stored runs, with "lesson 02", "shipped" and "occlusion".
        steps: steps of adversarial training.
        seconds: processor time of the training.
    Returns:
        The card as Markdown.
    """
    rows = {"lesson 02, fixed mask": record["lesson 02"]["picture"], "this model": record["shipped"]["picture"]}
    names = ("psnr", "ssim", "perceptual", "edges", "sharpness", "identity", "likeness", "pose")
    scores = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    scores += [f"| {name} | " + " | ".join(f"{row[k]:.3f}" for k in names) + " |" for name, row in rows.items()]
    kept = ["| in front | mask | IoU | kept % | PSNR dB |", "|---|---|---|---|---|"]
    kept += [f"| {kind} | {mask} | {row['IoU']:.3f} | {100 * row['kept']:.0f} | {row['psnr']:.1f} |"
             for kind, rows_ in record["occlusion"].items()
             for mask, row in ((m, rows_[m]) for m in ("fixed", "estimated", "no hand taught", "learned"))]
    return model_card("faceswap_gan", name=NAME, a=A, b=B, taught=MASK_STEPS, more=2 * BATCH,
                       n=len(PICTURES), watched=VALIDATION_FACES, occluded=OCCLUDED, steps=steps,
                       batch=BATCH, rate=RATE, perceptual=FEATURE_NETWORK,
                       weights=replace(Weights(), **record["shipped"]["weights"]), seconds=seconds, seed=SEED,
                       iou=record["shipped"]["mask IoU"], best=record["shipped"]["best step"],
                       precision=fast_policy().replace("_", " "), scores="\n".join(scores),
                       kept="\n".join(kept))


if __name__ == "__main__":
    main()
