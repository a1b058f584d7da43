"""The stored runs of experiments.faceswap_ablation: read, written, put into a table. Lesson 05."""
import json

import numpy as np

from course_lib.checkpoints import DATASETS
from course_lib.experiments.stored import write_run

RUNS = DATASETS / "runs" / "faceswap_gan.json"


def read():
    """Reads the stored runs.

    Returns:
        {"a", "b", "steps", ..., "source", "truth", "lesson 02", "occlusion", "runs": [each with stage, seed, weights,
        picture, colour, mask IoU, verdict, sheet, ...]}; {"runs": []} before the first run.
    Lesson 05.
    """
    return json.loads(RUNS.read_text(encoding="utf-8")) if RUNS.is_file() else {"runs": []}


def write(record):
    """Writes the stored runs.

    Args:
        record: as read returns it.
    Lesson 05.
    """
    write_run(RUNS, record, indent=1)


def runs(record, stage):
    """The stored runs of one stage.

    Args:
        record: as read returns it.
        stage: of the runs.
    Returns:
        A list of dicts, one for each seed.
    Raises:
        KeyError: when no run of that stage is stored.
    Lesson 05.
    """
    chosen = [r for r in record["runs"] if r["stage"] == stage]
    if not chosen:
        raise KeyError(f"no run of stage {stage!r} is stored; there are {sorted({r['stage'] for r in record['runs']})}")
    return chosen


def mean_and_std(record, stage, where, name):
    """Statistics of one number over the seeds of a stage.

    Args:
        record: as read returns it.
        stage: of the runs.
        where: "picture" or "colour", or None for the run's own numbers ("mask IoU", "mask mean").
        name: of the number.
    Returns:
        (mean, standard deviation, number of seeds).
    Raises:
        KeyError: when no run of that stage is stored.
    Lesson 05.
    """
    values = [(r if where is None else r[where])[name] for r in runs(record, stage)]
    return float(np.mean(values)), float(np.std(values)), len(values)


T95 = {3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571}  # Student's t for a 95 % interval of the mean of so many values


def paired(record, new, old, name):
    """The paired differences of one number between two stages: runs of one seed share data and initial weights.

    Args:
        record: as read returns it.
        new, old: stages with the same seeds.
        name: of a run's own number ("mask IoU"), or of one of its "picture".
    Returns:
        (differences new - old f64 [seeds], half of the 95 % interval of their mean).
    Raises:
        ValueError: when the seeds differ or are fewer than three.
    Lesson 05.
    """
    values = [{r["seed"]: r[name] if name in r else r["picture"][name] for r in record["runs"] if r["stage"] == stage}
              for stage in (new, old)]
    seeds = sorted(values[0])
    if seeds != sorted(values[1]) or len(seeds) not in T95:
        raise ValueError(f"{new!r} has the seeds {seeds}, {old!r} {sorted(values[1])}; expected the same 3 to 6")
    d = np.array([values[0][seed] - values[1][seed] for seed in seeds])
    return d, float(T95[len(d)] * d.std(ddof=1) / np.sqrt(len(d)))


COLUMNS = ("psnr", "ssim", "perceptual", "edges", "sharpness", "identity", "likeness", "pose", "jaw", "smile", "blink")


def table(record):
    """The stored scores of the composites as text: mean and standard deviation over the seeds of each stage.

    Args:
        record: as read returns it.
    Returns:
        The text.
    Lesson 05.
    """
    lines = [f"{'':24}" + "".join(f"{name:>11}" for name in (*COLUMNS, "mask IoU"))]
    if "lesson 02" in record:
        baseline = record["lesson 02"]
        lines.append(f"{'lesson 02':24}" + "".join(f"{baseline['picture'][k]:11.3f}" for k in COLUMNS)
                     + f"{baseline['mask IoU']:11.3f}")
    for stage in dict.fromkeys(r["stage"] for r in record["runs"]):
        numbers = [mean_and_std(record, stage, "picture", k) for k in COLUMNS]
        numbers.append(mean_and_std(record, stage, None, "mask IoU"))
        lines.append(f"{f'{stage} ({numbers[0][2]})':24}" + "".join(f"{mean:11.3f}" for mean, _, _ in numbers))
        lines.append(f"{'':24}" + "".join(f"{'+-' + f'{std:.3f}':>11}" for _, std, _ in numbers))
    return "\n".join(lines)
