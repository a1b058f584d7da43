"""What attacks on the course's own detectors achieve: `python -m course_lib.experiments.robustness_attacks`.

Swaps of the test people, each clip three frames long, are attacked, stored, compressed, decoded and cropped again; an
attack counts only on frames that were caught before, in the same codec. Then the noise against the face detector.
Stored under "attacks" and "extraction" in datasets/runs/robustness_attacks.json. Lesson 13.
"""
import argparse
import json

import numpy as np

from course_lib import cast, forgeries
from course_lib.attacks.extraction import face_logits, hide_faces, recall
from course_lib.attacks.gradients import NES, expected_gradient, logit_of, true_gradient
from course_lib.attacks.steps import pgd, universal
from course_lib.attacks.success import sent, stored, success
from course_lib.attacks.transforms import random_chain
from course_lib.checkpoints import DATASETS, load
from course_lib.degradation import h264, launder
from course_lib.experiments.robustness import scores_of
from course_lib.experiments.stored import write_run
from course_lib.faces import blazeface

FILE = DATASETS / "runs" / "robustness_attacks.json"
VICTIM, OTHER = "meso4_cast", "mesoinception4_cast"
WAYS = ("memory", "8 bits", "c23", "c23, crop off by 2", "c40")


def read():
    """Read the stored results.

    Returns:
        {"attacks": name -> {"queries", and way -> {"caught", "fooled", "rate", "decibel"}}, "extraction": see
        `extraction`}.
    Lesson 13.
    """
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def victims(labelled, split="test", clips=6):
    """The swaps that are attacked: three frames of one clip of each of some people, raw.

    Args:
        labelled: forgeries.Labelled.
        split: Of which people.
        clips: At most so many.
    Returns:
        Labelled.
    Lesson 13.
    """
    swaps = labelled.where(split=split, method="swap", crf=0, frame=(0, 1, 2))
    _, first = np.unique(swaps.source, return_index=True)
    return swaps[np.isin(swaps.video, swaps.video[first][:clips])]


def attacked_by(swaps, learn=None):
    """The attacks of the table: name -> (function that makes the attacked images, queries for each image).

    Args:
        swaps: Labelled.
        learn: Labelled from which the universal perturbation is learned.
    Returns:
        Dict of name -> function of no arguments that returns (f32 [N, S, S, 3], int).
    Lesson 13.
    """
    images, ones = swaps.pictures(), np.ones(len(swaps), int)
    logit = logit_of(load(VICTIM))
    white = true_gradient(logit)

    def black_box():
        estimate = NES(lambda x: logit(x), 20, sigma=0.004, grain=2, seed=1)
        return pgd(estimate, images, ones, 8 / 255, 30), estimate.queries // len(images)

    def one_for_all():
        shared = universal(white, learn.pictures(), np.ones(len(learn), int), 8 / 255)
        return np.clip(images + shared, 0, 1), 0

    return {
        "PGD 2/255": lambda: (pgd(white, images, ones, 2 / 255, 15), 0),
        "PGD 8/255": lambda: (pgd(white, images, ones, 8 / 255, 15), 0),
        "EOT 4/255": lambda: (pgd(expected_gradient(logit, random_chain, 4), images, ones, 4 / 255, 15), 0),
        "EOT 8/255": lambda: (pgd(expected_gradient(logit, random_chain, 4), images, ones, 8 / 255, 15), 0),
        "NES 8/255": black_box,
        "universal 8/255": one_for_all,
        f"transfer from {OTHER}, 8/255": lambda: (
            pgd(true_gradient(logit_of(load(OTHER))), images, ones, 8 / 255, 15), 0),
    }


def outcome(model, swaps, attacked):
    """Success in every one of WAYS.

    Args:
        model: keras.Model, the victim.
        swaps: Labelled.
        attacked: f32 [N, S, S, 3].
    Returns:
        Dict: way -> {"caught", "fooled", "rate", "decibel"}.
    Lesson 13.
    """
    images, out = swaps.pictures(), {}
    for way in WAYS:
        crf = 23 if "c23" in way else 40 if way == "c40" else 0
        shift = 2 if "off" in way else 0
        before, after = (x if way == "memory" else sent(x, swaps.video, crf, shift=shift) for x in (images, attacked))
        result = success(scores_of(model, before), scores_of(model, after), images, attacked)
        out[way] = {k: round(v, 4) for k, v in result._asdict().items()}
    return out


def extraction(frames=8):
    """The noise against the face detector: recall before and after, by codec and by launderer.

    Args:
        frames: How many pictures.
    Returns:
        {"queries", "logit": [before, after], "recall": way -> [clean, attacked]}.
    Lesson 13.
    """
    people = forgeries.SPLITS["test"][:frames]
    shot = cast.render([cast.random_person(p) for p in people], [cast.random_scene(p) for p in people], size=192)
    images = stored(shot.rgb)
    boxes = np.array([max(blazeface.detect(image), key=lambda d: d.box[2]).box if blazeface.detect(image)
                      else np.r_[points.min(0), np.ptp(points, axis=0)]
                      for image, points in zip(images, shot.landmarks, strict=True)])
    hidden, queries = hide_faces(images)
    hidden = stored(hidden)
    ways = {"8 bits": lambda x: x, "c23": lambda x: np.concatenate([h264(i[None], 23) for i in x]),
            "c40": lambda x: np.concatenate([h264(i[None], 40) for i in x]),
            "blur": lambda x: np.stack([launder(i, "blur") for i in x]),
            "resize": lambda x: np.stack([launder(i, "resize") for i in x])}
    return {"queries": queries,
            "logit": [round(float(np.median(face_logits(x))), 3) for x in (images, hidden)],
            "recall": {name: [recall(way(x), boxes) for x in (images, hidden)] for name, way in ways.items()}}


def _store(record):
    write_run(FILE, record, indent=1)


def main():
    """Measure what --only names, or what is not in the file yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=("attacks", "extraction"), default=("attacks", "extraction"))
    only = parser.parse_args().only
    if "attacks" in only:
        labelled = forgeries.build("laptop")
        swaps, learn, model = victims(labelled), victims(labelled, "val"), load(VICTIM)
        for name, make in attacked_by(swaps, learn).items():
            record = read()
            if name not in record.setdefault("attacks", {}):
                attacked, queries = make()
                record["attacks"][name] = {"queries": queries} | outcome(model, swaps, attacked)
                _store(record)
                print(name, record["attacks"][name], flush=True)
    if "extraction" in only:
        found = extraction()
        _store(read() | {"extraction": found})
        print(found)


if __name__ == "__main__":
    main()
