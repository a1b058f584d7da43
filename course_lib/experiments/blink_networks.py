"""Blinks by landmarks, by a CNN and by a CNN with memory: `python -m course_lib.experiments.blink_networks`.

Both networks are trained on eye crops of 10 people at mixed frame rates and find the blinks of 8 others after sensor
noise and H.264, at several rates, beside the eye aspect ratio from exact and from jittering landmarks. Each
network is trained from three seeds. Stored in datasets/runs/blink_networks.json. About 8 minutes on 2 cores. Lesson 12.
"""
import argparse
import json

import keras
import numpy as np

from course_lib import cast, degradation
from course_lib.checkpoints import DATASETS
from course_lib.data.cache import cached, render_cached
from course_lib.experiments.pulse_codec import sensor
from course_lib.forensics import blinks
from course_lib.metrics.detection import auc
from course_lib.models.eye_networks import eye_network
from course_lib.profile import cache_dir
from course_lib.training import cosine, fit

FILE = DATASETS / "runs" / "blink_networks.json"
TRAIN, TEST = range(740_000, 740_010), range(745_000, 745_012)
SIZE, SECONDS, FPS, CRF = 96, 8.0, 25.0, 23
SKIPS = (1, 2, 3, 4, 6)  # every frame, every second one, ...
FRAMES, STEPS, BATCH, LEARNING_RATE, SEEDS = 20, 300, 8, 3e-3, (0, 1, 2)
LANDMARK_NOISE = 0.7  # pixels, what a landmark detector leaves on frames of this size


