"""The enhancement inspector: degrade a face, restore it, and see what was there and what was invented. Lesson 09.

`render(State(...))` gives the picture as the bytes of a PNG and `numbers(State(...))` what was measured; neither needs
a notebook. `EnhancementInspector()` puts them behind sliders.
"""
import json
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import ipywidgets as w
import numpy as np

from course_lib.data.large_portraits import SIDE, LargePortraits, large_portraits
from course_lib.degradation import degrade, in_words
from course_lib.metrics.image import psnr, ssim
from course_lib.models.dictionary import PARTS, part_centres
from course_lib.pipelines import enhancers
from course_lib.training.dictionaries import thumbnails

from .drawing import GREY, PALETTE, Canvas
from .view import View, slider

LARGE, HALF, PART, GAP, TOP = 448, 146, 68, 10, 24  # pixels of the page
ZOOMS = {"whole face": None, **{part: part for part in PARTS}}
BESIDE = ("before", "truth")
GAIN = 4  # of the differences that are shown


@dataclass(frozen=True, eq=False)
class State:
    """What the inspector shows; the degradation is done in the order of its arguments.

    Args:
        portraits: a LargePortraits.
        number: which of them.
        blur: standard deviation, pixels.
        motion: length of a motion blur, pixels.
        smaller: factor of downsampling, 1 to 16.
        noise: standard deviation, grey levels of 255.
        jpeg: quality, 100 for none.
        method: one of enhancers.METHODS.
        wipe: fraction of the picture, from the left, that shows `beside`.
        beside: one of BESIDE.
        zoom: a key of ZOOMS.
    Raises:
        ValueError: for another value.
    """

    portraits: LargePortraits = field(repr=False)
    number: int = 0
    blur: float = 0.0
    motion: float = 0.0
    smaller: int = 4
    noise: float = 0.0
    jpeg: int = 100
    method: str = "dictionary"
    wipe: float = 0.5
    beside: str = "before"
    zoom: str = "whole face"

    def __post_init__(self):
        if self.method not in enhancers.METHODS or self.beside not in BESIDE or self.zoom not in ZOOMS:
            raise ValueError(f"method={self.method!r}, beside={self.beside!r}, zoom={self.zoom!r}: expected one of "
                             f"{', '.join(enhancers.METHODS)}; of {', '.join(BESIDE)}; of {', '.join(ZOOMS)}")
        if not 0 <= self.number < len(self.portraits) or not 0 <= self.wipe <= 1 or not 1 <= self.smaller <= 16:
            raise ValueError(f"number={self.number}, wipe={self.wipe}, smaller={self.smaller}: expected a portrait "
                             f"from 0 to {len(self.portraits) - 1}, a fraction from 0 to 1 and 1 to 16 times")

    @property
    def record(self):
        """The degradation as a record for degradation.degrade: a tuple of dicts."""
        steps = [(self.blur, {"do": "blur", "kernel": "isotropic", "sigma": self.blur}),
                 (self.motion > 1, {"do": "blur", "kernel": "motion", "length": self.motion, "angle": 0.6}),
                 (self.smaller > 1, {"do": "resize", "scale": 1 / self.smaller, "filter": "area"}),
                 (self.noise, {"do": "noise", "sigma": self.noise, "seed": 9}),
                 (self.jpeg < 100, {"do": "jpeg", "quality": self.jpeg})]
        return tuple(step for present, step in steps if present)


def images(state):
    """Degrade and restore the face.

    Args:
        state: a State.
    Returns:
        (truth, before, after, all f32 [128, 128, 3]; dict, part -> number of the atom, empty without a dictionary).
    """
    portrait, centres = state.portraits[[state.number]], part_centres(state.portraits.landmarks[[state.number]])
    truth = portrait.pictures()[0]
    before, after, atoms = _restored(truth.tobytes(), json.dumps(state.record), state.method, centres.tobytes())
    return truth, before, after, atoms


@lru_cache(64)
def _restored(truth, record, method, centres):
    """The same from the bytes of truth and centres; cached, since a wipe does not change it."""
    image = np.frombuffer(truth, np.float32).reshape(SIDE, SIDE, 3)
    centres = np.frombuffer(centres, np.float32).reshape(1, len(PARTS), 2)
    degraded = degrade(image, json.loads(record))[None]
    before = enhancers.improved("bicubic", degraded)
    if method == "dictionary":
        after, chosen = enhancers.restore_with_atoms(before, centres)
        return before[0], after[0], {part: int(index[0]) for part, index in chosen.items()}
    return before[0], enhancers.improved(method, degraded, centres)[0], {}


def numbers(state):
    """Measure the face before and after restoration against the truth.

    Args:
        state: a State.
    Returns:
        A dict, "before" and "after" -> (PSNR in dB, SSIM).
    """
    truth, before, after, _ = images(state)
    return {name: (psnr(x, truth), ssim(x, truth)) for name, x in (("before", before), ("after", after))}


def render(state):
    """Draw the face, its differences to the truth, and the atoms looked up.

    The same state gives the same bytes.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG.
    """
    truth, before, after, atoms = images(state)
    page = Canvas(LARGE + 2 * HALF + 2 * GAP, TOP + LARGE + 22)
    left = before if state.beside == "before" else truth
    side, box = LARGE, _box(state)
    large, other = (_enlarged(x, box, side) for x in (after, left))
    at = round(state.wipe * side)
    page.picture((0, TOP), np.concatenate([other[:, :at], large[:, at:]], 1), side)
    if 0 < at < side:
        page.line([(at, TOP), (at, TOP + side)], "white", 3)
    page.text((2, 4), f"{state.beside}  |", 13, bold=True)
    page.text((side - 2, 4), f"|  {state.method}", 13, bold=True, anchor="ra")
    page.text((2, TOP + side + 5), in_words(state.record)[:70], 12, GREY)
    _differences(page, state, truth, {"before": before, "after": after})
    _looked_up(page, state, truth, before, atoms)
    return page.png()


