"""The enhancement inspector: spoil a face, restore it, and see what was there and what was invented. Lesson 09.

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
from course_lib.pipelines import enhancers as enhance
from course_lib.training.dictionaries import thumbnails

from .drawing import GREY, PALETTE, Canvas
from .view import View, slider

LARGE, HALF, PART, GAP, TOP = 448, 146, 68, 10, 24  # pixels of the page
ZOOMS = {"whole face": None, **{part: part for part in PARTS}}
BESIDE = ("before", "truth")
LOUDER = 4  # by which differences are shown stronger


@dataclass(frozen=True, eq=False)
class State:
    """What the inspector shows. portraits: a LargePortraits. number: which of them. What is done to it, in this order:
    blur (sigma, pixels), shake (length of a motion blur, pixels), smaller (times, 1 to 16), noise (grey levels), jpeg
    (quality, 100 for none). method: one of enhance.METHODS. wipe: share of the picture, from the left, that shows
    `beside`, one of BESIDE. zoom: a key of ZOOMS. Raises ValueError for another value."""

    portraits: LargePortraits = field(repr=False)
    number: int = 0
    blur: float = 0.0
    shake: float = 0.0
    smaller: int = 4
    noise: float = 0.0
    jpeg: int = 100
    method: str = "dictionary"
    wipe: float = 0.5
    beside: str = "before"
    zoom: str = "whole face"

    def __post_init__(self):
        if self.method not in enhance.METHODS or self.beside not in BESIDE or self.zoom not in ZOOMS:
            raise ValueError(f"method={self.method!r}, beside={self.beside!r}, zoom={self.zoom!r}: expected one of "
                             f"{', '.join(enhance.METHODS)}; of {', '.join(BESIDE)}; of {', '.join(ZOOMS)}")
        if not 0 <= self.number < len(self.portraits) or not 0 <= self.wipe <= 1 or not 1 <= self.smaller <= 16:
            raise ValueError(f"number={self.number}, wipe={self.wipe}, smaller={self.smaller}: expected a portrait "
                             f"from 0 to {len(self.portraits) - 1}, a share from 0 to 1 and 1 to 16 times")

    @property
    def record(self):
        """The damage as a record for degradation.degrade; a tuple of dicts."""
        steps = [(self.blur, {"do": "blur", "kernel": "isotropic", "sigma": self.blur}),
                 (self.shake > 1, {"do": "blur", "kernel": "motion", "length": self.shake, "angle": 0.6}),
                 (self.smaller > 1, {"do": "resize", "scale": 1 / self.smaller, "filter": "area"}),
                 (self.noise, {"do": "noise", "sigma": self.noise, "seed": 9}),
                 (self.jpeg < 100, {"do": "jpeg", "quality": self.jpeg})]
        return tuple(step for wanted, step in steps if wanted)


def pictures(state):
    """(truth, before, after f32 [128, 128, 3], part -> number of the atom looked up, empty without a dictionary)."""
    who, centres = state.portraits[[state.number]], part_centres(state.portraits.landmarks[[state.number]])
    truth = who.pictures()[0]
    before, after, atoms = _restored(truth.tobytes(), json.dumps(state.record), state.method, centres.tobytes())
    return truth, before, after, atoms


@lru_cache(64)
def _restored(truth, record, method, centres):
    """The same from the bytes of the picture and of the centres, kept, since a wipe changes nothing of it."""
    picture = np.frombuffer(truth, np.float32).reshape(SIDE, SIDE, 3)
    centres = np.frombuffer(centres, np.float32).reshape(1, len(PARTS), 2)
    given = degrade(picture, json.loads(record))[None]
    before = enhance.improved("bicubic", given)
    if method == "dictionary":
        after, chosen = enhance.restore_with_atoms(before, centres)
        return before[0], after[0], {part: int(index[0]) for part, index in chosen.items()}
    return before[0], enhance.improved(method, given, centres)[0], {}


def numbers(state):
    """{"before": (PSNR dB, SSIM), "after": ...} against the truth."""
    truth, before, after, _ = pictures(state)
    return {name: (psnr(x, truth), ssim(x, truth)) for name, x in (("before", before), ("after", after))}


def render(state):
    """The inspector's page of a State as the bytes of a PNG. The same state gives the same bytes."""
    truth, before, after, atoms = pictures(state)
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


