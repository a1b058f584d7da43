"""The manifest: a JSON file beside each file that the course writes, with what the file shows and how it was made.

It is not signed: it proves that the file is the one described, not who described it. Lesson 14.
"""

import dataclasses
import datetime
import hashlib
import json
import math
from pathlib import Path

import numpy as np

from course_lib.faults import in_words


def path_of(path):
    """Where the manifest of a file lies: a.png -> a.png.json, in the same folder.

    Args:
        path: The file.
    Returns:
        Path.
    Lesson 14.
    """
    path = Path(path)
    return path.with_name(path.name + ".json")


def read(path):
    """The manifest of a file.

    Args:
        path: The file.
    Returns:
        dict.
    Raises:
        FileNotFoundError: When there is none.
        ValueError: When it is not a manifest.
    Lesson 14.
    """
    file = path_of(path)
    try:
        record = json.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} has no manifest beside it ({file.name})") from None
    except (ValueError, OSError, RecursionError) as error:
        raise ValueError(f"{file} cannot be read as a manifest ({in_words(error)})") from error
    if not isinstance(record, dict) or not isinstance(record.get("sha256"), str):
        raise ValueError(f"{file} is JSON, but not a manifest: it holds no sha256")
    return record


def agrees(path):
    """Whether a file is, byte for byte, the one that its manifest describes. Errors as for `read`.

    Args:
        path: The file.
    Returns:
        bool.
    Lesson 14.
    """
    return read(path)["sha256"] == sha256(path)


def sha256(path):
    """The SHA-256 of a file, which is read in chunks.

    Args:
        path: The file.
    Returns:
        64 hexadecimal digits.
    Lesson 14.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def plain(value, name="parameters"):
    """The value as JSON can hold it: records become objects, arrays lists, paths and days text, nan and inf words.

    Args:
        value: Records, arrays, numbers, text, and collections of these.
        name: What to call it in the message.
    Returns:
        The same in plain types.
    Raises:
        ValueError: Naming the entry that cannot be written.
    Lesson 14.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(inner, f"{name}[{key!r}]") for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        inside = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        return [plain(inner, f"{name}[{i}]") for i, inner in enumerate(inside)]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Path | datetime.date | datetime.timedelta):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError(f"{name} is a {type(value).__name__}, which a manifest cannot hold; "
                     "give numbers, text, arrays, records, lists or dictionaries of these")
