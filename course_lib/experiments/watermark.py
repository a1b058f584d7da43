"""What the shipped watermark survives, over many pictures: `python -m course_lib.experiments.watermark`.

Photographs that come with scikit-image, scikit-learn and matplotlib, an enlarged quarter of each large one, and
rendered people of the cast, 448 pixels on the shorter side, are marked as media writes them, changed, and searched.
Then the same is done without a mark, which counts false positives. Every score is stored in
datasets/runs/watermark.json, one attack after the other: a run that was stopped goes on. Some 15 minutes on 2 cores.
Lesson 14.
"""
import argparse
import json
import time
from importlib.resources import files

import numpy as np

from course_lib import media
from course_lib.cast import random_person, random_scene, render
from course_lib.checkpoints import DATASETS
from course_lib.degradation import crop, jpeg, recapture, resize, rotate, video
from course_lib.metrics.proportions import wilson
from course_lib.provenance import chance, spread, tile, watermark

from .stored import write_run

FILE = DATASETS / "runs" / "watermark.json"
SIDE, PEOPLE, SEED = 448, 12, 5_000_000  # pixels on the shorter side; rendered people, whom no training has
LARGE = 500  # pixels on the shorter side, from which on a quarter of a photograph is a picture of its own
PAYLOAD = 0xC0FFEE42
SCIKIT_IMAGE = ("astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "clock_motion.png", "coffee.png",
                "coins.png", "grass.png", "gravel.png", "hubble_deep_field.jpg", "ihc.png", "moon.png",
                "motorcycle_left.png", "retina.jpg", "rocket.jpg")
GROUPS = ("photograph", "quarter", "cast")
LAYERS = ("first layer", "second layer", "either", "payload")


def _random_crop(image, part, rng):
    height, width = image.shape[:2]
    high, wide = round(height * (1 - part)), round(width * (1 - part))
    y, x = rng.integers(height - high + 1), rng.integers(width - wide + 1)
    return image[y:y + high, x:x + wide]


def _inside(image, degrees):
    """Turned, and cut so that no black corner is left, as a phone's editor does."""
    height, width = image.shape[:2]
    t, long, short = np.radians(abs(degrees)), max(height, width), min(height, width)
    part = 1 / (np.cos(t) + long / short * np.sin(t))
    return crop(rotate(image, degrees), 1 - part)


ATTACKS = {  # kind: (function of image, level and Generator; levels, from mild to severe)
    "none": (lambda image, _, rng: image, (0,)),
    "JPEG": (lambda image, q, rng: jpeg(image, q), (70, 50, 30, 10)),
    "resize": (lambda image, s, rng: resize(image, scale=s, filter="area"), (0.75, 0.5, 0.25)),
    "crop, JPEG 70": (lambda image, part, rng: jpeg(_random_crop(image, part, rng), 70), (0.05, 0.1, 0.15, 0.2)),
    "turn, JPEG 70": (lambda image, t, rng: jpeg(rotate(image, t * rng.choice((-1, 1))), 70), (1, 2, 3, 4)),
    "turn and cut, JPEG 70": (lambda image, t, rng: jpeg(_inside(image, t * rng.choice((-1, 1))), 70), (3,)),
    "mirror, JPEG 70": (lambda image, _, rng: jpeg(np.ascontiguousarray(image[:, ::-1]), 70), (1,)),
    "H.264": (lambda image, crf, rng: video(image, crf), (23, 33, 43)),
    "recapture": (lambda image, s, rng: recapture(image, 0.02 * s, moire=0.06 * s, gamma=1 + 0.1 * s, glare=0.03 * s,
                                                  seed=int(rng.integers(2**31))), (0.25, 0.5, 1.0)),
    # the same mark with another energy, see `weaker`
    "PSNR, JPEG 50": (lambda image, _, rng: jpeg(image, 50), (40, 44, 46, 48)),
}
GOALS = (("JPEG", 50), ("resize", 0.75), ("H.264", 33), ("crop, JPEG 70", 0.05), ("crop, JPEG 70", 0.1),
         *(("turn, JPEG 70", t) for t in (1, 2, 3)), ("turn and cut, JPEG 70", 3), ("mirror, JPEG 70", 1))
UNMARKED = (("none", 0), ("JPEG", 50), ("resize", 0.5), ("crop, JPEG 70", 0.1), ("H.264", 33),
            ("recapture", 1.0))  # what pictures without a mark go through
