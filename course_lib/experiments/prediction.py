"""The codec's prediction error against plain frame differences: `python -m course_lib.experiments.prediction`.

Faces that flicker weakly and faces whose brightness is switched once, the same frames in another order, are encoded
alike: both classes once at CRF 18, then by the detector's own encoder. The same CNN + LSTM is trained on frames, on
differences of frames and on the prediction error of the encoder. Stored in datasets/runs/prediction.json; what is
finished is not repeated. About 5 minutes on 2 cores. Lesson 12.
"""
import argparse
import json

import keras
import numpy as np

from course_lib import degradation
from course_lib.checkpoints import DATASETS
from course_lib.data.cache import cached
from course_lib.data.short_clips import short_clips
from course_lib.experiments.order_ladder import FRAMES, SIZE, TEST, TRAIN, controls, pairs, scores
from course_lib.forensics.prediction import coded, prediction_error
from course_lib.models.over_time import clip_network
from course_lib.profile import cache_dir
from course_lib.training import cosine, fit

FILE = DATASETS / "runs" / "prediction.json"
INPUTS = ("frames", "differences", "prediction error")
FIRST, OWN, STEPS, BATCH, LEARNING_RATE, STRENGTH = 18, 23, 150, 16, 3e-3, 0.04
GAIN = 6.0  # a residual is small: what it is multiplied by before it is centred at .5


def read():
    """Reads the stored scores.

    Returns:
        {"settings", "rows": [{"input", "loss", "auc": {order: [value, low, high]}}]}, intervals by person.
    Lesson 12.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def inputs(clip, kind):
    """What the network is shown of a clip that was encoded once.

    Args:
        clip: f32 RGB [T, S, S, 3] in [0, 1].
        kind: One of INPUTS.
    Returns:
        f32 [T - 1, S, S, 3], residuals around .5.
    Lesson 12.
    """
    if kind == "prediction error":
        return np.clip(0.5 + GAIN * prediction_error(clip, OWN), 0, 1)
    decoded, _ = coded(clip, OWN)
    return decoded[1:] if kind == "frames" else np.clip(0.5 + GAIN * np.diff(decoded, axis=0), 0, 1)


def made(people, seed):
    """The clips of both classes after the same first encoding.

    Args:
        people: Seeds.
        seed: Of the forgeries.
    Returns:
        {"clips": f32 [2 N, T, S, S, 3], "fake", "person": int [2 N]}.
    Lesson 12.
    """
    def make():
        clips, fake, person = pairs(*short_clips(people, FRAMES, SIZE), "flicker", seed, STRENGTH)
        first = np.stack([degradation.h264(clip, FIRST) for clip in clips])
        return {"clips": (first * 255 + 0.5).astype(np.uint8), "fake": fake, "person": person}

    stored = cached(cache_dir() / "prediction" / f"{people[0]}_{len(people)}_{seed}_{STRENGTH}.npz", make)
    return stored | {"clips": stored["clips"].astype(np.float32) / 255}


def train(x, fake, steps=STEPS, seed=0):
    """Trains the CNN + LSTM on stacks of T - 1 inputs.

    Args:
        x: f32 [N, T - 1, S, S, 3].
        fake: int [N].
        steps, seed: Of the training.
    Returns:
        (keras.Model, History).
    Lesson 12.
    """
    keras.utils.set_random_seed(seed)
    model, rng = clip_network("lstm", x.shape[1], x.shape[2]), np.random.default_rng(seed)
    model.compile(keras.optimizers.Adam(LEARNING_RATE), keras.losses.BinaryCrossentropy(from_logits=True),
                  jit_compile=False)

    def batches():
        while True:
            chosen = rng.choice(len(x), BATCH, replace=False)
            yield x[chosen][:, :, :, ::rng.choice((-1, 1))], fake[chosen, None].astype(np.float32)

    return model, fit(model, batches(), steps=steps, learning_rate=cosine(LEARNING_RATE), quiet=True)


def main():
    """Trains what is not in the file yet."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    settings = {"command": "python -m course_lib.experiments.prediction", "train": len(TRAIN), "test": len(TEST),
                "first_crf": FIRST, "own_crf": OWN, "steps": STEPS, "batch": BATCH, "forgery": "flicker",
                "strength": STRENGTH}
    record = read() if FILE.is_file() else {}
    record = record if record.get("settings") == settings else {"settings": settings, "rows": []}
    for kind in INPUTS[::-1]:
        if any(row["input"] == kind for row in record["rows"]):
            continue
        training = made(TRAIN, 2)
        model, history = train(np.stack([inputs(c, kind) for c in training["clips"]]), training["fake"])
        test = made(TEST, 3)
        see = lambda clips, m=model, k=kind: scores(m, np.stack([inputs(c, k) for c in clips]))  # noqa: E731
        found = controls(see, test["clips"], test["fake"], test["person"])
        record["rows"].append({"input": kind, "loss": round(float(np.mean(history.losses[-20:])), 4), "auc": {
            o: [round(float(v), 4) for v in (i.value, i.low, i.high)] for o, i in found.items()}})
        print(record["rows"][-1], flush=True)
        FILE.write_text(json.dumps(record) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
