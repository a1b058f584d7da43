"""How much of the future an LSTM must hear: `python -m course_lib.experiments.lip_delay`.

Delays of 0 to 400 ms, two layers, and a bidirectional network as the bound, with paired seeds, each after the same
number of steps. Stored in datasets/runs/lip_delay.json; what is in the file is not trained again, and what was
stopped goes on. About 40 minutes on 2 idle cores. Lesson 08.
"""
import argparse
import json

from course_lib.checkpoints import DATASETS
from course_lib.data.spoken import HELD_OUT, phones_of, speech_curves
from course_lib.metrics.lipsync import lip_error, score
from course_lib.models.lip_shapes import lip_space, lips_of
from course_lib.profile import cache_dir
from course_lib.training.audio_to_lips import train_lips

FILE = DATASETS / "runs" / "lip_delay.json"
SENTENCES, MEASURED, STEPS, SEEDS = 400, 60, 2000, (0,)
RUNS = {f"{10 * delay} ms": dict(delay=delay) for delay in (0, 10, 20, 30, 40)}
RUNS |= {"200 ms, two layers": dict(delay=20, depth=2), "bidirectional": dict(delay=0, bidirectional=True)}


ORDER = ("0 ms", "200 ms", "bidirectional", "400 ms", "100 ms", "200 ms, two layers", "300 ms")  # of training


def read():
    """Reads the stored study.

    Returns:
        {"settings": dict, "runs": [{"name", "seed", "error" (parts of the eye distance), "closures", "touches"}]}, on
        sentences whose words and voices are not in the training; "seen" is the error on as many that are.
    Lesson 08.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def summary():
    """The means over the seeds.

    Returns:
        {name of RUNS: {"error", "seen", "closures", "touches"}}, those that are stored.
    Lesson 08.
    """
    runs = read()["runs"]
    return {name: {key: sum(run[key] for run in found) / len(found) for key in ("error", "seen", "closures", "touches")}
            for name in RUNS if (found := [run for run in runs if run["name"] == name])}


def main():
    """Trains what is not in the file yet."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    settings = {"sentences": SENTENCES, "measured": MEASURED, "steps": STEPS}
    record = read() if FILE.is_file() else {}
    record = record if record.get("settings") == settings else {"settings": settings, "runs": []}
    train, test = speech_curves(SENTENCES), speech_curves(MEASURED, HELD_OUT)
    mean, scale = train["features"].mean((0, 1)), train["features"].std((0, 1)) + 1e-6
    space = lip_space(train["shapes"].reshape(-1, 36))
    codes, phones = space.encode(train["shapes"]), [phones_of(HELD_OUT + k) for k in range(MEASURED)]
    for seed in SEEDS:
        for name, options in ((name, RUNS[name]) for name in ORDER):
            if any((run["name"], run["seed"]) == (name, seed) for run in record["runs"]):
                continue
            checkpoint = cache_dir() / "lip_delay" / f"{name} {seed} {STEPS}.npz"
            network, history = train_lips((train["features"] - mean) / scale, codes, steps=STEPS, seed=seed, quiet=True,
                                          checkpoint=checkpoint, resume=True, **options)
            if history.stopped == "interrupted":
                return
            found, seen = (space.decode(lips_of(network, (features - mean) / scale, options["delay"]))
                           for features in (test["features"], train["features"][:MEASURED]))
            scores = score(found, test["shapes"], phones)
            scores["seen"] = lip_error(seen, train["shapes"][:MEASURED])
            record["runs"].append({"name": name, "seed": seed,
                                   **{k: round(scores[k], 5) for k in ("error", "seen", "closures", "touches")}})
            print(record["runs"][-1], flush=True)
            part = FILE.with_suffix(".part")
            part.write_text(json.dumps(record) + "\n", encoding="utf-8")
            part.replace(FILE)


if __name__ == "__main__":
    main()
