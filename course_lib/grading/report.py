"""The results of a batch as files: JSON for programs, CSV for a spreadsheet."""
import csv
import hashlib
import json
import os
import re
from dataclasses import asdict
from pathlib import Path

COLUMNS = ("submission", "exercise", "points", "of", "says")


def file_name(name):
    """Make a folder's name from a student's: letters, digits, dashes; a hash where that loses something.

    Args:
        name: str.
    Returns:
        str.
    """
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", name.removesuffix(".ipynb"))[:60]
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _cell(text):
    """Text that a spreadsheet shows and does not compute: a leading =, +, -, @ would begin a formula."""
    text = str(text)
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) else text


def _replace(path, write):
    new = path.with_name(path.name + ".new")
    with open(new, "w", encoding="utf-8", newline="") as file:
        write(file)
    os.replace(new, path)


def write(results, out, *, seed, isolation):
    """Write results.json and results.csv, each whole or not at all.

    The CSV has a row for each exercise, and for each note a row without exercise and points.

    Args:
        results: list of batch.Result.
        out: folder.
        seed: of the checks' inputs.
        isolation: Box.about.
    """
    def as_json(file):
        table = [{"submission": r.submission, "points": r.points, "of": r.of, "notes": r.notes,
                  "seconds": r.seconds, "cpu_seconds": r.cpu_seconds, "junit": r.junit,
                  "exercises": {a.exercise: {k: v for k, v in asdict(a).items() if k != "exercise"} for a in r.answers}}
                 for r in results]  # fmt: skip
        json.dump({"seed": seed, "isolation": isolation, "submissions": table}, file, indent=1, ensure_ascii=False)
        file.write("\n")

    def as_csv(file):
        lines = csv.writer(file)
        lines.writerow(COLUMNS)
        for r in results:
            for a in r.answers:
                lines.writerow(map(_cell, (r.submission, a.exercise, a.points, a.of, a.says)))
            for note in r.notes:
                lines.writerow(map(_cell, (r.submission, "", "", "", note)))

    _replace(Path(out) / "results.json", as_json)
    _replace(Path(out) / "results.csv", as_csv)
