"""From file to file: what a user does with an image or a video. One file for each thing. Lessons 03, 07, 09 and 10."""

from .animate import animate_video
from .annotate import annotated
from .detect import detect
from .enhance import enhance_file
from .finding import Finding, meaning
from .swap import find_landmarks, swap_video, swapper, track_landmarks

__all__ = ["Finding", "animate_video", "annotated", "detect", "enhance_file", "find_landmarks", "meaning", "swap_video",
           "swapper", "track_landmarks"]
