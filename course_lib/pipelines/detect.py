"""A photograph or a video in, a score for each of its faces out, and how little that score proves. Lesson 10.

The file is read, scored and forgotten: nothing of it leaves the machine, and nothing is kept unless an annotated copy
is asked for. So no consent file is needed.
"""
import itertools
import warnings
from dataclasses import replace
from functools import cache

import cv2
import numpy as np

from course_lib import checkpoints, media
from course_lib.faces import (
    FaceSet,
    align_five,
    detect_faces,
    five_points,
    invert,
    outline_mask,
    require_method,
    transform,
    warp,
)
from course_lib.faces.rules import sharpness
from course_lib.faults import in_words
from course_lib.forgeries.build import COVERAGE, SIZE
from course_lib.pipelines.finding import AUTHORS, OURS, SOFT, UNFAMILIAR, Finding, Scored

# The authors cut 1.3 x 2.2 times the distance of eyes and mouth, around the nose: 1.02 of the mean face's square.
MODELS = (*OURS, *AUTHORS)
AUTHORS_COVERAGE, PUBLISHED = 1.02, 256  # the side of their faces in pixels
BLURRED = 0.2  # faces.rules.sharpness of a face, below which it is too soft; 99 % of the course's swaps are above
OUTSIDE = 0.15  # the fraction of a crop that may lie beyond the image's border
ENLARGED = 2.0  # crop pixels for each pixel of the image, from which on a face is too small
MIN_USABLE = 0.5  # the fraction of a video's frames that must show a usable face
FRAMES, MAX_SHOWN = 32, 8  # of a video: frames examined, and at most shown in its annotated copy
EAGER = 4  # images without a graph of the novelty: tracing it takes as long as eight of them, each later one a ninth


def detect(path, model="meso4_cast", *, method="mesh", finder=None, frames=FRAMES, keep=False):
    """Scores the faces in a photograph or a video, also where the file cannot be read or shows no face.

    A face that is unlike the training set of the course's own networks (models.novelty) gets no score: they would give
    one, often a confident one, and it would mean nothing. Nor does a clearly blurred one, which they would call fake (a
    slightly blurred one gets a score). A face that reaches over the border, or is much smaller than what the network
    sees, is scored but does not count. Transparent places are laid on white; grey and 16-bit images are read as such.

    Args:
        path: an image (media.read_image), or a video (media.is_video looks into the file).
        model: the course's own "meso4_cast" or "mesoinception4_cast", or the authors' "meso4" or "mesoinception4" once
            fetched.
        method, finder: as method and model of faces.detect_faces.
        frames: how many of a video's are examined, evenly spread.
        keep: hold the images, up to eight of a video, for annotated.
    Returns:
        Finding.
    Raises:
        ValueError: for an unknown model or no frames; never because of the file.
        CheckpointError: when the model's weights are missing.
        FileNotFoundError: when YuNet's are missing.
    Lesson 10.
    """
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; expected one of {', '.join(MODELS)}")
    if frames < 1:
        raise ValueError(f"frames is {frames}; expected 1 or more: at least one frame of a video is examined")
    checkpoints.verify(model)
    if model in OURS:
        checkpoints.verify(f"{model}_novelty")
    require_method(method, finder)
    video = media.is_video(path)
    finding = Finding(str(path), model, "video" if video else "photograph")

    def look(image, second=None):
        """The faces of one image as Scored, the largest first; the largest alone in a video."""
        faces = sorted(detect_faces(image, method, finder), key=lambda f: -f.box[2] * f.box[3])
        if video and len(faces) > 1 and not finding.notes:
            finding.notes.append("frames show several faces; the largest of each was scored")
        faces = faces[:1] if video else faces
        if not faces:
            return []
        size = SIZE if model in OURS else PUBLISHED
        crops = [_crop(image, f.points, size, authors=model in AUTHORS) for f in faces]
        unlike = _novelty(model)(np.stack([crop for crop, _ in crops]))
        found = []
        for face, novelty, (crop, matrix) in zip(faces, unlike, crops, strict=True):
            doubts = _doubts(face, crop, matrix, image.shape)
            doubts += (UNFAMILIAR,) if novelty is not None and not novelty <= 1 else ()
            abstain = model in OURS and {UNFAMILIAR, SOFT} & {*doubts}
            found.append(Scored(tuple(round(v, 1) for v in face.box),
                                None if abstain else float(_scorer(model)(crop[None])[0]), second, doubts,
                                None if novelty is None else round(float(novelty), 3)))
        return found

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if video:
                _video(path, finding, look, frames, keep)
            else:
                _photograph(path, finding, look, keep)
        except FileNotFoundError:
            finding.problem = f"there is no file {path}"
        except (OSError, ValueError, MemoryError, RuntimeError) as error:
            finding.problem = in_words(error)
    finding.notes += [str(w.message) for w in caught if str(path) in str(w.message)]  # media's: cut short, damaged
    return finding


