"""Rendered sets: pairs, portraits and clips of the cast, made once and kept in one cache on the disk. Lesson 02."""

from .cache import cached, render_cached
from .large_portraits import LargePortraits, large_portraits
from .pairs import Pairs, faces_of, training_pairs
from .portraits import ATTRIBUTES, Portraits, portraits

__all__ = ["ATTRIBUTES", "LargePortraits", "Pairs", "Portraits", "cached", "faces_of", "large_portraits", "portraits",
           "render_cached", "training_pairs"]
