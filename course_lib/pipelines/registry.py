"""A local registry of files and their manifests, in which a file that lost its manifest is found again. Lesson 14.

Three keys lead to an entry: the SHA-256 of the bytes (the same file), the payload of the watermark, and the PDQ
fingerprint of an image or of a video's frames. The last two lead only to "probably made from". A payload can be copied
into another image, so it counts in full only where the fingerprint agrees. Where too many of its bits are wrong for
the code, it is still compared with the payloads of all entries (payload.py).

All frames of a video are read, of a long one READ, evenly spread. Two videos are as far apart as the median frame of
one is from the nearest frame of the other; of the two directions the nearer counts, so a part is found in the whole.
"""

import itertools
import json
import sqlite3
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from course_lib import media
from course_lib.provenance import fingerprints, manifest, payload, spread, watermark

TABLES = """
CREATE TABLE IF NOT EXISTS files (id INTEGER PRIMARY KEY, name TEXT, sha256 TEXT UNIQUE, record TEXT);
CREATE TABLE IF NOT EXISTS marks (file INTEGER REFERENCES files (id), payload INTEGER);
CREATE TABLE IF NOT EXISTS prints (file INTEGER REFERENCES files (id), pdq BLOB);
"""
READ = 600  # frames of a video that are read, at most: 24 seconds at 25 frames per second
TOGETHER = 4096  # fingerprints of the registry that are compared at once
NEAR, LOOSE = fingerprints.PDQ_MATCH, 90  # PDQ distances of a match, and of one that can support a payload


@dataclass(frozen=True)
class Match:
    """An entry that a file may come from.

    Args:
        name: Of the registered file.
        by: Tuple of "sha256", "payload", "fingerprint".
        distance: PDQ distance over the symmetries, 0 to 256; of videos the median over frames.
        agreement: Of the payload, see payload.agreement; 0 where no watermark was read.
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
    agreement: float = 0.0


@dataclass(frozen=True)
class Look:
    """What is read from a file once, for all that ask.

    Args:
        sha256: 64 hexadecimal digits.
        frame: f32 RGB [H, W, 3], the picture, or the first frame of a video.
        count: How many frames were read.
        views: bool [M, 8, 256], PDQ of each frame in all symmetries, the first as it is; frames with nothing to see are
            left out.
        found: spread.Found, of the watermark's second layer.
        score: Of its first layer.
    """

    sha256: str
    frame: np.ndarray = field(repr=False)
    count: int
    views: np.ndarray = field(repr=False)
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
    keys, views, first = [], [], None

    def read():
        nonlocal first
        for number, (frame, key) in enumerate(_frames(path)):
            first = frame if first is None else first
            views.append(fingerprints.pdq_views(frame))
            if key:
                keys.append(number)
            yield frame

    frames = read()
    first_one = next(frames, None)
    if first_one is None:
        raise ValueError(f"{path} holds no frames")
    if min(first_one.shape[:2]) < watermark.SMALLEST // 2:
        score, found = 0.0, spread.Found(0.0)
        for _ in frames:
            pass
    elif media.is_video(path):
        score, found = watermark.examine(itertools.chain([first_one], frames), key_frames=keys)
    else:
        score, found = watermark.examine(first_one)
    good = [bits for bits, quality in views if quality >= fingerprints.PDQ_QUALITY] or [bits for bits, _ in views]
    return Look(manifest.sha256(path), first, len(views), np.array(good), found, score)


def _frames(path):
    """(frame, whether it is a key frame) of a video, (image, True) of a picture."""
    if not media.is_video(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of several pages the first is meant
            yield media.read_image(path), True
        return
    video = media.read_video(path)
    info, keys = video.info, video.key_times()
    every = max(1, -(-(info.frames or round(info.duration * info.fps)) // READ))
    number = itertools.count()

    def wanted(time):
        return next(number) % every == 0 or round(time, 3) in keys

    for time, frame in video.timed(wanted):
        yield frame, round(time, 3) in keys


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
                                  [(number, np.packbits(bits).tobytes()) for bits in seen.views[:, 0]])
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
        distances, agreement = self.distances(seen), self._agreement(seen)
        enough, matches = payload.agreeing(len(agreement)), []
        for number, name, sha256, record in self.base.execute("SELECT id, name, sha256, record FROM files"):
            far, (agrees, equal) = distances.get(number, 256), agreement.get(number, (0.0, False))
            by = tuple(key for key, holds in (("sha256", sha256 == seen.sha256), ("payload", equal or agrees >= enough),
                                              ("fingerprint", far <= NEAR)) if holds)
            if by:
                matches.append(Match(name, by, far, *_confidence(by, far), json.loads(record), round(agrees, 2)))
        order = ("certain", "strong", "fair", "doubtful")
        return sorted(matches, key=lambda m: ({c: k for k, c in enumerate(order)}[m.confidence], m.distance))

    def _agreement(self, seen):
        """{file: (how well the soft bits agree with its payload, whether the code yields this payload)}."""
        rows = self.base.execute("SELECT file, payload FROM marks").fetchall()
        agrees = payload.agreement(seen.found.soft, [value for _, value in rows])
        out = {}
        for (number, value), z in zip(rows, agrees, strict=True):
            out[number] = max(out.get(number, (-9.0, False)), (float(z), value == seen.found.payload))
        return out

    def distances(self, seen):
        """How far a file is from each entry, by the fingerprints of all frames; see the module's docstring.

        Args:
            seen: Look.
        Returns:
            Dict, number of the entry -> PDQ distance, 0 to 256.
        Lesson 14.
        """
        rows = self.base.execute("SELECT file, pdq FROM prints ORDER BY file").fetchall()
        if not rows:
            return {}
        numbers, starts = np.unique([number for number, _ in rows], return_index=True)
        column = np.searchsorted(numbers, [number for number, _ in rows])
        known = np.unpackbits(np.frombuffer(b"".join(bits for _, bits in rows), np.uint8).reshape(len(rows), 32), 1)
        asked = 1 - 2 * seen.views.reshape(-1, 256).astype(np.float32)
        from_asked, from_known = np.full((len(seen.views), len(numbers)), 256.0), []
        for begin in range(0, len(known), TOGETHER):
            part = 1 - 2 * known[begin:begin + TOGETHER].astype(np.float32)
            far = ((256 - asked @ part.T) / 2).reshape(len(seen.views), -1, len(part)).min(1)
            from_known.append(far.min(0))
            files, places = np.unique(column[begin:begin + TOGETHER], return_index=True)
            from_asked[:, files] = np.minimum(from_asked[:, files], np.minimum.reduceat(far, places, axis=1))
        of_files = [np.median(part) for part in np.split(np.concatenate(from_known), starts[1:])]
        return dict(zip(numbers.tolist(), np.minimum(np.median(from_asked, 0), of_files).round().astype(int).tolist(),
                        strict=True))


def _confidence(by, far):
    if "sha256" in by:
        return "certain", ""
    if "payload" in by and far <= LOOSE:
        return "strong", ""
    if "payload" in by:
        return "doubtful", "the watermark names this entry, but the picture does not look like it: was the mark copied?"
    return "fair", "it looks like this entry; a fingerprint cannot say which of two similar pictures was first"
