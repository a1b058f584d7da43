"""The checkpoint faceswap_gan_kavya: `python -m course_lib.recipes.faceswap_gan`.

The full model of experiments.faceswap_ablation with ten times the adversarial weight, its mask supervised with the
visible face, so that it keeps what stands in front. The numbers go into the stored runs, as "shipped" and "occlusion".
About 10 minutes of one core; with --measure only the shipped file is measured again. Lesson 05.
"""
import argparse
import time
from dataclasses import replace

from course_lib.checkpoints import load, register, verify
from course_lib.experiments.faceswap_ablation import BATCH, FEATURE_NETWORK, OURS, PICTURES, RATE, A, B, held_out
from course_lib.experiments.faceswap_ablation import train as train_run
from course_lib.experiments.faceswap_examples import training_examples
from course_lib.experiments.faceswap_runs import read, write
from course_lib.experiments.faceswap_scores import OBJECTS, evaluate_run, occlusion, outputs
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training.faceswap import Weights
from course_lib.training.occluders import TRAINING_KINDS
from course_lib.training.precision import fast_policy

NAME, STEPS, MASK_STEPS, VIEWS, OCCLUDED, SEED = f"faceswap_gan_{B.lower()}", 300, 3500, 10, 0.65, 0
WEIGHTS = replace(OURS, adversarial=1.0, known=1.0)
KINDS = (*TRAINING_KINDS, "hand")  # of objects in front of the training faces


def main():
    """Train, measure and ship the checkpoint faceswap_gan_kavya, or only measure it again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--measure", action="store_true", help="measure the shipped file again, and write its card")
    options = parser.parse_args()
    record, encoder, sets = read(), load("shared_encoder"), held_out()
    if options.measure:
        model, facts = load(NAME), {key: record["shipped"][key] for key in ("steps", "cpu seconds", "how")}
    else:
        data = training_examples(encoder, SEED, VIEWS, KINDS, OCCLUDED)
        began = time.process_time()
        model, history = train_run(WEIGHTS, data, SEED, options.steps, MASK_STEPS, quiet=True, resume=True,
                                   checkpoint=cache_dir() / "faceswap_gan" / "shipped.npz")
        facts = {"steps": len(history.steps), "cpu seconds": round(time.process_time() - began),
                 "how": f"In {fast_policy().replace('_', ' ')}; shipped is the moving average after the last step."}
    scores = evaluate_run(outputs(model, encoder, sets[0]), sets, B)
    record["shipped"] = {"weights": vars(WEIGHTS), **facts, **scores}
    record["occlusion"] = {kind: occlusion(model, encoder, sets, kind) for kind in OBJECTS}
    if options.measure:
        verify(NAME).with_name("card.md").write_text(card(record), encoding="utf-8")
    else:
        register(NAME, model, card(record), f"the swap of lesson 05 into {B}, one of the cast: image, colour and mask")
    write(record)


def card(record):
    """Write the model card.

    Args:
        record: the stored runs, with "lesson 02", "shipped" and "occlusion".
    Returns:
        The card as Markdown.
    """
    shipped = record["shipped"]
    rows = {"lesson 02, fixed mask": record["lesson 02"]["picture"], "this model": shipped["picture"]}
    names = ("psnr", "ssim", "perceptual", "edges", "sharpness", "identity", "likeness", "pose")
    scores = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    scores += [f"| {name} | " + " | ".join(f"{row[k]:.3f}" for k in names) + " |" for name, row in rows.items()]
    kept = ["| in front | mask | IoU | kept % | PSNR dB |", "|---|---|---|---|---|"]
    kept += [f"| {kind} | {mask} | {row['IoU']:.3f} | {100 * row['kept']:.0f} | {row['psnr']:.1f} |"
             for kind, masks in record["occlusion"].items()
             for mask, row in ((m, masks[m]) for m in ("fixed", "estimated", "learned"))]
    return model_card("faceswap_gan", name=NAME, a=A, b=B, mask_steps=MASK_STEPS, mask_batch=2 * BATCH,
                      n=len(PICTURES), occluded=OCCLUDED, steps=shipped["steps"], batch=BATCH, rate=RATE,
                      perceptual=FEATURE_NETWORK, weights=replace(Weights(), **shipped["weights"]),
                      seconds=shipped["cpu seconds"], seed=SEED, how=shipped["how"], iou=shipped["mask IoU"],
                      scores="\n".join(scores), kept="\n".join(kept))


if __name__ == "__main__":
    main()
