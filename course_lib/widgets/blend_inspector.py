"""The blend inspector: one film, one frame, every step of putting a face back, live. Lesson 03.

`render(State(...))` gives the picture as the bytes of a PNG and `numbers(State(...))` what was measured; neither needs
a notebook. `BlendInspector()` puts them behind sliders.
"""
import time
from dataclasses import dataclass
from functools import lru_cache

import cv2
import ipywidgets as w
import numpy as np

from course_lib.blending import Steps, compose, finish, masks, prepare, smooth
from course_lib.blending import colour as colours
from course_lib.faces import align, warp
from course_lib.metrics.image import psnr
from course_lib.metrics.video import colour_error, flicker, seam
from course_lib.recipes import film as films

SHOWN = 448  # pixels a side on the page
TRACKS = {"as found": None, "steady": films.TRACK, "exact": None}
BESIDE = ("the film before", "a perfect swap", "nothing done")
SHAPES = ("crop", *masks.SHAPES)


@dataclass(frozen=True)
class State:
    """What the inspector shows. film: a recipes.film.HeldOut. frame: its number. steps: what is done. track: a key of
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
    points = film.frames.landmarks if track == "exact" else smooth.steady(film.landmarks, films.FPS, None,
                                                                          TRACKS[track])
    cut = [align(frame, p.astype(np.float32)) for frame, p in zip(film.frames.rgb, points)]
    inside = np.stack([masks.intersect(masks.hull(a.landmarks, (64, 64)), warp(seen, a.matrix, 64))
                       for a, seen in zip(cut, film.visible)])
    faces, made = films.swapper(film.b)(np.stack([a.image for a in cut]), inside)
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


class BlendInspector(w.VBox):
    """The view: `controls` holds every control by name, `image` the picture, `state()` what is shown.

    film: a recipes.film.HeldOut; a second of Elif with Kavya's face when left out, 256 pixels a side.
    """

    def __init__(self, film=None):
        self.film = film or films.held_out(seconds=1.0, size=256)
        usual = Steps()
        wide = dict(layout=w.Layout(width=f"{SHOWN}px"))
        self.controls = {
            "frame": w.IntSlider(0, 0, len(self.film.frames) - 1, description="frame", **wide),
            "wipe": w.FloatSlider(0.5, min=0, max=1, step=0.01, description="wipe", **wide),
            "beside": w.Dropdown(options=BESIDE, description="left of it"),
            "overlay": w.Checkbox(False, description="show the mask", indent=False),
            "shape": w.Dropdown(options=SHAPES, value=usual.shape, description="mask"),
            "grow": w.FloatSlider(usual.grow, min=-30, max=30, step=1, description="grow, %"),
            "feather": w.FloatSlider(usual.feather, min=0, max=40, step=1, description="feather, %"),
            "visible": w.Checkbox(usual.visible, description="occluders in front", indent=False),
            "colour": w.Dropdown(options=("none", *colours.METHODS), value=usual.colour, description="colour"),
            "blend": w.Dropdown(options=tuple(compose.BLENDS), value=usual.blend, description="blend"),
            "sharpen": w.FloatSlider(usual.sharpen, min=0, max=2, step=0.1, description="sharpen"),
            "opacity": w.FloatSlider(usual.opacity, min=0, max=1, step=0.05, description="opacity"),
            "track": w.Dropdown(options=tuple(TRACKS), value="steady", description="track"),
        }
        self.image = w.Image(format="png", width=SHOWN, height=SHOWN, layout=w.Layout(border="1px solid #6e7781"))
        self.measured = w.HTML()
        self.says = w.HTML("The first picture takes some seconds: faces are found and swapped.")
        side = [self.controls[n] for n in self.controls if n not in ("frame", "wipe")]
        under = [self.controls["frame"], self.controls["wipe"], self.says]
        super().__init__([w.HBox([w.VBox([self.image, *under]), w.VBox([*side, self.measured])])])
        for control in self.controls.values():
            control.observe(lambda _: self.refresh(), "value")

    def state(self):
        """The State that the controls describe."""
        value = {name: control.value for name, control in self.controls.items()}
        steps = Steps(**{n: value[n] for n in ("shape", "grow", "feather", "visible", "colour", "sharpen", "blend",
                                               "opacity")})
        return State(self.film, value["frame"], steps, value["track"], value["wipe"], value["beside"], value["overlay"])

    def refresh(self):
        """Draws the picture of the present state and measures it."""
        state, start = self.state(), time.perf_counter()
        self.image.value = render(state)
        rows = "".join(f"<tr><td>{name}</td><td style='text-align:right;padding-left:1em'><b>{value:.2f}</b></td></tr>"
                       for name, value in numbers(state).items())
        self.measured.value = f"<table>{rows}</table>seam and flicker: a perfect swap scores 1"
        self.says.value = f"drawn and measured in {1000 * (time.perf_counter() - start):.0f} ms"

    def _ipython_display_(self):
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)  # first the sliders and the notice, then the slow first picture
        self.refresh()
