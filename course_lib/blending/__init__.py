"""From a face back into a picture. Lesson 03."""

from .paste import paste, soft_edge

__all__ = ["paste", "soft_edge"]
