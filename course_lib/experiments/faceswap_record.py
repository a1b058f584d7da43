"""The stored runs of experiments.faceswap_ablation: read, written, put into a table. Lesson 05."""
import json

import numpy as np

from course_lib.checkpoints import DATASETS

RUNS = DATASETS / "runs" / "faceswap_gan.json"


def read():
    """The stored runs: {"a", "b", "steps", ..., "source", "truth", "lesson 02", "occlusion", "runs": [each with stage,
    seed, weights, picture, colour, mask IoU, verdict, sheet, ...]}; {"runs": []} before the first."""
    return json.loads(RUNS.read_text(encoding="utf-8")) if RUNS.is_file() else {"runs": []}


def write(record):
    RUNS.parent.mkdir(parents=True, exist_ok=True)
    part = RUNS.with_suffix(".part")
    part.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    part.replace(RUNS)


def spread(record, stage, where, name):
    """(mean, standard deviation, number of seeds) of one number over a stage's runs. Raises KeyError without any.

    where: "picture" or "colour", or None for the run's own numbers ("mask IoU", "mask mean")."""
    values = [(r if where is None else r[where])[name] for r in record["runs"] if r["stage"] == stage]
    if not values:
        raise KeyError(f"no run of stage {stage!r} is stored; there are {sorted({r['stage'] for r in record['runs']})}")
    return float(np.mean(values)), float(np.std(values)), len(values)


COLUMNS = ("psnr", "ssim", "perceptual", "edges", "sharpness", "identity", "likeness", "pose", "jaw", "smile", "blink")


def table(record):
    """The stored numbers of the finished pictures as text: each stage's mean over its seeds, and the spread."""
    lines = [f"{'':24}" + "".join(f"{name:>11}" for name in (*COLUMNS, "mask IoU"))]
    if "lesson 02" in record:
        old = record["lesson 02"]
        lines.append(f"{'lesson 02':24}" + "".join(f"{old['picture'][k]:11.3f}" for k in COLUMNS)
                     + f"{old['mask IoU']:11.3f}")
    for stage in dict.fromkeys(r["stage"] for r in record["runs"]):
        found = [*(spread(record, stage, "picture", k) for k in COLUMNS), spread(record, stage, None, "mask IoU")]
        lines.append(f"{f'{stage} ({found[0][2]})':24}" + "".join(f"{mean:11.3f}" for mean, _, _ in found))
        lines.append(f"{'':24}" + "".join(f"{'+-' + f'{apart:.3f}':>11}" for _, apart, _ in found))
    return "\n".join(lines)
