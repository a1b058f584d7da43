"""Rendered sets: pairs, portraits and clips of the cast, rendered once and kept in one disk cache. Lesson 02."""

from .cache import cached, cached_chunks, render_cached
from .large_portraits import LargePortraits
from .pairs import Pairs, faces_of, training_pairs
from .portraits import ATTRIBUTES, Portraits

# the functions `portraits` and `large_portraits` are imported from their modules, which have the same names
__all__ = ["ATTRIBUTES", "LargePortraits", "Pairs", "Portraits", "cached", "cached_chunks", "faces_of",
           "render_cached", "training_pairs"]
