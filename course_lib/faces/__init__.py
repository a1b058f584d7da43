"""From images to aligned faces: detection, alignment, cleaning, FaceSet. Lesson 01."""

from . import blazeface, smoothing, tracking
from .align import (
    STABLE,
    Aligned,
    align,
    align_face,
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
from .detect import Face, detect_faces, require_method
from .extract import (
    faceset_from_folder,
    faceset_from_frames,
    faceset_from_images,
    faceset_from_video,
    outline_mask,
)
from .faceset import EXPRESSION, FaceSet, join
from .live import MeshTracker, track_meshes
from .mean_face import MEAN_FACE, mean_face
from .measure import eye_distance, eye_opening, head_pose, mouth_opening
from .mesh import Mesh, read_mesh
from .rules import RULES, Rule, perceptual_hash

__all__ = [
    "EXPRESSION",
    "MEAN_FACE",
    "RULES",
    "STABLE",
    "Aligned",
    "Face",
    "FaceSet",
    "Mesh",
    "MeshTracker",
    "Report",
    "Rule",
    "align",
    "align_face",
    "align_five",
    "blazeface",
    "canonical",
    "clean",
    "detect_faces",
    "estimate_68",
    "eye_distance",
    "eye_opening",
    "faceset_from_folder",
    "faceset_from_frames",
    "faceset_from_images",
    "faceset_from_video",
    "five_points",
    "head_pose",
    "invert",
    "join",
    "light",
    "mean_face",
    "mouth_opening",
    "outline_mask",
    "perceptual_hash",
    "read_mesh",
    "require_method",
    "smoothing",
    "track_meshes",
    "tracking",
    "transform",
    "umeyama",
    "variety",
    "warp",
]
