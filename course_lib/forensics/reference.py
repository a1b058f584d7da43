"""What every kind of evidence looks like on clean pictures, so that a number can be read. Lesson 11."""
import json
from functools import cache

import numpy as np

from course_lib.checkpoints import DATASETS

RUNS = DATASETS / "runs" / "evidence.json"


@cache
def stored():
    """The stored measurement: scores and validity of every kind on clean and on forged photographs of the cast.

    Returns:
        Dict as the experiment wrote it: "person" [N]; "scores" and "valid", condition -> method -> kind -> [N]; "dose";
        "blend", network -> scores; "splices", condition -> scores.
    Lesson 11.
    """
    return json.loads(RUNS.read_text(encoding="utf-8"))


def clean_scores(kind, conditions=("raw", "c23")):
    """The scores of a kind on clean photographs of the cast, where it is valid.

    Args:
        kind: A key of forensics.examine.KINDS.
        conditions: Which compressions count.
    Returns:
        f64 [M], sorted.
    Lesson 11.
    """
    record = stored()["clean"]
    found = [zip(*(record[key][condition]["real"][kind] for key in ("scores", "valid")), strict=True)
             for condition in conditions if kind in record["scores"][condition]["real"]]
    return np.sort(np.array([score for pairs in found for score, valid in pairs if valid], float))


def percentile(kind, score):
    """The share of clean photographs whose score is lower, in percent.

    Args:
        kind: A key of forensics.examine.KINDS.
        score: A number.
    Returns:
        0 to 100; nan where the score is nan or nothing is stored.
    Lesson 11.
    """
    clean = clean_scores(kind)
    if not len(clean) or not np.isfinite(score):
        return float("nan")
    below, up_to = (np.searchsorted(clean, score, side) for side in ("left", "right"))
    return 100 * float(below + up_to) / 2 / len(clean)
