"""`course grade`: any number of submissions, each in its own box; one that goes wrong costs itself only."""
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import psutil

from . import report, submissions
from .box import Box, Limits
from .copies import choose
from .marking import STOPPED, Answer, clean, marked

ROOT = Path(__file__).resolve().parents[2]
PERIOD = 0.25  # seconds between two looks at what a submission takes


@dataclass
class Result:
    """The result of one submission.

    Args:
        submission: its name.
        answers: list of Answer.
        notes: what was refused or went wrong beside the answers.
        junit: files, relative to the output.
        seconds: of the clock.
        cpu_seconds: of processors, as far as seen from outside.
    """

    submission: str
    answers: list[Answer] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    junit: list[str] = field(default_factory=list)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def points(self):
        """Points earned."""
        return sum(a.points for a in self.answers)

    @property
    def of(self):
        """Points that can be earned."""
        return sum(a.of for a in self.answers)


def copy_of_the_course(folder):
    """Copy what exercises need, without solutions and caches, for the kernels to read.

    Args:
        folder: in which the copy is made.
    Returns:
        Its Path.
    """
    folder = Path(folder) / "course"
    ignored = shutil.ignore_patterns("__pycache__", "cache")
    for name in ("course_lib", "datasets"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    return folder


def _size(folder):
    """Bytes of the files below a folder; what vanishes meanwhile counts nothing."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(where, name)).st_size
            except OSError:
                continue
    return total


def _children(process):
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        return []


def _taken(processes, cpu):
    """Bytes of memory of some processes together. Writes the processor seconds of each into cpu, a dict."""
    total = 0
    for one in processes:
        try:
            total += one.memory_info().rss
            cpu[one.pid] = sum(one.cpu_times()[:2])
        except psutil.Error:  # it has just ended
            continue
    return total


def _kill(processes):
    for one in processes:
        try:
            one.kill()
        except psutil.Error:
            continue


def watch(process, limits, scratch, stopped=lambda: False, flag=None):
    """Wait for pytest, and stop its kernel, or at last itself, where it takes too much.

    Args:
        process: subprocess.Popen of pytest.
        limits: box.Limits.
        scratch: Path of the folder whose size counts where no box limits it.
        stopped: function that tells whether grading was stopped.
        flag: Path of a file that is made before a kernel is stopped, so that pytest starts no other.
    Returns:
        (why it was stopped or '', CPU seconds that were seen).
    """
    began, why, seen, cpu, itself = time.monotonic(), "", {}, {}, psutil.Process(process.pid)
    while process.poll() is None:
        time.sleep(PERIOD)
        below = _children(process)
        seen.update({one.pid: one for one in below})
        taken = _taken(below, cpu)
        _taken([itself], cpu)
        if stopped() or time.monotonic() - began > limits.seconds:
            why = why or ("stopped by the grader" if stopped() else f"took longer than {limits.seconds:g} s in all")
            process.kill()
        elif len(below) > limits.processes:
            why = why or f"started more than {limits.processes} processes"
        elif taken > limits.memory:
            why = why or f"took more than {limits.memory >> 20} MB of memory"
        elif _size(scratch) > limits.disk:
            why = why or f"wrote more than {limits.disk >> 20} MB"
        if why:
            if flag is not None:
                flag.touch()
            _kill(below)
    process.wait()
    _kill(seen.values())  # psutil compares the start times, so a new process with an old number is safe
    return why, sum(cpu.values())


def run(book, exercises, stem, folder, junit, box, limits, stopped=lambda: False):
    """Run one restored notebook in its box.

    Args:
        book, exercises: what submissions.restore returns.
        stem: name of the notebook.
        folder: Path of an empty folder.
        junit: Path for the XML.
        box: a Box.
        limits: box.Limits.
        stopped: function that tells whether grading was stopped.
    Returns:
        (list of Answer, notes, CPU seconds).
    """
    head, env = box.prepare(folder, limits)
    nbformat.write(book, folder / f"{stem}.ipynb")
    (folder / "pytest.ini").write_text("[pytest]\n")
    shutil.copy(ROOT / "conftest.py", folder)
    results = folder / "results.xml"
    command = [*head, sys.executable, "-m", "course_lib.grading.tester", "box" if head else "open", "-q", "--color=no",
               "-p", "nbval.plugin", "-p", "no:cacheprovider", "--runxfail", "--nbval-lax", "--nbval-kernel-name=boxed",
               f"--nbval-cell-timeout={limits.cell_seconds}", f"--junitxml={results}", f"{stem}.ipynb"]  # fmt: skip
    with open(folder / "log.txt", "wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True)
    try:
        why, cpu = watch(process, limits, folder / "scratch", stopped, folder / STOPPED)
    except BaseException:
        _kill([*_children(process), process])
        raise
    if results.is_file():
        junit.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(results, junit)
    return *marked(exercises, junit, why), cpu


def _one(name, path, released, out, work, box, limits, seed, stopped):
    """The Result of one submission, whatever it holds."""
    shown = name.encode(errors="backslashreplace").decode()
    result, began, safe = Result(clean(shown)), time.monotonic(), report.file_name(shown)
    try:
        if isinstance(path, submissions.Refused):
            raise path
        paths, result.notes = submissions.notebooks(path)
        copies = {}  # of each release: (path, notebook) of all that answer it
        for one in paths:
            try:
                book = submissions.read(one, notes := [])
                copies.setdefault(submissions.belongs_to(book, released, notes), []).append((one, book, notes))
            except submissions.Refused as refused:
                result.notes.append(f"{one.name}: {refused}")
        for stem, rivals in copies.items():
            (one, book, odd), notes = choose(rivals, released[stem])
            book, exercises = submissions.restore(book, released[stem], seed)
            folder, junit = work / f"{safe}-{stem}", out / safe / f"{stem}.xml"
            folder.mkdir()
            junit.unlink(missing_ok=True)
            answers, died, cpu = run(book, exercises, stem, folder, junit, box, limits, stopped)
            result.notes += [*notes, *(f"{one.name}: {note}" for note in [*odd, *died])]
            result.answers += answers
            result.cpu_seconds += cpu
            result.junit += [f"{safe}/{stem}.xml"] if junit.is_file() else []
            shutil.rmtree(folder, ignore_errors=True)
    except submissions.Refused as refused:
        result.notes.append(str(refused))
    except Exception as error:  # our own failure with one submission must not end the others'
        result.notes.append(f"could not be graded, look at it by hand: {type(error).__name__}: {error}")
    result.notes = [clean(note) for note in result.notes]
    result.seconds, result.cpu_seconds = round(time.monotonic() - began, 1), round(result.cpu_seconds, 1)
    return result


def grade(folder, out, *, release=None, seed=None, workers=2, limits=None, namespaces=None, say=print):
    """Grade every submission in a folder, and write the results, as they come, into another folder.

    Args:
        folder: with a notebook, or a folder of notebooks, for each student.
        out: gets results.json, results.csv and pytest's JUnit XML for each submission; made if absent.
        release: folder of the exercises as given out, notebooks/exercises when left out.
        seed: of the checks' inputs, the same for all; drawn when left out.
        workers: submissions at once.
        limits: box.Limits.
        namespaces: False does without them.
        say: prints a line for each submission.
    Returns:
        List of Result, sorted by name.
    Raises:
        ValueError: when a folder does not fit, or the system has no process limits (Windows).
    """
    if sys.platform == "win32":
        raise ValueError("grading needs process limits, which Windows has not; run it in WSL or a container")
    released, limits = submissions.releases(release or ROOT / "notebooks" / "exercises"), limits or Limits()
    submitted, out = submissions.find(folder), Path(out).resolve()
    if not submitted:
        raise ValueError(f"{folder} holds no submission; expected a notebook, or a folder of them, for each student")
    if out.is_relative_to(Path(folder).resolve()):
        raise ValueError(f"{out} lies among the submissions; name another folder for the results")
    seed = secrets.randbelow(2**31) if seed is None else int(seed)
    out.mkdir(parents=True, exist_ok=True)
    results, stop, lock = [], threading.Event(), threading.Lock()
    with tempfile.TemporaryDirectory(prefix="grade", ignore_cleanup_errors=True) as work:
        work = Path(work)
        box = Box(copy_of_the_course(work), work, namespaces=namespaces)
        say(f"{len(submitted)} submissions; {box.about}")

        def one(item):
            if stop.is_set():
                return
            result = _one(*item, released, out, work, box, limits, seed, stop.is_set)
            with lock:
                results.append(result)
                results.sort(key=lambda r: r.submission)
                report.write(results, out, seed=seed, isolation=box.about)
                say(f"{result.points:3} of {result.of:3}  {result.seconds:5.0f} s  {result.submission}"
                    + (f"  ({'; '.join(result.notes)})" if result.notes else ""))

        with ThreadPoolExecutor(workers) as pool:
            try:
                for done in [pool.submit(one, item) for item in submitted.items()]:
                    done.result()
            except BaseException:
                stop.set()
                raise
    return results
