"""The cast: synthetic people rendered from parameters, with exact ground truth. Lesson 00 introduces them."""

import importlib

from course_lib.cast.clips import VISEMES, Clip, clip
from course_lib.cast.frames import LABELS, Frames
from course_lib.cast.parameters import (
    NAMES,
    Background,
    Camera,
    Expression,
    Lighting,
    Person,
    Pose,
    Scene,
    describe,
    from_vector,
    to_vector,
)
from course_lib.cast.people import people
from course_lib.cast.sampling import random_person, random_scene

__all__ = [
    "LABELS",
    "NAMES",
    "VISEMES",
    "Background",
    "Camera",
    "Clip",
    "Expression",
    "Frames",
    "Lighting",
    "Person",
    "Pose",
    "Scene",
    "clip",
    "describe",
    "from_vector",
    "people",
    "random_person",
    "random_scene",
    "render",
    "render_landmarks",
    "to_vector",
]

def __getattr__(name):
    """The renderer, and TensorFlow with it, is imported when it is first asked for (PEP 562)."""
    if name not in ("render", "render_landmarks"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = getattr(importlib.import_module(f"{__name__}.rendering"), name)
    return globals()[name]
