"""A face swap frame after frame, in memory or as a stream. Lesson 03."""
from dataclasses import dataclass
from itertools import islice, repeat

import cv2
import numpy as np

from course_lib.faces.align import align
from course_lib.faces.smoothing import OneEuro, fill_gaps, outliers, smooth_track

from . import colour, masks
from .steps import Layer, Steps, finish, measure, prepare

BATCH = 16  # frames that are in memory at a time, and faces that the model sees together
CUTOFF = 5.0  # Hz, of the landmarks
COLOUR_CUTOFF = 1.0  # Hz, of the colour's numbers


@dataclass(frozen=True)
class Swapped:
    """One frame of the result.

    Args:
        frame: f32 RGB [H, W, 3].
        layer: the Layer that was blended into it, or None where the frame is unchanged; layer.weights(shape) tells
            where and how strongly the face shows.
    """

    frame: np.ndarray
    layer: Layer | None


def swap_frames(frames, landmarks, swap, *, steps=None, rate=25.0, cuts=None, cutoff=CUTOFF,
                colour_cutoff=COLOUR_CUTOFF, visible=None, size=64):
    """Swaps the face in every frame, with landmarks and colours smoothed over time.

    Args:
        frames: an iterable of f32 RGB [H, W, 3] in [0, 1].
        landmarks: [T, 68, 2] of the face in each, in pixels, nan where there is none; that frame stays unchanged (gaps
            of up to 12 frames are filled).
        swap: a function of crops f32 [N, size, size, 3] and masks [N, size, size] of the face in them, which gives
            faces f32 of the crops' shape, or a tuple (faces, masks of where a face was created, landmarks in the
            crops), of which the last may be left out.
        steps: Steps.
        rate: frames per second.
        cuts: bool [T], where a new shot begins.
        cutoff, colour_cutoff: Hz up to which landmarks and the colour's numbers may move; None for no smoothing.
        visible: iterable of f32 [H, W], where each target's face is seen; estimated from colours when left out.
        size: side of the crops, pixels.
    Returns:
        An iterator of Swapped, one for each frame.
    Raises:
        ValueError: where landmarks, frames or what swap gives do not fit.
    Lesson 03.
    """
    landmarks = np.asarray(landmarks, np.float64)
    if landmarks.ndim != 3 or landmarks.shape[1:] != (68, 2):
        raise ValueError(f"landmarks are {landmarks.shape}; expected [T, 68, 2], one row for each frame, nan for none")
    cuts = np.zeros(len(landmarks), bool) if cuts is None else np.asarray(cuts, bool)
    points = smooth_track(landmarks, rate, cuts, cutoff)
    rows = zip(_as_many(frames, len(points)), points, cuts, repeat(None) if visible is None else visible)
    return stream(rows, swap, steps=steps, rate=rate, colour_cutoff=colour_cutoff, size=size)


def stream(rows, swap, *, steps=None, rate=25.0, colour_cutoff=COLOUR_CUTOFF, size=64):
    """swap_frames for smoothed landmarks, row by row, of which 16 are in memory at a time.

    Args:
        rows: iterable of (frame, smoothed landmarks [68, 2] or nan, whether a shot begins, visible or None).
        swap, steps, rate, colour_cutoff, size: as for swap_frames.
    Returns:
        An iterator of Swapped, one for each row.
    Raises:
        ValueError: where what swap gives does not fit.
    Lesson 03.
    """
    steps, rows = steps or Steps(), iter(rows)
    filtered = None if colour_cutoff is None else OneEuro(rate, colour_cutoff)
    while batch := list(islice(rows, BATCH)):
        created = iter(_create(batch, swap, steps, size))
        for frame, points, cut, seen in batch:
            layer = None
            if np.isfinite(points).all():
                face, matrix, extra = next(created)
                layer = prepare(frame, face, matrix, points, steps, visible=seen, **extra)
            if filtered and (cut or layer is None):
                filtered.reset()  # another shot, another light
            numbers = None if layer is None else measure(layer, steps)
            if filtered and numbers is not None:
                numbers = filtered(numbers)
            yield Swapped(finish(frame, layer, steps, numbers), layer)


def _create(batch, swap, steps, size):
    """(face, matrix, {face_mask, face_landmarks}) for every frame of a batch that has a face."""
    visible_faces = [(frame, points, seen) for frame, points, _, seen in batch if np.isfinite(points).all()]
    if not visible_faces:
        return []
    aligned = [align(frame, points.astype(np.float32), size) for frame, points, _ in visible_faces]
    matrices = [np.asarray(a.matrix, np.float64) for a in aligned]
    crops = np.stack([a.image for a in aligned])
    inside = np.stack([_face_in_crop(crop, matrix, points, seen, steps)
                       for crop, matrix, (_, points, seen) in zip(crops, matrices, visible_faces)])
    created = swap(crops, inside)
    faces, *more = created if isinstance(created, tuple) else (created,)
    faces = np.asarray(faces, np.float32)
    if faces.shape != crops.shape or not np.isfinite(faces).all():
        raise ValueError(f"swap gave {faces.shape}{'' if np.isfinite(faces).all() else ' with values not finite'}; "
                         f"expected finite images {crops.shape}, as it was given")
    faces = fill_gaps(faces, outliers(_errors(faces, crops, inside))).astype(np.float32)
    extras = [dict(zip(("face_mask", "face_landmarks"), r)) for r in zip(*more)] if more else [{}] * len(faces)
    return zip(faces, matrices, extras, strict=True)


def _face_in_crop(crop, matrix, points, seen, steps):
    """The mask f32 [S, S] of the face in a crop, which the model is given: the hull, where the face is seen."""
    size, points = len(crop), points @ matrix[:, :2].T + matrix[:, 2]
    inside = masks.hull(points, (size, size))
    if seen is not None:
        seen = np.clip(cv2.warpAffine(np.asarray(seen, np.float32), matrix, (size, size)), 0, 1)
    elif steps.visible:
        seen = masks.visible_skin(crop, points)
    return inside if seen is None else masks.intersect(inside, seen)


def _errors(faces, crops, inside):
    """How unlike each face is to the crop that it was made from, up to its mean colour: a broken one stands out."""
    out = []
    for face, crop, mask in zip(faces, crops, inside):
        chosen = mask > 0.5
        shifted = colour.mean_shift(face, crop, mask)
        out.append(np.abs(shifted[chosen] - crop[chosen]).mean() if chosen.any() else np.nan)
    return np.array(out)


def _as_many(frames, count):
    """The frames, with a ValueError where there are more or fewer than `count`."""
    seen = 0
    for seen, frame in enumerate(frames, 1):  # noqa: B007
        if seen > count:
            break
        yield frame
    if seen != count:
        raise ValueError(f"there are {'more' if seen > count else seen} frames, but landmarks for {count}; give one "
                         "row of landmarks for each frame")
