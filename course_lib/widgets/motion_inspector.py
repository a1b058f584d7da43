"""The motion inspector: drive one picture by another person's clip, and see keypoints, flow and what is invented.
Lesson 07.

`render(State(...))` gives the picture as the bytes of a PNG and needs no notebook; `MotionInspector()`
has the controls.
"""
from dataclasses import dataclass, field
from functools import lru_cache

import ipywidgets as w
import numpy as np

from course_lib.cast import NAMES, from_vector
from course_lib.cast import render as render_cast
from course_lib.checkpoints import load
from course_lib.data.clips import HELD_OUT, Clips, motion_clips, transferred
from course_lib.models import first_order  # noqa: F401  (registers the layers that load needs)
from course_lib.models.first_order_inference import (
    Keypoints,
    displacement,
    drive,
    find_keypoints,
    relative_motion,
    to_pixels,
)
from course_lib.show import COLOURS, colour_flow

from .drawing import GREY, INK, Canvas
from .view import View, slider

SIDE, CELL, GAP, TOP = 64, 160, 8, 22  # pixels: of an image, of its place on the page
TRANSFERS = ("relative", "absolute", "same person")
PEOPLE, BLOCK = 20, 3  # clips; frames whose truth is rendered together


@dataclass(frozen=True, eq=False)
class State:
    """What the inspector shows.

    Args:
        model: an animator.
        clips: Clips.
        source, driver: numbers of two clips; the source is the first frame of its clip.
        time: frame of the driver's clip.
        first: the driver's frame that relative transfer counts from.
        transfer: one of TRANSFERS; with "same person" the source's own clip drives it.
        points: whether keypoints are drawn.
    Raises:
        ValueError: for another value.
    """

    model: object = field(repr=False)
    clips: Clips = field(repr=False)
    source: int = 0
    driver: int = 1
    time: int = 8
    first: int = 0
    transfer: str = "relative"
    points: bool = True

    def __post_init__(self):
        if self.transfer not in TRANSFERS:
            raise ValueError(f"transfer={self.transfer!r}: expected one of {', '.join(TRANSFERS)}")
        length = self.clips.images.shape[1]
        if not (0 <= self.source < len(self.clips) and 0 <= self.driver < len(self.clips)
                and 0 <= self.time < length and 0 <= self.first < length):
            raise ValueError(f"source={self.source}, driver={self.driver}, time={self.time}, first={self.first}: "
                             f"expected clips from 0 to {len(self.clips) - 1} and frames from 0 to {length - 1}")


def animate(state):
    """Animate the source.

    Args:
        state: a State.
    Returns:
        (Keypoints of source and driver, those that drive the source, Animation of one frame).
    """
    driver = state.source if state.transfer == "same person" else state.driver
    images = np.stack([state.clips.pictures((state.source, 0)), state.clips.pictures((driver, state.first)),
                       state.clips.pictures((driver, state.time))])
    found = find_keypoints(state.model, images)
    motion = found[2:]
    if state.transfer == "relative":
        motion = relative_motion(found[:1], found[2:], found[1:2])
    return Keypoints(found.points[[0, 2]], found.jacobians[[0, 2]]), motion, drive(state.model, images[0], found[:1],
                                                                                   motion)


def truth(state):
    """The image that a perfect animation would show.

    Args:
        state: a State.
    Returns:
        f32 RGB [64, 64, 3].
    """
    if state.transfer == "same person":
        return state.clips.pictures((state.source, state.time))
    block = state.time // BLOCK * BLOCK
    vectors = state.clips.vectors
    rendered = _truths(vectors[state.source, 0].tobytes(), vectors[state.driver, block:block + BLOCK].tobytes(),
                       vectors[state.driver, state.first].tobytes(), state.transfer)
    return rendered[state.time - block]


