"""How long the notebooks took when they were last run as tests: build/timings.json, and a table of it."""
import json
import os
from pathlib import Path

from course_lib.profile import cores

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "build" / "timings.json"
SLOWEST = 3  # cells of a notebook that are named
LIMITS = {"ci": (45.0, 20.0)}  # seconds that a notebook, and a cell, may take in a profile


def keep(cells, file):
    """Write down the times of notebooks; those of notebooks that were not run this time stay.

    Args:
        cells: dict, notebook -> list of (seconds, the cell's first line).
        file: path of timings.json; timings.md is written beside it.
    """
    file = Path(file)
    times = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {"notebooks": {}}
    for name, rows in cells.items():
        slowest = [(round(seconds, 2), line) for seconds, line in sorted(rows, reverse=True)[:SLOWEST]]
        times["notebooks"][name] = {"profile": os.environ.get("COURSE_PROFILE") or "laptop", "cores": cores(),
                                    "seconds": round(sum(seconds for seconds, _ in rows), 2), "slowest": slowest}
    times["notebooks"] = dict(sorted(times["notebooks"].items()))
    file.parent.mkdir(parents=True, exist_ok=True)
    for path, text in ((file, json.dumps(times, indent=1) + "\n"), (file.with_suffix(".md"), table(times))):
        part = path.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)


def slow(cells):
    """Find what took longer than the profile allows.

    Args:
        cells: as for keep.
    Returns:
        A list of lines, one for each notebook and each cell.
    """
    profile = os.environ.get("COURSE_PROFILE") or "laptop"
    whole, one = LIMITS.get(profile, (float("inf"), float("inf")))
    lines = []
    for name, rows in sorted(cells.items()):
        if (seconds := sum(seconds for seconds, _ in rows)) > whole:
            lines.append(f"{name}: {seconds:.0f} s, and a notebook may take {whole:.0f} in the profile {profile}")
        lines += [f"{name}: {seconds:.0f} s, and a cell may take {one:.0f}: {first}"
                  for seconds, first in sorted(rows, reverse=True) if seconds > one]
    return lines


def table(times):
    """Write the times as a table.

    Args:
        times: what keep writes.
    Returns:
        Markdown.
    """
    text = "| notebook | profile | seconds | slowest cells, seconds |\n|---|---|---|---|\n"
    for name, row in times["notebooks"].items():
        slow = "<br>".join(f"{seconds:.1f} `{first}`".replace("|", r"\|") for seconds, first in row["slowest"])
        text += f"| {name} | {row['profile']}, {row['cores']} cores | {row['seconds']:.0f} | {slow} |\n"
    return text


def page(file=FILE):
    """Make a page of the book about the times.

    Args:
        file: path of timings.json.
    Returns:
        Markdown, which says so where nothing was measured.
    """
    text = "# How long the notebooks take\n\n"
    if not Path(file).is_file():
        return text + "Nothing was measured yet: `make test` runs every notebook and writes its times down.\n"
    return (text + "Seconds on the clock when `make test` last ran each notebook from top to bottom, and the cells "
            "that took longest, by their first lines. Other programs on the machine count too.\n\n"
            + table(json.loads(Path(file).read_text(encoding="utf-8"))))
