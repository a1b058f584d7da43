"""From images to aligned faces: detection, alignment, cleaning, FaceSet. Lesson 01."""

from . import smoothing, tracking
from .align import (
    STABLE,
    Aligned,
    align,
    align_five,
    canonical,
    estimate_68,
    five_points,
    invert,
    transform,
    umeyama,
    warp,
)
from .clean import Report, clean, light, variety
from .detect import Face, detect_faces
from .extract import (
    faceset_from_folder,
    faceset_from_frames,
    faceset_from_images,
    faceset_from_video,
    outline_mask,
)
from .faceset import EXPRESSION, FaceSet, join
from .mean_face import MEAN_FACE, mean_face
from .rules import RULES, Rule, perceptual_hash

__all__ = [
    "EXPRESSION",
    "MEAN_FACE",
    "RULES",
    "STABLE",
    "Aligned",
    "Face",
    "FaceSet",
    "Report",
    "Rule",
    "align",
    "align_five",
    "canonical",
    "clean",
    "detect_faces",
    "estimate_68",
    "faceset_from_folder",
    "faceset_from_frames",
    "faceset_from_images",
    "faceset_from_video",
    "five_points",
    "invert",
    "join",
    "light",
    "mean_face",
    "outline_mask",
    "perceptual_hash",
    "smoothing",
    "tracking",
    "transform",
    "umeyama",
    "variety",
    "warp",
]
