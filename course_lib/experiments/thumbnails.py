"""PDQ of 100,000 rendered thumbnails: `python -m course_lib.experiments.thumbnails`.

Each shows another random person of the cast in a random scene of its own, 32 x 32 pixels. 500 of them are also hashed
after JPEG, cropping and so on: the queries. About 5 minutes; stopped, the same command goes on where it was. The hashes
are stored in datasets/runs/thumbnails.npz. Lesson 14.
"""
import argparse
import time
from dataclasses import dataclass

import numpy as np

from course_lib.cast import random_person, random_scene, render
from course_lib.checkpoints import DATASETS
from course_lib.degradation import crop, jpeg, resize
from course_lib.profile import cache_dir
from course_lib.provenance.fingerprints import pdq

FILE = DATASETS / "runs" / "thumbnails.npz"
COUNT, QUERIES, SIDE, CHUNK = 100_000, 500, 32, 1000
PEOPLE_SEED, SCENE_SEED, WILD = 2_000_000, 3_000_000, 0.7  # people and scenes that no training set has
EDITS = {
    "JPEG 50": lambda image: jpeg(image, 50),
    "half the size": lambda image: resize(image, scale=0.5, filter="area"),
    "brighter": lambda image: np.clip(1.3 * image, 0, 1),
    "crop of 6 %": lambda image: crop(image, 0.06),
    "crop of 12 %": lambda image: crop(image, 0.12),
    "mirrored": lambda image: np.ascontiguousarray(image[:, ::-1]),
}


@dataclass(frozen=True)
class Thumbnails:
    """The collection and its queries.

    Args:
        hashes: bool [100000, 256], PDQ of the thumbnails.
        queries: Dict, name of EDITS -> bool [500, 256]: PDQ of the first 500 after that edit.
    """

    hashes: np.ndarray
    queries: dict


def read():
    """Read the stored hashes.

    Returns:
        Thumbnails.
    Lesson 14.
    """
    with np.load(FILE, allow_pickle=False) as file:
        bits = {name: np.unpackbits(file[name], axis=1).astype(bool) for name in file.files}
    return Thumbnails(bits.pop("hashes"), bits)


def thumbnails(first, count):
    """Render some of the thumbnails.

    Args:
        first, count: Which.
    Returns:
        f32 RGB [count, 32, 32, 3] in [0, 1].
    Lesson 14.
    """
    which = range(first, first + count)
    people = [random_person(PEOPLE_SEED + k) for k in which]
    return render(people, [random_scene(SCENE_SEED + k, wild=WILD) for k in which], size=SIDE).rgb


def false_matches(hashes, queries, radii):
    """How many other entries lie within a radius of each query.

    Args:
        hashes: bool [N, n].
        queries: bool [M, n]; query k was made from entry k, which does not count.
        radii: Distances.
    Returns:
        (int [M, len(radii)] entries within each radius, int [M] distance to the nearest other entry, int [M] to its
        own).
    Lesson 14.
    """
    words, wanted = (np.packbits(bits, axis=1).view(np.uint64) for bits in (hashes, queries))
    within, nearest, own = np.zeros((len(wanted), len(radii)), int), *np.zeros((2, len(wanted)), int)
    for k, query in enumerate(wanted):
        far = np.bitwise_count(words ^ query).sum(1, dtype=np.int64)
        own[k], far[k] = far[k], hashes.shape[1] + 1
        within[k], nearest[k] = [(far <= radius).sum() for radius in radii], far.min()
    return within, nearest, own


def main():
    """Render, hash and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600, help="stop after this time; the same command goes on")
    options = parser.parse_args()
    parts, began = cache_dir() / "thumbnails", time.monotonic()
    parts.mkdir(parents=True, exist_ok=True)
    known = np.packbits(read().hashes, axis=1) if FILE.is_file() else np.empty((0, 32), np.uint8)
    for first in range(0, COUNT, CHUNK):
        part = parts / f"{first:06d}.npy"
        if part.is_file():
            continue
        if first + CHUNK <= len(known):
            np.save(part, known[first:first + CHUNK])
            continue
        if time.monotonic() - began > options.seconds:
            print(f"stopped before {first}; the same command goes on there")
            return
        hashes = np.array([pdq(image)[0] for image in thumbnails(first, CHUNK)])
        np.save(part, np.packbits(hashes, axis=1))
    stored = {"hashes": np.concatenate([np.load(parts / f"{first:06d}.npy") for first in range(0, COUNT, CHUNK)])}
    images = thumbnails(0, QUERIES)
    for name, edit in EDITS.items():
        stored[name] = np.packbits([pdq(edit(image))[0] for image in images], axis=1)
    np.savez_compressed(FILE, **stored)
    print(f"{COUNT} hashes, {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
