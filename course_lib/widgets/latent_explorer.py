"""The latent explorer: two generated faces, those between them, and the layers of StyleGAN, live. Lesson 06.

`render(State(...))` gives the picture as the bytes of a PNG and needs no notebook; `LatentExplorer()` puts it behind
sliders, among them one for every direction that it is given (metrics.latents.fit_directions).
"""
import time
from dataclasses import dataclass
from functools import lru_cache

import cv2
import ipywidgets as w
import numpy as np

from course_lib import media, profile
from course_lib.checkpoints import load
from course_lib.models.stylegan import Handles, draw_noise

from .drawing import GREY, INK, PALETTE, Canvas
from .view import View, slider

FACE, PARENT, GAP = 384, 128, 8  # sides of the pictures on the page, and the gap between them, pixels
MANY = 10_000  # seeds to choose from
COLOURS = PALETTE["blue"], PALETTE["red"]  # of the first face and of the second
REACH = 3.0  # how far an attribute can be moved, in units of its standard deviation over faces


@dataclass(frozen=True)
class State:
    """What the explorer shows.

    Args:
        handles: the generator's Handles.
        first, second: seeds of two faces.
        between: from 0, the first face, to 1, the second, on a straight line in w.
        swapped: numbers of the layers that take the second face whatever `between` is.
        psi: truncation.
        shift: f32 [D], added to w in all layers, or None.
        noise: seed of the noise, or None for no noise.
    """

    handles: Handles
    first: int = 0
    second: int = 1
    between: float = 0.0
    swapped: tuple = ()
    psi: float = 0.8
    shift: np.ndarray | None = None
    noise: int | None = None

    def __post_init__(self):
        if not set(self.swapped) <= set(range(self.handles.layers)):
            raise ValueError(f"swapped={self.swapped}: the layers are 0 to {self.handles.layers - 1}")
        if not 0 <= self.between <= 1:
            raise ValueError(f"between={self.between}: expected 0 (the first face) to 1 (the second)")
        if self.shift is not None and np.shape(self.shift) != (self.handles.latent,):
            raise ValueError(f"shift has shape {np.shape(self.shift)}; expected ({self.handles.latent},)")


@lru_cache(256)
def _w(handles, seed):
    """w [1, D] of the face with this seed."""
    return handles.w(np.random.default_rng(seed).standard_normal((1, handles.latent)))


@lru_cache(64)
def _parent(handles, seed, psi):
    return handles.pictures(handles.styles(_w(handles, seed), psi))[0]


@lru_cache(64)
def _noise(handles, seed):
    return draw_noise(handles, 1, np.random.default_rng(seed))


def styles(state):
    """Compute the styles of the face.

    Args:
        state: a State.
    Returns:
        f32 [1, layers, D].
    """
    first, second = (_w(state.handles, seed) for seed in (state.first, state.second))
    rows = state.handles.styles(first + state.between * (second - first))
    rows[:, list(state.swapped)] = second
    rows = state.handles.styles(rows, state.psi)
    return rows if state.shift is None else rows + np.asarray(state.shift, np.float32)


def face(state):
    """Generate the face.

    Args:
        state: a State.
    Returns:
        f32 [S, S, 3] in [0, 1].
    """
    noise = None if state.noise is None else _noise(state.handles, state.noise)
    return state.handles.pictures(styles(state), noise)[0]


def render(state):
    """Draw the face, the two that it comes from, and which layer takes which.

    The same state gives the same bytes.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG.
    """
    page = Canvas(PARENT + GAP + FACE, FACE)
    for k, (name, seed) in enumerate((("first", state.first), ("second", state.second))):
        page.picture((0, k * (PARENT + 36)), _parent(state.handles, seed, state.psi), PARENT, COLOURS[k])
        page.text((2, k * (PARENT + 36) + PARENT + 4), f"{name}: {seed}", 13, COLOURS[k], bold=True)
    page.text((0, 2 * PARENT + 76), "style of each layer", 11, INK)
    width = PARENT / state.handles.layers
    for k in range(state.handles.layers):  # from coarse to fine: whose style it takes
        weight = 1.0 if k in state.swapped else state.between
        x = k * width
        page.box(x, 2 * PARENT + 92, width - 2, 18, fill=COLOURS[0])
        if weight:
            page.box(x, 2 * PARENT + 92 + 18 * (1 - weight), width - 2, 18 * weight, fill=COLOURS[1])
    page.text((0, 2 * PARENT + 112), "coarse", 10, GREY)
    page.text((PARENT, 2 * PARENT + 112), "fine", 10, GREY, anchor="ra")
    large = cv2.resize(face(state), (FACE, FACE), interpolation=cv2.INTER_CUBIC)
    page.picture((PARENT + GAP, 0), large, FACE)
    return page.png()


