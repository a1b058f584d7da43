"""Old mouths in a new pose: placed in two dimensions or by the head's 3-D shape.
`python -m course_lib.experiments.mouth_pose`.

The same people, footage and wanted lips; only how a mouth gets from an old frame into another differs. The 3-D pose has
the lowest flicker and the highest PSNR, by little; lip error and seam hardly differ. Stored in
datasets/runs/mouth_pose.json; about five minutes of one idle core. Lesson 08.
"""
import argparse
import json
from itertools import combinations
from typing import NamedTuple

import numpy as np

from course_lib import audio, cast
from course_lib.blending.compose import unalign
from course_lib.blending.jaw import composite, lower_face
from course_lib.blending.mouth_texture import mouth_textures
from course_lib.cast.frames import Frames
from course_lib.cast.optical_flow import optical_flow
from course_lib.checkpoints import DATASETS
from course_lib.data.cache import render_cached
from course_lib.data.sentences import sentence
from course_lib.data.spoken import FPS, address, lip_points, with_mouth
from course_lib.experiments.paired import differences
from course_lib.faces import align
from course_lib.faces.frontal import COVERAGE, fit_pose, frontal, on_surface, turned
from course_lib.faces.lips import head_place, lip_shape, rest_shape, retarget
from course_lib.faces.mesh import read_mesh, region_of
from course_lib.metrics.image import psnr
from course_lib.metrics.lipsync import lip_error
from course_lib.metrics.video import flicker, seam

FILE = DATASETS / "runs" / "mouth_pose.json"

PEOPLE, SIZE, SECONDS, SPAN = tuple(cast.people())[:8], 96, 6.0, 40
MOTIONS = {"calm": 0.4, "lively": 1.0}  # factor on the head's motion, see data.spoken.address


WAYS = ("similarity", "similarity, 2-D pose", "similarity, 3-D lips", "3-D pose")
KEYS = ("seam", "flicker", "psnr", "lips")
LOOKS = 2  # every second frame is read by Face Mesh


class Footage(NamedTuple):
    """An old clip and what it should become.

    Args:
        old: cast.Frames.
        truth: cast.Frames, the first SPAN frames of the old clip with the new mouth.
        mouth: f64 [SPAN, 4], the new mouth.
        phones: [(ARPAbet, start, end)] of the new sentence.
    """

    old: Frames
    truth: Frames
    mouth: np.ndarray
    phones: list


def footage(name, calm):
    """Six seconds of a person of the cast, and the same with a new sentence.

    Args:
        name: Of the person.
        calm: One of the values of MOTIONS.
    Returns:
        Footage.
    Lesson 08.
    """
    person, rng = cast.people()[name], np.random.default_rng([23, *name.encode()])
    said = audio.say(" ".join(sentence(rng) + "." for _ in range(5)), name)
    new = audio.say(sentence(rng, True) + ". " + sentence(rng, True), name)
    scenes = address(person, audio.fitted(said, SECONDS), int(rng.integers(1000)), calm=calm)
    mouth = audio.mouth(new.phones, np.arange(SPAN) / FPS)
    old, truth = (render_cached(person, s, SIZE) for s in (scenes, with_mouth(scenes[:SPAN], mouth)))
    return Footage(old, truth, mouth, new.phones)