def novelty_of(image, landmarks, model="meso4_cast"):
    """How unlike the people of the cast a face is, as `detect` asks before it scores.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], the face's.
        model: one of the course's own detectors.
    Returns:
        A float; above 1 it is unlike anything that detector was trained on.
    Raises:
        CheckpointError: when the weights are missing.
    Lesson 16.
    """
    crop = align_five(image, five_points(landmarks), SIZE, COVERAGE).image
    return float(_novelty(model)(crop[None])[0])


def _photograph(path, finding, look, keep):
    image = media.read_image(path)
    finding.frames = 1
    finding.faces = look(image)
    if keep:
        finding.pictures = [(image, finding.faces)]
    if np.ptp(image, axis=-1).max() < 1 / 255:
        finding.notes.append("the picture is grey; the networks learned from colour")
    counted = [f.score for f in finding.faces if not f.doubts]
    if counted:
        finding.score = max(counted)
    elif finding.faces:
        finding.problem = f"no face can be scored ({', '.join(sorted({d for f in finding.faces for d in f.doubts}))})"
    else:
        finding.problem = "no face was found; it may be turned away, covered, dark or below 30 pixels"


def _video(path, finding, look, frames, keep):
    video = media.read_video(path)
    rate, length = video.info.fps or 25.0, video.info.duration
    every = max(length / frames, 1 / rate) if length else 0.5
    first = every / 2 - 0.5 / rate if length else 0.0  # the middle of each of as many equal parts
    step = -(-min(frames, round(length / every) or frames) // MAX_SHOWN)

    def due(second):
        return finding.frames < frames and second >= first + finding.frames * every - 1e-3

    try:
        for second, image in video.timed(due):
            faces = look(image, round(second, 3))
            finding.faces += faces
            if keep and finding.frames % step == 0:
                finding.pictures.append(_smaller(image, faces))
            finding.frames += 1
    except ValueError as error:  # what came before the damage still counts
        if not finding.frames:
            raise
        finding.notes.append(str(error))
    counted = [f.score for f in finding.faces if not f.doubts]
    if finding.faces and all(UNFAMILIAR in f.doubts for f in finding.faces):
        finding.problem = f"its faces are {UNFAMILIAR}"
    elif len(counted) < max(1, MIN_USABLE * finding.frames):
        finding.problem = (f"a face that can be scored is in {len(counted)} of {finding.frames} frames, too few to say "
                           "anything about the video")
    else:
        finding.score = float(np.mean(counted))


@cache
def _scorer(name):
    """A function from faces to P(fake), of one of MODELS."""
    from course_lib.models import (  # here, so that a file without a face is answered before Keras is imported
        mesonet,
        mesonet_inference,
    )

    if name in OURS:
        model = checkpoints.load(name)
    else:
        model = mesonet_inference.load_reference_weights(getattr(mesonet, name)(), checkpoints.verify(name))
    return mesonet_inference.scorer(model)


@cache
def _novelty(name):
    """A function from faces to their distance from the training set of one of MODELS, None for each where unknown."""
    if name not in OURS:
        return lambda faces: [None] * len(faces)
    import tensorflow as tf

    import course_lib.models.novelty  # noqa: F401  (registers the layers that the file names)

    model, calls = checkpoints.load(f"{name}_novelty"), itertools.count()
    graph = tf.function(model, input_signature=[tf.TensorSpec((None, *model.input_shape[1:]))])

    def distances(faces):
        run = graph if next(calls) >= EAGER else model
        return np.concatenate([np.asarray(run(faces[k:k + 16])) for k in range(0, len(faces), 16)])

    return distances


def _crop(image, points, size, authors):
    """(the face f32 [size, size, 3], matrix from image to crop) as the network learned to see it."""
    aligned = align_five(image, points, size, AUTHORS_COVERAGE if authors else COVERAGE)
    if not authors:
        return aligned.image, aligned.matrix
    matrix = aligned.matrix.copy()
    matrix[:, 2] += (size - 1) / 2 - (matrix[:, :2] @ points[2] + matrix[:, 2])  # the nose into the middle
    return warp(image, matrix, size), matrix


def _doubts(face, crop, matrix, shape):
    doubts, size = [], len(crop)
    places = transform(np.stack(np.meshgrid(*[np.arange(0, size, 4)] * 2), -1), invert(matrix))
    inside = (places > -0.5) & (places < np.array(shape[1::-1]) - 0.5)
    if 1 - inside.all(-1).mean() > OUTSIDE:
        doubts.append("cut by the border")
    if np.hypot(*matrix[0, :2]) > ENLARGED:
        doubts.append("too small")
    points = transform(face.landmarks, matrix).astype(np.float32)
    one = FaceSet(crop[None], outline_mask(points, size)[None], points[None], matrix[None], [""])
    if sharpness(one)[0] < BLURRED:
        doubts.append(SOFT)
    return tuple(doubts)


def _smaller(image, faces, height=480):
    """The image and its faces, at most so high: eight frames of a large video would fill the memory."""
    scale = min(1.0, height / image.shape[0])
    if scale < 1:
        image = cv2.resize(image, (round(image.shape[1] * scale), height), interpolation=cv2.INTER_AREA)
    return image, [replace(face, box=tuple(v * scale for v in face.box)) for face in faces]
