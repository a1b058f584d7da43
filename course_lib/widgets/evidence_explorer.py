"""The evidence explorer: a picture, a forgery and its strength, and what each kind of evidence says. Lesson 11.

`render(State(...))` gives the picture as the bytes of a PNG and `found(State(...))` the Evidence; neither needs a
notebook. `EvidenceExplorer()` puts them behind controls.
"""
from dataclasses import dataclass, field

import cv2
import ipywidgets as w
import numpy as np

from course_lib.degradation import h264
from course_lib.forensics.examine import KINDS
from course_lib.forensics.reference import clean_scores, percentile
from course_lib.forgeries import METHODS, SPLITS, forge, moving
from course_lib.forgeries.photographs import Photographs, photographs

from .drawing import GREY, PALETTE, Canvas
from .view import View, slider

LARGE, GAP, TOP, HIGH = 320, 14, 24, 76  # pixels of the page
MOST = 16  # photographs whose forgeries are kept
FORGERIES = ("real", *METHODS, *moving.METHODS)
MEANING = {"real": "untouched", "swap": "another person's face, blended in",
           "pasted": "another person's face, with a hard edge", "self_blended": "the same face blended into itself",
           "warped": "the same face, scaled down, blurred and warped back",
           "resampled": "the same face, slightly larger or smaller and turned",
           **moving.MEANING}
HISTORIES = {"8 bits": 0, "H.264, CRF 23": 23, "H.264, CRF 40": 40}


@dataclass(frozen=True, eq=False)
class State:
    """What the explorer shows.

    Args:
        photos: Photographs.
        number: Which of them.
        forgery: One of FORGERIES.
        strength: How much of the forged face is mixed in, 0 to 1; how much of the motion, for an animated picture.
        history: A key of HISTORIES.
        kind: A key of KINDS.
    Raises:
        ValueError: for another value.
    """

    photos: Photographs = field(repr=False)
    number: int = 0
    forgery: str = "swap"
    strength: float = 1.0
    history: str = "8 bits"
    kind: str = "texture"

    def __post_init__(self):
        if self.forgery not in FORGERIES or self.history not in HISTORIES or self.kind not in KINDS:
            raise ValueError(f"forgery={self.forgery!r}, history={self.history!r}, kind={self.kind!r}: expected one of "
                             f"{', '.join(FORGERIES)}; of {', '.join(HISTORIES)}; of {', '.join(KINDS)}")
        if not 0 <= self.number < len(self.photos) or not 0 <= self.strength <= 1:
            raise ValueError(f"number={self.number}, strength={self.strength}: expected a photograph from 0 to "
                             f"{len(self.photos) - 1} and a strength from 0 to 1")


def picture(state):
    """The picture that is examined.

    Args:
        state: a State.
    Returns:
        f32 RGB [S, S, 3] in [0, 1].
    """
    return _examined(state)[0]


def _examined(state):
    """(the picture, its landmarks)."""
    photo = state.photos[state.number]
    if state.forgery in moving.METHODS:
        image, points = moving.at_strength(_moved(photo, state.forgery), state.strength)
    else:
        real, points = photo.rgb[0], photo.landmarks[0]
        image = real if state.forgery == "real" else _forged(photo)[state.forgery]
        image = np.clip(real + np.float32(state.strength) * (image - real), 0, 1)
    crf = HISTORIES[state.history]
    image = h264(image[None], crf)[0] if crf else (image * 255 + 0.5).astype(np.uint8).astype(np.float32) / 255
    return image, points


_kept = {}  # the bytes of a photograph -> its forgeries
_clips = {}  # (person, seed, method, side) -> a frame of a forged clip


def _forged(photo):
    """The photograph forged by every method, made once."""
    key = photo.images.tobytes()
    if key not in _kept:
        person = int(photo.person[0])
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[key] = {m: images[0] for m, (images, _) in forge(photo, _another(person), person).items()}
    return _kept[key]


def _moved(photo, method):
    """A frame of a forged clip of the photograph's person, read from the disk once it was made."""
    person, seed, size = int(photo.person[0]), int(photo.seed[0]), photo.images.shape[1]
    key = person, seed, method, size
    if key not in _clips:
        if len(_clips) >= MOST * len(moving.METHODS):
            _clips.clear()
        _clips[key] = moving.forge_frame(person, _another(person), seed, method, size)
    return _clips[key]


