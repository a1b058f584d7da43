"""Many files scored, here or on Dask's workers: a row for each, written as it comes, so that a stopped run goes on.
Lesson 10.
"""
import csv
import io
import os
import time
from dataclasses import asdict, dataclass, fields
from functools import partial
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from course_lib import checkpoints, cluster
from course_lib.faults import in_words
from course_lib.pipelines.detect import detect

BATCH = 20  # files of one task: some seconds of work, so that handing tasks out costs nothing
KEEP = {"distributed.deploy.lost-worker-timeout": "1h"}  # Dask's 15 s end workers that are being restarted
FRAMES = 8  # of a video, by default: one file of a corpus counts for less than one file in a dispute
NOT_MEDIA = {".json", ".toml", ".csv", ".txt", ".md", ".html", ".xml", ".yaml", ".yml", ".log", ".zip"}


@dataclass(frozen=True)
class Row:
    """The result for one file of a corpus, as one line of a table.

    Args:
        path: as given.
        sha256: of its bytes, "" where they could not be read.
        model: that scored it.
        kind: "photograph" or "video", "" where nothing is known.
        frames, faces: how many were examined and found.
        score: P(fake) of the file, as Finding.score; None if there is none.
        problem: why there is no score, "" if there is one.
        notes: what else should be known.
    """

    path: str
    sha256: str
    model: str
    kind: str = ""
    frames: int = 0
    faces: int = 0
    score: float | None = None
    problem: str = ""
    notes: str = ""


COLUMNS = [field.name for field in fields(Row)]


