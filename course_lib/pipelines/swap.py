"""A face swap from file to file: any length, sound kept, resumable. Lesson 03."""
import hashlib
import shutil
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from course_lib import media
from course_lib.blending import masks
from course_lib.blending.frames import BATCH, COLOUR_CUTOFF, stream
from course_lib.blending.steps import Steps
from course_lib.faces import detect_faces, tracking
from course_lib.faces.shots import LOOK, FaceCuts, look_of, other_people
from course_lib.faces.smoothing import smooth_track
from course_lib.faces.tracking import Cuts, FaceTracker
from course_lib.pipelines import parts
from course_lib.provenance import manifest

MEASURED = 6  # numbers about a frame's face that a way of swapping may ask for
ROW = np.dtype([("time", "f8"), ("cut", "?"), ("points", "f4", (68, 2)), ("measured", "f4", (MEASURED,)),
                ("look", "f2", (LOOK,))])
PART = 240  # frames in a part of the video, a multiple of BATCH
DETECTED_CUTOFF = 4.0  # Hz: leaves a tenth of a pixel of the mesh's jitter, and most of a blink
MARGIN = 60  # frames on both sides of a part that its smoothing uses


def swap_video(source_path, target_path, swap, *, find=None, landmarks=None, near=None, steps=None,
               cutoff=DETECTED_CUTOFF, colour_cutoff=COLOUR_CUTOFF, size=64,
               what="a video in which a face was replaced", how="pipelines.swap_video", parameters=None,
               crf=None, quiet=False, way=None, one_person=True):
    """Swaps one person's face in a video and writes it, labelled, watermarked and with a manifest.

    First all frames are searched for the face, then it is swapped. Shots in which the face looks like another person's
    than in the longest one pass unchanged; the manifest counts them, and lists the cuts. Sound, frame rate (also a
    variable one) and orientation stay. Memory holds 16 frames whatever the length. Frames without a face stay
    unchanged. An interrupt, or an error on the way, leaves a valid video of what is done, whose manifest says
    "complete": false and why; and beside it NAME.parts, from which the same call resumes.

    Args:
        source_path: any video that FFmpeg reads; it must lie beside a valid consent.toml, unless the course made it
            itself and no real person is in it.
        target_path: .mp4 (H.264) or .webm (VP9).
        swap, steps, colour_cutoff, size: as for blending.swap_frames.
        find: frame -> list of landmarks [68, 2], one for each face; or
        landmarks: [T, 68, 2] instead, nan where there is no face.
        near: see tracking.FaceTracker.
        cutoff: Hz, as for swap_frames; 4 suits landmarks of the mesh, 2 those of other detectors, 5 exact ones.
        what, how, parameters: for the manifest; name in parameters what the swap is made of.
        crf: see media.write_video.
        quiet: no progress bar.
        way: how the frames are made, such as a pipelines.Way; by `swap` when left out.
        one_person: False swaps the face in all shots. Given landmarks say by themselves whose face is swapped.
    Returns:
        The target's Path.
    Raises:
        ConsentError: without a valid consent.
        FileNotFoundError: without the source.
        ValueError: for an unreadable video, one whose size changes midway, or one without any face.
    Lesson 03.
    """
    source_path, target_path, steps = Path(source_path), Path(target_path), steps or Steps()
    if (find is None) == (landmarks is None):
        raise ValueError("give either find (a function that finds the faces in a frame) or landmarks [T, 68, 2]")
    if landmarks is not None and np.shape(landmarks)[1:] != (68, 2):
        raise ValueError(f"landmarks are {np.shape(landmarks)}; expected [T, 68, 2], one row for each frame")
    if target_path.suffix.lower() not in (".mp4", ".webm"):
        raise ValueError(f"{target_path.name} ends in {target_path.suffix!r}; expected .mp4 (H.264) or .webm (VP9)")
    if target_path.resolve() == source_path.resolve():
        raise ValueError(f"{target_path} is the source itself; give another name for the result")
    consent, video = parts.consent_of(source_path), media.read_video(source_path)
    parameters = {**(parameters or {}), "steps": steps, "cutoff": cutoff, "colour_cutoff": colour_cutoff, "size": size,
                  "one_person": one_person}
    given = None if landmarks is None else hashlib.sha256(np.asarray(landmarks, np.float32).tobytes()).hexdigest()
    folder = parts.folder_of(target_path, {"source": manifest.sha256(source_path), "how": how, "crf": crf,
                                           "near": near, "landmarks": given, **manifest.plain(parameters)})
    try:
        rows = _track(video, folder / "track.bin", find, landmarks, near, quiet, way)
    except ValueError:  # about the video or the landmarks: nothing of it can be resumed
        shutil.rmtree(folder)
        raise
    pace = parts.pace_of(rows["time"], video.info.fps)
    about = {"what": what, "how": how, "parameters": parameters, "sources": [source_path], "consent": consent}

    settings = {"steps": steps, "rate": pace["rate"], "colour_cutoff": colour_cutoff, "size": size}
    others, distances = np.zeros(len(rows), bool), {}
    if one_person and landmarks is None:
        others, distances = other_people(rows["look"], np.cumsum(rows["cut"]))
        rows["points"][others] = np.nan
    make, notes = way.choose(rows, pace["rate"]) if way else (None, {})
    unchanged = notes.get("unchanged") or {"no face": int(np.isnan(rows["points"][:, 0, 0]).sum())}
    unchanged = {**unchanged, "no face": unchanged["no face"] - int(others.sum()), "another person": int(others.sum())}
    cuts = [round(float(time), 3) for time in rows["time"][rows["cut"]]]
    about["parameters"] = {**parameters, **notes, "unchanged": unchanged, "cuts": cuts,
                           "shots": {str(shot): round(distance, 2) for shot, distance in distances.items()}}
    swapped = make or partial(_learned, rows, cutoff, swap, settings)
    join = partial(parts.join, target_path, folder, rows["time"], pace, PART, about, source_path)
    try:
        _parts(video, rows, pace, folder, target_path.suffix, about, crf, quiet, swapped)
    except BaseException as error:
        if join(f"{type(error).__name__}: {error}"):
            print(f"Stopped; what is done is in {target_path}. The same call or command resumes it.")
        raise
    join(parts.cut_short(video, rows["time"], pace))
    del rows, swapped, join  # closes the track's file, which Windows would not delete otherwise
    shutil.rmtree(folder)
    return target_path


