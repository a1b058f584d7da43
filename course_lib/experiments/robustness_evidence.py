"""The matrix of lesson 13, wider: forgeries of lessons 07 and 08, evidence of lessons 11 and 12.

`python -m course_lib.experiments.robustness_evidence` measures what datasets/runs/robustness_evidence.json lacks and
stores it after every clip; with --method, one method is measured again. The test people of `robustness_matrix` are
filmed for six seconds, the least from which blinks and a pulse are read; every clip is forged and compressed. Some of
its frames go to the networks, the raw ones also after every launderer, and the whole clip to the signs of lesson 12,
with landmarks that the face mesh finds in what it sees. The sync of lesson 08 gets clips of its own
(robustness_sync). The evidence of lesson 11 needs pictures from a camera: experiments.evidence stores it.
"""
import argparse
import json
from functools import cache
from types import SimpleNamespace

import numpy as np

from course_lib import cast, forgeries
from course_lib.checkpoints import DATASETS, load
from course_lib.data.spoken import speech_of
from course_lib.degradation import LAUNDERERS, h264, launder
from course_lib.experiments import robustness_sync, robustness_training
from course_lib.experiments.robustness import scores_of
from course_lib.experiments.robustness_clips import RATE
from course_lib.experiments.robustness_matrix import CODECS, DETECTORS, as_taken
from course_lib.experiments.stored import write_run
from course_lib.faces import MeshTracker, align_five, five_points, warp
from course_lib.forensics import blinks, jitter, pulse
from course_lib.forgeries.animated import animate, reenact
from course_lib.forgeries.build import COVERAGE, CRFS, FRAME, SIZE, close_clip
from course_lib.forgeries.dubbed import with_speech
from course_lib.pipelines.examine_video import COVERED, NARROWEST, SHORTEST, skin
from course_lib.profile import cache_dir

FILE = DATASETS / "runs" / "robustness_evidence.json"
MOVED = ("animated", "reenacted", "lip_synced", "dubbed")
BESIDE = ("swap",)  # of the methods of lesson 10: what the signs of lesson 12 say of it
SIGNS = ("blinks", "jitter", "pulse")
NAMES = (*DETECTORS, "Xception", *robustness_training.FIXED)
COUNT, SHOWN, SEED = round(SHORTEST * RATE), (25, 60), 26  # frames of a clip; those that a network scores


def read():
    """Read what is stored.

    Returns:
        {"person": [V], clips in order; "scores": detector -> codec -> method -> [V * len(SHOWN)]; "laundered": detector
        -> launderer -> method -> the same, of raw clips; "signs": "scores" and "valid" -> codec -> method -> sign ->
        [V]; "sync": codec -> what is heard and seen -> [V], see robustness_sync}. The methods are "real" and MOVED, for
        the signs also BESIDE.
    Lesson 13.
    """
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def forged_clip(number, driver, methods, at=range(COUNT)):
    """One clip of a person, untouched and forged.

    Args:
        number: Of the person.
        driver: Of the person whose face is put in, or whose motion or expression is taken over.
        methods: Of "real", BESIDE and MOVED.
        at: Which of the COUNT frames are wanted.
    Returns:
        Dict: method -> (frames f32 [len(at), FRAME, FRAME, 3], landmarks f32 [len(at), 68, 2]).
    Lesson 13.
    """
    own, other = (close_clip(n, n * 100 + SEED, COUNT, RATE) for n in (number, driver))
    frames, at = cast.render([own.person] * COUNT, own.scenes, size=FRAME), list(at)
    rgb, points, out = frames.rgb, frames.landmarks, {"real": (frames.rgb[at], frames.landmarks[at])}
    for name in set(methods) & set(BESIDE):
        images = forgeries.forge(frames, driver, number * 100 + SEED, (name,))[name][0]
        out[name] = images[at], points[at]
    if "animated" in methods:
        moved, _, about = animate(own, _some(other, [0, *at]))
        out["animated"] = moved[1:], np.float32(about[1:])
    if "reenacted" in methods:
        out["reenacted"] = reenact(_some(own, at), _some(other, at))[0], points[at]
    for name in [name for name in ("lip_synced", "dubbed") if name in methods]:
        model = robustness_sync.shipped("audio_to_lips") if name == "dubbed" else None
        images = with_speech(rgb, points, RATE, model, speech_of(number, COUNT / RATE), own.person, at)
        out[name] = images, points[at]
    return {name: (np.clip(images, 0, 1).astype(np.float32), marks) for name, (images, marks) in out.items()
            if name in methods}


