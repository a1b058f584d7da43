"""The blend inspector: one video, one frame, every step of blending a face back, live. Lesson 03.

`render(State(...))` gives the picture as the bytes of a PNG and `numbers(State(...))` what was measured; neither needs
a notebook. `BlendInspector()` puts them behind sliders.
"""
from dataclasses import dataclass
from functools import lru_cache

import cv2
import ipywidgets as w
import numpy as np

from course_lib import pipelines
from course_lib.blending import Steps, compose, finish, masks, prepare
from course_lib.blending import colour as colours
from course_lib.experiments import blending_steps
from course_lib.faces import align, warp
from course_lib.faces import smoothing as smooth
from course_lib.metrics.image import psnr
from course_lib.metrics.video import colour_error, flicker, seam

from .view import View, slider

SHOWN = 448  # pixels a side on the page
TRACKS = {"as found": None, "steady": blending_steps.TRACK, "exact": None}
BESIDE = ("the original", "a perfect swap", "nothing done")
SHAPES = ("crop", *masks.SHAPES)


@dataclass(frozen=True)
class State:
    """What the inspector shows.

    Args:
        clip: an experiments.blending_steps.HeldOut.
        frame: its number.
        steps: the blending.Steps.
        track: a key of TRACKS, whose landmarks are used.
        wipe: fraction of the picture, from the left, that shows `beside`.
        beside: one of BESIDE.
        overlay: whether the mask is drawn.
    """

    clip: blending_steps.HeldOut
    frame: int = 0
    steps: Steps = Steps()
    track: str = "steady"
    wipe: float = 0.5
    beside: str = "the original"
    overlay: bool = False

    def __post_init__(self):
        if self.track not in TRACKS or self.beside not in BESIDE:
            raise ValueError(f"track={self.track!r}, beside={self.beside!r}: expected one of {', '.join(TRACKS)} and "
                             f"one of {', '.join(BESIDE)}")
        if not 0 <= self.frame < len(self.clip.frames) or not 0 <= self.wipe <= 1:
            raise ValueError(f"frame={self.frame}, wipe={self.wipe}: expected a frame from 0 to "
                             f"{len(self.clip.frames) - 1} and a fraction from 0 to 1")


@lru_cache(8)
def created(clip, track):
    """Swap the face in every frame, aligned along a track.

    Args:
        clip: a HeldOut.
        track: a key of TRACKS.
    Returns:
        (landmarks [T, 68, 2], matrices [T, 2, 3], faces [T, 64, 64, 3], their masks [T, 64, 64]).
    """
    points = clip.frames.landmarks
    if track != "exact":
        points = smooth.smooth_track(clip.landmarks, blending_steps.FPS, None, TRACKS[track])
    aligned = [align(frame, p.astype(np.float32)) for frame, p in zip(clip.frames.rgb, points)]
    inside = np.stack([masks.intersect(masks.hull(a.landmarks, (64, 64)), warp(visible, a.matrix, 64))
                       for a, visible in zip(aligned, clip.visible)])
    faces, face_masks = pipelines.swapper(clip.b)(np.stack([a.image for a in aligned]), inside)
    return points, np.stack([a.matrix for a in aligned]), faces, face_masks


@lru_cache(64)
def composed(clip, frame, steps, track):
    """Blend the swapped face into a frame.

    Args:
        clip: a HeldOut.
        frame: its number.
        steps: the blending.Steps.
        track: a key of TRACKS.
    Returns:
        (frame f32 [H, W, 3], weights of the face f32 [H, W]).
    """
    points, matrices, faces, face_masks = (rows[frame] for rows in created(clip, track))
    image = clip.frames.rgb[frame]
    layer = prepare(image, faces, matrices, points, steps, face_mask=face_masks,
                    visible=clip.visible[frame] if steps.visible else None)
    shape = image.shape[:2]
    return finish(image, layer, steps), np.zeros(shape, np.float32) if layer is None else layer.weights(shape)


