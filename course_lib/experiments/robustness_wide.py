"""The wide matrix of lesson 13, put together from what is stored: detectors and evidence, methods, codecs.

A row is a network, a detector without a network, a kind of evidence of lesson 11, a sign of lesson 12, or the sync of
lesson 08. Each kind of row was measured on its own pictures of the same people: compare within a row before you compare
rows.
"""
import itertools
import json

import numpy as np

from course_lib import forgeries
from course_lib.experiments import (
    evidence,
    evidence_laundered,
    robustness_evidence,
    robustness_matrix,
    robustness_training,
)
from course_lib.experiments.robustness_evidence import MOVED, SIGNS
from course_lib.experiments.robustness_matrix import CODECS, DETECTORS
from course_lib.forensics.examine import KINDS
from course_lib.forensics.reference import RUNS
from course_lib.metrics.by_person import areas_in_draws, mean_and_worst
from course_lib.metrics.detection import auc

METHODS = (*forgeries.METHODS, *MOVED)
ROWS = {"networks": (*DETECTORS, "Xception"), "without a network": robustness_training.FIXED,
        "lesson 11": tuple(KINDS), "lesson 12": SIGNS, "lesson 08": ("sync",)}
FEWEST = 3  # people of either class below whom a cell is not shown


def read():
    """Read the five stored runs.

    Returns:
        {"matrix", "budget", "evidence", "washed", "wide"}: as robustness_matrix.read, robustness_training.read, the
        record of experiments.evidence, evidence_laundered.read and robustness_evidence.read return them.
    Lesson 13.
    """
    return {"matrix": robustness_matrix.read(), "budget": robustness_training.read(),
            "evidence": json.loads(RUNS.read_text(encoding="utf-8")), "washed": evidence_laundered.read(),
            "wide": robustness_evidence.read()}


def cell(runs, row, method, codec, launderer="raw"):
    """One cell: real pictures or clips, and those of one method; what is not valid is left out.

    Args:
        runs: Of `read`.
        row: One of the names in ROWS.
        method: One of METHODS.
        codec: One of CODECS.
        launderer: One of NAMES, through which both went after the codec.
    Returns:
        (fake int [M], score f64 [M], person [M], coverage 0 to 1), or None where this was not measured, or fewer than
        FEWEST people of either class are left.
    Lesson 13.
    """
    found = _samples(runs, row, method, codec, launderer)
    if found is None or min(len(set(found[2][found[0] == c].tolist())) for c in (0, 1)) < FEWEST:
        return None
    return found


def _samples(runs, row, method, codec, launderer):
    if row in KINDS or row in SIGNS:
        record, column = _evidence(runs, row, method in MOVED, codec, launderer)
        table = record["scores"].get(column, {})  # the learned kinds: on the portraits of clips only
        measured = method in table and row in table["real"]
        return evidence.sample(record, row, method, column) if measured else None
    table, person = _scores(runs, row, method in MOVED, codec, launderer)
    if method not in table:
        return None
    score = np.array(table["real"] + table[method], np.float64)
    return np.repeat([0, 1], len(person)), score, np.tile(person, 2), 1.0


def _evidence(runs, row, moved, codec, launderer):
    """(record of a kind of evidence or a sign, its column); only raw pictures were laundered, and no clip."""
    if row in SIGNS:
        wide = runs["wide"]
        return wide["signs"] | {"person": wide["person"]}, codec if launderer == "raw" else None
    if launderer == "raw":
        return runs["evidence"]["clips"] if moved else runs["evidence"], codec
    return runs["washed"]["clips" if moved else "photographs"], launderer if codec == "raw" else None


def _scores(runs, row, moved, codec, launderer):
    """(method -> scores, their people) of a detector or of the sync; {} where not measured."""
    wide = runs["wide"]
    if row == "sync":
        table = wide["sync"][codec] if launderer == "raw" else {}
        return table, wide["person"][:len(wide["sync"][codec]["real"])]
    if moved:
        clean = wide["scores"].get(row, {}).get(codec, {})
        washed = wide["laundered"].get(row, {}).get(launderer, {}) if codec == "raw" else {}
        table = clean if launderer == "raw" else washed
        return table, np.repeat(wide["person"], len(robustness_evidence.SHOWN))
    if row in DETECTORS:
        return runs["matrix"]["scores"][row][launderer][codec], runs["matrix"]["person"]
    return runs["budget"]["logits"][row][0][launderer][codec], runs["budget"]["person"]


def areas(runs, rows, methods=METHODS, codecs=CODECS, launderer="raw"):
    """The AUC of many cells, each the mean over codecs.

    Args:
        runs: Of `read`.
        rows: Names in ROWS.
        methods, codecs, launderer: Which.
    Returns:
        f64 [len(rows), len(methods)]; nan where a cell lacks one of the codecs.
    Lesson 13.
    """
    def area(row, method, codec):
        found = cell(runs, row, method, codec, launderer)
        return np.nan if found is None else auc(found[0], found[1])

    return np.array([[np.mean([area(row, method, codec) for codec in codecs]) for method in methods] for row in rows])


def summary(runs, row, methods=METHODS, codecs=CODECS, launderers=("raw",), rounds=400):
    """The mean AUC of a row, never without its worst cell, and how many cells can be told from chance.

    Args:
        runs: Of `read`.
        row: A name in ROWS.
        methods, codecs, launderers: Which cells; those that were not measured are left out.
        rounds: Of the bootstrap over people.
    Returns:
        {"mean", "worst": Intervals; "at": (method, codec, launderer) of the worst; "cells": how many there are;
        "above", "below": cells whose interval lies wholly above, or below, 0.5; "coverage": mean over the cells}.
    Raises:
        ValueError: When no cell of the row is left.
    Lesson 13.
    """
    keys = list(itertools.product(methods, codecs, launderers))
    found = {key: parts for key in keys if (parts := cell(runs, row, *key)) is not None}
    if not found:
        raise ValueError(f"{row}: no cell with {FEWEST} people of both classes is stored")
    people = np.unique(np.concatenate([person for _, _, person, _ in found.values()]))
    kernels, pairs = (np.stack(part) for part in zip(*(_kernel(f, s, who, people) for f, s, who, _ in found.values()),
                                                    strict=True))
    mean, worst, at = mean_and_worst(kernels, pairs, rounds)
    low, high = np.nanquantile(areas_in_draws(kernels, pairs, rounds)[1], (0.025, 0.975), axis=0)
    return {"mean": mean, "worst": worst, "at": list(found)[at], "cells": len(found),
            "above": int((low > 0.5).sum()), "below": int((high < 0.5).sum()),
            "coverage": float(np.mean([coverage for *_, coverage in found.values()]))}


def _kernel(fake, score, person, people):
    """As person_kernel over all people, also where one of them has no sample of a class: 0, with no pairs."""
    (real, of_real), (forged, of_fake) = ((score[fake == c], (person[fake == c][:, None] == people).astype(float))
                                          for c in (0, 1))
    wins = (forged[:, None] > real) + 0.5 * (forged[:, None] == real)
    pairs = of_fake.sum(0)[:, None] * of_real.sum(0)
    return of_fake.T @ wins @ of_real / np.maximum(pairs, 1), pairs
