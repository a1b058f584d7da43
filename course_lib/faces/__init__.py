"""From pictures to aligned faces: detect, align, clean, FaceSet. Lesson 01."""

from .align import STABLE, Aligned, align, align_five, canonical, estimate_68, five_of, invert, transform, umeyama, warp
from .detect import Face, detect_faces
from .extract import faceset_from_frames
from .faceset import EXPRESSION, FaceSet, join
from .mean_face import MEAN_FACE, mean_face

__all__ = [
    "EXPRESSION",
    "MEAN_FACE",
    "STABLE",
    "Aligned",
    "Face",
    "FaceSet",
    "align",
    "align_five",
    "canonical",
    "detect_faces",
    "estimate_68",
    "faceset_from_frames",
    "five_of",
    "invert",
    "join",
    "mean_face",
    "transform",
    "umeyama",
    "warp",
]
