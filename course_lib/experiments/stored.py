"""Stored runs: what an experiment has measured, as a JSON file in datasets/runs."""
import json


def write_run(file, record, **layout):
    """Writes a stored run, whole or not at all.

    Args:
        file: Path.
        record: What json.dumps takes.
        layout: as for json.dumps: indent, separators.
    Lessons 02 to 13.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(record, **layout) + "\n", encoding="utf-8")
    part.replace(file)