def _some(clip, at):
    return SimpleNamespace(person=clip.person, scenes=[clip.scenes[k] for k in at])


def over_time(frames, rate=RATE):
    """The signs of lesson 12 in a clip, with the limits of pipelines.examine_video.

    Args:
        frames: f32 RGB [T, H, W, 3].
        rate: Frames per second.
    Returns:
        Dict: sign -> (score, larger for more suspicious, nan where there is none; valid). Of the blinks minus their
        number; of the jitter the log of the median of forensics.jitter.acceleration, which also rises with flicker,
        none where most frames repeat the last one; of the pulse minus the SNR of POS.
    Lesson 13.
    """
    track = MeshTracker(rate, min_cutoff=None, irises=True)
    found = [track(frame) for frame in frames]
    seen = np.array([mesh is not None for mesh in found])
    if seen.mean() < COVERED:
        return {sign: (np.nan, False) for sign in SIGNS}
    marks = np.array([np.full((68, 2), np.nan) if mesh is None else mesh.landmarks for mesh in found], float)
    count = len(blinks.find_blinks(blinks.eye_aspect_ratio(marks), rate))
    wide = np.nanmedian(np.linalg.norm(marks[:, 36] - marks[:, 45], axis=1)) >= NARROWEST
    at = np.arange(len(frames))
    filled = np.stack([np.interp(at, at[seen], column[seen]) for column in marks.reshape(len(marks), -1).T], 1)
    filled = filled.reshape(marks.shape)
    colour = np.stack([frame[skin(points, frame.shape[:2])].mean(0, dtype=float)
                       for frame, points in zip(frames, filled, strict=True)])
    harder = np.nanmedian(jitter.acceleration(frames, filled))
    return {"blinks": (-float(count), bool(wide)),
            "jitter": (float(np.log(harder)) if harder > 0 else np.nan, bool(seen.all())),
            "pulse": (-pulse.snr(pulse.pos(colour, rate), rate), True)}


def crops(frames, landmarks):
    """Frames as the networks score them, cropped as lesson 10's set.

    Args:
        frames: f32 RGB [N, H, W, 3].
        landmarks: f32 [N, 68, 2], pixels.
    Returns:
        f32 [N, SIZE, SIZE, 3], of 8 bits.
    Lesson 13.
    """
    images = np.stack([warp(image, align_five(image, five_points(marks), SIZE, COVERAGE).matrix, SIZE)
                       for image, marks in zip(frames, landmarks, strict=True)])
    return np.float32(np.round(255 * images.clip(0, 1))) / np.float32(255)


def scorers(names=NAMES):
    """The detectors of single crops: the networks of DETECTORS, and of robustness_training the others.

    Args:
        names: Of NAMES. The Xception is trained where its weights are not in the cache.
    Returns:
        Dict: name -> function from crops f32 [N, SIZE, SIZE, 3] to scores [N].
    Lesson 13.
    """
    networks = {name: load(name) for name in DETECTORS if name in names}
    found = {name: lambda x, name=name: scores_of(networks[name], as_taken(x, DETECTORS[name])) for name in networks}
    rest = [name for name in names if name not in DETECTORS]
    if not rest:
        return found
    folder = cache_dir() / "robustness_training"
    folder.mkdir(parents=True, exist_ok=True)
    made = robustness_training.detectors(forgeries.build("laptop"), folder, names=rest)
    return found | {name: lambda x, score=score: score(forgeries.centre(x)) for (name, _), score in made.items()}


