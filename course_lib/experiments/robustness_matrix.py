"""Detector x method x codec x launderer: `python -m course_lib.experiments.robustness_matrix`.

The test people's real clips and their forgeries (forgeries.build, laptop profile), one frame of each clip, at three
compressions, through every launderer and, for raw swaps, every pair of them. Stored in datasets/runs/robustness.json;
cells already in the file are not repeated. Lesson 13.
"""
import argparse
import itertools
import json

import cv2
import numpy as np

from course_lib import forgeries
from course_lib.checkpoints import DATASETS, load
from course_lib.degradation import LAUNDERERS
from course_lib.experiments.robustness import NAMES, laundered, scores_of
from course_lib.experiments.stored import write_run
from course_lib.metrics.by_person import mean_and_worst, person_kernel
from course_lib.metrics.detection import auc, bootstrap, per_video, pool

FILE = DATASETS / "runs" / "robustness.json"
DETECTORS = {  # name -> how it takes a crop of 128 pixels
    "meso4_cast": "whole", "mesoinception4_cast": "whole", "one_method_cast": 96, "self_blended_cast": 96,
    "meso64_plain": "centre", "meso64_degraded": "centre", "meso64_adversarial": "centre"}
PAIRS = tuple(itertools.permutations(LAUNDERERS, 2))
IN_PAIRS = ("meso4_cast",)
CODECS = ("raw", "c23", "c40")


def read():
    """Read the stored scores.

    Returns:
        {"person": [V], "scores": detector -> launderer -> codec -> method -> [V] mean scores of the clips,
        "pairs": detector -> "a + b" -> method -> [V]}.
    Lesson 13.
    """
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {
        "scores": {}, "pairs": {}}


def as_taken(images, how):
    """Crops as a detector takes them.

    Args:
        images: f32 [N, 128, 128, 3].
        how: A value of DETECTORS: "whole", "centre", or a size in pixels.
    Returns:
        f32 [N, S, S, 3].
    Lesson 13.
    """
    if how == "whole":
        return images
    if how == "centre":
        return forgeries.centre(images)
    return np.stack([cv2.resize(image, (how, how), interpolation=cv2.INTER_AREA) for image in images])


def cell(record, detector, method, codec="raw", launderer="raw", rounds=200):
    """One cell: the AUC of real clips against those of one method, both with this codec and launderer.

    Args:
        record: Of `read`.
        detector, method, codec, launderer: Which.
        rounds: Of the bootstrap over people.
    Returns:
        Interval.
    Lesson 13.
    """
    rows = record["scores"][detector][launderer][codec]
    score, fake = np.array(rows["real"] + rows[method]), np.repeat([0, 1], len(record["person"]))
    return bootstrap(auc, fake, score, record["person"] * 2, rounds)


def summary(tables, people, methods=forgeries.METHODS, codecs=CODECS, launderers=NAMES, rounds=400):
    """The mean AUC over many cells, never without the worst of them, both with an interval over people.

    Args:
        tables: launderer -> codec -> method -> [V], as record["scores"][detector]; or a list of them, one for each seed
            of a training, whose cells are averaged.
        people: [V], record["person"].
        methods, codecs, launderers: Which cells.
        rounds: Of the bootstrap over people.
    Returns:
        (Interval of the mean, Interval of the worst, (method, codec, launderer) of the worst).
    Lesson 13.
    """
    keys = list(itertools.product(methods, codecs, launderers))
    kernels, pairs = _kernels(tables, people, keys)
    mean, worst, at = mean_and_worst(kernels, pairs, rounds)
    return mean, worst, keys[at]


def difference(tables, others, people, methods=forgeries.METHODS, codecs=CODECS, launderers=NAMES, rounds=400):
    """By how much one detector's mean AUC exceeds another's, paired: the same cells and people in every draw.

    Args:
        tables, others, people, methods, codecs, launderers, rounds: As for summary.
    Returns:
        Interval over people.
    Lesson 13.
    """
    keys = list(itertools.product(methods, codecs, launderers))
    (one, pairs), (other, _) = (_kernels(scores, people, keys) for scores in (tables, others))
    return mean_and_worst(one - other, pairs, rounds)[0]


def _kernels(tables, people, keys):
    """person_kernel of every cell, averaged over the seeds, and the pairs that each entry counts."""
    tables, kernels = tables if isinstance(tables, list) else [tables], []
    for method, codec, launderer in keys:
        rows = [table[launderer][codec] for table in tables]
        found = [person_kernel(row["real"], row[method], people, people) for row in rows]
        kernels.append(np.mean([kernel for kernel, _ in found], 0))
    return np.array(kernels), found[0][1]


def false_positives(record, detector, codec="raw", launderer="raw", threshold=0.5):
    """The fraction of real clips that are called fake.

    Args:
        record: Of `read`.
        detector, codec, launderer: Which.
        threshold: From which on a clip is called fake.
    Returns:
        A float.
    Lesson 13.
    """
    real = np.array(record["scores"][detector][launderer][codec]["real"])
    return float((real >= threshold).mean())


def main():
    """Measure what is not in the file yet, and store it after every launderer."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    labelled = forgeries.build("laptop")
    test = labelled.where(split="test", frame=0)
    record = {"scores": {}, "pairs": {}} | read()
    networks = {name: load(name) for name in DETECTORS}
    first = test.where(method="real", crf=0)
    record["person"] = per_video(first.source, first.video).tolist()
    for launderer in NAMES:
        wanted = [name for name in DETECTORS if launderer not in record["scores"].get(name, {})]
        if not wanted:
            continue
        shown = laundered(test.pictures(), launderer)
        for name in wanted:
            score = scores_of(networks[name], as_taken(shown, DETECTORS[name]))
            record["scores"].setdefault(name, {})[launderer] = {
                codec: {method: _videos(score, test, method, crf) for method in ("real", *forgeries.METHODS)}
                for codec, crf in zip(CODECS, forgeries.CRFS, strict=True)}
        _store(record)
        print(launderer, {n: str(summary(record["scores"][n], record["person"], launderers=(launderer,))[0])
                          for n in wanted}, flush=True)
    swaps = test.where(method=("real", "swap"), crf=0)
    for pair in PAIRS:
        key = " + ".join(pair)
        wanted = [name for name in IN_PAIRS if key not in record["pairs"].get(name, {})]
        shown = laundered(swaps.pictures(), *pair) if wanted else None
        for name in wanted:
            score = scores_of(networks[name], as_taken(shown, DETECTORS[name]))
            record["pairs"].setdefault(name, {})[key] = {m: _videos(score, swaps, m, 0) for m in ("real", "swap")}
    _store(record)
    print(f"{FILE.name}: {len(record['pairs'])} detectors, {len(PAIRS)} pairs")


def _videos(score, labelled, method, crf):
    chosen = (labelled.method == method) & (labelled.crf == crf)
    return [round(float(s), 4) for s in pool(score[chosen], labelled.video[chosen])[1]]


def _store(record):
    write_run(FILE, record, separators=(",", ":"))


if __name__ == "__main__":
    main()
