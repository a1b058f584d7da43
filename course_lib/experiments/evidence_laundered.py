"""What is left of the evidence of lesson 11 after every launderer, for the matrix of lesson 13.

`python -m course_lib.experiments.evidence_laundered` measures the launderers that
datasets/runs/evidence_laundered.json lacks, with --only some of them again, and stores after each. The pictures are
those of experiments.evidence, raw: photographs and their forgeries, and portraits of clips with the forgeries of
lessons 07 and 08. Real and forged ones are laundered alike. Lesson 13.
"""
import argparse
import json

import numpy as np

from course_lib.checkpoints import DATASETS
from course_lib.degradation import LAUNDERERS, launder
from course_lib.experiments import evidence
from course_lib.experiments.evidence_clips import moving
from course_lib.experiments.stored import write_run
from course_lib.forensics.examine import KINDS

FILE = DATASETS / "runs" / "evidence_laundered.json"


def read():
    """Read the stored run.

    Returns:
        {"photographs" and "clips": {"person" [N], and "scores" and "valid": launderer -> method -> kind -> list [N]}}.
    Lesson 13.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def laundered(made, seeds, name):
    """Real and forged pictures after one launderer.

    Args:
        made: Method -> (images f32 [N, S, S, 3], and whatever belongs to them).
        seeds: [N], of what is random; one picture and its forgeries have the same.
        name: Of the launderer.
    Returns:
        The same with other images.
    Lesson 13.
    """
    return {method: (np.stack([launder(np.clip(image, 0, 1), name, int(seed)) for image, seed in
                               zip(images, seeds, strict=True)]), *rest) for method, (images, *rest) in made.items()}


def main():
    """Measure what is missing, and store after every launderer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=LAUNDERERS, default=(), help="measure these again")
    again, photos = parser.parse_args().only, evidence.gallery()
    pictures = {"photographs": (photos, evidence.forgeries_of(photos, eyes=False), evidence.WRITTEN),
                "clips": (*moving(), tuple(KINDS))}
    record = read() if FILE.is_file() else {}
    for part, (stand_in, made, kinds) in pictures.items():
        table = record.setdefault(part, {"scores": {}, "valid": {}}) | {"person": stand_in.person.tolist()}
        for name in [name for name in LAUNDERERS if name in again or name not in table["scores"]]:
            washed = laundered(made, stand_in.seed, name)
            for key, rows in evidence.measure(stand_in, washed, kinds, ("raw",)).items():
                table[key][name] = rows["raw"]
            record[part] = table
            write_run(FILE, record, separators=(",", ":"))
            print(part, name, flush=True)


if __name__ == "__main__":
    main()
