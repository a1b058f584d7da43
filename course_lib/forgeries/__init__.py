"""Labelled real and fake faces, made by the methods that the course teaches; the public sets; splits. Lessons 07,
08, 10 and 16."""

from .animated import animated, reenacted
from .bodies import body
from .build import COVERAGE, CRFS, METHODS, SIZE, build, forge
from .dubbed import dubbed, lip_synced
from .generated import generated
from .labelled import Labelled, centre, join, leaks
from .layouts import LAYOUTS, listed, read, summary
from .people import EVERYBODY, SPLITS
from .splits import people_on_two_sides, split_by_person

__all__ = ["COVERAGE", "CRFS", "EVERYBODY", "LAYOUTS", "Labelled", "METHODS", "SIZE", "SPLITS", "animated", "body",
           "build", "centre", "dubbed", "forge", "generated", "join", "leaks", "lip_synced", "listed",
           "people_on_two_sides", "read", "reenacted", "split_by_person", "summary"]
