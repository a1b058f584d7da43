"""`course arena`: a class's tournament. Untrusted detectors run in the grader's box; a bad entry costs only itself."""
import json
import secrets
import subprocess
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import psutil

from course_lib.arena import leaderboard, matrix
from course_lib.arena.entries import InvalidEntry, checked_scores, digest
from course_lib.arena.rules import Rules, shuffled

from .batch import PERIOD, _children, _kill, _taken, copy_of_the_course
from .box import Box, Limits
from .contestant import packed

BATCH = 8  # clips in a message
LARGEST = 40 << 20  # bytes of an entry
NEEDED = "a detector is a file NAME.py or a folder NAME with detector.py, with a class Detector and predict(clips)"


def entry_files(path):
    """The files of a detector, as they go into the box.

    Args:
        path: Path of NAME.py or of a folder with detector.py.
    Returns:
        Dict: relative name -> uint8 array.
    Raises:
        InvalidEntry: When there is no detector.py, a link, or too much.
    """
    files = {"detector.py": path} if path.is_file() else \
        {p.relative_to(path).as_posix(): p for p in sorted(path.rglob("*")) if not p.is_dir()}
    if "detector.py" not in files:
        raise InvalidEntry(f"{path.name} holds no detector.py; {NEEDED}")
    if any(p.is_symlink() for p in files.values()):
        raise InvalidEntry(f"{path.name} holds a link; hand in the file itself")
    if sum(p.stat().st_size for p in files.values()) > LARGEST:
        raise InvalidEntry(f"{path.name} is larger than {LARGEST >> 20} MB")
    return {name: np.frombuffer(p.read_bytes(), np.uint8) for name, p in files.items()}


class _Watch(threading.Thread):
    """Stops a contestant that takes too much; `why` says what."""

    def __init__(self, process, limits):
        super().__init__(daemon=True)
        self.process, self.limits, self.why, self.cpu = process, limits, "", {}

    def run(self):
        began = time.monotonic()
        while self.process.poll() is None and not self.why:
            time.sleep(PERIOD)
            try:
                every = [psutil.Process(self.process.pid), *_children(self.process)]
            except psutil.Error:
                break
            taken = _taken(every, self.cpu)
            if sum(self.cpu.values()) > self.limits.seconds:
                self.why = f"took more than {self.limits.seconds:g} s of processor time"
            elif time.monotonic() - began > 4 * self.limits.seconds + 30:
                self.why = f"was not done after {4 * self.limits.seconds + 30:g} s of the clock"
            elif taken > self.limits.memory:
                self.why = f"took more than {self.limits.memory >> 20} MB of memory"
            elif len(every) > self.limits.processes:
                self.why = f"started more than {self.limits.processes} processes"
            if self.why:
                _kill(every[::-1])


