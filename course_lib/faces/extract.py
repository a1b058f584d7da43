"""From frames, photographs and videos to a FaceSet. Lesson 01."""

from pathlib import Path

import cv2
import numpy as np

from course_lib import media, provenance

from .align import align, align_five, warp
from .detect import detect_faces
from .faceset import EXPRESSION, FaceSet

ASIDE = {".toml", ".json", ".md", ".txt", ".ini", ".db"}  # what else lies in folders of photographs


def faceset_from_frames(frames, size=64, coverage=1.0, sources=None):
    """Aligned faces of rendered frames, by their true landmarks, with true masks, pose and expression.

    frames: the cast's Frames (rgb [N, H, W, 3], face_mask [N, H, W], landmarks [N, 68, 2], scenes). size, coverage: as
    for align. sources: N names; "frame 0" and so on when left out. Needs no consent: nobody is in the picture.
    Raises ValueError when there are no frames. Lesson 01.
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


def faceset_from_pictures(pictures, size=64, coverage=1.0, method="haar", model=None):
    """The largest face of each picture, found, aligned by five points and masked by an outline.

    pictures: iterable of (name, image): image is f32 RGB [H, W, 3] in [0, 1], or an exception that says why there is
    none. It is read once and may be a stream. size, coverage: as for align; method, model: as for detect_faces.
    Pictures without a face are listed in the result's `skipped`; nothing is dropped for quality (clean does that).
    Raises ValueError when no picture gives a face. Who owns the faces is the caller's business. Lesson 01.
    """
    aligned, sources, people, how, skipped = [], [], [], [], []
    for name, image in pictures:
        faces = [] if isinstance(image, Exception) else detect_faces(image, method, model)
        if not faces:
            skipped.append((name, f"unreadable: {image}" if isinstance(image, Exception) else "no face found"))
            continue
        face = max(faces, key=lambda f: f.box[2] * f.box[3])
        aligned.append(align_five(image, face.points, size, coverage))
        sources.append(name)
        people.append(len(faces))
        how.append(face.how)
    if not aligned:
        told = "; ".join(f"{name}: {reason}" for name, reason in skipped[:5]) or "there were no pictures at all"
        raise ValueError(f"no face in {len(skipped)} pictures ({told}). Use pictures of one clear, upright face each.")
    landmarks = np.stack([a.landmarks for a in aligned])
    return FaceSet(
        images=np.stack([a.image for a in aligned]),
        masks=np.stack([outline_mask(points, size) for points in landmarks]),
        landmarks=landmarks,
        matrices=np.stack([a.matrix for a in aligned]),
        sources=sources,
        people=np.array(people),
        points=how,
        skipped=skipped,
    )


def faceset_from_folder(path, size=64, coverage=1.0, method="haar", model=None):
    """The faces in a folder of photographs, which must hold a valid consent.toml.

    path: the folder; its pictures are taken in the order of their names, one at a time, and subfolders are not
    entered. A file that is no picture is told in `skipped`. The other arguments, and what happens to pictures without
    a face: as in faceset_from_pictures.
    Raises provenance.consent's error without valid consent, and ValueError when the folder is none, holds no picture, or
    no picture gives a face. Lesson 01.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder: give the folder that holds the photographs")
    provenance.consent.require(folder)
    files = sorted(f for f in folder.iterdir() if f.is_file() and f.suffix.lower() not in ASIDE and f.name[0] != ".")
    if not files:
        raise ValueError(f"{folder} holds no pictures: put photographs (JPEG, PNG, WebP, ...) beside its consent.toml")
    return faceset_from_pictures(((f.name, _read(f)) for f in files), size, coverage, method, model)


def _read(file):
    try:
        return media.read_image(file)
    except (OSError, ValueError, MemoryError) as error:
        return error


def faceset_from_video(path, every=0.2, most=500, size=64, coverage=1.0, method="haar", model=None):
    """The faces in a video, which must lie beside a valid consent.toml.

    path: the video. every: seconds from one frame that is looked at to the next; neighbours are near duplicates.
    most: frames looked at, at most. The video is streamed: only one frame is in memory, and a file that breaks off
    gives what came before, with the reason in `skipped`. The other arguments, and what happens to frames without a
    face: as in faceset_from_pictures. Sources read "clip.mp4 at 1.40 s".
    Raises provenance.consent's error without valid consent, FileNotFoundError, and ValueError when the file is no video or
    no frame gives a face. Lesson 01.
    """
    if every <= 0 or most < 1:
        raise ValueError(f"every must be above 0 seconds and most at least 1; got every={every}, most={most}")
    provenance.consent.require(Path(path).parent)
    frames = _sampled(media.read_video(path), Path(path).name, every, most)
    return faceset_from_pictures(frames, size, coverage, method, model)


def _sampled(video, name, every, most):
    """(name, frame) of a media.Video, `every` seconds apart, and (name, error) where it breaks off."""
    taken, due, time = 0, 0.0, 0.0
    try:
        for time, frame in video.timed():
            if time >= due - 1e-6:
                yield f"{name} at {time:.2f} s", frame
                taken, due = taken + 1, (int(time / every + 1e-6) + 1) * every
            if taken == most:
                return
        if video.info.duration - time > 1.0:  # FFmpeg ends in silence where a file was cut short
            raise ValueError(f"breaks off after {time:.1f} of {video.info.duration:.1f} s")
    except (OSError, ValueError) as error:
        yield name, error


def outline_mask(landmarks, size):
    """A mask f32 [size, size] of the inside of a face from its 68 landmarks in crop pixels: their convex hull, with
    the brows lifted by a quarter of the face's height to take in the forehead. Lesson 01."""
    landmarks = np.asarray(landmarks, np.float64)
    up = landmarks[27] - landmarks[8]
    hull = cv2.convexHull(np.concatenate([landmarks, landmarks[17:27] + 0.3 * up]).astype(np.float32))
    if not np.isfinite(hull).all():
        raise ValueError("outline_mask got landmarks that are not finite")
    fine = np.zeros((size * 4, size * 4), np.float32)  # drawn four times as large: the edge comes out smooth
    cv2.fillConvexPoly(fine, np.round((hull + 0.5) * 4 - 0.5).astype(np.int32), 1.0)
    return cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)