def _track(video, file, find, landmarks, near, quiet, way):
    """Searches the whole video for the face: an array of ROW on the disk, one for each frame. It resumes where it was
    stopped, from the last frame but one, so that a cut there is seen."""
    known = np.fromfile(file, ROW)[:-1] if file.is_file() else np.zeros(0, ROW)
    seen = known["points"][np.isfinite(known["points"][:, 0, 0])]
    cuts, changed, shape = Cuts(), FaceCuts(), None
    follower = FaceTracker(near, seen[-1] if len(seen) else None)
    any_face, last = len(seen) > 0, known["time"][-1] if len(known) else -1.0
    with file.open("wb") as out, parts.bar("looking for the face", video.info.frames, quiet) as bar:
        known.tofile(out)
        for i, (time, frame) in enumerate(video.timed()):
            bar.update(1)
            shape = shape or frame.shape
            if frame.shape != shape:
                raise ValueError(f"frame {i} of {video.path.name} is {frame.shape[1]} x {frame.shape[0]}, those before "
                                 f"it are {shape[1]} x {shape[0]}: cut the video there, or bring it to one size")
            if i < len(known):
                if i == len(known) - 1:
                    cuts(frame)  # what the next frame is compared with
                    changed(known["look"][-1].astype(np.float32))
                continue
            if landmarks is not None and i >= len(landmarks):
                raise ValueError(f"landmarks has {len(landmarks)} rows, but {video.path.name} has more frames")
            cut = cuts(frame)
            points = follower(find(frame), cut) if landmarks is None else landmarks[i]
            found = bool(np.isfinite(points).all())
            look = look_of(frame, points)
            cut |= changed(look, cut)
            any_face |= found
            measured = way.measure(frame, points, i) if way and found else np.full(MEASURED, np.nan)
            last = max(time, last + 1e-3)  # some files give two frames one time
            np.array([(last, cut, points, measured, look)], ROW).tofile(out)
    if landmarks is not None and i + 1 != len(landmarks):
        raise ValueError(f"landmarks has {len(landmarks)} rows, but {video.path.name} has {i + 1} frames")
    if not any_face:
        raise ValueError(f"no face was found in the {i + 1} frames of {video.path.name}; nothing was written")
    return np.memmap(file, ROW, mode="c")  # what the caller changes stays in memory