def scored(files, clips, box, folder, limits):
    """The scores of one detector, run in its box.

    Args:
        files: Of `entry_files`.
        clips: List of Clip, in the order in which it gets them.
        box: Box.
        folder: Path of a folder for its own files.
        limits: Limits; seconds are of processor time.
    Returns:
        (f64 [N], seconds of processor time).
    Raises:
        InvalidEntry: When the entry fails, cheats the protocol or takes too much.
    """
    with open(folder / "log.txt", "wb") as log:
        process = subprocess.Popen(box.command("course_lib.grading.contestant", folder, limits), cwd=folder,
                                   env=box.environment(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=log, start_new_session=True)
    watch = _Watch(process, limits)
    watch.start()
    scores, failed = [], ""
    try:
        failed = _exchange(process, packed(files)).get("error", "")
        for first in range(0, len(clips) if not failed else 0, BATCH):
            part = clips[first:first + BATCH]
            arrays = {f"frames{k}": c.frames for k, c in enumerate(part)}
            arrays |= {f"landmarks{k}": c.landmarks for k, c in enumerate(part)}
            answer = _exchange(process, packed(arrays | {"fps": np.array([c.fps for c in part])}))
            if "scores" not in answer:
                failed = answer.get("error", "sent no scores")
                break
            scores.append(checked_scores(answer["scores"], len(part)))
    except (OSError, ValueError) as error:
        failed = str(error)
    finally:
        _kill([*_children(process), process])
        process.wait()
        watch.join()
    if watch.why or failed:
        raise InvalidEntry(watch.why or failed)
    return np.concatenate(scores), sum(watch.cpu.values())


def _exchange(process, data):
    """Send one message and read the answer."""
    process.stdin.write(data)
    process.stdin.flush()
    line = process.stdout.readline(1 << 20)
    if not line:
        raise ValueError("the detector's process ended without an answer")
    answer = json.loads(line)
    if not isinstance(answer, dict):
        raise ValueError("the detector's process sent something else than its answer")
    return answer


def play(detectors, round_, real, fakes, out, *, seed, limits=None, namespaces=None, say=print):
    """Every detector of a folder against the clips of a round; results are kept, so a stopped run goes on.

    Args:
        detectors: Dict: name -> Path.
        round_: matrix.Round with people and floors, changed in place.
        real: List of Clip: the real-only set.
        fakes: Dict: creator -> list of Clip.
        out: Path of the folder for results.
        seed: The organiser's secret: the order of the clips.
        limits: Limits.
        namespaces: As for Box.
        say: Prints a line.
    Returns:
        Dict: detector -> SHA-256.
    """
    limits = limits or Limits(seconds=Rules().seconds, memory=Rules().memory)
    clips = [*real, *(c for part in fakes.values() for c in part)]
    order, digests, kept = shuffled(len(clips), seed), {}, out / "scores"
    kept.mkdir(parents=True, exist_ok=True)
    what = clips_digest(clips)
    with tempfile.TemporaryDirectory(prefix="arena", ignore_cleanup_errors=True) as work:
        work = Path(work)
        box = Box(copy_of_the_course(work), work, namespaces=namespaces)
        say(f"{len(detectors)} detectors, {len(clips)} clips; {box.about}")
        for number, (name, path) in enumerate(detectors.items()):
            try:
                digests[name] = digest(path)
                file = kept / f"{number:03}.json"
                record = json.loads(file.read_text()) if file.is_file() else {}
                if (record.get("sha256"), record.get("clips")) != (digests[name], what):
                    folder = work / f"entry{number}"
                    (folder / "root").mkdir(parents=True)
                    (folder / "scratch").mkdir()
                    record = {"name": name, "sha256": digests[name], "clips": what}
                    try:
                        scores, seconds = scored(entry_files(path), [clips[k] for k in order], box, folder, limits)
                        record |= {"scores": scores.tolist(), "seconds": round(seconds, 1)}
                    except InvalidEntry as refused:
                        record["refused"] = str(refused)
                    file.write_text(json.dumps(record) + "\n")
                if "refused" in record:
                    round_.problems[name] = record["refused"]
                else:
                    _enter(round_, name, np.array(record["scores"]), order, real, fakes)
            except (OSError, ValueError) as error:  # InvalidEntry is one: an entry that cannot be taken in
                round_.problems[name] = str(error)
            say(f"{name}: {round_.problems.get(name, 'scored')}")
    return digests


def clips_digest(clips):
    """What a stored result belongs to.

    Args:
        clips: List of Clip.
    Returns:
        16 hexadecimal digits.
    """
    import hashlib

    total = hashlib.sha256()
    for clip in clips:
        total.update(clip.frames.tobytes())
    return total.hexdigest()[:16]


def _enter(round_, name, scores, order, real, fakes):
    sorted_ = np.empty(len(order))
    sorted_[order] = scores
    parts = np.split(sorted_, np.cumsum([len(real), *map(len, fakes.values())])[:-1])
    round_.real[name], round_.fake[name] = parts[0].tolist(), {c: p.tolist() for c, p in zip(fakes, parts[1:],
                                                                                             strict=True)}


def run(folder, out, *, secret=None, limits=None, namespaces=None, say=print):
    """Play a tournament: `course arena run`.

    Args:
        folder: With round.json, detectors/ and creators/ (see entry_kit).
        out: For leaderboard.jsonl, index.html and the kept scores.
        secret: The organiser's seed: real-only set, house set and order; drawn at the first run and kept in `out`.
        limits: Limits of each detector.
        namespaces: As for Box.
        say: Prints a line.
    Returns:
        (Round, list of lines of the leaderboard).
    Raises:
        ValueError: When the folder holds no round or no detector.
    """
    from .entry_kit import creators_clips, house_and_real, round_of

    folder, out = Path(folder), Path(out)
    seed, count = round_of(folder)
    detectors = {p.stem: p for p in sorted((folder / "detectors").glob("*")) if not p.name.startswith((".", "_"))}
    if not detectors:
        raise ValueError(f"{folder / 'detectors'} is empty; {NEEDED}")
    out.mkdir(parents=True, exist_ok=True)
    kept = out / "secret.json"
    if secret is None:
        secret = json.loads(kept.read_text())["seed"] if kept.is_file() else secrets.randbelow(10**6) + 1000
    kept.write_text(json.dumps({"seed": int(secret)}) + "\n")
    round_ = matrix.Round(seed)
    fakes, digests = creators_clips(folder, seed, count, round_, say)
    house, real = house_and_real(secret, min(count, 12), round_, say)
    digests |= play(detectors, round_, real, fakes | house, out, seed=secret, limits=limits, namespaces=namespaces,
                    say=say)
    names = list(house)
    score = {d: matrix.house(round_, d, names) for d in round_.detectors}
    for d, value in score.items():
        if value < Rules().least_house:
            round_.problems[d] = (f"AUC {value:.2f} on the secret house set, below {Rules().least_house:g}: it knows "
                                  "the entries or their people, not fakes, and is left out of matrix and ratings")
    rows = leaderboard.lines(round_, digests)
    shown = [r for r in rows if r["creator"] not in names and r["detector"] not in round_.problems]
    (out / "leaderboard.jsonl").write_text(leaderboard.as_text(rows), encoding="utf-8")
    (out / "round.json").write_text(json.dumps(asdict(round_)) + "\n", encoding="utf-8")
    page = leaderboard.page(shown, round_.problems, _extremes(round_, fakes), score)
    (out / "index.html").write_text(page, encoding="utf-8")
    return round_, rows


def _extremes(round_, fakes):
    """The best and the worst clip of every creator: least and most found, on the mean of all detectors."""
    out = {}
    for creator, clips in fakes.items():
        if round_.detectors and clips:
            mean = np.mean([round_.fake[d][creator] for d in round_.detectors], 0)
            for word, k in (("least found", int(mean.argmin())), ("most found", int(mean.argmax()))):
                out[f"{creator}, {word}", f"mean P(fake) {mean[k]:.2f}"] = clips[k].pictures(len(clips[k]) // 2)[1]
    return out
