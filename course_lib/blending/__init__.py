"""From a face back into a picture: masks, colour, compositing, smoothing over time. Lesson 03."""

from . import colour, compose, masks, smooth
from .compose import paste, soft_edge
from .enhance import by_tiles, enhance_file, restore_faces
from .frames import Swapped, swap_frames
from .steps import Layer, Steps, finish, measure, prepare, put_back
from .video import swap_video

__all__ = ["Layer", "Steps", "Swapped", "by_tiles", "colour", "compose", "enhance_file", "finish", "masks", "measure",
           "paste", "prepare", "put_back", "restore_faces", "smooth", "soft_edge", "swap_frames", "swap_video"]