def _enlarged(picture, box, side):
    x0, y0, x1, y1 = box
    return cv2.resize(picture[y0:y1, x0:x1], (side, side), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def _differences(page, state, truth, shown):
    x = LARGE + GAP
    page.text((x, 4), f"difference to the truth, x {LOUDER}", 13, bold=True)
    for name, (decibel, alike) in numbers(state).items():
        apart = np.abs(shown[name] - truth) * LOUDER
        page.picture((x, TOP), apart, HALF, frame=PALETTE["blue"] if name == "after" else GREY, width=1)
        page.text((x + HALF / 2, TOP + HALF + 3), name, 12, bold=True, anchor="ma")
        page.text((x + HALF / 2, TOP + HALF + 18), f"{decibel:.1f} dB, SSIM {alike:.2f}", 12, anchor="ma")
        x += HALF + GAP // 2


def _looked_up(page, state, truth, before, atoms):
    """For each part of the face: what was given, the atom that was looked up, and the truth."""
    x, y = LARGE + GAP, TOP + HALF + 42
    page.text((x, y), "looked up in the dictionary", 13, bold=True)
    if not atoms:
        page.text((x, y + 22), f"{state.method} looks nothing up.", 13, GREY)
        return
    shelf, centres = _shelf(), part_centres(state.portraits.landmarks[[state.number]])[0].round().astype(int)
    for k, (part, (wide, high)) in enumerate(PARTS.items()):
        left = x + k * (PART + 6)
        page.text((left + PART / 2, y + 20), part, 11, anchor="ma")
        (cx, cy), room = centres[k], ((20, 20), (20, 20), (0, 0))
        for row, source in enumerate((before, None, truth)):
            if source is None:
                tile = shelf[part, enhance.ATOM_STRIDE][atoms[part]].astype(np.float32) / 255
            else:
                cut = np.pad(source, room, mode="edge")[cy + 20 - high // 2:, cx + 20 - wide // 2:]
                tile = cut[:high, :wide]
            page.picture((left, y + 38 + row * (PART + 5)), _square(tile), PART,
                         frame=PALETTE["orange"] if source is None else None, width=2)
    page.text((x, y + 40 + 3 * (PART + 5)), "above: before; framed: the atom; below: the truth", 11, GREY)


def _square(tile):
    """A part in the middle of a white square."""
    high, wide = tile.shape[:2]
    out = np.ones((max(high, wide),) * 2 + (3,), np.float32)
    y, x = (len(out) - high) // 2, (len(out) - wide) // 2
    out[y:y + high, x:x + wide] = tile
    return out


@lru_cache(1)
def _shelf():
    return thumbnails()


class EnhancementInspector(View):
    """The view: `controls` holds every control by name, `image` the page, `state()` what is shown.

    portraits: a LargePortraits; twelve people whom no network was trained on when left out.
    """

    alt = "a face before and after restoration, its differences to the truth, and the atoms looked up"
    strip = "smaller", (2, 4, 8)

    def __init__(self, portraits=None):
        self.portraits = large_portraits(50, first=8000)[:12] if portraits is None else portraits
        usual, wide = State(self.portraits), dict(layout=w.Layout(width=f"{LARGE}px"))
        super().__init__(render, {
            "wipe": slider("wipe", usual.wipe, 0, 1, 0.01, "how much of the picture shows what is named below", **wide),
            "number": slider("face", usual.number, 0, len(self.portraits) - 1, 1, "which of the people", **wide),
            "beside": w.Dropdown(options=BESIDE, description="left of it"),
            "zoom": w.Dropdown(options=tuple(ZOOMS), description="zoom"),
            "method": w.Dropdown(options=enhance.METHODS, value=usual.method, description="method"),
            "blur": slider("blur", usual.blur, 0, 4, 0.1, "deviation, pixels"),
            "shake": slider("shake", usual.shake, 0, 20, 0.5, "length of a motion blur, pixels"),
            "smaller": w.Dropdown(options=(1, 2, 4, 8, 16), value=usual.smaller, description="smaller, x"),
            "noise": slider("noise", usual.noise, 0, 50, 1.0, "deviation, grey levels of 255"),
            "jpeg": slider("JPEG", usual.jpeg, 5, 100, 1, "quality; 100: not compressed"),
        }, notice="The first picture takes some seconds: the networks are loaded.", width=LARGE + 2 * HALF + 2 * GAP)

    def arrange(self):
        wipe, number, *side = self.controls.values()
        return [w.HBox([w.VBox([self.image, w.HBox([wipe, number]), self.says]), w.VBox(side)])]

    def state(self):
        """The State that the controls describe."""
        return State(self.portraits, **self.values())
