"""The matrix of lesson 13, wider: forgeries of lessons 07 and 08, evidence of lessons 11 and 12.

`python -m course_lib.experiments.robustness_evidence` measures what datasets/runs/robustness_evidence.json lacks and
stores it after every clip. The test people of `robustness_matrix` are filmed for six seconds, the least from which
blinks and a pulse are read; every clip is forged and compressed. Some of its frames go to the networks, the whole clip
to the signs of lesson 12, with landmarks that the face mesh finds in what it sees. The evidence of lesson 11 needs
pictures from a camera: experiments.evidence stored it for all methods but the reenacted ones, which are added here.
"""
import argparse
import json
from types import SimpleNamespace

import numpy as np

from course_lib import cast, forgeries
from course_lib.checkpoints import DATASETS, load
from course_lib.data.spoken import speech_of
from course_lib.degradation import degrade, h264, random_camera
from course_lib.experiments import evidence_clips, robustness_training
from course_lib.experiments.evidence import measure
from course_lib.experiments.robustness import scores_of
from course_lib.experiments.robustness_clips import RATE
from course_lib.experiments.robustness_matrix import CODECS, DETECTORS, as_taken
from course_lib.experiments.stored import write_run
from course_lib.faces import MeshTracker, align_five, five_points, warp
from course_lib.forensics import blinks, jitter, pulse
from course_lib.forensics.examine import KINDS
from course_lib.forgeries.animated import animate, reenact
from course_lib.forgeries.build import COVERAGE, CRFS, FPS, FRAME, SIZE, close_clip
from course_lib.forgeries.dubbed import SOURCE, with_speech
from course_lib.forgeries.photographs import portrait_scene
from course_lib.pipelines.examine_video import COVERED, NARROWEST, SHORTEST, skin

FILE = DATASETS / "runs" / "robustness_evidence.json"
MOVED = ("animated", "reenacted", "lip_synced", "dubbed")
BESIDE = ("swap",)  # of the methods of lesson 10: what the signs of lesson 12 say of it
SIGNS = ("blinks", "jitter", "pulse")
COUNT, SHOWN, SEED = round(SHORTEST * RATE), (25, 60), 26  # frames of a clip; those that a network scores


def read():
    """Read what is stored.

    Returns:
        {"person": [V], clips in order; "scores": detector -> codec -> method -> [V * len(SHOWN)]; "signs": "scores" and
        "valid" -> codec -> method -> sign -> [V]; "reenacted": as experiments.evidence.measure}. The methods are "real"
        and MOVED, for the signs also BESIDE.
    Lesson 13.
    """
    return json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}


def forged_clip(number, driver):
    """One clip of a person, untouched and forged.

    Args:
        number: Of the person.
        driver: Of the person whose face is put in, or whose motion or expression is taken over.
    Returns:
        Dict: "real", BESIDE and MOVED -> (frames f32 [COUNT, FRAME, FRAME, 3], landmarks f32 [COUNT, 68, 2]).
    Lesson 13.
    """
    own, other = (close_clip(n, n * 100 + SEED, COUNT, RATE) for n in (number, driver))
    frames = cast.render([own.person] * COUNT, own.scenes, size=FRAME)
    points, rgb = frames.landmarks, frames.rgb
    out = {name: (images, points) for name, (images, _) in
           forgeries.forge(frames, driver, number * 100 + SEED, BESIDE).items()}
    moved, _, about = animate(own, other)
    out["animated"] = moved, np.float32(about)
    out["reenacted"] = reenact(own, other)[0], points
    for name, model in (("lip_synced", None), ("dubbed", load("audio_to_lips"))):
        out[name] = with_speech(rgb, points, RATE, model, speech_of(number, COUNT / RATE), own.person), points
    return {name: (np.clip(images, 0, 1).astype(np.float32), marks) for name, (images, marks) in out.items()}


