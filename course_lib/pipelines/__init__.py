"""From file to file: what a user does with an image or a video. One file for each thing. Lessons 03, 09, 10 and 11."""

from .annotate import annotated
from .detect import Finding, detect, meaning
from .enhance import enhance_file
from .evidence import Report, drawn, examine_file, examine_image
from .swap import find_landmarks, swap_video, swapper, track_landmarks

__all__ = ["Finding", "Report", "annotated", "detect", "drawn", "enhance_file", "examine_file", "examine_image",
           "find_landmarks", "meaning", "swap_video", "swapper", "track_landmarks"]