@lru_cache(64)
def _truths(source, driving, first, transfer):
    """The truth of BLOCK frames at once: they fill a tile of the renderer, and are together the work of one."""
    (person, scene), (_, start) = (from_vector(np.frombuffer(v, np.float32)) for v in (source, first))
    exact = [transferred(scene, from_vector(v)[1], start if transfer == "relative" else None)
             for v in np.frombuffer(driving, np.float32).reshape(-1, len(NAMES))]
    return render_cast(person, exact, SIDE, 2).rgb


def render(state):
    """Draw the inspector.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG.
    """
    found, motion, animation = animate(state)
    driver = state.source if state.transfer == "same person" else state.driver
    image, exact = animation.images[0], truth(state)
    flow = displacement(animation.flow[0], SIDE)
    masks = np.float32([_rgb(COLOURS[k % len(COLOURS)]) for k in range(animation.masks.shape[-1])])
    masks[0] = 1.0
    pictures = [("source", state.clips.pictures((state.source, 0)), found.points[0]),
                ("driver", state.clips.pictures((driver, state.time)), found.points[1]),
                ("animated", image, motion.points[0]), ("truth", exact, None),
                ("flow", colour_flow(flow, 16.0), None), ("visible in the source", _grey(animation.occlusion[0]), None),
                ("masks", animation.masks[0] @ masks, None), ("difference x 3", np.abs(image - exact) * 3, None)]
    page = Canvas(4 * (CELL + GAP), 2 * (CELL + TOP + GAP) + 16)
    for k, (name, picture, points) in enumerate(pictures):
        x, y = k % 4 * (CELL + GAP), k // 4 * (CELL + TOP + GAP)
        page.text((x, y), name, 13, INK, bold=k == 2)
        page.picture((x, y + TOP), picture, CELL)
        if points is not None and state.points:
            for j, point in enumerate(to_pixels(points, CELL)):
                page.dot((x + np.clip(point[0], 4, CELL - 4), y + TOP + np.clip(point[1], 4, CELL - 4)), 3.5,
                         COLOURS[j % len(COLOURS)])
    page.text((0, 2 * (CELL + TOP + GAP)), f"mean difference from the truth {np.abs(image - exact).mean():.3f}; with "
              f"the source repeated {np.abs(pictures[0][1] - exact).mean():.3f}", 12, GREY)
    return page.png()


def _rgb(colour):
    return [int(colour[k:k + 2], 16) / 255 for k in (1, 3, 5)]


def _grey(channel):
    return np.repeat(channel[..., None], 3, -1)


class MotionInspector(View):
    """The view: `controls` holds every control by name, `image` the picture, `state()` what is shown.

    Args:
        model: the animator; the checkpoint first_order when left out.
        clips: Clips; people that the training never saw when left out.
    """

    alt, strip = ("a source picture, the driver, the animation and the truth, with flow, occlusion and masks",
                  ("time", (0, 5, 10)))

    def __init__(self, model=None, clips=None):
        self.model = model or load("first_order")
        self.clips = clips or motion_clips(PEOPLE, HELD_OUT, quiet=True)
        last, length = len(self.clips) - 1, self.clips.images.shape[1] - 1
        super().__init__(render, {
            "source": slider("source", 0, 0, last, 1, "whose picture is animated"),
            "driver": slider("driver", min(1, last), 0, last, 1, "whose clip drives it"),
            "time": slider("time", min(8, length), 0, length, 1, "frame of the driver's clip"),
            "first": slider("first", 0, 0, length, 1, "the driver's frame from which relative motion counts"),
            "transfer": w.ToggleButtons(options=TRANSFERS, description="transfer"),
            "points": w.Checkbox(True, description="keypoints", indent=False)}, width=4 * (CELL + GAP))
        self.follow(None)

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        return State(self.model, self.clips, **self.values())

    def follow(self, change):
        """Disable what would change nothing: the driver where the person drives itself, `first` unless relative.

        Args:
            change: what ipywidgets gives to observers.
        """
        transfer = self.controls["transfer"].value
        self.controls["driver"].disabled = transfer == "same person"
        self.controls["first"].disabled = transfer != "relative"
