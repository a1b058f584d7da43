"""The course's sync experts: `python -m course_lib.recipes.sync_expert cosine`, `contrastive` or `independent`.

The first two begin with the same warm-up. The independent one shares nothing with them but the network and the loss of
the first: it has weights, pairs, people, voices and sentences of its own, and no generator is trained against it, so
that its scores of a generator are fair.

A few minutes each on 2 idle cores after the clips are rendered. Stopped, the same command goes on. Lesson 08.
"""
import argparse
from dataclasses import dataclass

import numpy as np

from course_lib.checkpoints import register
from course_lib.data.spoken import HELD_OUT, spoken_clips
from course_lib.metrics.lipsync import lse
from course_lib.models.lip_sync import sync_expert
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training.precision import precision
from course_lib.training.sync_expert import in_float32, judging, sync_pairs, train_expert, warm_up

MEASURED, STEPS, WARM, BATCH, PAIRS = 20, 500, 500, 48, 960


@dataclass(frozen=True)
class Plan:
    """How one expert is trained.

    Args:
        name: of the checkpoint.
        loss: key of training.sync_expert.LOSSES.
        clips, first: of data.spoken.
        seed: of weights, windows and pairs.
        warm: name of the folder with the warm-up, which experts may share.
        stored: precision of the file.
    """

    name: str
    loss: str
    clips: int = 200
    first: int = 0
    seed: int = 0
    warm: str = "sync_expert_warm"
    stored: str = "float32"


PLANS = {"cosine": Plan("sync_expert", "cosine"), "contrastive": Plan("sync_expert_contrastive", "contrastive"),
         "independent": Plan("sync_expert_independent", "cosine", 120, 200, 1, "sync_expert_independent_warm",
                             "float16")}


def accuracy(expert, spoken, pairs=PAIRS, seed=1):
    """How well an expert tells right pairs from wrong ones of the same clip.

    Args:
        expert: models.lip_sync.sync_expert.
        spoken: data.spoken.Spoken.
        pairs: their number.
        seed: of the draw.
    Returns:
        (accuracy with the threshold that is best on half of the pairs, measured on the other half; AUC).
    """
    (lips, mel), same = next(sync_pairs(spoken, np.random.default_rng(seed), pairs))
    scores, same = judging(expert).predict([lips, mel], batch_size=64, verbose=0)[:, 0], same[:, 0]
    first = np.arange(pairs) < pairs // 2
    bounds = np.quantile(scores, np.linspace(0, 1, 101))
    best = bounds[np.argmax([((scores[first] > b) == same[first]).mean() for b in bounds])]
    ranks = scores.argsort().argsort() + 1
    right = same == 1
    auc = (ranks[right].sum() - right.sum() * (right.sum() + 1) / 2) / (right.sum() * (~right).sum())
    return float(((scores[~first] > best) == same[~first]).mean()), float(auc)


def main():
    """Train, measure and ship a sync expert."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", choices=tuple(PLANS))
    parser.add_argument("--steps", type=int, default=STEPS, help="of training")
    options = parser.parse_args()
    plan = PLANS[options.plan]
    runs = [cache_dir() / folder / "run.npz" for folder in (plan.warm, plan.name)]
    for file in runs:
        file.parent.mkdir(parents=True, exist_ok=True)
    clips = spoken_clips(plan.clips, plan.first)
    expert, before = warm_up(clips, seed=plan.seed, steps=WARM, checkpoint=runs[0], resume=True)
    trained, history = train_expert(clips, plan.loss, seed=plan.seed, batch=BATCH, steps=options.steps, expert=expert,
                                    checkpoint=runs[1], resume=True)
    if "interrupted" in (before.stopped, history.stopped):
        return
    with precision(plan.stored):
        file = sync_expert()
    file.set_weights(trained.get_weights())
    expert, test = in_float32(file, sync_expert), spoken_clips(MEASURED, HELD_OUT)
    right, auc = accuracy(expert, test)
    faces = test.images.astype(np.float32) / 255
    rows = [lse(expert, images, mel) for images, mel in zip(faces, test.mel, strict=True)]
    wrong = [lse(expert, images, mel) for images, mel in zip(faces, np.roll(test.mel, 1, 0), strict=True)]
    exact = np.mean([abs(row["offset"]) <= 1 for row in rows])
    text = "\n".join(f"{what:18}LSE-D {np.mean([r['distance'] for r in found]):.2f}   LSE-C "
                     f"{np.mean([r['confidence'] for r in found]):.2f}"
                     for what, found in (("own sound", rows), ("another's sound", wrong)))
    print(text, right, auc, exact)
    minutes = (before.seconds + history.seconds) / 60
    card = model_card("sync_expert", name=plan.name, loss=plan.loss, clips=plan.clips, first=plan.first,
                      seed=plan.seed, stored=plan.stored, warm=len(before.steps),
                      steps=len(history.steps), batch=BATCH, minutes=minutes, measured=MEASURED, pairs=PAIRS,
                      accuracy=right, auc=auc, exact=exact, table=text, parameters=expert.count_params())
    register(plan.name, file, card, f"whether mouth and sound belong together ({plan.loss} loss)")


if __name__ == "__main__":
    main()
