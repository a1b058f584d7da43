"""Two clips of the cast as if they were a learner's own footage: `python -m course_lib.experiments.own_faces`.

Writes the videos with their consent, trains the swap on them as `course train-swap` does, and scores every stage of
it twice: by what can be measured without the truth, and against the truth. Finished stages are stored, and the next
call goes on from the last one. Lesson 16.
"""
import argparse
import json
import time
from dataclasses import asdict
from functools import cache

import numpy as np

from course_lib import cast, data, faces, media
from course_lib.blending import swap_frames
from course_lib.blending.frames import smooth_track
from course_lib.cast.optical_flow import optical_flow
from course_lib.checkpoints import DATASETS, load
from course_lib.experiments.stored import write_run
from course_lib.metrics import video
from course_lib.metrics.image import face_psnr
from course_lib.metrics.without_truth import OfTheTwo, against_the_clip, carried
from course_lib.models.autoencoder import cut_out
from course_lib.pipelines.footage import close, collect
from course_lib.pipelines.train_swap import train_swap
from course_lib.pipelines.trained_swap import load_swap, read_note
from course_lib.profile import cache_dir, device
from course_lib.provenance import consent
from course_lib.show import encode_sheet, image_sheet
from course_lib.show.sheets import decode_sheet

FILE = DATASETS / "runs" / "own_faces.json"
A, B = "Ines", "Kavya"
SIZE, RATE = 128, 5.0
SHOTS, SECONDS = 6, 8.0  # of each person's footage for the stored run
FIRST_A, FIRST_B, TEST = 61_000, 62_000, 63_000  # seeds of the shots
TEST_FRAMES, TEST_RATE, EVERY = 20, 12.5, 4  # every fourth frame is kept in the record
CUTOFF = 4.0  # Hz up to which the landmarks may move
BATCH = 16
VARIANTS = {"pretrained, aligned": {"pretrained": True, "aligned": True},
            "pretrained": {"pretrained": True, "aligned": False},
            "from scratch, aligned": {"pretrained": False, "aligned": True}}
STAGES = (("pretrained, aligned", 1), ("pretrained, aligned", 100), ("pretrained, aligned", 300), ("pretrained", 100),
          ("pretrained", 300), ("from scratch, aligned", 100),
          ("pretrained, aligned", 600), ("pretrained", 600))  # (variant, steps), in the order of training


def shots(name, first, count=SHOTS, seconds=SECONDS, rate=RATE):
    """A person of the cast before a camera, in several shots, each in another light.

    Args:
        name: of the person.
        first: seed of the first shot; the others follow.
        count, seconds, rate: number of shots, length of each, frames per second.
    Returns:
        List of cast scenes.
    Lesson 16.
    """
    person = cast.people()[name]
    return [scene for k in range(count) for scene in cast.clip(person, seconds, rate, first + k).scenes]


