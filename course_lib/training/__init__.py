"""Losses, augmentation and the loop that trains within a time budget. Lesson 02."""

from .augment import jitter, random_transform, random_warp, shift_colour, warp_grid
from .detector import augment_faces, step_decay, train_detector
from .fit import cosine, fit
from .history import History
from .losses import face_loss, match_tone, structural_similarity, tone_free_loss
from .preview import swap_preview
from .tune import tune_decoder

__all__ = [
    "History",
    "augment_faces",
    "cosine",
    "face_loss",
    "fit",
    "jitter",
    "match_tone",
    "random_transform",
    "random_warp",
    "shift_colour",
    "step_decay",
    "structural_similarity",
    "swap_preview",
    "tone_free_loss",
    "train_detector",
    "tune_decoder",
    "warp_grid",
]