class LatentExplorer(View):
    """The view: `controls` holds every control by name, `image` the picture, `state()` what is shown.

    Args:
        model: the generator; the checkpoint portrait_stylegan when left out.
        directions: metrics.latents.Directions in w, one slider each, or None.
        attributes: names of directions; the eight with the best fit when left out.
        held: names that every edit tries to leave as they are (Directions.step).
    """

    alt, strip = "a generated face, and the two faces that it is made from", ("between", (0.0, 0.5, 1.0))

    def __init__(self, model=None, directions=None, attributes=None, held=()):
        self.handles = Handles(model or load("portrait_stylegan"))
        sample = self.handles.w(np.random.default_rng(0).standard_normal((500, self.handles.latent)))
        self.steps = {}
        if directions is not None:
            best = [directions.names[k] for k in np.argsort(-directions.r2)[:8]]
            std = dict(zip(directions.names, (sample @ directions.weights.T).std(0), strict=True))
            self.steps = {name: std[name] * directions.step(name, held) for name in attributes or best}
        self.layers = [f"layer {k}" for k in range(self.handles.layers)]
        small = dict(layout=w.Layout(width="36px", padding="0"))
        controls = {
            "first": slider("first", 0, 0, MANY, 1, "seed of the first face"),
            "second": slider("second", 1, 0, MANY, 1, "seed of the second face"),
            "between": slider("between", 0.0, 0, 1, 0.01, "0 the first face, 1 the second"),
            "psi": slider("psi", 0.8, 0, 1.2, 0.05, "truncation: 0 the mean face, 1 no truncation"),
            "noise": w.Checkbox(False, description="noise", indent=False),
            "noise seed": slider("noise seed", 0, 0, 99, 1, "seed of the noise"),
        }
        controls |= {name: w.ToggleButton(False, description=str(k), tooltip=f"{name} from the second face", **small)
                     for k, name in enumerate(self.layers)}
        controls |= {name: slider(name, 0.0, -REACH, REACH, 0.1, f"{name}, in standard deviations over faces")
                     for name in self.steps}
        self.save = w.Button(description="save a labelled picture", layout=w.Layout(width="200px"))
        self.save.on_click(lambda _: self.snapshot())
        self.reset = w.Button(description="reset the attributes", layout=w.Layout(width="200px"))
        self.reset.on_click(lambda _: self.forget())
        super().__init__(render, controls, width=PARENT + GAP + FACE)
        self.follow(None)

    def arrange(self):
        """Lay out controls and picture.

        Returns:
            List of ipywidgets.
        """
        part = self.controls
        heading = w.HTML("layers from the second face, coarse to fine:")
        top = [part[n] for n in ("first", "second", "between", "psi")]
        noise = w.HBox([part["noise"], part["noise seed"]])
        edits = [*(part[name] for name in self.steps), self.reset] if self.steps else []
        side = [*top, heading, w.HBox([part[name] for name in self.layers]), noise, *edits, self.save]
        return [w.HBox([w.VBox([self.image, self.status]), w.VBox(side)])]

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        value = self.values()
        swapped = tuple(k for k, name in enumerate(self.layers) if value[name])
        shifts = [value[name] * step for name, step in self.steps.items() if value[name]]
        return State(self.handles, value["first"], value["second"], value["between"], swapped, value["psi"],
                     np.sum(shifts, axis=0).astype(np.float32) if shifts else None,
                     value["noise seed"] if value["noise"] else None)

    def follow(self, change):
        """Disable what would change nothing: the noise's seed without noise, the reset without an edit.

        Args:
            change: what ipywidgets gives to observers.
        """
        self.controls["noise seed"].disabled = not self.controls["noise"].value
        self.reset.disabled = not any(self.controls[name].value for name in self.steps)

    def forget(self):
        """Put the sliders of the attributes back to the middle."""
        for name in self.steps:
            self.controls[name].value = 0.0

    def snapshot(self):
        """Save the face, labelled and marked, in the cache.

        Its manifest holds its latents: handles.pictures of parameters["styles"] gives it again, without its noise.

        Returns:
            Its Path.
        """
        state = self.state()
        path = profile.cache_dir() / "latent_explorer" / f"face_{time.strftime('%Y%m%d_%H%M%S')}.png"
        large = np.clip(cv2.resize(face(state), (FACE, FACE), interpolation=cv2.INTER_CUBIC), 0, 1)
        edits = {name: self.controls[name].value for name in self.steps}
        media.write_image(path, large, what="a generated portrait of nobody", how="portrait_stylegan", parameters={
            "first": state.first, "second": state.second, "between": state.between, "swapped": list(state.swapped),
            "psi": state.psi, "noise": -1 if state.noise is None else state.noise, "edits": edits,
            "styles": styles(state)[0]})
        self.status.value = f"saved, with its latents in the manifest, as {path}"
        return path
