"""What enters the arena: clips, creators that make them, detectors that score them, and hashes that freeze both.

A creator is a function or a folder of clips; a detector is one class with `predict(clips) -> P(fake)`. Lesson 15.
"""
import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass(frozen=True, eq=False)
class Clip:
    """What a detector sees of a clip: pixels, landmarks and the frame rate; no name, no label.

    Args:
        frames: uint8 RGB [T, H, W, 3].
        landmarks: f32 [T, 68, 2], pixels, given by the organiser and the same for all detectors.
        fps: Frames per second.
    """

    frames: np.ndarray = field(repr=False)
    landmarks: np.ndarray = field(repr=False)
    fps: float

    def __len__(self):
        return len(self.frames)

    def pictures(self, every=1):
        """Frames as floats.

        Args:
            every: Takes each every-th frame.
        Returns:
            f32 [T / every, H, W, 3] in [0, 1].
        """
        return self.frames[::every].astype(np.float32) / 255


@dataclass(frozen=True, eq=False)
class Made:
    """What a creator made of one source.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        claimed: f32 [K, 64, 64, 3], faces on grey of the person whom the fake claims to show.
        label: Whether the creator declares the clip as synthetic (the label and the manifest of lesson 14).
        landmarks: f32 [T, 68, 2] where the face has moved; those of the source when left out.
    """

    frames: np.ndarray = field(repr=False)
    claimed: np.ndarray = field(repr=False)
    label: bool = True
    landmarks: np.ndarray | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Creator:
    """A creator: a name and a function.

    Args:
        name: Its name in the tables.
        make: Function (source, seed) -> Made.
    """

    name: str
    make: Callable


class InvalidEntry(ValueError):
    """An entry that breaks a rule; the message says which."""


def checked_scores(scores, count):
    """The answer of a detector, checked: one probability for each clip.

    Args:
        scores: What `predict` returned.
        count: How many clips it got.
    Returns:
        f64 [count] in [0, 1].
    Raises:
        InvalidEntry: For another length, values outside [0, 1] or nan.
    Lesson 15.
    """
    try:
        values = np.asarray(scores, np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidEntry(f"predict returned no list of numbers: {error}") from None
    if values.shape != (count,):
        raise InvalidEntry(f"predict returned the shape {values.shape}; expected one P(fake) for each of {count} clips")
    if not np.isfinite(values).all() or values.min(initial=0) < 0 or values.max(initial=0) > 1:
        raise InvalidEntry("predict returned values outside [0, 1]; expected probabilities")
    return values


def digest(entry):
    """The SHA-256 of an entry, taken when it is handed in: the source code of a function or class, or all files.

    Args:
        entry: A function or a class, or the path of a file or folder.
    Returns:
        64 hexadecimal digits.
    Raises:
        InvalidEntry: When a folder holds no file, or a link.
    Lesson 15.
    """
    if not isinstance(entry, str | Path):
        return hashlib.sha256(inspect.getsource(entry).encode()).hexdigest()
    path, total = Path(entry), hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if not p.is_dir()) if path.is_dir() else [path]
    if not files:
        raise InvalidEntry(f"{path.name} holds no file")
    for file in files:
        if file.is_symlink():
            raise InvalidEntry(f"{path.name} holds a link, {file.name}; hand in the file itself")
        name = file.relative_to(path).as_posix() if path.is_dir() else file.name
        with open(file, "rb") as opened:
            total.update(f"{name}\n{hashlib.file_digest(opened, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


def unchanged(entry, frozen):
    """Refuse an entry that is no longer the one that was handed in.

    Args:
        entry: As for `digest`.
        frozen: The digest that was written down.
    Raises:
        InvalidEntry: When the two differ.
    Lesson 15.
    """
    if digest(entry) != frozen:
        raise InvalidEntry("the entry was changed after it was handed in: its SHA-256 is not the one written down")