def _another(person):
    others = [p for p in SPLITS["test"] if p != person]
    return others[person % len(others)]


def found(state):
    """What the chosen kind of evidence says.

    Args:
        state: a State.
    Returns:
        forensics Evidence.
    """
    return KINDS[state.kind](*_examined(state))


def render(state):
    """Draw the picture, what the evidence saw in it, and its place among clean pictures.

    The same state gives the same bytes.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG.
    """
    image, points = _examined(state)
    evidence = KINDS[state.kind](image, points)
    page = Canvas(2 * LARGE + GAP, TOP + LARGE + HIGH)
    page.text((2, 4), f"{state.forgery}, {state.history}", 13, bold=True)
    page.picture((0, TOP), _fitted(image), LARGE)
    page.text((LARGE + GAP, 4), f"{state.kind}: what it saw", 13, bold=True)
    drawing = image * 0.3 if evidence.drawing is None else evidence.drawing
    page.picture((LARGE + GAP, TOP), _fitted(drawing), LARGE)
    _among_clean(page, state, evidence)
    return page.png()


def _fitted(image):
    """An image in the middle of a white square."""
    scale = LARGE / max(image.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(np.asarray(image, np.float32), None, fx=scale, fy=scale, interpolation=how).clip(0, 1)
    small = small[:LARGE, :LARGE]
    out = np.ones((LARGE, LARGE, 3), np.float32)
    y, x = ((LARGE - side) // 2 for side in small.shape[:2])
    out[y:y + small.shape[0], x:x + small.shape[1]] = small
    return out


def _among_clean(page, state, evidence):
    """A line of dots, one for each clean picture, and a mark for this one."""
    y, clean = TOP + LARGE + 30, clean_scores(state.kind)
    if not evidence.valid:
        page.text((2, y - 16), f"abstains: {evidence.why}", 13, PALETTE["orange"], bold=True)
        return
    place = percentile(state.kind, evidence.score)
    page.text((2, y - 24), f"score {evidence.score:.3f}", 13, bold=True)
    if not len(clean):
        page.text((160, y - 24), "no clean pictures are stored for this kind", 13, GREY)
        return
    page.text((160, y - 24), f"above {place:.0f} % of clean pictures ({len(clean)} dots, raw and CRF 23)", 13)
    low, high = min(clean[0], evidence.score), max(clean[-1], evidence.score)
    at = lambda v: 8 + (v - low) / max(high - low, 1e-9) * (2 * LARGE + GAP - 16)  # noqa: E731
    page.line([(8, y + 12), (2 * LARGE + GAP - 8, y + 12)], GREY, 1)
    for value in clean:
        page.line([(at(value), y + 7), (at(value), y + 17)], GREY, 1)
    page.line([(at(evidence.score), y), (at(evidence.score), y + 24)], PALETTE["orange"], 4)
    page.text((2, y + 28), "typical of clean pictures <- -> unusual; unusual does not mean fake", 11, GREY)


class EvidenceExplorer(View):
    """The view: `controls` holds every control by name, `image` the page, `state()` what is shown.

    Args:
        photos: Photographs; eight of the test people when left out.
    """

    alt = "a face, what one kind of evidence saw in it, and its score among those of clean pictures"
    strip = "strength", (0.0, 0.5, 1.0)

    def __init__(self, photos=None):
        self.photos = photographs(SPLITS["test"], 2, seed=5)[:8] if photos is None else photos
        usual = State(self.photos)
        super().__init__(render, {
            "number": slider("picture", 0, 0, len(self.photos) - 1, 1, "number of the photograph"),
            "forgery": w.Dropdown(options=FORGERIES, value=usual.forgery, description="forgery"),
            "strength": slider("strength", 1.0, 0, 1, 0.05, "how much of the forged face, or of its motion"),
            "history": w.Dropdown(options=tuple(HISTORIES), description="saved as"),
            "kind": w.Dropdown(options=tuple(KINDS), value=usual.kind, description="evidence"),
        }, notice="The first picture takes some seconds: it is forged five ways. So does the first picture of an "
                  "animated, reenacted, lip-synced or dubbed person, of whom a clip is rendered.",
            width=2 * LARGE + GAP)

    def caption(self, state):
        """Say what the forgery is, and what its strength means.

        Args:
            state: a State.
        Returns:
            HTML.
        """
        return f"<b>{state.forgery}</b>: {MEANING[state.forgery]}. "

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        return State(self.photos, **self.values())
