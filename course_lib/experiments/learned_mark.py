"""The learned watermark beside the course's own, at equal PSNR and payload.

`python -m course_lib.experiments.learned_mark` marks the pictures of experiments/watermark.py with the shipped
networks, attacks them in the same way, and counts the bits that are read right. A minute on 2 cores; stored in
datasets/runs/learned_mark.json. Lesson 14.
"""
import json

import numpy as np

from course_lib.checkpoints import DATASETS
from course_lib.models.learned_mark import BITS, hide, load_networks, reveal, to_bits

from . import watermark as shipped
from .watermark import ATTACKS, GROUPS, PAYLOAD, SEED

FILE = DATASETS / "runs" / "learned_mark.json"
SURE = 30  # of 32 bits: so many are right by chance with a probability of 1.2e-7


def read():
    """Read the stored run.

    Returns:
        {"scores": kind -> level as text -> list over pictures of the number of right bits, of 32; "unmarked": the same
        without a mark}. The pictures are those of experiments.watermark.
    Lesson 14.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def compare(ours, learned, kind, level, groups=GROUPS):
    """Both marks after one attack.

    Args:
        ours, learned: What experiments.watermark.read and `read` give.
        kind, level: Of experiments.watermark.ATTACKS.
        groups: Whose pictures count.
    Returns:
        {"ours", "learned"} -> (fraction of right bits, fraction of pictures whose payload was read without an error);
        our bits are counted before error correction, our payloads after it.
    Lesson 14.
    """
    chosen = np.array([picture["group"] in groups for picture in ours["pictures"]])
    rows, bits = (np.array(run["scores"][kind][str(level)])[chosen] for run in (ours, learned))
    return {"ours": (float(rows[:, 3].mean() / BITS), float(rows[:, 2].mean())),
            "learned": (float(bits.mean() / BITS), float((bits == BITS).mean()))}


def main():
    """Mark, attack, read, store."""
    (encoder, decoder), images = load_networks(), [image for _, _, image in shipped.pictures()]
    ours = shipped.read()
    decibel = [picture["psnr"] for picture in ours["pictures"]]
    marked = [shipped.stored(hide(encoder, image, PAYLOAD, psnr)) for image, psnr in zip(images, decibel, strict=True)]

    def right(changed):
        return ((reveal(decoder, changed) > 0) == (to_bits(PAYLOAD) > 0)).sum(1).tolist()

    run = {"scores": {}, "unmarked": right(images)}
    for kind, (change, levels) in ATTACKS.items():
        for level in levels:
            if kind.startswith("PSNR") or str(level) not in ours["scores"].get(kind, {}):
                continue
            changed = [change(image, level, np.random.default_rng([SEED, k])) for k, image in enumerate(marked)]
            run["scores"].setdefault(kind, {})[str(level)] = right(changed)
            print(kind, level, np.mean(run["scores"][kind][str(level)]) / BITS, flush=True)
    FILE.write_text(json.dumps(run) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
