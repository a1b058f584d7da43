"""How much of the future an LSTM must hear: `python -m course_lib.experiments.lip_delay`.

Delays of 0 to 400 ms with one and two layers, and a bidirectional network for comparison; the same weights to begin
with, the same sentences, the same number of steps. Stored in datasets/runs/lip_delay.json; what is in the file is not
trained again, and what was stopped goes on. About twenty minutes on 2 idle cores. Lesson 08.
"""
import argparse
import json

import numpy as np

from course_lib.checkpoints import DATASETS
from course_lib.data.spoken import HELD_OUT, phones_of, speech_curves
from course_lib.experiments.stored import write_run
from course_lib.metrics.lipsync import lip_error, score
from course_lib.models.lip_shapes import lip_space, lips_of
from course_lib.profile import cache_dir
from course_lib.training.audio_to_lips import train_lips

FILE = DATASETS / "runs" / "lip_delay.json"
SENTENCES, MEASURED, STEPS, BATCH, LENGTH, POINTS = 400, 60, 3000, 32, 60, 20
LEARNING_RATE = 6e-3
DELAYS = (0, 100, 200, 300, 400)  # ms
RUNS = {f"{ms} ms": dict(delay=ms // 10) for ms in DELAYS}
RUNS |= {f"{ms} ms, two layers": dict(delay=ms // 10, depth=2) for ms in DELAYS}
RUNS |= {"bidirectional": dict(delay=0, bidirectional=True)}
ORDER = ("0 ms", "200 ms", "400 ms", "bidirectional", "100 ms", "300 ms",
         *(f"{ms} ms, two layers" for ms in (200, 400, 300, 100, 0)))  # of training


def read():
    """Reads the stored study.

    Returns:
        {"settings": dict, "runs": [{"name", "seed", "losses" (of training, the means of POINTS equal parts of it),
        "seen" (lip error on sentences of the training, part of the eye distance), "errors" (on each sentence whose
        words and voice are not in it), "error" (their mean), "closures", "touches"}]}.
    Lesson 08.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def summary(key="error"):
    """One of the scores as a table, for a figure.

    Args:
        key: error, seen, closures or touches.
    Returns:
        Dict of name -> mean over the stored runs.
    Lesson 08.
    """
    runs = read()["runs"]
    return {name: float(np.mean([run[key] for run in runs if run["name"] == name])) for name in RUNS
            if any(run["name"] == name for run in runs)}


def measure(network, delay, train, test, standard, space):
    """Scores a trained network.

    Args:
        network: of training.audio_to_lips.train_lips.
        delay: steps of 10 ms.
        train, test: of data.spoken.speech_curves; test begins at HELD_OUT.
        standard: function that standardises features.
        space: models.lip_shapes.LipSpace.
    Returns:
        Dict: seen, errors, error, closures, touches, see read.
    Lesson 08.
    """
    few = slice(0, len(test["shapes"]))
    found, seen = (space.decode(lips_of(network, standard(features), delay))
                   for features in (test["features"], train["features"][few]))
    scores = score(found, test["shapes"], [phones_of(HELD_OUT + k) for k in range(len(found))])
    return {"seen": round(lip_error(seen, train["shapes"][few]), 5),
            "errors": [round(lip_error(*pair), 5) for pair in zip(found, test["shapes"], strict=True)],
            **{key: round(scores[key], 5) for key in ("error", "closures", "touches")}}


def main():
    """Trains what is not in the file yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1, help="how many of each")
    options = parser.parse_args()
    settings = {"sentences": SENTENCES, "measured": MEASURED, "steps": STEPS, "batch": BATCH, "length": LENGTH,
                "learning_rate": LEARNING_RATE}
    record = read() if FILE.is_file() else {}
    record = record if record.get("settings") == settings else {"settings": settings, "runs": []}
    train, test = speech_curves(SENTENCES), speech_curves(MEASURED, HELD_OUT)
    mean, scale = train["features"].mean((0, 1)), train["features"].std((0, 1)) + 1e-6
    standard = lambda features: (features - mean) / scale  # noqa: E731
    space = lip_space(train["shapes"].reshape(-1, train["shapes"].shape[-1]))
    features, codes = standard(train["features"]), space.encode(train["shapes"])
    (cache_dir() / "lip_delay").mkdir(parents=True, exist_ok=True)
    for name, seed in ((name, seed) for seed in range(options.seeds) for name in ORDER):
        if any((run["name"], run["seed"]) == (name, seed) for run in record["runs"]):
            continue
        checkpoint = cache_dir() / "lip_delay" / f"{name} {seed} {STEPS}.npz"
        network, history = train_lips(features, codes, steps=STEPS, seed=seed, length=LENGTH, batch=BATCH, quiet=True,
                                      learning_rate=LEARNING_RATE, checkpoint=checkpoint, resume=True, **RUNS[name])
        if history.stopped == "interrupted":
            return
        losses = np.mean(np.reshape(history.losses, (POINTS, -1)), 1)
        record["runs"].append({"name": name, "seed": seed, "losses": [round(float(x), 7) for x in losses],
                               **measure(network, RUNS[name]["delay"], train, test, standard, space)})
        print(name, seed, f"{history.seconds:.0f} s", {k: record["runs"][-1][k] for k in ("seen", "error", "closures")},
              flush=True)
        write_run(FILE, record)


if __name__ == "__main__":
    main()
