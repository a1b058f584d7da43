"""Blinks, pulse, and sound against mouth of one video, each beside its chance level and what it does not prove.

The file is read, measured and forgotten. Lesson 12.
"""
import math
from dataclasses import dataclass, field

import cv2
import numpy as np

from course_lib import media
from course_lib.faces import MeshTracker
from course_lib.faults import in_words
from course_lib.forensics import blinks, pulse, sync
from course_lib.forensics.evidence import Evidence

LONGEST, LARGEST = 60.0, 640  # seconds that are read; pixels of the longer side, to which frames are reduced
RATES = {"reading": 4.5, "at rest": 17.0, "in conversation": 26.0}  # blinks a minute, Bentivoglio et al. 1997
CONTROLS, APART = 300, 2.0  # signals without a pulse; seconds by which shifted sound is at least apart
SLOWEST, SHORTEST, COVERED = 10.0, 6.0, 0.9  # frames per second; seconds; part of the frames that must show a face
NARROWEST = 40.0  # pixels between the outer corners of the eyes, below which the lids are not read (median)


@dataclass
class ClipReport:
    """What was found in one video. Print it for people; `as_dict()` is for JSON.

    Args:
        path: As given.
        problem: Why there is nothing, "" if there is something.
        seconds, rate: What was read, and its frames per second.
        coverage: Part of the frames that show a face.
        evidence: Kind -> forensics Evidence; its features hold the chance levels.
        notes: What else should be known.
    """

    path: str
    problem: str = ""
    seconds: float = 0.0
    rate: float = 0.0
    coverage: float = 0.0
    evidence: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)

    def __str__(self):
        if self.problem:
            return f"{self.path}: nothing was examined: {self.problem}"
        lines = [f"{self.path}: {self.seconds:.1f} s at {self.rate:.1f} frames per second, a face in "
                 f"{self.coverage:.0%} of them"]
        for kind, found in self.evidence.items():
            lines.append(f"  {kind:7} " + (SAID[kind](found.features) if found.valid else f"abstains: {found.why}"))
        return "\n".join(lines + [f"  note: {note}" for note in self.notes])

    def as_dict(self):
        """Plain values for JSON.

        Returns:
            A dict.
        """
        number = lambda v: None if not np.isfinite(v) else round(float(v), 4)  # noqa: E731
        kinds = {kind: dict(valid=e.valid, why=e.why, features={k: number(v) for k, v in e.features.items()})
                 for kind, e in self.evidence.items()}
        return dict(path=self.path, problem=self.problem, seconds=number(self.seconds), rate=number(self.rate),
                    coverage=number(self.coverage), evidence=kinds, notes=self.notes, meaning=meaning())


SAID = {
    "blinks": lambda f: f"{f['count']:.0f}; as few or fewer in " + ", ".join(
        f"{f[name]:.0%} of clips {name}" for name in RATES) + ", if blinks were a Poisson process",
    "pulse": lambda f: f"{f['rate']:.0f} per minute, SNR {f['snr']:.1f} dB: above {f['percentile']:.0f} % of signals "
                       "of pure noise of this length",
    "sound": lambda f: f"the mouth is {1000 * f['lag']:+.0f} ms late, confidence {f['confidence']:.2f}: above "
                       f"{f['percentile']:.0f} % of the same sound shifted in time",
}


def meaning():
    """What these signs of life say and what they do not, in a few sentences.

    Returns:
        A str.
    Lesson 12.
    """
    return ("None of this proves that a video is real or forged. Many real people do not blink for a while; "
            "compression, makeup, light and motion hide the pulse of real skin; a forgery can keep the blinks, the "
            "pulse and the sound of the video that it was made from. Compare with other recordings of the same person "
            "that went the same way. The file was read on this machine and nothing of it was sent or kept.")


def examine_clip(path, track=None):
    """Measure blinks, pulse, and sound against mouth in a video, also where it cannot be read or shows no face.

    Args:
        path: A video, see media.read_video; the first minute is read.
        track: Function from one frame after another, f32 RGB [H, W, 3], to landmarks [68, 2] or None; the Face Mesh of
            the largest face when left out.
    Returns:
        ClipReport.
    Lesson 12.
    """
    report = ClipReport(str(path))
    try:
        video = media.read_video(path)
        times, points, colours = _measured(video.timed(), track or _mesh(video.info.fps or 25))
        sound = media.read_audio(path) if video.info.has_audio else None
    except FileNotFoundError:
        report.problem = f"there is no file {path}"
        return report
    except (OSError, ValueError, MemoryError) as error:
        report.problem = in_words(error)
        return report
    seen = np.isfinite(points).all((1, 2))
    if not seen.any() or len(times) < 2:
        report.problem = "no face was found; it may be turned away, covered, dark or below 30 pixels"
        return report
    report.rate = (len(times) - 1) / (times[-1] - times[0])
    report.seconds, report.coverage = len(times) / report.rate, float(seen.mean())
    if np.ptp(np.diff(times)) > 0.5 / report.rate:
        report.notes.append("the frame rate varies: rates over time are approximate")
    why = _unfit(report)
    report.evidence = {"blinks": _blinks(points, report, why), "pulse": _pulse(colours, report, why),
                       "sound": _sound(points, times, sound, report, why)}
    return report


