"""Which network uses the order of frames: `python -m course_lib.experiments.order_ladder`.

Four networks with one backbone are trained on clips of eight frames, once for each forgery of forgeries.temporal, and
tested on people they have not seen, with the frames as they are, shuffled, reversed and with one frame repeated. Then
STIL without one of its modules, and STIL on frames that are further apart. Stored in datasets/runs/order_ladder.json;
what is finished is not repeated. About 15 minutes on 2 cores. Lesson 12.
"""
import argparse
import json

import keras
import numpy as np

from course_lib.checkpoints import DATASETS
from course_lib.data.short_clips import short_clips
from course_lib.experiments.stored import write_run
from course_lib.forgeries.temporal import FORGERIES, forged_pair, in_order
from course_lib.metrics.detection import auc, bootstrap
from course_lib.models.over_time import KINDS, clip_network
from course_lib.training import cosine, fit

FILE = DATASETS / "runs" / "order_ladder.json"
FRAMES, SIZE, FPS = 8, 64, 25.0
TRAIN, TEST = range(720_000, 720_128), range(725_000, 725_064)
STEPS, BATCH, LEARNING_RATE, SEED = 200, 16, 3e-3, 0
ORDERS = ("original", "shuffled", "reversed", "frozen")
ABLATIONS = {"without spatial": {"spatial": False}, "without temporal": {"temporal": False},
             "without interaction": {"interaction": False}}
GAPS = (1, 25)


def read():
    """Reads the stored scores.

    Returns:
        {"settings": dict, "rows": [{"network", "forgery", "gap": frames, "parameters": int, "loss": last training
        loss, "auc": {order: [value, low, high]}}]}, intervals by person.
    Lesson 12.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def pairs(clips, points, forgery, seed, strength=None):
    """Forged clips and their controls, one pair for each person.

    Args:
        clips: f32 [N, T, S, S, 3].
        points: f32 [N, T, 68, 2].
        forgery: A key of FORGERIES.
        seed: Of the forgeries.
        strength: As for forged_pair.
    Returns:
        (clips f32 [2 N, T, S, S, 3], fake int [2 N], person int [2 N]).
    Lesson 12.
    """
    made = [forged_pair(x, p, np.random.default_rng((seed, k)), forgery, strength)
            for k, (x, p) in enumerate(zip(clips, points))]
    both = np.stack([clip for pair in made for clip in pair])
    return both, np.tile([1, 0], len(made)), np.repeat(np.arange(len(made)), 2)


def batches(clips, points, forgery, batch, seed):
    """Endless batches of fresh forgeries: half of each batch forged, half their controls, mirrored at random.

    Args:
        clips, points, forgery: As for pairs.
        batch: Clips in a batch, even.
        seed: Of the order and the forgeries.
    Returns:
        Generator of (f32 [batch, T, S, S, 3], f32 [batch, 1]).
    Lesson 12.
    """
    rng = np.random.default_rng(seed)
    while True:
        chosen = rng.choice(len(clips), batch // 2, replace=False)
        both = np.stack([clip for k in chosen for clip in forged_pair(clips[k], points[k], rng, forgery)])
        flipped = rng.random(batch) < 0.5
        both[flipped] = both[flipped, :, :, ::-1]
        yield both, np.tile([[1], [0]], (batch // 2, 1)).astype(np.float32)


def train(kind, clips, points, forgery, steps=STEPS, batch=BATCH, seed=SEED, quiet=True, **modules):
    """Trains one network of the ladder.

    Args:
        kind, modules: As for clip_network.
        clips, points, forgery: As for pairs.
        steps, batch, seed: Of the training.
        quiet: Prints nothing.
    Returns:
        (keras.Model, History).
    Lesson 12.
    """
    keras.utils.set_random_seed(seed)
    model = clip_network(kind, clips.shape[1], clips.shape[2], **modules)
    model.compile(keras.optimizers.Adam(LEARNING_RATE), keras.losses.BinaryCrossentropy(from_logits=True),
                  jit_compile=False)
    history = fit(model, batches(clips, points, forgery, batch, seed), steps=steps,
                  learning_rate=cosine(LEARNING_RATE), quiet=quiet)
    return model, history


def scores(model, clips):
    """Logits of clips.

    Args:
        model: Of clip_network.
        clips: f32 [N, T, S, S, 3].
    Returns:
        f32 [N].
    Lesson 12.
    """
    return np.concatenate([np.asarray(model.predict_on_batch(clips[k:k + 32]))[:, 0]
                           for k in range(0, len(clips), 32)])


def controls(score, clips, fake, people, rounds=400):
    """The AUC of a detector of clips on the same clips in four orders.

    Args:
        score: Function of clips f32 [N, T, S, S, 3] -> [N], larger for fakes.
        clips, fake, people: As of pairs.
        rounds: Of the bootstrap over people.
    Returns:
        {order: Interval}, chance is .5.
    Lesson 12.
    """
    return {order: bootstrap(auc, fake, score(in_order(clips, order)), people, rounds=rounds) for order in ORDERS}


def jobs():
    """All trainings, in the order in which they are done.

    Returns:
        List of (network, kind, forgery, gap, modules).
    Lesson 12.
    """
    ladder = {forgery: [(kind, kind, forgery, 1, {}) for kind in KINDS] for forgery in FORGERIES}
    ablation = [(name, "stil", "flicker", 1, modules) for name, modules in ABLATIONS.items()]
    gaps = [("stil", "stil", "flicker", gap, {}) for gap in GAPS[1:]]
    return [*ladder["flicker"], *ladder["soft"], *ablation, *gaps, *ladder["jitter"]]


def main():
    """Trains what is not in the file yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--until", type=int, default=99, help="stop when so many trainings are in the file")
    options = parser.parse_args()
    settings = {"command": "python -m course_lib.experiments.order_ladder", "frames": FRAMES, "size": SIZE,
                "train": len(TRAIN), "test": len(TEST), "steps": STEPS, "batch": BATCH, "seed": SEED,
                "learning_rate": LEARNING_RATE, "forgeries": FORGERIES}
    settings = json.loads(json.dumps(settings))
    record = read() if FILE.is_file() else {}
    record = record if record.get("settings") == settings else {"settings": settings, "rows": []}
    for name, kind, forgery, gap, modules in jobs()[:options.until]:
        if any((r["network"], r["forgery"], r["gap"]) == (name, forgery, gap) for r in record["rows"]):
            continue
        model, history = train(kind, *short_clips(TRAIN, FRAMES, SIZE, FPS / gap), forgery, **modules)
        test, fake, people = pairs(*short_clips(TEST, FRAMES, SIZE, FPS / gap), forgery, seed=1)
        found = controls(lambda x, m=model: scores(m, x), test, fake, people)
        record["rows"].append({
            "network": name, "forgery": forgery, "gap": gap, "parameters": model.count_params(),
            "loss": round(float(np.mean(history.losses[-20:])), 4),
            "auc": {o: [round(float(v), 4) for v in (i.value, i.low, i.high)] for o, i in found.items()}})
        print(name, forgery, gap, f"{history.seconds:.0f} s", record["rows"][-1], flush=True)
        write_run(FILE, record)


if __name__ == "__main__":
    main()
