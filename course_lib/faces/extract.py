"""From frames, photographs and videos to a FaceSet. Lesson 01."""

from pathlib import Path

import cv2
import numpy as np

from course_lib import media, provenance

from .align import align, align_face, warp
from .detect import detect_faces
from .faceset import EXPRESSION, FaceSet
from .measure import expression_of, head_pose
from .shots import LIMIT, FaceCuts, look_of, other_people
from .tracking import Cuts

IGNORED = {".toml", ".json", ".md", ".txt", ".ini", ".db"}  # other files in folders of photographs


def faceset_from_frames(frames, size=64, coverage=1.0, sources=None):
    """Aligned faces of rendered frames, by their true landmarks, with true masks, pose and expression.

    It needs no consent: nobody real is shown.

    Args:
        frames: The cast's Frames.
        size, coverage: As for `align`.
        sources: N names; "frame 0" and so on when left out.
    Returns:
        FaceSet.
    Raises:
        ValueError: When there are no frames.
    Lesson 01.
    """
    aligned, masks = [], []
    for image, mask, points in zip(frames.rgb, frames.face_mask, frames.landmarks, strict=True):
        aligned.append(align(image, points, size, coverage))
        masks.append(warp(mask.astype(np.float32), aligned[-1].matrix, size))
    if not aligned:
        raise ValueError("there are no frames: render at least one")
    return FaceSet(
        images=np.stack([a.image for a in aligned]),
        masks=np.stack(masks),
        landmarks=np.stack([a.landmarks for a in aligned]),
        matrices=np.stack([a.matrix for a in aligned]),
        sources=list(sources) if sources is not None else [f"frame {i}" for i in range(len(aligned))],
        pose=np.array([[s.pose.yaw, s.pose.pitch, s.pose.roll] for s in frames.scenes], np.float32),
        expression=np.array([_expression(s.expression) for s in frames.scenes], np.float32),
    )


def _expression(e):
    known = {"jaw": e.jaw, "smile": e.smile, "brow": e.brow, "blink": max(e.blink_left, e.blink_right)}
    return [known[name] for name in EXPRESSION]


def faceset_from_images(images, size=64, coverage=1.0, method="mesh", model=None):
    """The largest face of each image, detected, aligned by its landmarks and masked by their outline in the frame.

    Where a mesh was measured, so are its pose, the opening of its mouth and its blink; smile and brows stay unknown.

    Nothing is dropped for quality (`clean` does that). The caller is responsible for consent.

    Args:
        images: Iterable of (name, image), read once; image is f32 RGB [H, W, 3] in [0, 1], or an exception that says
            why there is none.
        size, coverage: As for `align`.
        method, model: As for `detect_faces`.
    Returns:
        FaceSet; images without a face are listed in its `skipped`.
    Raises:
        ValueError: When no image gives a face.
    Lesson 01.
    """
    aligned, sources, people, points_from, measured, inside, skipped = [], [], [], [], [], [], []
    for name, image in images:
        faces = [] if isinstance(image, Exception) else detect_faces(image, method, model)
        if not faces:
            skipped.append((name, f"unreadable: {image}" if isinstance(image, Exception) else "no face found"))
            continue
        face = max(faces, key=lambda f: f.box[2] * f.box[3])
        aligned.append(align_face(image, face, size, coverage))
        measured.append(_measured(face, image.shape))
        inside.append(_in_frame(image.shape, aligned[-1].matrix, size))
        sources.append(name)
        people.append(len(faces))
        points_from.append(face.points_from)
    if not aligned:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped[:5]) or "there were no images at all"
        raise ValueError(f"no face in {len(skipped)} images ({reasons}). Use images of one clear, upright face each.")
    landmarks = np.stack([a.landmarks for a in aligned])
    return FaceSet(
        images=np.stack([a.image for a in aligned]),
        masks=np.stack([outline_mask(points, size) * seen for points, seen in zip(landmarks, inside, strict=True)]),
        landmarks=landmarks,
        matrices=np.stack([a.matrix for a in aligned]),
        sources=sources,
        people=np.array(people),
        points=points_from,
        pose=np.array([pose for pose, _ in measured], np.float32),
        expression=np.array([expression for _, expression in measured], np.float32),
        skipped=skipped,
    )


def _in_frame(shape, matrix, size):
    """Which part of a crop lies in its frame, f32 [size, size]; the rest repeats the frame's border and is no face."""
    corners = np.array([(-0.5, -0.5), (shape[1] - 0.5, -0.5), (shape[1] - 0.5, shape[0] - 0.5), (-0.5, shape[0] - 0.5)])
    placed, seen = corners @ matrix[:, :2].T + matrix[:, 2], np.zeros((size, size), np.float32)
    cv2.fillConvexPoly(seen, np.round(placed).astype(np.int32), 1.0)
    return seen


def _measured(face, shape):
    """(pose [3], expression [4]) of a face with a mesh, nan for others."""
    if face.mesh is None:
        return np.full(3, np.nan), np.full(len(EXPRESSION), np.nan)
    return head_pose(face.landmarks, shape), expression_of(face.landmarks)


