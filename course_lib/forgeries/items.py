"""What the folders of the public sets have in common: one Item for each file or video. Lesson 10."""
import json
from dataclasses import dataclass
from pathlib import Path

IMAGES, VIDEOS = (".jpg", ".jpeg", ".png"), (".mp4", ".avi", ".mov", ".mkv")
CRFS = {"raw": 0, "c0": 0, "c23": 23, "c40": 40}


@dataclass(frozen=True)
class Item:
    """One file of a set.

    Args:
        path: of the file.
        fake: 1 or 0.
        method: "real" or the set's own name for it.
        source, target: whose image it was and whose face it shows, as the set names them; "" where it does not say.
        split: train, val, test or "".
        crf: 0, 23, 40; -1 where it is not known.
        frames: the images of a video that is stored as images, in their order; empty for a file. `path` is their
            folder then.
    """

    path: Path
    fake: int
    method: str
    source: str
    target: str
    split: str = ""
    crf: int = -1
    frames: tuple = ()


def read_json(path, kind, skipped):
    """The content of a JSON file, where it is of a kind.

    Args:
        path: of the file.
        kind: list or dict.
        skipped: list, to which (file, reason) is added where it is not.
    Returns:
        The content, or None.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        skipped.append((path.name, f"unreadable: {error}"))
        return None
    if not isinstance(content, kind):
        skipped.append((path.name, f"holds a {type(content).__name__}, expected a {kind.__name__}"))
        return None
    return content