def files_in(folder):
    """The files below a folder that may be pictures or videos: not hidden, and not of a known text format.

    Args:
        folder: searched with everything in it.
    Returns:
        Sorted list of str.
    Raises:
        FileNotFoundError: when there is no such folder.
    Lesson 10.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}: give the one that holds the pictures and videos")
    return sorted(str(path) for path in folder.rglob("*")
                  if path.is_file() and path.suffix.lower() not in NOT_MEDIA
                  and not any(part.startswith(".") for part in path.relative_to(folder).parts))


def score(paths, client=None, *, model="meso4_cast", frames=FRAMES, output=None, batch=BATCH, quiet=False,
          detector=None):
    """Scores many files: here one after another, or with a client in batches on Dask's workers, with equal results.

    A file that cannot be read or scored becomes a row with its problem. With an output, rows are added to it as they
    come, and the same call goes on where it was stopped: files with the same path, sha256 and model are not scored
    again. A batch whose worker died too often (Dask's allowed-failures) is tried again file by file when all others
    are done, so that only the file which kills its worker is without a score.

    Args:
        paths: files that every worker sees under the same path.
        client: distributed.Client, its workers with one thread each (docs/scale.md); None works here.
        model: as for detect.
        frames: examined of each video.
        output: a CSV file with the columns COLUMNS; None keeps none.
        batch: files of a task.
        quiet: print no progress and no estimate.
        detector: function(path, model, frames=...) that gives a Finding; detect when left out.
    Returns:
        List of Row in the order of paths.
    Raises:
        ValueError: for an unknown model, or an output with other columns.
        CheckpointError: when weights are missing.
    Lesson 10.
    """
    paths = list(dict.fromkeys(str(path) for path in paths))
    detector = detector or detect
    known = _read(output) if output else {}
    if detector is detect:
        detect("", model, frames=frames)  # an unknown model or missing weights are said once, before any work
    rows = {path: row for (path, of), row in known.items() if of == model}
    todo = [[(path, rows[path].sha256 if path in rows else "") for path in paths[k:k + batch]]
            for k in range(0, len(paths), batch)]
    job = partial(_score_batch, root=os.getcwd(), model=model, frames=frames, detector=detector)
    workers = cluster.prepare(client) if client else 1
    if client and not quiet:
        print(f"{len(paths):,} files; workers: {workers}; Dask's dashboard: {client.dashboard_link}", flush=True)
    with tqdm(total=len(paths), desc="scoring", unit="file", disable=quiet) as bar, _Table(output) as table:
        first = True
        for results, seconds in _done(job, todo, client):
            for row in results:
                if row and row != rows.get(row.path):
                    rows[row.path] = row
                    table.add(row)
            table.flush()
            bar.update(len(results))
            if first and seconds and bar.n < len(paths) and not quiet:
                left = np.mean(seconds) * (len(paths) - bar.n) / max(workers, 1)
                tqdm.write(f"{np.mean(seconds):.2f} s a file: about {_long(left)} for the other {len(paths) - bar.n:,}")
            first = first and not seconds
    return [rows[path] for path in paths]


def _score_batch(batch, root, model, frames, detector):
    """(path, sha256 that was scored already) of some files -> (their Rows, None for those; seconds of each but the
    first, which may load the networks)."""
    rows, seconds = [], []
    for path, scored in batch:
        began = time.perf_counter()
        rows.append(_score_file(path, scored, root, model, frames, detector))
        if rows[-1]:
            seconds.append(time.perf_counter() - began)
    return rows, seconds[1:]


def _score_file(path, scored, root, model, frames, detector):
    file = Path(root, path)  # a worker may have been started in another folder
    try:
        digest = checkpoints.sha256_of(file)
    except OSError as error:
        return Row(path, "", model, problem=in_words(error))
    if digest == scored:
        return None
    found = detector(file, model, frames=frames)
    problem, notes = (" ".join(text.split()) for text in (found.problem, "; ".join(found.notes)))
    return Row(path, digest, model, found.kind, found.frames, len(found.faces), found.score, problem, notes)


def _done(job, batches, client):
    """What job gives for each batch, in the order in which the batches are done."""
    if client is None:
        yield from map(job, batches)
        return
    import dask
    from distributed import KilledWorker, as_completed

    with dask.config.set(KEEP):
        futures = client.map(job, batches, pure=False, retries=1)
        waiting, killed = dict(zip(futures, batches, strict=True)), []
        del futures
        for future in as_completed(list(waiting)):
            batch = waiting.pop(future)
            try:
                yield future.result()
            except KilledWorker:
                killed += batch
            future.release()
        for path, known in killed:  # one at a time: a file that kills its worker takes no other with it
            try:
                yield client.submit(job, [(path, known)], pure=False).result()
            except KilledWorker:
                yield [Row(path, "", job.keywords["model"], problem="every worker that scored it ended: too little "
                           "memory, or a fault in a library")], []


class _Table:
    """Adds rows to a CSV file, or to nothing."""

    def __init__(self, path):
        self.path, self.file = path, None

    def __enter__(self):
        if self.path:
            self.file = open(self.path, "a", newline="", encoding="utf-8", errors="backslashreplace")
            self.writer = csv.DictWriter(self.file, COLUMNS, lineterminator="\n")
            if not self.file.tell():
                self.writer.writeheader()
        return self

    def add(self, row):
        if self.file:
            self.writer.writerow(asdict(row))

    def flush(self):
        if self.file:
            self.file.flush()

    def __exit__(self, *_):
        if self.file:
            self.file.close()


def _read(path):
    """{(path, model): the last Row} of a table; a line that was not written to its end is cut off."""
    path = Path(path)
    if not path.exists() or not path.stat().st_size:
        return {}
    with path.open("rb+") as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        table = csv.DictReader(io.StringIO(content[:whole].decode("utf-8"), newline=""))
        if table.fieldnames != COLUMNS:
            raise ValueError(f"{path} is no table of scores: its columns are {table.fieldnames}, expected {COLUMNS}; "
                             "name another output")
        file.truncate(whole)
    rows = {}
    for line in table:
        line |= {name: int(line[name]) for name in ("frames", "faces")}
        line["score"] = float(line["score"]) if line["score"] else None
        rows[line["path"], line["model"]] = Row(**line)
    return rows


def _long(seconds):
    """A time in words."""
    for unit, name in ((3600, "hours"), (60, "minutes")):
        if seconds >= 1.5 * unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.0f} s"
