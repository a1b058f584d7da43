"""Labelled real and fake faces, made by the methods that the course teaches. Lessons 07 and 10."""

from .animated import animated, reenacted
from .build import COVERAGE, CRFS, METHODS, SIZE, build, forge
from .generated import generated
from .labelled import Labelled, centre, join, leaks
from .layouts import LAYOUTS, listed, read, summary
from .people import EVERYBODY, SPLITS

__all__ = ["COVERAGE", "CRFS", "EVERYBODY", "LAYOUTS", "METHODS", "SIZE", "SPLITS", "Labelled", "animated", "build",
           "centre", "forge", "generated", "join", "leaks", "listed", "read", "reenacted", "summary"]
