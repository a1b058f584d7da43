"""Which network uses the order of frames: `python -m course_lib.experiments.order_ladder`.

Four networks with one backbone are trained on clips of eight frames, once for each forgery of forgeries.temporal, and
tested on people they have not seen, with the frames as they are, shuffled, reversed and with one frame repeated. Then
STIL without one of its modules, and STIL on frames that are further apart; and the backbone on single frames, without
and with ADD's shut-off. All of it with three seeds: with one seed, all see the same batches. Stored in
datasets/runs/order_ladder.json; what is finished is not repeated. About 15 minutes a seed on 2 cores. Lesson 12.
"""
import argparse
import json
import time

import keras
import numpy as np

from course_lib.checkpoints import DATASETS
from course_lib.data.short_clips import short_clips
from course_lib.experiments.stored import write_run
from course_lib.forgeries.temporal import FORGERIES, forged_pair, in_order
from course_lib.metrics.detection import auc, bootstrap
from course_lib.models.over_time import KINDS, clip_network
from course_lib.models.shut_off import attention_network, on_clips, training_network
from course_lib.training import cosine, fit
from course_lib.training.precision import precision

FILE = DATASETS / "runs" / "order_ladder.json"
FRAMES, SIZE, FPS = 8, 64, 25.0
TRAIN, TEST = range(720_000, 720_128), range(725_000, 725_064)
STEPS, BATCH, LEARNING_RATE, SEED = 200, 16, 3e-3, 0
SEEDS = {0: "float32", 1: "mixed_bfloat16", 2: "mixed_bfloat16"}  # and the precision each was trained in
SHUT_OFF = {"single frames": 0.0, "shut-off": 0.25}  # the share of the positions that is hidden
ORDERS = ("original", "shuffled", "reversed", "frozen")
ABLATIONS = {"without spatial": {"spatial": False}, "without temporal": {"temporal": False},
             "without interaction": {"interaction": False}}
GAPS = (1, 25)


def read():
    """Reads the stored scores.

    Returns:
        {"settings": dict, "rows": [{"network", "forgery", "gap": frames, "seed", "parameters": int, "loss": last
        training loss, "auc": {order: [value, low, high]}}]}, intervals by person.
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
    return model, _fit(model, batches(clips, points, forgery, batch, seed), steps, quiet)


def train_frames(part, clips, points, forgery, steps=STEPS, batch=BATCH, seed=SEED, quiet=True):
    """Trains the backbone on single frames, each with the label of its clip, with or without shut-off.

    Args:
        part: The share that is hidden, as for training_network; 0 for none.
        clips, points, forgery: As for pairs.
        steps, batch, seed: Of the training; a batch has all frames of so many clips, as for train.
        quiet: Prints nothing.
    Returns:
        (keras.Model on clips, History).
    Lesson 12.
    """
    keras.utils.set_random_seed(seed)
    attention = attention_network(clips.shape[2])
    model = training_network(attention, part)
    outputs = model.output_shape[-1]
    frames = ((x.reshape(-1, *x.shape[2:]), np.tile(y.repeat(x.shape[1], 0), outputs))
              for x, y in batches(clips, points, forgery, batch, seed))
    return on_clips(attention, clips.shape[1]), _fit(model, frames, steps, quiet)


def _fit(model, data, steps, quiet):
    model.compile(keras.optimizers.Adam(LEARNING_RATE), keras.losses.BinaryCrossentropy(from_logits=True),
                  jit_compile=False)
    return fit(model, data, steps=steps, learning_rate=cosine(LEARNING_RATE), quiet=quiet)


def scores(model, clips):
    """Logits of clips.

    Args:
        model: Of clip_network.
        clips: f32 [N, T, S, S, 3].
    Returns:
        f32 [N].
    Lesson 12.
    """
    return np.concatenate([np.float32(model.predict_on_batch(clips[k:k + 32]))[:, 0]
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


def over_seeds(rows):
    """The rows of all seeds, cell by cell.

    Args:
        rows: Of read.
    Returns:
        {(network, forgery, gap): list of rows, in the order of their seeds}.
    Lesson 12.
    """
    out = {}
    for row in sorted(rows, key=lambda r: r["seed"]):
        out.setdefault((row["network"], row["forgery"], row["gap"]), []).append(row)
    return out


def jobs():
    """All trainings of one seed, in the order in which they are done.

    Returns:
        List of (network, forgery, gap, kind of clip_network or None for single frames, modules or the hidden share).
    Lesson 12.
    """
    ladder = {forgery: [(kind, forgery, 1, kind, {}) for kind in KINDS] for forgery in FORGERIES}
    frames = [(name, forgery, 1, None, part) for forgery in ("soft", "flicker", "jitter")
              for name, part in SHUT_OFF.items()]
    ablation = [(name, "flicker", 1, "stil", modules) for name, modules in ABLATIONS.items()]
    gaps = [("stil", "flicker", gap, "stil", {}) for gap in GAPS[1:]]
    return [*ladder["flicker"], *ladder["jitter"], *frames[:4], *ladder["soft"], *ablation, *gaps, *frames[4:]]


def main():
    """Trains what is not in the file yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", choices=SEEDS, default=list(SEEDS), help="only these")
    parser.add_argument("--minutes", type=float, default=np.inf, help="begin no further training after these")
    options, start = parser.parse_args(), time.monotonic()
    settings = {"command": "python -m course_lib.experiments.order_ladder", "frames": FRAMES, "size": SIZE,
                "train": len(TRAIN), "test": len(TEST), "steps": STEPS, "batch": BATCH, "seeds": SEEDS,
                "learning_rate": LEARNING_RATE, "forgeries": FORGERIES}
    settings = json.loads(json.dumps(settings))
    record = read() if FILE.is_file() else {}
    record = record if record.get("settings") == settings else {"settings": settings, "rows": []}
    done = {(r["network"], r["forgery"], r["gap"], r["seed"]) for r in record["rows"]}
    for seed, job in ((seed, job) for seed in options.seeds for job in jobs()):
        if (*job[:3], seed) in done or time.monotonic() - start > 60 * options.minutes:
            continue
        record["rows"].append(_row(*job, seed))
        print(record["rows"][-1], f"{time.monotonic() - start:.0f} s", flush=True)
        write_run(FILE, record)


def _row(name, forgery, gap, kind, options, seed):
    """Trains and tests one network."""
    clips = short_clips(TRAIN, FRAMES, SIZE, FPS / gap)
    with precision(SEEDS[seed]):
        model, history = (train_frames(options, *clips, forgery, seed=seed) if kind is None else
                          train(kind, *clips, forgery, seed=seed, **options))
        test, fake, people = pairs(*short_clips(TEST, FRAMES, SIZE, FPS / gap), forgery, seed=1)
        found = controls(lambda x: scores(model, x), test, fake, people)
    return {"network": name, "forgery": forgery, "gap": gap, "seed": seed, "parameters": model.count_params(),
            "loss": round(float(np.mean(history.losses[-20:])), 4),
            "auc": {o: [round(float(v), 4) for v in (i.value, i.low, i.high)] for o, i in found.items()}}


if __name__ == "__main__":
    main()
