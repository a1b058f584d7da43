"""The disk cache: arrays in complete, checksummed files; rendered sets by a hash of parameters and renderer."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from course_lib.cast.frames import Frames
from course_lib.cast.parameters import to_vector
from course_lib.cast.rendering import pair_up, render
from course_lib.compiled import renderer_version
from course_lib.profile import cache_dir

BLOCK = 64  # images in a file: an interrupt loses at most one block
PROGRESS = 10.0  # seconds from one line about the progress to the next
_DIGEST = 32


def _quantise(frames: Frames) -> dict[str, np.ndarray]:
    byte = lambda a: (a * 255 + 0.5).astype(np.uint8)  # noqa: E731
    return dict(
        rgb=byte(frames.rgb),
        alpha=byte(frames.alpha),
        depth=frames.depth.astype(np.float16),
        normals=np.rint(frames.normals * 127).astype(np.int8),
        labels=frames.labels,
        landmarks=frames.landmarks,
        landmarks_visible=frames.landmarks_visible,
        pupils=frames.pupils,
        pupils_visible=frames.pupils_visible,
    )


def _restore(arrays, persons, scenes) -> Frames:
    scale = {"rgb": 255, "alpha": 255, "normals": 127}
    floats = {k: a.astype(np.float32) / np.float32(scale[k]) if k in scale else a for k, a in arrays.items()}
    floats["depth"] = floats["depth"].astype(np.float32)
    return Frames(**floats, persons=persons, scenes=scenes)


def _read(path: Path) -> dict[str, np.ndarray] | None:
    """The arrays of a cache file; None if it is absent or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
        warnings.warn(f"the cached arrays in {path.name} are damaged; they are made again", stacklevel=5)
        return None
    with np.load(io.BytesIO(data[_DIGEST:]), allow_pickle=False) as held:
        return {k: held[k] for k in held.files}


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Whole or not at all: a temporary file takes the name in one step, so two kernels cannot mix their writes."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    data = buffer.getvalue()
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            temporary = file.name
            file.write(hashlib.sha256(data).digest() + data)
        os.replace(temporary, path)
    except OSError as error:
        warnings.warn(
            f"the result could not be cached ({error.strerror or error}); free some disk space, or set "
            "COURSE_CACHE to another folder. The lesson continues without it.",
            stacklevel=5,
        )
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def cached(path: Path, make) -> dict[str, np.ndarray]:
    """The named arrays of a cache file, which is made where it is absent or damaged.

    A full disk costs the cache and not the arrays. Nothing in a file is ever executed.

    Args:
        path: The file.
        make: Function without arguments that computes the arrays, a dict.
    Returns:
        Dict of name -> array.
    """
    arrays = _read(path)
    if arrays is None:
        arrays = make()
        _write(path, arrays)
    return arrays


def cached_chunks(folder, first, count, size, render_chunk, quiet=False, noun="images"):
    """Rows first to first + count of a rendered set that is cached in chunks; an interrupted run keeps its chunks.

    Args:
        folder: Where the chunks are kept, as 000000.npz and so on.
        first, count: The rows.
        size: Rows in a chunk.
        render_chunk: Function of a range of rows that renders them, to a dict of name -> array.
        quiet: Whether to print no progress.
        noun: What a row is, for the progress.
    Returns:
        Dict of name -> array [count, ...].
    """
    start, parts = first - first % size, []
    began = reported = time.monotonic()
    for at in range(start, first + count, size):
        file = folder / f"{at:06d}.npz"
        new = not file.is_file()
        parts.append(cached(file, lambda at=at: render_chunk(range(at, at + size))))
        now = time.monotonic()
        if new and not quiet and now - reported > PROGRESS:
            print(f"rendered {min(at + size - first, count)} of {count} {noun}, {now - began:.0f} s", flush=True)
            reported = now
    rows = slice(first - start, first - start + count)
    return {name: np.concatenate([part[name] for part in parts])[rows] for name in parts[0]}


def render_cached(persons, scenes, size: int = 128, supersample: int = 1, *, progress: bool | None = None) -> Frames:
    """As `render`, through the disk cache: the second call reads files. Colours are multiples of 1/255.

    Damaged files are noticed and rebuilt; an interrupt keeps the finished blocks. Errors as for `render`.

    Args:
        persons, scenes, size, supersample: As for `render`.
        progress: Whether to show a bar; by default when more than two blocks of 64 must be rendered.
    Returns:
        Frames.
    """
    persons, scenes = pair_up(persons, scenes)
    starts = range(0, len(persons), BLOCK)
    blocks = [(persons[i : i + BLOCK], scenes[i : i + BLOCK]) for i in starts]
    bar = tqdm(
        blocks,
        desc="rendering",
        unit="block",
        leave=False,
        delay=2,
        disable=len(blocks) <= 2 if progress is None else not progress,
    )
    parts, version = [], renderer_version()
    for block_persons, block_scenes in bar:
        key = hashlib.sha256(f"{version} {size} {supersample}".encode())
        key.update(np.stack([to_vector(p, s) for p, s in zip(block_persons, block_scenes, strict=True)]).tobytes())
        path = cache_dir() / "renders" / f"{key.hexdigest()[:32]}.npz"
        parts.append(cached(path, lambda block=(block_persons, block_scenes): _quantise(
            render(*block, size, supersample))))
    return _restore({k: np.concatenate([p[k] for p in parts]) for k in parts[0]}, persons, scenes)
