"""From cast frames to a FaceSet. Lesson 01."""
import math
from dataclasses import asdict

import numpy as np

from .align import align, warp
from .faceset import EXPRESSION, FaceSet


def faceset_from_frames(frames, size=64, coverage=1.0, sources=None):
    """Aligned faces of rendered frames, by their true landmarks, with true masks, pose and expression.

    frames: the cast's Frames (rgb [N, H, W, 3], labels [N, H, W], landmarks [N, 68, 2], scenes). size, coverage: as
    for align. sources: N names; "frame 0" and so on when left out. Needs no consent: nobody is in the picture.
    """
    from course_lib.cast import LABELS  # here, because photographs need no renderer, and it brings TensorFlow

    face = [LABELS[part] for part in ("skin", "eyes", "mouth", "lips", "glasses")]
    aligned = [align(image, points, size, coverage) for image, points in zip(frames.rgb, frames.landmarks)]
    if not aligned:
        raise ValueError("there are no frames: render at least one")
    masks = [
        warp(np.isin(labels, face).astype(np.float32), a.matrix, size) for labels, a in zip(frames.labels, aligned)
    ]
    return FaceSet(
        images=np.stack([a.image for a in aligned]),
        masks=np.stack(masks),
        landmarks=np.stack([a.landmarks for a in aligned]),
        matrices=np.stack([a.matrix for a in aligned]),
        sources=list(sources) if sources is not None else [f"frame {i}" for i in range(len(aligned))],
        pose=np.array([[s.pose.yaw, s.pose.pitch, s.pose.roll] for s in frames.scenes], np.float32),
        expression=np.array([_known(s.expression) for s in frames.scenes], np.float32),
    )


def _known(expression):
    values = asdict(expression)
    values["blink"] = max(values["blink_left"], values["blink_right"])
    return [values.get(name, math.nan) for name in EXPRESSION]