def over_time(frames, rate=RATE):
    """The signs of lesson 12 in a clip, with the limits of pipelines.examine_video.

    Args:
        frames: f32 RGB [T, H, W, 3].
        rate: Frames per second.
    Returns:
        Dict: sign -> (score, larger for more suspicious, nan where there is none; valid). Of the blinks minus their
        number; of the jitter the median log of forensics.jitter.acceleration, which also rises with flicker; of the
        pulse minus the SNR of POS.
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
    return {"blinks": (-float(count), bool(wide)),
            "jitter": (float(np.nanmedian(np.log(jitter.acceleration(frames, filled)))), bool(seen.all())),
            "pulse": (-pulse.snr(pulse.pos(colour, rate), rate), True)}


def crops(frames, landmarks):
    """The frames that the networks score, cropped as lesson 10's set.

    Args:
        frames: f32 RGB [T, H, W, 3].
        landmarks: f32 [T, 68, 2], pixels.
    Returns:
        f32 [len(SHOWN), SIZE, SIZE, 3], of 8 bits.
    Lesson 13.
    """
    images = np.stack([warp(frames[k], align_five(frames[k], five_points(landmarks[k]), SIZE, COVERAGE).matrix, SIZE)
                       for k in SHOWN])
    return np.float32(np.round(255 * images.clip(0, 1))) / np.float32(255)


def reenacted_portraits():
    """The evidence of lesson 11 on reenacted frames of the clips of experiments.evidence_clips.

    Returns:
        As experiments.evidence.measure; the people are those of the stored "clips".
    Lesson 13.
    """
    numbers = list(forgeries.SPLITS["test"][:8])
    seeds = [number * 1000 + 11 for number in numbers]
    clips = [cast.clip(cast.random_person(n), SOURCE / FPS, FPS, seed, base=portrait_scene(seed))
             for n, seed in zip(numbers, seeds, strict=True)]
    short = [SimpleNamespace(person=c.person, scenes=[c.scenes[t] for t in evidence_clips.FRAMES]) for c in clips]
    images, marks = [], []
    for k, seed in enumerate(seeds):
        frames, _, points, _ = reenact(short[k], short[(k + 1) % len(short)], evidence_clips.SIZE,
                                       lambda image, seed=seed: degrade(image, [random_camera(seed)]))
        images.extend(np.float32(frames))
        marks.extend(np.float32(points))
    stand_in = SimpleNamespace(seed=np.repeat(seeds, len(evidence_clips.FRAMES)), landmarks=np.stack(marks))
    return measure(stand_in, {"reenacted": (np.stack(images), None)}, tuple(KINDS), CODECS)


def scorers():
    """The detectors of single crops: the networks of DETECTORS, and lesson 13's two without a network.

    Returns:
        Dict: name -> function from crops f32 [N, SIZE, SIZE, 3] to scores [N].
    Lesson 13.
    """
    networks = {name: load(name) for name in DETECTORS}
    found = {name: lambda x, name=name: scores_of(networks[name], as_taken(x, DETECTORS[name])) for name in networks}
    fixed = robustness_training.detectors(forgeries.build("laptop"), ".", 0, robustness_training.FIXED)
    return found | {name: lambda x, score=score: score(forgeries.centre(x)) for (name, _), score in fixed.items()}


def main():
    """Measure what is missing, and store after every clip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=None, help="at most so many more")
    options = parser.parse_args()
    record = {"person": [], "scores": {}, "signs": {"scores": {}, "valid": {}}} | read()
    if "reenacted" not in record:
        record["reenacted"] = reenacted_portraits()
        write_run(FILE, record, separators=(",", ":"))
        print("reenacted portraits", flush=True)
    numbers = list(forgeries.SPLITS["test"])
    waiting = numbers[len(record["person"]):][:options.clips]
    known = scorers() if waiting else {}
    for number in waiting:
        record["person"].append(number)
        driver = numbers[(numbers.index(number) + 1) % len(numbers)]
        for method, (clip, marks) in forged_clip(number, driver).items():
            for codec, crf in zip(CODECS, CRFS, strict=True):
                shown = h264(clip, crf, int(RATE)) if crf else clip
                _signs(record["signs"], codec, method, over_time(shown))
                for name, score in known.items() if method not in BESIDE else ():
                    table = record["scores"].setdefault(name, {}).setdefault(codec, {})
                    table.setdefault(method, []).extend(round(float(s), 4) for s in score(crops(shown, marks)))
        write_run(FILE, record, separators=(",", ":"))
        print(number, {m: [v[-1] for v in s.values()] for m, s in record["signs"]["scores"]["c23"].items()}, flush=True)
    print(f"{FILE.name}: {len(record['person'])} clips")


def _signs(tables, codec, method, found):
    for key, value in (("scores", lambda s, _: round(s, 3) if np.isfinite(s) else None),
                       ("valid", lambda s, ok: int(ok and np.isfinite(s)))):
        rows = tables[key].setdefault(codec, {}).setdefault(method, {})
        for sign, pair in found.items():
            rows.setdefault(sign, []).append(value(*pair))


if __name__ == "__main__":
    main()