KEYS = 400  # random ones for each of these pictures
STATISTICS = ("first layer", "second layer, one shift", "second layer, all shifts")
AT = tuple(np.arange(0, 10.01, 0.25).tolist())  # thresholds at which the simulation counts


def read():
    """Read the stored run.

    Returns:
        {"pictures": list of {"name", "group", "psnr"}; "scores": kind -> level as text -> list over pictures of
        [first layer's score, second layer's, 1 where the payload is right, bits of it that are right before error
        correction]; "unmarked": kind -> level as text -> list over pictures of the two scores without the mark;
        "by chance": kind -> level as text -> {"pairs", "counts", "largest"}, what random keys reach}.
    Lesson 14.
    """
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {"scores": {}}


def pictures(people=PEOPLE):
    """The pictures that are marked.

    Args:
        people: How many of the cast's, the last in the list.
    Returns:
        List of (name, group, f32 RGB [H, W, 3] in [0, 1] with 448 pixels on the shorter side); the groups are
        "photograph", "quarter" and "cast".
    Lesson 14.
    """
    whole = {"grace_hopper": media.grace_hopper()}
    for package, names in (("sklearn.datasets.images", ("china.jpg", "flower.jpg")), ("skimage.data", SCIKIT_IMAGE)):
        whole |= {name.split(".")[0]: media.read_image(files(package) / name) for name in names}
    out = [(name, "photograph", image) for name, image in whole.items()]
    for name, image in whole.items():
        height, width = image.shape[:2]
        if min(height, width) >= LARGE:
            out.append((f"{name}, lower right", "quarter", image[height // 2:, width // 2:]))
    if people:
        who, scenes = zip(*((random_person(SEED + k), random_scene(SEED + k, wild=0.5)) for k in range(people)),
                          strict=True)
        out += [(f"person {k}", "cast", image) for k, image in enumerate(render(list(who), list(scenes), SIDE).rgb)]
    return [(name, group, _at_side(image)) for name, group, image in out]


def _at_side(image):
    by = SIDE / min(image.shape[:2])
    return resize(image, scale=by, filter="area" if by < 1 else "cubic") if by != 1 else image


def psnr(a, b):
    """The peak signal-to-noise ratio.

    Args:
        a, b: f32 images in [0, 1].
    Returns:
        float, dB.
    Lesson 14.
    """
    return float(-10 * np.log10(np.mean((np.float64(a) - b) ** 2)))


def weaker(image, marked, decibel):
    """The same mark with less energy.

    Args:
        image, marked: f32 [H, W, 3], without and with the mark.
        decibel: PSNR of the result.
    Returns:
        f32 [H, W, 3].
    Lesson 14.
    """
    return stored(np.clip(image + (marked - image) * 10 ** ((psnr(image, marked) - decibel) / 20), 0, 1))


def stored(image):
    """An image as a file of 8 bits holds it.

    Args:
        image: f32 [H, W, 3] in [0, 1].
    Returns:
        f32 [H, W, 3].
    Lesson 14.
    """
    return np.round(255 * image) / np.float32(255)


def rates(run, kind, layer="either", groups=GROUPS):
    """How often the mark was found, by level of an attack, as far as the run has come.

    Args:
        run: What `read` gives.
        kind: A key of ATTACKS.
        layer: One of LAYERS.
        groups: Whose pictures count.
    Returns:
        Dict, level -> (found, pictures, Wilson's interval at 95 %).
    Lesson 14.
    """
    chosen = np.array([picture["group"] in groups for picture in run["pictures"]])
    out = {}
    for level in ATTACKS[kind][1]:
        if str(level) in run["scores"].get(kind, {}):
            found = _found(np.array(run["scores"][kind][str(level)])[chosen])[layer]
            out[level] = int(found.sum()), len(found), wilson(found.sum(), len(found))
    return out


def false_positives(run):
    """What the detector says about pictures without a mark, with the course's own key and with random ones.

    Args:
        run: What `read` gives.
    Returns:
        Dict: found, pictures (searched in all, each in every change of UNMARKED), interval (Wilson's at 95 % for their
        rate), largest ([first layer, second layer]), pairs (of picture and random key), reached (statistic of
        STATISTICS -> f64 [len(AT)], fraction of the pairs that reach each threshold), bounds (the same, as derived).
    Lesson 14.
    """
    rows = np.array([row for levels in run["unmarked"].values() for part in levels.values() for row in part])
    hits = (rows >= (watermark.THRESHOLD, spread.THRESHOLD)).any(1)
    parts = [part for levels in run["by chance"].values() for part in levels.values()]
    pairs, tail = sum(part["pairs"] for part in parts), np.exp(-np.array(AT) ** 2 / 2)
    factors = len(watermark.STEPS), 1, tile.TILE**2
    return {"found": int(hits.sum()), "pictures": len(rows), "interval": wilson(hits.sum(), len(rows)),
            "largest": rows.max(0).tolist(), "pairs": pairs,
            "reached": {name: np.sum([part["counts"][name] for part in parts], 0) / pairs for name in STATISTICS},
            "bounds": {name: np.minimum(factor * tail, 1) for name, factor in zip(STATISTICS, factors, strict=True)}}


def _found(rows):
    first, second, payload, _ = np.array(rows).T
    first, second = first >= watermark.THRESHOLD, second >= spread.THRESHOLD
    return dict(zip(LAYERS, (first, second, first | second, payload > 0), strict=True))


def outcome(image):
    """What is found in a picture.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        [first layer's score, second layer's score, 1 if the payload is PAYLOAD, how many of its 32 bits are right
        before error correction].
    Lesson 14.
    """
    found, code = watermark.search(image), spread.encode(PAYLOAD)
    votes = np.bincount(np.arange(len(found.soft)) % len(code), found.soft, len(code))
    right = int(((votes < 0) == code)[:8 * spread.PAYLOAD].sum())
    return [round(watermark.score(image), 2), round(found.score, 2), int(found.payload == PAYLOAD), right]


def main():
    """Mark, attack, search, store; all that is there already is left as it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600, help="stop after this time; the same command goes on")
    options, began, run = parser.parse_args(), time.monotonic(), read()
    images = pictures()
    marked = [stored(watermark.embed(image, payload=PAYLOAD)) for _, _, image in images]
    run["pictures"] = [{"name": name, "group": group, "psnr": round(psnr(image, mark), 2)}
                       for (name, group, image), mark in zip(images, marked, strict=True)]
    everything = [(kind, level) for kind, (_, levels) in ATTACKS.items() for level in levels]
    for kind, level in sorted(everything, key=lambda pair: pair not in GOALS):
        if str(level) in run["scores"].setdefault(kind, {}):
            continue
        if time.monotonic() - began > options.seconds:
            print(f"stopped before {kind} {level}; the same command goes on there")
            return
        rows = []
        for k, ((_, _, image), mark) in enumerate(zip(images, marked, strict=True)):
            sent = weaker(image, mark, level) if kind.startswith("PSNR") else mark
            rows.append(outcome(ATTACKS[kind][0](sent, level, np.random.default_rng([SEED, k]))))
        run["scores"][kind][str(level)] = rows
        write_run(FILE, run)
        print(kind, level, {layer: int(found.sum()) for layer, found in _found(rows).items()}, flush=True)
    for kind, level in UNMARKED:
        if str(level) in run.setdefault("unmarked", {}).get(kind, {}):
            continue
        if time.monotonic() - began > options.seconds:
            print(f"stopped before {kind} {level} without a mark; the same command goes on there")
            return
        rows, reached = [], []
        for k, (_, _, image) in enumerate(images):
            changed = ATTACKS[kind][0](image, level, np.random.default_rng([SEED, k]))
            rows.append(outcome(changed)[:2])
            reached.append(chance.by_chance(changed, KEYS, np.random.default_rng([SEED, k, len(run["unmarked"])])))
        run["unmarked"].setdefault(kind, {})[str(level)] = rows
        run.setdefault("by chance", {}).setdefault(kind, {})[str(level)] = _counted(np.concatenate(reached, 1))
        write_run(FILE, run)
        print("unmarked", kind, level, np.max(rows, 0), flush=True)


def _counted(reached):
    rows = dict(zip(STATISTICS, reached, strict=True))
    return {"pairs": reached.shape[1],
            "counts": {name: [int((row >= t).sum()) for t in AT] for name, row in rows.items()},
            "largest": {name: round(float(row.max()), 2) for name, row in rows.items()}}


if __name__ == "__main__":
    main()