def read():
    """Reads the stored comparison.

    Returns:
        {one of MOTIONS: {one of WAYS: {one of KEYS: a list with a number for each of PEOPLE}}}: seam and flicker (1 for
        the truth), psnr (dB, of the lower face), lips (lip error, part of the eye distance).
    Lesson 08.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def dubbed_ways(clip, person):
    """The clip with its new mouth by each of WAYS.

    All want the same lips: those of the new sentence seen from the front, moved to the clip's own lips at rest, as
    `course dub` does with the network's. They differ in how the lips of an old frame are measured, and in how its
    pixels reach the new one.

    Args:
        clip: Footage.
        person: cast.Person.
    Returns:
        Dict of WAYS -> f32 [SPAN, H, W, 3]. "similarity" aligns by rotation, scale and shift; "2-D pose" also prefers
        frames whose nose lies alike between the eyes (head_place); "3-D lips" measures the lips after turning them to
        the front; "3-D pose" turns the pixels as well.
    Lesson 08.
    """
    old, size = clip.old, clip.old.rgb.shape[1]
    aligned = [align(image, points, size) for image, points in zip(old.rgb, old.landmarks, strict=True)]
    poses = [fit_pose(points, old.rgb.shape[1:]) for points in old.landmarks]
    flat = np.stack([face.image for face in aligned])
    front = np.stack([frontal(image, pose, round(COVERAGE * size)) for image, pose in zip(old.rgb, poses, strict=True)])
    place, seen = head_place(old.landmarks), lip_shape(old.landmarks)
    straight = lip_shape(np.stack([on_surface(p, pose, size) for p, pose in zip(old.landmarks, poses, strict=True)]))
    mouth, rest = lip_points(person, clip.mouth), lip_points(person, np.zeros((1, 4)))[0]
    by_seen, by_straight = (retarget(mouth, rest, rest_shape(codes)) for codes in (seen, straight))
    faces = (mouth_textures(flat, seen, by_seen),
             mouth_textures(flat, np.c_[seen, place], np.c_[by_seen, place[:SPAN]]),
             mouth_textures(flat, straight, by_straight), mouth_textures(front, straight, by_straight))
    out = {}
    for way, textures in zip(WAYS, faces, strict=True):
        out[way] = np.empty((SPAN, size, size, 3), np.float32)
        for t, face in enumerate(textures):
            image, points = old.rgb[t], old.landmarks[t]
            placed = (turned(face, poses[t], image, points) if way == "3-D pose" else
                      np.clip(unalign(face, aligned[t].matrix, image.shape[:2], outside=None), 0, 1))
            out[way][t] = composite(placed, image, points)
    return out


def lips_by_mesh(images, landmarks):
    """The lips that Face Mesh finds.

    Args:
        images: f32 [T, H, W, 3].
        landmarks: f [T, 68, 2], around which the faces lie.
    Returns:
        f32 [T, 36].
    Lesson 08.
    """
    found = []
    for image, points in zip(images, landmarks, strict=True):
        low, high = points.min(0), points.max(0)
        region = region_of((*low, *(high - low)), points[36:42].mean(0), points[42:48].mean(0))
        found.append(read_mesh(image, region, looks=1, irises=False).landmarks)
    return lip_shape(np.stack(found))


def measure(clip, made):
    """What a dubbed clip measures against its exact truth.

    Args:
        clip: Footage.
        made: dict of name -> f32 [SPAN, H, W, 3].
    Returns:
        Dict of name -> {one of KEYS: float}. The lips are read off the pixels by Face Mesh, in what was made and in the
        truth alike.
    Lesson 08.
    """
    truth, points = clip.truth.rgb, clip.old.landmarks[:SPAN]
    weights = np.stack([lower_face(p, truth.shape[1:3]) for p in points])
    motion = optical_flow(clip.truth)
    lips = lips_by_mesh(truth[::LOOKS], points[::LOOKS])
    return {name: {"seam": float(seam(video, truth, weights).mean()),
                   "flicker": float(flicker(video, truth, weights, motion)),
                   "psnr": float(psnr(video, truth, weights).mean()),
                   "lips": lip_error(lips_by_mesh(video[::LOOKS], points[::LOOKS]), lips)}
            for name, video in made.items()}


def table(rows):
    """The means, and what each way changes against each of those above it, as text.

    Args:
        rows: one of the values of what read returns.
    Returns:
        Lines of a table; behind +- half of the 95 % interval of the mean over people.
    Lesson 08.
    """
    scaled = [{key: np.array(rows[way][key]) * (100 if key == "lips" else 1) for key in KEYS} for way in WAYS]
    lines = [f"{'':25}" + "".join(f"{key:>18}" for key in KEYS)]
    lines += [f"{n} {way:23}" + "".join(f"{values[key].mean():18.2f}" for key in KEYS)
              for n, (way, values) in enumerate(zip(WAYS, scaled, strict=True), 1)]
    for a, b in combinations(range(len(WAYS)), 2):
        changes = [differences({"a": scaled[a][key], "b": scaled[b][key]}, "a")["b"] for key in KEYS]
        lines.append(f"{b + 1} against {a + 1:<15}" + "".join(
            f"{f'{change.mean():+.3f} +- {half:.3f}':>18}" for change, half in changes))
    return "\n".join(lines)


def main():
    """Dubs, measures, stores and prints."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    record = {}
    for motion, calm in MOTIONS.items():
        rows = record[motion] = {way: {key: [] for key in KEYS} for way in WAYS}
        for name in PEOPLE:
            clip = footage(name, calm)
            for way, values in measure(clip, dubbed_ways(clip, cast.people()[name])).items():
                for key in KEYS:
                    rows[way][key].append(round(values[key], 5))
            print(motion, name, {way: {key: rows[way][key][-1] for key in KEYS} for way in WAYS}, flush=True)
        print(table(rows), flush=True)
    FILE.write_text(json.dumps(record) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
