"""Labelled real and fake faces, made by the methods that the course teaches. Lessons 07, 08 and 10."""

from .animated import animated, reenacted
from .build import COVERAGE, CRFS, METHODS, SIZE, build, forge
from .dubbed import dubbed, lip_synced
from .generated import generated
from .labelled import Labelled, join, leaks
from .layouts import LAYOUTS, listed, read, summary
from .people import EVERYBODY, SPLITS

__all__ = ["COVERAGE", "CRFS", "EVERYBODY", "LAYOUTS", "METHODS", "SIZE", "SPLITS", "Labelled",
           "animated", "build", "dubbed", "forge", "generated", "join", "leaks", "lip_synced", "listed", "read",
           "reenacted", "summary"]
