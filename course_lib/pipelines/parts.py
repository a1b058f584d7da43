"""A long video processed in parts, so that it can be stopped and resumed. Lesson 03."""
import contextlib
import json
import shutil
from itertools import islice

from tqdm import tqdm

from course_lib import media, provenance
from course_lib.provenance import manifest


def consent_of(path):
    """The Consent beside a file, or None for one that the course made and in which no real person is.

    Args:
        path: of the file.
    Returns:
        provenance.consent.Consent or None.
    Raises:
        ConsentError: without a valid consent.
        FileNotFoundError: where there is no such file.
    Lesson 03.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        if manifest.agrees(path) and "consent" not in manifest.read(path):
            return None
    except (FileNotFoundError, ValueError):  # no manifest, or one that cannot be read
        pass
    return provenance.consent.require(path.parent)


def folder_of(target, job):
    """The folder of the parts of a file; emptied when it holds the parts of another job.

    Args:
        target: Path of the file.
        job: a dict for JSON, what the parts depend on.
    Returns:
        The Path NAME.parts.
    """
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
    """The frame rate of frame times.

    Args:
        times: [T], seconds.
        fps: the nominal rate, or None.
    Returns:
        {"rate": mean frames per second, "fps": the same where the rate is constant, otherwise None}.
    """
    fps = fps or (len(times) - 1) / max(times[-1], 1e-6) or 25.0
    constant = all(abs(time - i / fps) < 0.25 / fps for i, time in enumerate(times))
    return {"rate": fps, "fps": fps if constant else None}


def whole(folder, ending):
    """The parts that exist and are complete, in order, up to the first that is not.

    Args:
        folder: of folder_of.
        ending: of the video's name, like ".mp4".
    Returns:
        A list of Path.
    """
    done = []
    while (part := folder / f"{len(done):06d}{ending}").is_file():
        try:
            if not (manifest.read(part).get("complete") and manifest.agrees(part)):
                break
        except (OSError, ValueError):  # it is made again
            break
        done.append(part)
    return done


def write(folder, ending, frames, first, times, pace, length, about, crf):
    """Writes the parts from number `first` on.

    Args:
        folder, ending: as for whole.
        frames: an iterator that begins with the first frame of that part.
        first: number of the first part.
        times: seconds of all frames of the video.
        pace: of pace_of.
        length: frames in a part.
        about: what, how, parameters, sources and consent, as for media.write_video.
        crf: see media.write_video.
    """
    for start in range(first * length, len(times), length):
        when = {"fps": pace["fps"]} if pace["fps"] else {"times": list(map(float, times[start:start + length]))}
        media.write_video(folder / f"{start // length:06d}{ending}", islice(frames, length), **when, crf=crf,
                          **{**about, "sources": ()})


def join(target, folder, times, pace, length, about, sound, stopped):
    """Joins all existing parts into the target video.

    Args:
        target: Path of the video.
        folder, times, pace, length, about: as for write.
        sound: Path of the video whose sound is taken.
        stopped: why it is not complete, or None.
    Returns:
        The Path; None when there are no parts yet.
    """
    parts = whole(folder, target.suffix)
    begun = folder / f"{len(parts):06d}{target.suffix}"
    with contextlib.suppress(OSError, ValueError):
        if begun.is_file() and manifest.agrees(begun):
            parts.append(begun)
    if not parts:
        return None
    starts = [n / pace["fps"] if pace["fps"] else float(times[n]) for n in range(0, len(parts) * length, length)]
    return media.join_videos(target, parts, starts, sound=sound, stopped_by=stopped, **about)


def cut_short(video, times, pace):
    """Why a video that was read to its end is not complete.

    Args:
        video: of media.read_video.
        times, pace: as for write.
    Returns:
        None, or that its file ends before its time.
    """
    missing = video.info.duration - (times[-1] + 1 / pace["rate"])
    if missing > max(0.05 * video.info.duration, 3 / pace["rate"]):
        return f"the source ends {missing:.1f} s before its time"
    return None


def bar(what, total, quiet):
    """A progress bar over frames.

    Args:
        what: its title.
        total: number of frames, if known.
        quiet: no bar.
    Returns:
        A tqdm bar.
    """
    return tqdm(total=total or None, desc=what, unit=" frames", disable=quiet, mininterval=0.5)