def faceset_from_folder(path, size=64, coverage=1.0, method="mesh", model=None):
    """The faces in a folder of photographs, which must hold a valid consent.toml.

    Args:
        path: The folder; its images are read in the order of their names, one at a time, without subfolders. A file
            that is no image is listed in `skipped`.
        size, coverage: As for `align`.
        method, model: As for `detect_faces`.
    Returns:
        FaceSet, as from `faceset_from_images`.
    Raises:
        ConsentError: Without valid consent.
        ValueError: When the path is no folder, holds no image, or no image gives a face.
    Lesson 01.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder: give the folder that holds the photographs")
    provenance.consent.require(folder)
    files = sorted(f for f in folder.iterdir() if f.is_file() and f.suffix.lower() not in IGNORED and f.name[0] != ".")
    if not files:
        raise ValueError(f"{folder} holds no pictures: put photographs (JPEG, PNG, WebP, ...) beside its consent.toml")
    return faceset_from_images(((f.name, _read(f)) for f in files), size, coverage, method, model)


def _read(file):
    try:
        return media.read_image(file)
    except (OSError, ValueError, MemoryError) as error:
        return error


def faceset_from_video(path, every=0.2, max_frames=500, size=64, coverage=1.0, method="mesh", model=None,
                       one_person=True):
    """The faces in a video, which must lie beside a valid consent.toml.

    The video is streamed: only one frame is in memory, and a truncated file gives what came before, with the reason in
    `skipped`. Sources read "clip.mp4 at 1.40 s". Cuts are looked for between all frames (the set's `shots`), and shots
    that show another person than the longest one are left out and listed in `skipped`.

    Args:
        path: The video.
        every: Seconds from one frame that is examined to the next; neighbours are near duplicates.
        max_frames: How many frames are examined, at most.
        size, coverage: As for `align`.
        method, model: As for `detect_faces`.
        one_person: False keeps the faces of all shots.
    Returns:
        FaceSet, as from `faceset_from_images`.
    Raises:
        ConsentError: Without valid consent.
        FileNotFoundError: When there is no file.
        ValueError: When the file is no video, or no frame gives a face.
    Lesson 01.
    """
    if every <= 0 or max_frames < 1:
        raise ValueError("every must be above 0 seconds and max_frames at least 1; "
                         f"got every={every}, max_frames={max_frames}")
    provenance.consent.require(Path(path).parent)
    shots = {}
    frames = _sampled(media.read_video(path), Path(path).name, every, max_frames, shots)
    found = faceset_from_images(frames, size, coverage, method, model)
    looks = [look_of(*face) for face in zip(found.images, found.landmarks, strict=True)]
    found.shots = _shots(looks, [shots[source] for source in found.sources])
    return _one_person(found, looks) if one_person else found


def _sampled(video, name, every, max_frames, shots):
    """(name, frame) of a media.Video, `every` seconds apart, and (name, error) where it ends early; notes in `shots`
    the number of each frame's shot."""
    taken, due, time, cuts, shot = 0, 0.0, 0.0, Cuts(), 0
    try:
        for time, frame in video.timed():
            shot += cuts(frame)
            if time >= due - 1e-6:
                source = f"{name} at {time:.2f} s"
                shots[source] = shot
                yield source, frame
                taken, due = taken + 1, (int(time / every + 1e-6) + 1) * every
            if taken == max_frames:
                return
        if video.info.duration - time > 1.0:  # FFmpeg ends in silence where a file was cut short
            raise ValueError(f"ends after {time:.1f} of {video.info.duration:.1f} s")
    except (OSError, ValueError) as error:
        yield name, error


def _shots(looks, shots):
    """The number of each face's shot, int [N], where the cuts in which the face alone changes count too."""
    changed, more, numbers = FaceCuts(), 0, []
    for look, shot, last in zip(looks, shots, [None, *shots[:-1]], strict=True):
        more += changed(look, shot != last)
        numbers.append(shot + more)
    return np.array(numbers)


def _one_person(found, looks):
    """The set without the shots of other people, which are listed in `skipped`."""
    others, distances = other_people(looks, found.shots)
    kept = found[~others]
    for shot in np.unique(found.shots[others]):
        rows = np.flatnonzero(found.shots == shot)
        why = (f"another person than in the longest shot, in the shot from {found.sources[rows[0]]} "
               f"(distance {distances[int(shot)]:.2f}, limit {LIMIT})")
        kept.skipped += [(found.sources[row], why) for row in rows]
    return kept


def outline_mask(landmarks, size):
    """The convex hull of the landmarks as a mask, with the brows raised by 0.3 of the distance from chin to nose bridge
    to include the forehead.

    Args:
        landmarks: [68, 2], crop pixels.
        size: Side of the crop in pixels.
    Returns:
        f32 [size, size] in [0, 1].
    Raises:
        ValueError: For landmarks that are not finite.
    Lesson 01.
    """
    landmarks = np.asarray(landmarks, np.float64)
    up = landmarks[27] - landmarks[8]
    hull = cv2.convexHull(np.concatenate([landmarks, landmarks[17:27] + 0.3 * up]).astype(np.float32))
    if not np.isfinite(hull).all():
        raise ValueError("outline_mask got landmarks that are not finite")
    fine = np.zeros((size * 4, size * 4), np.float32)  # drawn four times as large: the edge comes out smooth
    cv2.fillConvexPoly(fine, np.round((hull + 0.5) * 4 - 0.5).astype(np.int32), 1.0)
    return cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)
