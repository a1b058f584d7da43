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


def merge(old, new, whole=()):
    """Puts the numbers of one record into another, table by table.

    Args:
        old: Dict that is changed.
        new: Dict whose values win.
        whole: Keys of `new` whose tables replace the old ones.
    Lesson 11.
    """
    for key, value in new.items():
        if isinstance(value, dict) and key not in whole:
            merge(old.setdefault(key, {}), value)
        else:
            old[key] = value


def differences(new, old, tolerance=0.0):
    """How far what was measured again is from a record.

    Args:
        new: Nested dicts and lists of numbers, texts and None.
        old: The record; what only it holds is not looked at.
        tolerance: How far a number may be away, relative to its size where that is above 1.
    Returns:
        (values in new; how many are exactly those of old; how many are further away than tolerance, are missing or are
        no numbers and differ; largest difference of two numbers, relative as above).
    Lesson 11.
    """
    if isinstance(new, dict) and isinstance(old, dict):
        pairs = [(value, old.get(key, _MISSING)) for key, value in new.items()]
    elif isinstance(new, list) and isinstance(old, list):
        pairs = [(value, old[k] if k < len(old) else _MISSING) for k, value in enumerate(new)]
    else:
        numbers = all(isinstance(x, int | float) for x in (new, old))
        gap = abs(new - old) / max(1, abs(old)) if numbers else 0.0
        return 1, int(new == old), int(gap > tolerance if numbers else new != old), float(gap)
    found = [differences(*pair, tolerance) for pair in pairs]
    return *(sum(row[k] for row in found) for k in range(3)), max((row[3] for row in found), default=0.0)


_MISSING = object()
