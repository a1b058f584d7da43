"""A local registry of files and their manifests, in which a file that lost its manifest is found again. Lesson 14.

Three keys lead to an entry: the SHA-256 of the bytes (the same file), the payload of the watermark, and the PDQ
fingerprint of an image or of a video's frames. The last two lead only to "probably made from". A payload can be copied
into another image, so it counts in full only where the fingerprint agrees.
"""

import json
import sqlite3
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from course_lib import media
from course_lib.provenance import fingerprints, manifest, spread, watermark

TABLES = """
CREATE TABLE IF NOT EXISTS files (id INTEGER PRIMARY KEY, name TEXT, sha256 TEXT UNIQUE, record TEXT);
CREATE TABLE IF NOT EXISTS marks (file INTEGER REFERENCES files (id), payload INTEGER);
CREATE TABLE IF NOT EXISTS prints (file INTEGER REFERENCES files (id), pdq BLOB);
"""
FRAMES, EVERY = 24, 5  # of a video: frames that are looked at, at most, and the distance from one to the next
NEAR, LOOSE = fingerprints.PDQ_MATCH, 90  # PDQ distances of a match, and of one that can support a payload


@dataclass(frozen=True)
class Match:
    """An entry that a file may come from.

    Args:
        name: Of the registered file.
        by: Tuple of "sha256", "payload", "fingerprint".
        distance: Smallest PDQ distance over the symmetries, 0 to 256.
        confidence: "certain", "strong", "fair" or "doubtful".
        note: What should be known, "" if nothing.
        record: Its manifest.
    """

    name: str
    by: tuple
    distance: int
    confidence: str
    note: str = ""
    record: dict = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Look:
    """What is read from a file once, for all that ask.

    Args:
        sha256: 64 hexadecimal digits.
        frames: f32 RGB images: one of a picture, some of a video.
        prints: bool [M, 256], PDQ.
        found: spread.Found, of the watermark's second layer.
        score: Of its first layer.
    """

    sha256: str
    frames: list = field(repr=False)
    prints: np.ndarray = field(repr=False)
    found: spread.Found
    score: float

    @property
    def marked(self):
        """Whether the watermark is detected."""
        return self.score >= watermark.THRESHOLD or self.found.score >= spread.THRESHOLD


def look(path):
    """Read a file: hash, frames, fingerprints and watermark.

    Args:
        path: A picture or a video.
    Returns:
        Look.
    Raises:
        ValueError: When it cannot be read.
        FileNotFoundError: When there is none.
    Lesson 14.
    """
    frames = []
    if media.is_video(path):
        for k, frame in enumerate(media.read_video(path)):
            if k % EVERY == 0:
                frames.append(frame)
            if len(frames) == FRAMES:
                break
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of several pages the first is meant
            frames = [media.read_image(path)]
    if not frames:
        raise ValueError(f"{path} holds no frames")
    prints = np.array([fingerprints.pdq(frame)[0] for frame in frames])
    large = min(frames[0].shape[:2]) >= watermark.SMALLEST // 2
    score = watermark.score(frames) if large else 0.0
    return Look(manifest.sha256(path), frames, prints, watermark.search(frames) if large else spread.Found(0.0), score)


class Registry:
    """A collection of files in one SQLite file, or in memory.

    Args:
        path: Of the SQLite file; ":memory:" keeps nothing.
    """

    def __init__(self, path=":memory:"):
        self.base = sqlite3.connect(str(path))
        self.base.executescript(TABLES)

    def __len__(self):
        return self.base.execute("SELECT count(*) FROM files").fetchone()[0]

    def add(self, path):
        """Register a file with its manifest. A file that is already there is left as it is.

        Args:
            path: A picture or a video that the course wrote, its manifest beside it.
        Returns:
            int, its number.
        Raises:
            ValueError: When the manifest describes another file.
            FileNotFoundError: When there is no manifest.
        Lesson 14.
        """
        record, seen = manifest.read(path), look(path)
        if record["sha256"] != seen.sha256:
            raise ValueError(f"{path} is not the file that its manifest describes; it was changed after writing")
        there = self.base.execute("SELECT id FROM files WHERE sha256 = ?", (seen.sha256,)).fetchone()
        if there:
            return there[0]
        mark = record.get("mark", {})
        payloads = mark.get("payloads", [mark["payload"]] if "payload" in mark else [])
        with self.base:
            number = self.base.execute("INSERT INTO files (name, sha256, record) VALUES (?, ?, ?)",
                                       (Path(path).name, seen.sha256, json.dumps(record))).lastrowid
            self.base.executemany("INSERT INTO marks VALUES (?, ?)", [(number, value) for value in payloads])
            self.base.executemany("INSERT INTO prints VALUES (?, ?)",
                                  [(number, np.packbits(bits).tobytes()) for bits in seen.prints])
        return number

    def find(self, seen):
        """The entries that a file may come from, the most certain first.

        Args:
            seen: Look, or the path of a file.
        Returns:
            List of Match.
        Lesson 14.
        """
        seen = seen if isinstance(seen, Look) else look(seen)
        distances = self._distances(seen)
        matches = []
        marked = {number for number, in self.base.execute("SELECT file FROM marks WHERE payload = ?",
                                                          (seen.found.payload,))}
        for number, name, sha256, record in self.base.execute("SELECT id, name, sha256, record FROM files"):
            far = distances.get(number, 256)
            by = tuple(key for key, holds in (("sha256", sha256 == seen.sha256), ("payload", number in marked),
                                              ("fingerprint", far <= NEAR)) if holds)
            if by:
                matches.append(Match(name, by, far, *_confidence(by, far), json.loads(record)))
        order = ("certain", "strong", "fair", "doubtful")
        return sorted(matches, key=lambda m: ({c: k for k, c in enumerate(order)}[m.confidence], m.distance))

    def _distances(self, seen):
        """{file: smallest distance of one of its frames to a frame in any symmetry}."""
        rows = self.base.execute("SELECT file, pdq FROM prints").fetchall()
        if not rows:
            return {}
        known = np.unpackbits(np.frombuffer(b"".join(bits for _, bits in rows), np.uint8).reshape(len(rows), 32), 1)
        views = [bits for frame in seen.frames[:4] for bits in fingerprints.pdq_symmetries(frame).values()]
        best = np.min([fingerprints.distance(known.astype(bool), view) for view in (*seen.prints, *views)], 0)
        out = {}
        for (number, _), far in zip(rows, best, strict=True):
            out[number] = min(out.get(number, 256), int(far))
        return out


def _confidence(by, far):
    if "sha256" in by:
        return "certain", ""
    if "payload" in by and far <= LOOSE:
        return "strong", ""
    if "payload" in by:
        return "doubtful", "the watermark names this entry, but the picture does not look like it: was the mark copied?"
    return "fair", "it looks like this entry; a fingerprint cannot say which of two similar pictures was first"
