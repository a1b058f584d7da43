"""Evidence of manipulation, one file for each kind. Lessons 06 and 11."""

from .evidence import Evidence
from .examine import KINDS, examine

__all__ = ["KINDS", "Evidence", "examine"]
