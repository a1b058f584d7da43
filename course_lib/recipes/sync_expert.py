"""The course's sync experts: `python -m course_lib.recipes.sync_expert cosine`, or `contrastive`.

A few minutes each on 2 idle cores after the clips are rendered. Stopped, the same command goes on. Lesson 08.
"""
import argparse

import numpy as np

from course_lib.checkpoints import register
from course_lib.data.spoken import HELD_OUT, spoken_clips
from course_lib.metrics.lipsync import lse
from course_lib.models.lip_sync import sync_expert
from course_lib.profile import cache_dir
from course_lib.recipes import model_card
from course_lib.training.sync_expert import LOSSES, in_float32, judging, sync_pairs, train_expert, warm_up

CLIPS, MEASURED, STEPS, WARM, BATCH, PAIRS = 200, 20, 500, 500, 48, 960
NAMES = {"cosine": "sync_expert", "contrastive": "sync_expert_contrastive"}


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
    parser.add_argument("loss", choices=tuple(LOSSES))
    parser.add_argument("--steps", type=int, default=STEPS, help="of training")
    options = parser.parse_args()
    name = NAMES[options.loss]
    folder = cache_dir() / name
    folder.mkdir(parents=True, exist_ok=True)
    clips = spoken_clips(CLIPS)
    warm = cache_dir() / "sync_expert_warm"  # both experts begin with it
    warm.mkdir(parents=True, exist_ok=True)
    expert, before = warm_up(clips, steps=WARM, checkpoint=warm / "run.npz", resume=True)
    trained, history = train_expert(clips, options.loss, batch=BATCH, steps=options.steps, expert=expert,
                                    checkpoint=folder / "run.npz", resume=True)
    expert, test = in_float32(trained, sync_expert), spoken_clips(MEASURED, HELD_OUT)
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
    card = model_card("sync_expert", name=name, loss=options.loss, clips=CLIPS, warm=len(before.steps),
                      steps=len(history.steps), batch=BATCH, minutes=minutes, measured=MEASURED, pairs=PAIRS,
                      accuracy=right, auc=auc, exact=exact, table=text, parameters=expert.count_params())
    register(name, expert, card, f"whether mouth and sound belong together ({options.loss} loss)")


if __name__ == "__main__":
    main()