def _mesh(rate):
    """A tracker of the largest face that reads the lids from a crop of each eye."""
    tracker = MeshTracker(rate, min_cutoff=None, irises=True)

    def landmarks(frame):
        mesh = tracker(frame)
        return None if mesh is None else mesh.landmarks

    return landmarks


def _measured(timed, track):
    """(times f64 [T], landmarks f64 [T, 68, 2], mean colours of the skin f64 [T, 3]); nan where there is no face."""
    times, points, colours = [], [], []
    for time, frame in timed:
        if time > LONGEST:
            break
        scale = min(1.0, LARGEST / max(frame.shape[:2]))
        if scale < 1:
            frame = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found = track(frame)
        times.append(time)
        points.append(np.full((68, 2), np.nan) if found is None else np.asarray(found, float))
        mask = None if found is None else skin(points[-1], frame.shape[:2])
        colours.append(frame[mask].mean(0, dtype=float) if mask is not None and mask.any() else np.full(3, np.nan))
    return np.array(times), np.array(points), np.array(colours)


def skin(landmarks, shape):
    """The face between jaw and brows without eyes and mouth, from landmarks.

    Args:
        landmarks: f [68, 2], iBUG order, pixels.
        shape: (height, width).
    Returns:
        bool [H, W].
    Lesson 12.
    """
    mask = np.zeros(shape, np.uint8)
    for chosen, value in ((range(68), 1), (range(36, 42), 0), (range(42, 48), 0), (range(48, 60), 0)):
        hull = cv2.convexHull(np.round(landmarks[list(chosen)]).astype(np.int32))
        cv2.fillConvexPoly(mask, hull, value)
    return mask > 0


def _unfit(report):
    if report.rate < SLOWEST:
        return f"{report.rate:.1f} frames per second; {SLOWEST:.0f} are needed"
    if report.seconds < SHORTEST:
        return f"{report.seconds:.1f} s; {SHORTEST:.0f} are needed"
    if report.coverage < COVERED:
        return f"a face in {report.coverage:.0%} of the frames; {COVERED:.0%} are needed"
    return ""


def _blinks(points, report, why):
    apart = np.nanmedian(np.linalg.norm(points[:, 36] - points[:, 45], axis=1))
    why = why or (f"the eyes are {apart:.0f} pixels apart; below {NARROWEST:.0f} the lids are not read"
                  if apart < NARROWEST else "")
    count = len(blinks.find_blinks(blinks.eye_aspect_ratio(points), report.rate))
    means = {name: rate * report.seconds / 60 for name, rate in RATES.items()}
    features = {"count": count} | {name: sum(math.exp(-m) * m**k / math.factorial(k) for k in range(count + 1))
                                   for name, m in means.items()}
    return Evidence("blinks", 1 - features["reading"], features, not why, why)


def _pulse(colours, report, why):
    if why:
        return Evidence("pulse", float("nan"), {}, False, why)
    filled = np.stack([np.interp(np.arange(len(c)), np.flatnonzero(np.isfinite(c)), c[np.isfinite(c)])
                       for c in colours.T], 1)
    signal, rng = pulse.pos(filled, report.rate), np.random.default_rng(0)
    ratio = pulse.snr(signal, report.rate)
    noise = [pulse.snr(pulse.band_pass(rng.normal(size=len(signal)), report.rate), report.rate)
             for _ in range(CONTROLS)]
    features = {"rate": pulse.heart_rate(signal, report.rate), "snr": ratio,
                "percentile": 100 * np.mean(np.array(noise) < ratio)}
    return Evidence("pulse", -ratio, features, True)


def _sound(points, times, sound, report, why):
    why = why or ("there is no sound track" if sound is None else "")
    loud = None if why else sync.envelope(sound[0].mean(1), sound[1], times)
    if not why and not loud.std() > 1e-4:
        why = "the sound is silent, or equally loud throughout"
    if why:
        return Evidence("sound", float("nan"), {}, False, why)
    opening = sync.mouth_opening(points)
    seen = np.isfinite(opening)
    opening = np.interp(times, times[seen], opening[seen])
    lag, confidence, *_ = sync.offset(opening, loud, report.rate)
    apart = round(APART * report.rate)
    shifted = [sync.offset(opening, np.roll(loud, k), report.rate)[1] for k in range(apart, len(loud) - apart, 3)]
    features = {"lag": lag, "confidence": confidence, "percentile": 100 * np.mean(np.array(shifted) < confidence)}
    return Evidence("sound", -confidence, features, True)
