"""From a face back into a picture. Lesson 03."""

from .paste import paste

__all__ = ["paste"]
