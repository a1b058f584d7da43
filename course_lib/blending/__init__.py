"""From a face back into a picture: masks, colour, compositing. Lesson 03."""

from . import colour, compose, masks
from .compose import paste, soft_edge

__all__ = ["colour", "compose", "masks", "paste", "soft_edge"]