def _box(state):
    """(x0, y0, x1, y1) of what is zoomed on, in pixels of the face."""
    part = ZOOMS[state.zoom]
    if part is None:
        return 0, 0, SIDE, SIDE
    x, y = part_centres(state.portraits.landmarks[[state.number]])[0, list(PARTS).index(part)].round().astype(int)
    half = max(PARTS[part]) // 2
    x, y = np.clip((x, y), half, SIDE - half)
    return x - half, y - half, x + half, y + half


def _enlarged(image, box, side):
    x0, y0, x1, y1 = box
    return cv2.resize(image[y0:y1, x0:x1], (side, side), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def _differences(page, state, truth, shown):
    x = LARGE + GAP
    page.text((x, 4), f"difference from the truth, x {GAIN}", 13, bold=True)
    for name, (decibels, similarity) in numbers(state).items():
        difference = np.abs(shown[name] - truth) * GAIN
        page.picture((x, TOP), difference, HALF, frame=PALETTE["blue"] if name == "after" else GREY, width=1)
        page.text((x + HALF / 2, TOP + HALF + 3), name, 12, bold=True, anchor="ma")
        page.text((x + HALF / 2, TOP + HALF + 18), f"{decibels:.1f} dB, SSIM {similarity:.2f}", 12, anchor="ma")
        x += HALF + GAP // 2


def _looked_up(page, state, truth, before, atoms):
    """For each part of the face: the degraded part, the atom that was looked up, and the truth."""
    x, y = LARGE + GAP, TOP + HALF + 42
    page.text((x, y), "looked up in the dictionary", 13, bold=True)
    if not atoms:
        page.text((x, y + 22), f"{state.method} uses no dictionary.", 13, GREY)
        return
    atom_images = _atom_images()
    centres = part_centres(state.portraits.landmarks[[state.number]])[0].round().astype(int)
    for k, (part, (width, height)) in enumerate(PARTS.items()):
        left = x + k * (PART + 6)
        page.text((left + PART / 2, y + 20), part, 11, anchor="ma")
        (cx, cy), margin = centres[k], ((20, 20), (20, 20), (0, 0))
        for row, source in enumerate((before, None, truth)):
            if source is None:
                tile = atom_images[part, enhancers.ATOM_STRIDE][atoms[part]].astype(np.float32) / 255
            else:
                cut = np.pad(source, margin, mode="edge")[cy + 20 - height // 2:, cx + 20 - width // 2:]
                tile = cut[:height, :width]
            page.picture((left, y + 38 + row * (PART + 5)), _square(tile), PART,
                         frame=PALETTE["orange"] if source is None else None, width=2)
    page.text((x, y + 40 + 3 * (PART + 5)), "above: before; framed: the atom; below: the truth", 11, GREY)


def _square(tile):
    """A part in the middle of a white square."""
    height, width = tile.shape[:2]
    out = np.ones((max(height, width),) * 2 + (3,), np.float32)
    y, x = (len(out) - height) // 2, (len(out) - width) // 2
    out[y:y + height, x:x + width] = tile
    return out


@lru_cache(1)
def _atom_images():
    return thumbnails()


class EnhancementInspector(View):
    """The view: `controls` holds every control by name, `image` the page, `state()` what is shown.

    Args:
        portraits: a LargePortraits; twelve people whom no network was trained on when left out.
    """

    alt = "a face before and after restoration, its differences from the truth, and the atoms looked up"
    strip = "smaller", (2, 4, 8)

    def __init__(self, portraits=None):
        self.portraits = large_portraits(50, first=8000)[:12] if portraits is None else portraits
        usual, wide = State(self.portraits), dict(layout=w.Layout(width=f"{LARGE}px"))
        super().__init__(render, {
            "wipe": slider("wipe", usual.wipe, 0, 1, 0.01, "fraction of the picture that shows the left side", **wide),
            "number": slider("face", usual.number, 0, len(self.portraits) - 1, 1, "number of the portrait", **wide),
            "beside": w.Dropdown(options=BESIDE, description="left side"),
            "zoom": w.Dropdown(options=tuple(ZOOMS), description="zoom"),
            "method": w.Dropdown(options=enhancers.METHODS, value=usual.method, description="method"),
            "blur": slider("blur", usual.blur, 0, 4, 0.1, "standard deviation, pixels"),
            "motion": slider("motion", usual.motion, 0, 20, 0.5, "length of a motion blur, pixels"),
            "smaller": w.Dropdown(options=(1, 2, 4, 8, 16), value=usual.smaller, description="downsample, x"),
            "noise": slider("noise", usual.noise, 0, 50, 1.0, "standard deviation, grey levels of 255"),
            "jpeg": slider("JPEG", usual.jpeg, 5, 100, 1, "quality; 100: not compressed"),
        }, notice="The first picture takes some seconds: the networks are loaded.", width=LARGE + 2 * HALF + 2 * GAP)

    def arrange(self):
        """Lay out controls and picture.

        Returns:
            List of ipywidgets.
        """
        wipe, number, *side = self.controls.values()
        return [w.HBox([w.VBox([self.image, w.HBox([wipe, number]), self.status]), w.VBox(side)])]

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        return State(self.portraits, **self.values())
