"""What a window of conditioning images buys: `python -m course_lib.experiments.deep_video_portraits`.

Translation networks of one person that see 1, 3 or 11 frames are trained on the same footage for the same number of
steps, in pairs of equal seeds, and measured on clips that were held out, against the exact frames. Stored in
datasets/runs/deep_video_portraits.json; runs in the file are not repeated, so that an interrupted one resumes.
Lesson 07.
"""
import argparse
import json

import numpy as np

from course_lib.cast import people
from course_lib.checkpoints import DATASETS
from course_lib.data.cache import render_cached
from course_lib.data.portrait_footage import (
    FRAMES,
    HELD_OUT,
    RATE,
    SIDE,
    TARGET,
    conditioning_images,
    portrait_footage,
)
from course_lib.experiments.paired import differences
from course_lib.experiments.stored import write_run
from course_lib.metrics.portrait_video import COLUMNS, score_portrait
from course_lib.models.deep_video_portraits import translate
from course_lib.profile import cache_dir
from course_lib.training.deep_video_portraits import BATCH, train_portrait

FILE = DATASETS / "runs" / "deep_video_portraits.json"
WINDOWS, SEEDS, STEPS = (1, 3, 11), (0, 1), 160
CLIPS, MEASURED = 12, 5  # of training, held out
SETTINGS = {"target": TARGET, "steps": STEPS, "batch": BATCH, "clips": CLIPS, "measured": MEASURED, "frames": FRAMES,
            "rate": RATE, "selection": "none"}


def read():
    """Reads the stored runs.

    Returns:
        {"settings": dict, "renderer": the exact renderer at the tracked parameters: measure -> list by clip,
        "runs": [{"window", "seed", "tracked" and "exact": measure -> list by held-out clip, from conditioning images
        of the tracked and of the true parameters}]}.
    Lesson 07.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def by_window(record, measure, conditions="tracked"):
    """One number for each window and held-out clip, the mean over seeds.

    Args:
        record: of read.
        measure: a key of COLUMNS.
        conditions: "tracked" or "exact".
    Returns:
        Dict of window -> f64 [clips].
    Lesson 07.
    """
    windows = sorted({run["window"] for run in record["runs"]})
    return {window: np.mean([run[conditions][measure] for run in record["runs"] if run["window"] == window], 0)
            for window in windows}


def gains(record, measure, conditions="tracked"):
    """What a wider window changes against the narrowest, paired by held-out clip.

    Args:
        record: of read.
        measure: a key of COLUMNS.
        conditions: "tracked" or "exact".
    Returns:
        Dict of "3 frames" and so on -> (differences f64 [clips], half of the 95 % interval of their mean).
    Lesson 07.
    """
    rows = {f"{window} frames": values for window, values in by_window(record, measure, conditions).items()}
    return differences(rows, next(iter(rows)))


def train(window, seed, steps=STEPS, **options):
    """Trains one network; a finished run is read from the cache.

    Args:
        window: frames of a window.
        seed: of the weights and of the order of the frames.
        steps: of training.
        options: of training.fit.
    Returns:
        (the network in float32, History).
    Lesson 07.
    """
    footage = portrait_footage(CLIPS, quiet=True)
    file = cache_dir() / "deep_video_portraits" / f"{window}_{seed}_{steps}.npz"
    file.parent.mkdir(parents=True, exist_ok=True)
    return train_portrait(footage.images, footage.conditions, window, seed, steps=steps, checkpoint=file, resume=True,
                          save_every=30, **options)


def measure(videos, footage):
    """The measures of one video for each clip of a footage.

    Args:
        videos: for each clip f32 [T, H, W, 3] in [0, 1].
        footage: Footage.
    Returns:
        Dict whose keys COLUMNS names, of lists of floats by clip.
    Lesson 07.
    """
    scores = [score_portrait(video, images.astype(np.float32) / 255, person) for video, images, person in
              zip(videos, footage.images, footage.person, strict=True)]
    return {name: [round(score[name], 4) for score in scores] for name in COLUMNS}


def main():
    """Trains and measures the runs that are not stored yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=len(WINDOWS) * len(SEEDS), help="runs at most in this call")
    left, person = parser.parse_args().most, people()[TARGET]
    record = read() if FILE.is_file() else {}
    unseen = portrait_footage(MEASURED, HELD_OUT, quiet=True)
    if record.get("settings") != SETTINGS:
        drawn = [render_cached(person, unseen.scenes(k, tracked=True), SIDE, 2).rgb for k in range(MEASURED)]
        record = {"settings": SETTINGS, "renderer": measure(drawn, unseen), "runs": []}
    exact = [conditioning_images(render_cached(person, unseen.scenes(k), SIDE)) for k in range(MEASURED)]
    stored = {(run["window"], run["seed"]) for run in record["runs"]}
    for window, seed in [(w, s) for s in SEEDS for w in WINDOWS if (w, s) not in stored][:left]:
        model, history = train(window, seed, quiet=True)
        if history.stopped != "done":
            break  # interrupted: the next call goes on from here
        run = {"window": window, "seed": seed, "seconds": round(history.seconds), "loss": round(history.losses[-1], 5)}
        for name, conditions in (("tracked", unseen.conditions), ("exact", exact)):
            run[name] = measure([translate(model, rows) for rows in conditions], unseen)
        record["runs"].append(run)
        write_run(FILE, record)
        print({k: np.round(np.mean(v["psnr"]), 2) if isinstance(v, dict) else v for k, v in run.items()}, flush=True)


if __name__ == "__main__":
    main()
