"""From file to file: what a user does with a picture or a video. One file for each thing. Lessons 03, 09 and 10."""

from .detect import Finding, annotated, detect, meaning
from .enhance import enhance_file, enhancer
from .swap import find, found, swap_video, swapper

__all__ = ["Finding", "annotated", "detect", "enhance_file", "enhancer", "find", "found", "meaning", "swap_video",
           "swapper"]
