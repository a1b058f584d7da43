"""A long film worked on in parts, so that it can be stopped and gone on with. Lesson 03."""
import contextlib
import json
import shutil
from itertools import islice

from tqdm import tqdm

from course_lib import media, provenance
from course_lib.provenance import manifest


def consent_of(path):
    """The Consent beside a file, or None for one that the course made and in which no real person is.

    Raises provenance.consent.ConsentError, and FileNotFoundError where there is no such file. Lesson 03."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        if manifest.agrees(path) and "consent" not in manifest.read(path):
            return None
    except (FileNotFoundError, ValueError):  # no manifest, or one that cannot be read
        pass
    return provenance.consent.require(path.parent)


def folder_of(target, job):
    """The folder of the parts of a file; emptied when what lies there is of another job (a dict for JSON)."""
    folder, job = target.with_name(target.name + ".parts"), json.loads(json.dumps(job))  # tuples become lists
    note = folder / "job.json"
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # absent, or a kill came while it was written
        known = None
    if folder.is_dir() and known != job:
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if known != job:
        note.write_text(json.dumps(job, indent=1), encoding="utf-8")
    return folder


def pace_of(times, fps):
    """{"rate": mean frames per second, "fps": the same where the rate is constant, else None}."""
    fps = fps or (len(times) - 1) / max(times[-1], 1e-6) or 25.0
    constant = all(abs(time - i / fps) < 0.25 / fps for i, time in enumerate(times))
    return {"rate": fps, "fps": fps if constant else None}


def whole(folder, ending):
    """The parts that are there and complete, in order, up to the first that is not."""
    done = []
    while (part := folder / f"{len(done):06d}{ending}").is_file():
        try:
            if not (manifest.read(part).get("complete") and manifest.agrees(part)):
                break
        except (OSError, ValueError):  # it is made again
            break
        done.append(part)
    return done


def write(folder, ending, frames, first, times, pace, length, told, crf):
    """Writes the parts from number `first` on, each a film of `length` frames. frames: an iterator that begins with
    the first frame of that part. times: seconds of all frames of the film. told: see media.write_video."""
    for start in range(first * length, len(times), length):
        when = {"fps": pace["fps"]} if pace["fps"] else {"times": list(map(float, times[start:start + length]))}
        media.write_video(folder / f"{start // length:06d}{ending}", islice(frames, length), **when, crf=crf,
                          **{**told, "sources": ()})


def join(target, folder, times, pace, length, told, sound, stopped):
    """The film of all parts that there are; None when there are none yet. stopped: why it is not complete, or None."""
    parts = whole(folder, target.suffix)
    begun = folder / f"{len(parts):06d}{target.suffix}"
    with contextlib.suppress(OSError, ValueError):
        if begun.is_file() and manifest.agrees(begun):
            parts.append(begun)
    if not parts:
        return None
    starts = [n / pace["fps"] if pace["fps"] else float(times[n]) for n in range(0, len(parts) * length, length)]
    return media.join_videos(target, parts, starts, sound=sound, stopped_by=stopped, **told)


def cut_short(video, times, pace):
    """Why a film that was read to its end is not complete: None, or that its file ends before its time."""
    missing = video.info.duration - (times[-1] + 1 / pace["rate"])
    if missing > max(0.05 * video.info.duration, 3 / pace["rate"]):
        return f"the source ends {missing:.1f} s before its time"
    return None


def bar(what, total, quiet):
    """A progress bar over frames."""
    return tqdm(total=total or None, desc=what, unit=" frames", disable=quiet, mininterval=0.5)