def read():
    """Reads the stored scores.

    Returns:
        {"settings", "rows": [{"method", "fps", "f1", "low", "high": 95 % interval of F1 by person, "precision",
        "recall", "auc": of single frames}]}; the networks are pooled over their seeds.
    Lesson 12.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def eyes(person):
    """The eye crops of a person who blinks, after sensor noise and H.264.

    Args:
        person: Seed.
    Returns:
        {"crops": f32 [T, 24, 24, 3], "closed": f64 [T], how far, "points": f32 [T, 68, 2], "blinks": f64 [K], starts}.
    Lesson 12.
    """
    def make():
        clip = cast.clip(cast.random_person(person), SECONDS, FPS, seed=person)
        made = render_cached(clip.person, clip.scenes, size=SIZE, progress=False)
        frames = degradation.h264(sensor(made.rgb, person), CRF, round(FPS))
        return {"crops": blinks.eye_crops(frames, made.landmarks), "points": made.landmarks, "blinks": clip.blinks,
                "closed": np.array([s.expression.blink_left for s in clip.scenes])}

    return cached(cache_dir() / "blink_networks" / f"{person}.npz", make)


def batches(clips, batch, seed):
    """Endless batches of sequences at mixed frame rates, every second one around a blink.

    Args:
        clips: List of what eyes returns.
        batch: Sequences in a batch.
        seed: Of the choice.
    Returns:
        Generator of (f32 [batch, FRAMES, 24, 24, 3], f32 [batch, FRAMES, 1]: 1 where the eye is more than half closed).
    Lesson 12.
    """
    rng = np.random.default_rng(seed)
    while True:
        x, y = [], []
        for k in range(batch):
            clip, skip = clips[rng.integers(len(clips))], int(rng.choice(SKIPS))
            last = len(clip["crops"]) - FRAMES * skip
            start = rng.integers(last + 1)
            if k % 2 and len(clip["blinks"]):
                start = round(float(rng.choice(clip["blinks"])) * FPS) - rng.integers(FRAMES * skip)
            chosen = np.clip(start, 0, last) + skip * np.arange(FRAMES)
            gain = rng.uniform(0.7, 1.3)
            x.append(np.clip(clip["crops"][chosen][:, :, ::rng.choice((-1, 1))] * gain, 0, 1))
            y.append(clip["closed"][chosen] > 0.5)
        yield np.stack(x).astype(np.float32), np.stack(y)[..., None].astype(np.float32)


def closing(model, crops):
    """P(closed) of every frame, in blocks of FRAMES, each with a fresh state as in the public code.

    Args:
        model: Of eye_network.
        crops: f32 [T, 24, 24, 3].
    Returns:
        f32 [T].
    Lesson 12.
    """
    missing = -len(crops) % FRAMES
    padded = np.concatenate([crops, np.repeat(crops[-1:], missing, 0)])
    logits = np.asarray(model.predict_on_batch(padded.reshape(-1, FRAMES, *crops.shape[1:])))
    return 1 / (1 + np.exp(-logits.reshape(-1)[:len(crops)]))


def score(openness, clips, skip, rounds=400):
    """Precision and recall of blinks over all clips, and the AUC of closed frames.

    Args:
        openness: List of lists of f [T], near 1 for open eyes, at the reduced rate: for every seed all clips.
        clips: List of what eyes returns.
        skip: Every which frame was used.
        rounds: Of the bootstrap over people.
    Returns:
        {"fps", "f1", "low", "high", "precision", "recall", "auc"}.
    Lesson 12.
    """
    rate, counts = FPS / skip, np.zeros((len(clips), 3))  # hits, found, true
    for values in openness:
        for k, (x, clip) in enumerate(zip(values, clips, strict=True)):
            spans, middles = blinks.find_blinks(x, rate, shortest=0, longest=0.8), clip["blinks"] + 0.1
            recall = blinks.blink_f1(spans, middles, tolerance=0.25)[2]
            counts[k] += np.nan_to_num(recall) * len(middles), len(spans), len(middles)
    f1 = lambda c: 2 * c[..., 0] / np.maximum(c[..., 1] + c[..., 2], 1)  # noqa: E731
    drawn = np.random.default_rng(0).integers(len(clips), size=(rounds, len(clips)))
    low, high = np.quantile(f1(counts[drawn].sum(1)), (0.025, 0.975))
    hits, found, true = counts.sum(0)
    shut = np.concatenate([clip["closed"][::skip] > 0.5 for clip in clips]).astype(int)
    return {"fps": rate, "f1": f1(counts.sum(0)), "low": low, "high": high, "precision": hits / max(found, 1),
            "recall": hits / true, "auc": np.mean([auc(shut, -np.concatenate(values)) for values in openness])}


def train(recurrent, clips, steps=STEPS, seed=0):
    """Trains one of the two networks.

    Args:
        recurrent: As for eye_network.
        clips: List of what eyes returns.
        steps, seed: Of the training.
    Returns:
        keras.Model.
    Lesson 12.
    """
    keras.utils.set_random_seed(seed)
    model = eye_network(recurrent, FRAMES)
    model.compile(keras.optimizers.Adam(LEARNING_RATE), keras.losses.BinaryCrossentropy(from_logits=True),
                  jit_compile=False)
    fit(model, batches(clips, BATCH, seed), steps=steps, learning_rate=cosine(LEARNING_RATE), quiet=True)
    return model


def main():
    """Trains both, and measures all methods at all rates."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    test, rng = [eyes(person) for person in TEST], np.random.default_rng(0)
    training = [eyes(person) for person in TRAIN]
    print(sum(len(clip["blinks"]) for clip in test), "blinks to find", flush=True)
    networks = {name: [train(recurrent, training, seed=seed) for seed in SEEDS]
                for name, recurrent in (("CNN", False), ("CNN + GRU", True))}
    rows = []
    noisy = [clip["points"] + rng.normal(0, LANDMARK_NOISE, clip["points"].shape) for clip in test]
    for skip in SKIPS:
        opened = {"EAR, exact landmarks": [[blinks.eye_aspect_ratio(clip["points"][::skip]) for clip in test]],
                  "EAR, jittering landmarks": [[blinks.eye_aspect_ratio(points[::skip]) for points in noisy]]}
        opened |= {name: [[1 - closing(model, clip["crops"][::skip]) for clip in test] for model in models]
                   for name, models in networks.items()}
        for method, openness in opened.items():
            rows.append({"method": method} | {k: round(float(v), 4) for k, v in score(openness, test, skip).items()})
            print(rows[-1], flush=True)
    settings = {"command": "python -m course_lib.experiments.blink_networks", "train": len(TRAIN), "test": len(TEST),
                "seconds": SECONDS, "size": SIZE, "crf": CRF, "steps": STEPS, "batch": BATCH, "frames": FRAMES,
                "blinks": sum(len(clip["blinks"]) for clip in test), "landmark_noise": LANDMARK_NOISE,
                "seeds": len(SEEDS)}
    FILE.write_text(json.dumps({"settings": settings, "rows": rows}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
