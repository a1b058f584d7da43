"""From file to file: what a user does with an image or a video. One file for each thing. Lessons 03 to 16."""

from .animate import animate_video
from .annotate import annotated
from .corpus import Row, files_in, score
from .detect import detect
from .dub import dub_video
from .enhance import enhance_file
from .evidence import in_words, likelihood_ratio, provenance, report
from .examine import Report, drawn, examine_file, examine_image
from .examine_video import ClipReport, examine_clip
from .finding import Finding, meaning
from .parametric import Way
from .registry import Match, Registry
from .swap import find_landmarks, swap_video, swapper, track_landmarks
from .watch import Glance, watch

__all__ = ["ClipReport", "Finding", "Glance", "Match", "Registry", "Report", "Row", "Way", "animate_video",
           "annotated", "detect", "drawn", "dub_video", "enhance_file", "examine_clip", "examine_file",
           "examine_image", "files_in", "find_landmarks", "in_words", "likelihood_ratio", "meaning", "provenance",
           "report", "score", "swap_video", "swapper", "track_landmarks", "watch"]
