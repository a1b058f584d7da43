"""The blend inspector: one film, one frame, every step of putting a face back, live. Lesson 03.

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
from course_lib.experiments import blending_steps as films
from course_lib.faces import align, warp
from course_lib.faces import smoothing as smooth
from course_lib.metrics.image import psnr
from course_lib.metrics.video import colour_error, flicker, seam

from .view import View, slider

SHOWN = 448  # pixels a side on the page
TRACKS = {"as found": None, "steady": films.TRACK, "exact": None}
BESIDE = ("the film before", "a perfect swap", "nothing done")
SHAPES = ("crop", *masks.SHAPES)


@dataclass(frozen=True)
class State:
    """What the inspector shows. film: a experiments.blending_steps.HeldOut. frame: its number. steps: what is done. track: a key of
    TRACKS, whose landmarks are used. wipe: share of the picture, from the left, that shows `beside`, one of BESIDE.
    overlay: whether the mask is drawn over it."""

    film: films.HeldOut
    frame: int = 0
    steps: Steps = Steps()
    track: str = "steady"
    wipe: float = 0.5
    beside: str = "the film before"
    overlay: bool = False

    def __post_init__(self):
        if self.track not in TRACKS or self.beside not in BESIDE:
            raise ValueError(f"track={self.track!r}, beside={self.beside!r}: expected one of {', '.join(TRACKS)} and "
                             f"one of {', '.join(BESIDE)}")
        if not 0 <= self.frame < len(self.film.frames) or not 0 <= self.wipe <= 1:
            raise ValueError(f"frame={self.frame}, wipe={self.wipe}: expected a frame from 0 to "
                             f"{len(self.film.frames) - 1} and a share from 0 to 1")


@lru_cache(8)
def created(film, track):
    """(landmarks [T, 68, 2], matrices [T, 2, 3], faces [T, 64, 64, 3], masks of them [T, 64, 64]) along a track."""
    points = film.frames.landmarks if track == "exact" else smooth.smooth_track(film.landmarks, films.FPS, None,
                                                                          TRACKS[track])
    cut = [align(frame, p.astype(np.float32)) for frame, p in zip(film.frames.rgb, points)]
    inside = np.stack([masks.intersect(masks.hull(a.landmarks, (64, 64)), warp(seen, a.matrix, 64))
                       for a, seen in zip(cut, film.visible)])
    faces, made = pipelines.swapper(film.b)(np.stack([a.image for a in cut]), inside)
    return points, np.stack([a.matrix for a in cut]), faces, made


@lru_cache(64)
def composed(film, frame, steps, track):
    """(the frame with the face in it f32 [H, W, 3], its weights f32 [H, W])."""
    points, matrices, faces, made = (rows[frame] for rows in created(film, track))
    picture = film.frames.rgb[frame]
    layer = prepare(picture, faces, matrices, points, steps, face_mask=made,
                    visible=film.visible[frame] if steps.visible else None)
    shape = picture.shape[:2]
    return finish(picture, layer, steps), np.zeros(shape, np.float32) if layer is None else layer.weights(shape)


def render(state):
    """The inspector's picture of a State as the bytes of a PNG, 448 x 448. The same state gives the same bytes."""
    picture, weights = composed(state.film, state.frame, state.steps, state.track)
    other = {
        "the film before": lambda: state.film.frames.rgb[state.frame],
        "a perfect swap": lambda: state.film.truth.rgb[state.frame],
        "nothing done": lambda: composed(state.film, state.frame, films.BARE, state.track)[0],
    }[state.beside]()
    big, other, weights = (np.clip(cv2.resize(x, (SHOWN, SHOWN), interpolation=cv2.INTER_CUBIC), 0, 1)
                           for x in (picture, other, weights))
    if state.overlay:
        big = big + 0.45 * weights[..., None] * (np.float32((0, 0.45, 0.70)) - big)
        inside = (weights > 0.5).astype(np.uint8)
        edges, _ = cv2.findContours(inside, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
        big = cv2.drawContours(np.ascontiguousarray(big), edges, -1, (1, 1, 1), 1, cv2.LINE_AA)
    at = round(state.wipe * SHOWN)
    image = (np.concatenate([other[:, :at], big[:, at:]], 1) * 255 + 0.5).astype(np.uint8)
    if 0 < at < SHOWN:
        image[:, max(at - 1, 0):at + 1] = 255
    return cv2.imencode(".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def numbers(state):
    """What is measured in this frame, against the perfect swap: a dict of PSNR in the mask (dB), Delta E, seam, and
    flicker on the way to the next frame (from the last one: to the one before it). Empty where no face shows."""
    film, last = state.film, len(state.film.frames) - 1
    t = min(state.frame, max(last - 1, 0))
    picture, weights = composed(film, state.frame, state.steps, state.track)
    if not (0.02 < weights.max()):
        return {}
    truth, face = film.truth.rgb[state.frame], film.truth.face_mask[state.frame]
    found = {"PSNR in, dB": psnr(picture, truth, face), "Delta E": colour_error([picture], [truth], [face])[0],
             "seam": seam([picture], [truth], [weights])[0]}
    if last:
        pair = [composed(film, k, state.steps, state.track) for k in (t, t + 1)]
        if all(x[1].max() > 0.02 for x in pair):
            found["flicker"] = flicker(*(np.stack(x) for x in ([p[0] for p in pair], film.truth.rgb[t:t + 2],
                                                               [p[1] for p in pair])), film.motion[t:t + 1])
    return {name: float(value) for name, value in found.items()}


class BlendInspector(View):
    """The view: `controls` holds every control by name, `image` the picture, `state()` what is shown.

    film: a experiments.blending_steps.HeldOut; a second of Elif with Kavya's face when left out, 256 pixels a side.
    """

    alt, strip = "a frame: left of the wipe for comparison, right of it swapped", ("wipe", (1.0, 0.5, 0.0))

    def __init__(self, film=None):
        self.film, usual = film or films.held_out(seconds=1.0, size=256), Steps()
        wide, last = dict(layout=w.Layout(width=f"{SHOWN}px")), len(self.film.frames) - 1
        super().__init__(render, {
            "frame": slider("frame", 0, 0, last, 1, **wide),
            "wipe": slider("wipe", 0.5, 0, 1, 0.01, "how much of the picture is for comparison", **wide),
            "beside": w.Dropdown(options=BESIDE, description="left of it"),
            "overlay": w.Checkbox(False, description="show the mask", indent=False),
            "shape": w.Dropdown(options=SHAPES, value=usual.shape, description="mask"),
            "grow": slider("grow, %", usual.grow, -30, 30, 1.0, "the mask's growth"),
            "feather": slider("feather, %", usual.feather, 0, 40, 1.0, "softness of the mask's edge"),
            "visible": w.Checkbox(usual.visible, description="occluders in front", indent=False),
            "colour": w.Dropdown(options=("none", *colours.METHODS), value=usual.colour, description="colour"),
            "blend": w.Dropdown(options=tuple(compose.BLENDS), value=usual.blend, description="blend"),
            "sharpen": slider("sharpen", usual.sharpen, 0, 2, 0.1),
            "opacity": slider("opacity", usual.opacity, 0, 1, 0.05),
            "track": w.Dropdown(options=tuple(TRACKS), value="steady", description="track"),
        }, width=SHOWN, notice="The first picture takes some seconds: faces are found and swapped.")

    @classmethod
    def example(cls):
        return cls(films.held_out(seconds=0.4, size=256))

    def arrange(self):
        frame, wipe, *side = self.controls.values()
        return [w.HBox([w.VBox([self.image, frame, wipe]), w.VBox([*side, self.says])])]

    def state(self):
        """The State that the controls describe."""
        value = self.values()
        steps = Steps(**{n: value[n] for n in ("shape", "grow", "feather", "visible", "colour", "sharpen", "blend",
                                               "opacity")})
        return State(self.film, value["frame"], steps, value["track"], value["wipe"], value["beside"], value["overlay"])

    def tell(self, state):
        """The numbers of this frame as a table."""
        found = numbers(state)
        names, values = ("".join(f"<t{kind} style='text-align:left;padding-right:1em'>{x}</t{kind}>" for x in row)
                         for kind, row in (("h", found), ("d", (f"{value:.2f}" for value in found.values()))))
        return f"<table><tr>{names}</tr><tr>{values}</tr></table>Seam and flicker: a perfect swap scores 1; "
