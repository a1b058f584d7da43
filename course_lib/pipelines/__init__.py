"""From file to file: what a user does with an image or a video. One file for each thing. Lessons 03 to 14."""

from .animate import animate_video
from .annotate import annotated
from .detect import detect
from .enhance import enhance_file
from .evidence import in_words, likelihood_ratio, provenance, report
from .examine import Report, drawn, examine_file, examine_image
from .examine_video import ClipReport, examine_clip
from .finding import Finding, meaning
from .registry import Match, Registry
from .swap import find_landmarks, swap_video, swapper, track_landmarks

__all__ = ["ClipReport", "Finding", "Match", "Registry", "Report", "animate_video", "annotated", "detect", "drawn",
           "enhance_file", "examine_clip", "examine_file", "examine_image", "find_landmarks", "in_words",
           "likelihood_ratio", "meaning", "provenance", "report", "swap_video", "swapper", "track_landmarks"]