def forget(tables, methods):
    """Take everything about some methods out of a record, so that it is measured again.

    Args:
        tables: Nested dicts, changed in place.
        methods: Keys.
    Lesson 13.
    """
    for key in list(tables):
        if key in methods:
            del tables[key]
        elif isinstance(tables[key], dict):
            forget(tables[key], methods)


def main():
    """Measure what is missing, and store after every clip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", choices=MOVED, nargs="+", default=(), help="measure these again")
    parser.add_argument("--detectors", choices=NAMES, nargs="+", default=NAMES, help="score by these only")
    options = parser.parse_args()
    record = {"person": [], "scores": {}, "laundered": {}, "signs": {"scores": {}, "valid": {}}, "sync": {}} | read()
    forget(record, options.method)
    numbers, known = list(forgeries.SPLITS["test"]), cache(lambda: scorers(options.detectors))
    for k, number in enumerate(numbers):
        driver = numbers[(k + 1) % len(numbers)]
        record["person"] = numbers[:max(k + 1, len(record["person"]))]
        for part in (_whole, _after_launderers):
            if part(record, known, options.detectors, k, number, driver):
                write_run(FILE, record, separators=(",", ":"))
        if robustness_sync.add(record["sync"], k, number, driver):
            write_run(FILE, record, separators=(",", ":"))
        print(number, flush=True)
    print(f"{FILE.name}: {len(record['person'])} clips")


def _whole(record, known, names, k, number, driver):
    """Add what clip k lacks of the signs and of the scores at each compression; whether that was anything."""
    signs = [m for m in ("real", *BESIDE, *MOVED) if _stored(record["signs"]["valid"], "raw", m, SIGNS[0]) <= k]
    lacking = {m: [n for n in names if _stored(record["scores"], n, "raw", m) <= k * len(SHOWN)]
               for m in ("real", *MOVED)}
    wanted = [m for m in ("real", *BESIDE, *MOVED) if m in signs or lacking.get(m)]
    for method, (clip, marks) in (forged_clip(number, driver, wanted) if wanted else {}).items():
        for codec, crf in zip(CODECS, CRFS, strict=True):
            shown = h264(clip, crf, int(RATE)) if crf else clip
            if method in signs:
                _signs(record["signs"], codec, method, over_time(shown))
            for name in lacking.get(method, ()):
                found = known()[name](crops(shown[list(SHOWN)], marks[list(SHOWN)]))
                _put(found, record["scores"], name, codec, method)
    return bool(wanted)


def _after_launderers(record, known, names, k, number, driver):
    """Add what clip k lacks of the scores after each launderer; whether that was anything."""
    lacking = {m: [n for n in names if _stored(record["laundered"], n, tuple(LAUNDERERS)[-1], m) <= k * len(SHOWN)]
               for m in ("real", *MOVED)}
    wanted = [m for m in lacking if lacking[m]]
    cut = {m: crops(*parts) for m, parts in (forged_clip(number, driver, wanted, SHOWN) if wanted else {}).items()}
    for how in LAUNDERERS if wanted else ():
        shown = np.stack([launder(image, how, 100 * k + at)
                          for m in wanted for at, image in zip(SHOWN, cut[m], strict=True)])
        for name in {n: None for m in wanted for n in lacking[m]}:
            found = known()[name](shown).reshape(len(wanted), -1)
            for method in (m for m in wanted if name in lacking[m]):
                _put(found[wanted.index(method)], record["laundered"], name, how, method)
    return bool(wanted)


def _stored(table, *keys):
    for key in keys:
        table = table.get(key, {})
    return len(table)


def _put(found, table, *keys):
    for key in keys[:-1]:
        table = table.setdefault(key, {})
    table.setdefault(keys[-1], []).extend(round(float(s), 4) for s in found)


def _signs(tables, codec, method, found):
    for key, value in (("scores", lambda s, _: round(s, 3) if np.isfinite(s) else None),
                       ("valid", lambda s, ok: int(ok and np.isfinite(s)))):
        rows = tables[key].setdefault(codec, {}).setdefault(method, {})
        for sign, pair in found.items():
            rows.setdefault(sign, []).append(value(*pair))


if __name__ == "__main__":
    main()
