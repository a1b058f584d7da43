"""From a face back into a frame: masks, colour, compositing, frame after frame. Lesson 03."""

from . import colour, compose, masks
from .compose import paste, soft_edge
from .frames import Swapped, swap_frames
from .steps import Layer, Steps, finish, measure, prepare, put_back
from .tiles import by_tiles, restore_faces

__all__ = ["Layer", "Steps", "Swapped", "by_tiles", "colour", "compose", "finish", "masks", "measure", "paste",
           "prepare", "put_back", "restore_faces", "soft_edge", "swap_frames"]