def render(state):
    """Draw the inspector's picture.

    The same state gives the same bytes.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG, 448 x 448.
    """
    composite, weights = composed(state.clip, state.frame, state.steps, state.track)
    other = {
        "the original": lambda: state.clip.frames.rgb[state.frame],
        "a perfect swap": lambda: state.clip.truth.rgb[state.frame],
        "nothing done": lambda: composed(state.clip, state.frame, blending_steps.BARE, state.track)[0],
    }[state.beside]()
    large, other, weights = (np.clip(cv2.resize(x, (SHOWN, SHOWN), interpolation=cv2.INTER_CUBIC), 0, 1)
                           for x in (composite, other, weights))
    if state.overlay:
        large = large + 0.45 * weights[..., None] * (np.float32((0, 0.45, 0.70)) - large)
        inside = (weights > 0.5).astype(np.uint8)
        edges, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        large = cv2.drawContours(np.ascontiguousarray(large), edges, -1, (1, 1, 1), 1, cv2.LINE_AA)
    at = round(state.wipe * SHOWN)
    image = (np.concatenate([other[:, :at], large[:, at:]], 1) * 255 + 0.5).astype(np.uint8)
    if 0 < at < SHOWN:
        image[:, max(at - 1, 0):at + 1] = 255
    return cv2.imencode(".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def numbers(state):
    """Measure this frame against the perfect swap.

    Args:
        state: a State.
    Returns:
        A dict: PSNR in the mask (dB), Delta E, seam, and flicker to the next frame (of the last one: to the one
        before it). Empty where no face shows.
    """
    clip, last = state.clip, len(state.clip.frames) - 1
    t = min(state.frame, max(last - 1, 0))
    composite, weights = composed(clip, state.frame, state.steps, state.track)
    if not (0.02 < weights.max()):
        return {}
    truth, face = clip.truth.rgb[state.frame], clip.truth.face_mask[state.frame]
    values = {"PSNR in, dB": psnr(composite, truth, face), "Delta E": colour_error([composite], [truth], [face])[0],
              "seam": seam([composite], [truth], [weights])[0]}
    if last:
        pair = [composed(clip, k, state.steps, state.track) for k in (t, t + 1)]
        if all(x[1].max() > 0.02 for x in pair):
            values["flicker"] = flicker(*(np.stack(x) for x in ([p[0] for p in pair], clip.truth.rgb[t:t + 2],
                                                               [p[1] for p in pair])), clip.motion[t:t + 1])
    return {name: float(value) for name, value in values.items()}


class BlendInspector(View):
    """The view: `controls` holds every control by name, `image` the picture, `state()` what is shown.

    Args:
        clip: an experiments.blending_steps.HeldOut; a second of Elif with Kavya's face, 256 pixels a side, when
            left out.
    """

    alt, strip = "a frame: for comparison to the left of the wipe, swapped to its right", ("wipe", (1.0, 0.5, 0.0))

    def __init__(self, clip=None):
        self.clip, usual = clip or blending_steps.held_out(seconds=1.0, size=256), Steps()
        wide, last = dict(layout=w.Layout(width=f"{SHOWN}px")), len(self.clip.frames) - 1
        super().__init__(render, {
            "frame": slider("frame", 0, 0, last, 1, **wide),
            "wipe": slider("wipe", 0.5, 0, 1, 0.01, "fraction of the picture, from the left, for comparison", **wide),
            "beside": w.Dropdown(options=BESIDE, description="left side"),
            "overlay": w.Checkbox(False, description="show the mask", indent=False),
            "shape": w.Dropdown(options=SHAPES, value=usual.shape, description="mask"),
            "grow": slider("grow, %", usual.grow, -30, 30, 1.0, "how far the mask grows"),
            "feather": slider("feather, %", usual.feather, 0, 40, 1.0, "softness of the mask's edge"),
            "visible": w.Checkbox(usual.visible, description="keep occluders in front", indent=False),
            "colour": w.Dropdown(options=("none", *colours.METHODS), value=usual.colour, description="colour"),
            "blend": w.Dropdown(options=tuple(compose.BLENDS), value=usual.blend, description="blend"),
            "sharpen": slider("sharpen", usual.sharpen, 0, 2, 0.1),
            "opacity": slider("opacity", usual.opacity, 0, 1, 0.05),
            "track": w.Dropdown(options=tuple(TRACKS), value="steady", description="track"),
        }, width=SHOWN, notice="The first picture takes some seconds: faces are found and swapped.")

    @classmethod
    def example(cls):
        """Make one that needs nothing.

        Returns:
            A BlendInspector.
        """
        return cls(blending_steps.held_out(seconds=0.4, size=256))

    def arrange(self):
        """Lay out controls and picture.

        Returns:
            List of ipywidgets.
        """
        frame, wipe, *side = self.controls.values()
        return [w.HBox([w.VBox([self.image, frame, wipe]), w.VBox([*side, self.status])])]

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        value = self.values()
        steps = Steps(**{n: value[n] for n in ("shape", "grow", "feather", "visible", "colour", "sharpen", "blend",
                                               "opacity")})
        return State(self.clip, value["frame"], steps, value["track"], value["wipe"], value["beside"], value["overlay"])

    def caption(self, state):
        """Write the numbers of this frame as a table.

        Args:
            state: a State.
        Returns:
            HTML.
        """
        measured = numbers(state)
        names, values = ("".join(f"<t{kind} style='text-align:left;padding-right:1em'>{x}</t{kind}>" for x in row)
                         for kind, row in (("h", measured), ("d", (f"{value:.2f}" for value in measured.values()))))
        return f"<table><tr>{names}</tr><tr>{values}</tr></table>Seam and flicker: a perfect swap scores 1; "