def record(folder, name, scenes, rate=RATE):
    """Writes a person of the cast in these scenes as an ordinary video, with the consent beside it.

    Args:
        folder: Path, made where it is absent.
        name: of the person.
        scenes: list of cast scenes.
        rate: frames per second.
    Returns:
        Path of the video.
    Lesson 16.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = consent.template().replace('subject = ""', f'subject = "{name} of the cast, who does not exist"')
    (folder / consent.FILE).write_text(text.replace('purpose = ""', 'purpose = "lesson 16"'), encoding="utf-8")
    frames = data.render_cached(cast.people()[name], scenes, size=SIZE)
    return media.write_video(folder / f"{name.lower()}.mp4", frames.rgb, rate, crf=18,
                             what=f"{name} of the cast, a rendered person", how="experiments.own_faces")


def put_in(frames, landmarks, swap, rate=TEST_RATE):
    """The frames of a clip with another face, and where it was blended in.

    Args:
        frames: f32 RGB [T, H, W, 3].
        landmarks: [T, 68, 2].
        swap: as for blending.swap_frames.
        rate: frames per second.
    Returns:
        (frames f32 [T, H, W, 3], weights f32 [T, H, W]).
    Lesson 16.
    """
    results = list(swap_frames(frames, landmarks, swap, rate=rate, cutoff=CUTOFF))
    none = np.zeros(frames[0].shape[:2], np.float32)
    return (np.stack([r.frame for r in results]),
            np.stack([none if r.layer is None else r.layer.weights(none.shape) for r in results]))


def blended_truth(clip, truth, landmarks, rate=TEST_RATE):
    """B's true face, blended into the clip of A as a network's face is: what a network without any error would give.

    Args:
        clip, truth: the cast's Frames of A and of B in the same scenes.
        landmarks: of the clip, [T, 68, 2], finite.
        rate: frames per second.
    Returns:
        (frames f32 [T, H, W, 3], weights f32 [T, H, W]).
    Lesson 16.
    """
    smooth = smooth_track(np.asarray(landmarks, np.float64), rate, np.zeros(len(landmarks), bool), CUTOFF)
    places = [faces.align(f, p.astype(np.float32), 64).matrix for f, p in zip(clip.rgb, smooth, strict=True)]
    crops = iter([faces.warp(f, np.asarray(m), 64).clip(0, 1) for f, m in zip(truth.rgb, places, strict=True)])
    return put_in(clip.rgb, landmarks, lambda seen, masks: np.stack([next(crops) for _ in seen]), rate)


def mesh_landmarks(frames):
    """The largest face's landmarks in each frame by itself, nan where none is found.

    Args:
        frames: f32 RGB [T, H, W, 3].
    Returns:
        f32 [T, 68, 2].
    Lesson 16.
    """
    found = [max(faces.detect_faces(f), key=lambda face: face.box[2] * face.box[3], default=None) for f in frames]
    return np.stack([np.full((68, 2), np.nan, np.float32) if face is None else face.landmarks for face in found])


def without_truth(frames, landmarks, swapped, weights, who):
    """Everything that the clip, its swap and the two people's footage tell.

    Args:
        frames, landmarks: of the clip, [T, H, W, 3] and [T, 68, 2].
        swapped, weights: of put_in.
        who: OfTheTwo.
    Returns:
        {"pose", "mouth", "blink", "points", "found", "seam", "flicker", "like b"}.
    Lesson 16.
    """
    there = mesh_landmarks(swapped)
    seam, flicker = against_the_clip(frames, swapped, weights)
    crops = faces_on_grey(swapped, np.where(np.isfinite(there), there, landmarks))
    return {**asdict(carried(landmarks, there, frames.shape[1:])), "seam": seam, "flicker": flicker,
            "like b": float(who(*crops).mean())}


def with_truth(truth, swapped, weights):
    """The same questions, answered by the image that a perfect swap would have given.

    Args:
        truth: the cast's Frames of B in the scenes of the clip.
        swapped, weights: of put_in.
    Returns:
        {"psnr" (dB, in the face), "pose", "mouth", "blink", "points", "seam", "flicker"}.
    Lesson 16.
    """
    right, there = mesh_landmarks(truth.rgb), mesh_landmarks(swapped)
    close_up = faces.faceset_from_frames(truth)
    drawn = np.stack([faces.warp(f, m, 64) for f, m in zip(swapped, close_up.matrices, strict=True)]).clip(0, 1)
    found = asdict(carried(right, there, truth.rgb.shape[1:]))
    return {"psnr": float(face_psnr(drawn, close_up.images, close_up.masks).mean()),
            **{k: found[k] for k in ("pose", "mouth", "blink", "points")},
            "seam": float(np.mean(video.seam(swapped, truth.rgb, weights))),
            "flicker": video.flicker(swapped, truth.rgb, weights, optical_flow(truth))}


def identity(frames, truth, known_a, known_b):
    """How much nearer the faces are to B than to A, for the cast's identity evaluator, which is valid on the cast.

    The cosine with B alone would not do: two people can be alike, and a blurred face is far from everybody.

    Args:
        frames: f32 RGB [T, H, W, 3].
        truth: the cast's Frames of B in the same scenes.
        known_a, known_b: faces on grey, f32 [N, 64, 64, 3].
    Returns:
        float: mean cosine with B's mean vector less that with A's.
    Lesson 16.
    """
    close_up = faces.faceset_from_frames(truth)
    drawn = np.stack([faces.warp(f, m, 64) for f, m in zip(frames, close_up.matrices, strict=True)]).clip(0, 1)
    evaluator = load("identity_evaluator")
    vectors, of_a, of_b = (evaluator.predict(x, verbose=0)[0]
                           for x in (cut_out(drawn, close_up.masks), known_a, known_b))
    a, b = (known.mean(0) / np.linalg.norm(known.mean(0)) for known in (of_a, of_b))
    return float((vectors @ (b - a)).mean())


def faces_on_grey(frames, landmarks):
    """Aligned faces on grey, masked by their landmarks' outline.

    Args:
        frames: f32 RGB [T, H, W, 3].
        landmarks: [T, 68, 2], finite.
    Returns:
        (faces f32 [T, 64, 64, 3], masks f32 [T, 64, 64]).
    Lesson 16.
    """
    aligned = [faces.align(f, p, 64) for f, p in zip(frames, landmarks, strict=True)]
    masks = np.stack([faces.outline_mask(a.landmarks, 64) for a in aligned])
    return cut_out(np.stack([a.image for a in aligned]).clip(0, 1), masks), masks


def of_the_two(a, b):
    """OfTheTwo for two people's footage.

    Args:
        a, b: pipelines.footage.Footage.
    Returns:
        OfTheTwo.
    Lesson 16.
    """
    close_a, close_b = close(a.train), close(b.train)
    return OfTheTwo(*(cut_out(s.images, s.masks) for s in (close_a, close_b)), close_a.masks, close_b.masks)


def frames_of(sheet):
    """The frames that a stage's sheet holds.

    Args:
        sheet: text of show.encode_sheet.
    Returns:
        f32 RGB [T, H, W, 3].
    Lesson 16.
    """
    row = decode_sheet(sheet)
    return np.stack(np.split(row, row.shape[1] // len(row), 1))


@cache
def read():
    """The stored run.

    Returns:
        {"who", "faces" (kept of each person), "batch", "how", "stages": [{"variant", "steps", "a", "b" (face PSNR of
        the held-out reconstructions, dB), "blind" (of without_truth), "truth" (of with_truth, identity and inside),
        "sheet"}], "unchanged", "perfect": {"blind", "truth"}, "blended": the same of blended_truth, and "sheet"}.
    Lesson 16.
    """
    return json.loads(FILE.read_text(encoding="utf-8"))


def _main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[1])
    parser.add_argument("--minutes", type=float, default=60.0, help="how long this call works (60); the next goes on")
    end = time.monotonic() + 60 * parser.parse_args(argv).minutes
    home = cache_dir() / "own_faces"
    work = home / FILE.name  # the finished stages, until FILE gets all of them
    a, b = (collect(path if path.is_file() else record(path.parent, name, shots(name, first)))
            for name, first, path in ((A, FIRST_A, home / "a" / f"{A.lower()}.mp4"),
                                      (B, FIRST_B, home / "b" / f"{B.lower()}.mp4")))
    print(a.report, b.report, sep="\n", flush=True)
    scenes = shots(A, TEST, 1, TEST_FRAMES / TEST_RATE, TEST_RATE)
    clip, truth = (data.render_cached(cast.people()[name], scenes, size=SIZE) for name in (A, B))
    points, who = mesh_landmarks(clip.rgb), of_the_two(a, b)
    known = [cut_out(s.images, s.masks) for s in (close(a.train), close(b.train))]
    best, region = blended_truth(clip, truth, points)

    def scored(frames, weights, shown=None):
        shown = frames[::EVERY] if shown is None else shown
        return {"blind": without_truth(clip.rgb, points, frames, weights, who),
                "truth": {**with_truth(truth, frames, weights), "identity": identity(shown, truth[::EVERY], *known),
                          "inside": video.inside(shown, truth[::EVERY], region[::EVERY])}}

    stages = json.loads(work.read_text(encoding="utf-8")) if work.is_file() else []
    for variant, stop in STAGES:
        if any((stage["variant"], stage["steps"]) == (variant, stop) for stage in stages):
            continue
        folder = home / variant.replace(", ", "_").replace(" ", "_")
        left, before = end - time.monotonic(), read_note(folder)["steps"] if folder.is_dir() else 0
        if left > 0 and before < stop:
            train_swap(a, b, folder, steps=stop - before, seconds=left, batch=BATCH, quiet=True, **VARIANTS[variant])
            before = read_note(folder)["steps"]
        if before < stop:
            print(f"stopped at {before} steps of {variant}; the same call goes on", flush=True)
            break
        frames, weights = put_in(clip.rgb, points, load_swap(folder))
        sheet = encode_sheet(image_sheet(frames[::EVERY], columns=len(frames)))
        stages.append({"variant": variant, "steps": stop, **read_note(folder)["held_out_psnr"],
                       **scored(frames, weights, frames_of(sheet)), "sheet": sheet})
        write_run(work, stages)
        print(variant, stop, {k: stages[-1][k] for k in ("a", "b", "blind", "truth")}, flush=True)
    if not stages:
        return
    order = list(VARIANTS)
    write_run(FILE, {
        "who": [A, B], "faces": [len(a.train), len(b.train)], "batch": BATCH, "how": device(),
        "stages": sorted(stages, key=lambda stage: (order.index(stage["variant"]), stage["steps"])),
        "unchanged": scored(clip.rgb, region), "perfect": scored(truth.rgb, region),
        "blended": {**scored(best, region), "sheet": encode_sheet(image_sheet(best[::EVERY], columns=len(best)))}},
        indent=1)


if __name__ == "__main__":
    _main()
