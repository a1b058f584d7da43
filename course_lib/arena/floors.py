"""Quality floors: what a fake must reach before it counts, or the best fake is the untouched original. Lesson 15."""
from dataclasses import asdict, dataclass
from functools import cache

import cv2
import numpy as np

from course_lib.blending.masks import hull
from course_lib.checkpoints import load
from course_lib.faces import align
from course_lib.metrics.detail import sharpness
from course_lib.metrics.image import psnr
from course_lib.provenance import label

from .material import on_grey

COARSE = 2.0  # pixels: finer changes than these do not count as another face
HALO = 0.6  # how far a face may reach beyond its landmarks' hull, as a fraction of the distance chin to brow


@dataclass(frozen=True)
class Floors:
    """The floors, published before the round.

    Args:
        identity: Least mean cosine with the person whom the fake claims to show, in the identity evaluator.
        change: Least change against the untouched original, in levels of 8 bits: the mean of the tenth of the face that
            changed most (a dubbing changes the mouth alone), less the same outside the head, after a blur by COARSE.
            So most of what saving again does is left out; with H.264 at CRF 33 or above a copy may still reach it.
        outside: Least PSNR outside the head against the original, dB: noise over the whole frame is no fake.
        sharpness: Least median sharpness of the face relative to the original's: a blurred nothing is no fake.
    """

    identity: float = 0.15
    change: float = 4.0
    outside: float = 20.0
    sharpness: float = 0.15


@cache
def _evaluator():
    return load("identity_evaluator")


def likeness(faces, claimed):
    """The mean cosine of faces with the centre of a person's pictures.

    Args:
        faces: f32 [N, 64, 64, 3] on grey.
        claimed: f32 [K, 64, 64, 3] on grey.
    Returns:
        A float in [-1, 1].
    Lesson 15.
    """
    vectors = np.asarray(_evaluator().predict_on_batch(np.concatenate([claimed, faces]))[0])
    centre = vectors[:len(claimed)].mean(0)
    return float((vectors[len(claimed):] @ (centre / max(np.linalg.norm(centre), 1e-9))).mean())


def measure(made, source, every=5):
    """What the floors are compared with.

    Args:
        made: Made.
        source: Source, the untouched original.
        every: Takes each every-th frame.
    Returns:
        Dict: identity, change, outside, sharpness (see Floors), label (bool).
    Lesson 15.
    """
    part = slice(None, None, every)
    frames, original = np.asarray(made.frames, np.float32)[part].clip(0, 1), source.rgb[part]
    points = source.landmarks if made.landmarks is None else made.landmarks
    shape = original.shape[1:3]
    inner = np.stack([hull(p, shape) > 0.5 for p in source.landmarks[part]])
    head = np.stack([hull(p, shape, forehead=HALO) > 0.5 for p in np.concatenate([source.landmarks[part],
                                                                                points[part]])]).any(0)
    head = _wider(head, source.landmarks)
    x0, y0, x1, y1 = label.box(*shape)
    head[y0:y1, x0:x1] = True  # where the label lies is not the creator's to keep
    moved = np.abs(_coarse(frames) - _coarse(original)).mean(-1)
    change = np.mean([_most(m[face]) - _most(m[~head]) for m, face in zip(moved, inner, strict=True)]) * 255
    return {"identity": likeness(on_grey(frames, points[part]), made.claimed),
            "change": float(change),
            "outside": float(np.median(psnr(frames, original, np.broadcast_to(~head, frames.shape[:3])).clip(0, 99))),
            "sharpness": float(np.median(sharpness(_square(frames, points[part]), _square(original,
                                                                                        source.landmarks[part])))),
            "label": bool(made.label)}


def _most(values, part=0.1):
    """The mean of the largest tenth."""
    return np.sort(values)[-max(1, round(part * len(values))):].mean()


def _coarse(frames):
    """Frames without fine detail: what a codec adds or removes cancels, another face stays."""
    return np.stack([cv2.GaussianBlur(frame, (0, 0), COARSE) for frame in frames])


def _wider(head, landmarks):
    """The area of the head grown by HALO of the face's height: hair, neck and what an animation moves."""
    side = 2 * round(HALO * float(np.ptp(landmarks[0][:, 1])) / 2) + 1
    return cv2.dilate(head.astype(np.uint8), np.ones((side, side), np.uint8)) > 0


def _square(frames, landmarks):
    """The inner face, aligned: f32 [N, 36, 36, 3]."""
    return np.stack([align(f, p, 64).image[14:50, 14:50] for f, p in zip(frames, landmarks, strict=True)])


def broken(measured, floors=None):
    """The floors that a clip does not reach.

    Args:
        measured: Of `measure`.
        floors: Floors; those of the course when left out.
    Returns:
        List of sentences; empty where the clip counts.
    Lesson 15.
    """
    out = [f"{name} {measured[name]:.2f} is below {least:g}" for name, least in asdict(floors or Floors()).items()
           if not measured[name] >= least]
    return out + ["the label or the manifest is missing"] * (not measured["label"])