def _parts(video, rows, pace, folder, ending, about, crf, quiet, swapped):
    """Writes the missing parts of the video, each of PART frames."""
    first = len(parts.whole(folder, ending))
    begin = max(first * PART - BATCH, 0)  # a few frames more, so that the colours are steady where a part begins
    frames = swapped(islice(video, begin, None), begin)
    with parts.bar("swapping", len(rows), quiet) as bar:
        bar.update(begin)
        def images(count):
            for image in islice(frames, count):
                bar.update(1)
                yield image

        for _ in images(first * PART - begin):
            pass
        parts.write(folder, ending, images(len(rows)), first, rows["time"], pace, PART, about, crf)


def _learned(rows, cutoff, swap, settings, frames, begin):
    """The images from frame `begin` on, their faces made by `swap` from the smoothed crops."""
    for result in stream(_steady(frames, rows, begin, settings["rate"], cutoff), swap, **settings):
        yield result.frame


def _steady(frames, rows, begin, rate, cutoff):
    """(frame, smoothed landmarks, whether a shot begins, None) from frame `begin` on; smoothed a part at a time, with
    a margin on both sides."""
    for start in range(begin - begin % PART, len(rows), PART):
        low, high = max(start - MARGIN, 0), start + PART + MARGIN
        points = smooth_track(rows["points"][low:high], rate, rows["cut"][low:high], cutoff)[start - low:][:PART]
        skip = max(begin - start, 0)
        for point, cut in zip(points[skip:], rows["cut"][start:][skip:PART]):
            frame = next(frames, None)
            if frame is None:
                return
            yield frame, point, cut, None


def track_landmarks(frames, method="mesh", model=None):
    """68 landmarks of the largest face, followed from frame to frame.

    Args:
        frames: iterable of f32 RGB [H, W, 3].
        method, model: as for faces.detect_faces.
    Returns:
        f32 [T, 68, 2]; nan where no face is detected.
    Lesson 03.
    """
    tracked = tracking.track(frames, lambda frame: find_landmarks(frame, method, model))
    return np.stack([points for points, _ in tracked])


def find_landmarks(frame, method="mesh", model=None):
    """68 landmarks of each face in a frame: the function that tracking.track and swap_video take.

    Args:
        frame: f32 RGB [H, W, 3].
        method, model: as for faces.detect_faces.
    Returns:
        A list of f32 [68, 2].
    Lesson 03.
    """
    return [face.landmarks for face in detect_faces(frame, method, model)]


def swapper(name):
    """The function that swap_frames and swap_video take, for one of the cast.

    Args:
        name: who has a shipped decoder.
    Returns:
        A function of crops f32 [N, 64, 64, 3] and masks [N, 64, 64] that gives faces and where it created them.
    Lesson 03.
    """
    from course_lib.checkpoints import load
    from course_lib.models.autoencoder import swap_faces  # here, because Keras comes with it

    encoder, decoder = load("shared_encoder"), load(f"decoder_{name.lower()}")

    def swap(crops, inside):
        faces = swap_faces(encoder, decoder, crops, inside)
        return faces, np.stack([masks.from_grey(face) for face in faces])

    return swap
