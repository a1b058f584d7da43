"""The provenance explorer: what manifest, signature, mark and fingerprint still say after each step. Lesson 14.

`render(State(steps))` gives the page as the bytes of a PNG and needs no notebook; `ProvenanceExplorer()` has a menu for
each of three steps.
"""
import datetime
import io
from dataclasses import dataclass
from functools import lru_cache

import ipywidgets as w
import numpy as np
from PIL import Image

from course_lib import degradation, media
from course_lib.provenance import boxes, certificates, fingerprints, signing, spread, validation, watermark

from .drawing import GREY, INK, PALE, PALETTE, Canvas
from .view import View

WIDTH, HEIGHT, SIDE = 860, 400, 320
PAYLOAD = 0xC0FFEE42
START = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
NOTHING = "nothing"


@dataclass(frozen=True)
class State:
    """What the page shows.

    Args:
        steps: names of STEPS, in the order in which they are done to the file; at most three.
    Raises:
        ValueError: for another name, or more steps.
    """

    steps: tuple = ("save again",)

    def __post_init__(self):
        if len(self.steps) > 3 or (unknown := set(self.steps) - set(STEPS)):
            raise ValueError(f"steps={self.steps!r}: expected at most three of {', '.join(STEPS)}"
                             + (f"; unknown: {sorted(unknown)}" if len(self.steps) <= 3 else ""))


@lru_cache(1)
def _world():
    """(the course's signer, a stranger with the same name, Trust, the registered picture)."""
    root = certificates.authority("Course root", "course", START)
    signer = certificates.issue(root, "Course", "signer", START)
    other = certificates.issue(certificates.authority("Course root", "stranger", START), "Course", "other", START)
    trust = validation.Trust(root.chain, now=START + datetime.timedelta(days=10))
    photo = degradation.resize(media.grace_hopper()[:512], (SIDE, SIDE), filter="area")
    return signer, other, trust, watermark.embed(photo, payload=PAYLOAD)


def _jpeg(image, quality=92):
    file = io.BytesIO()
    Image.fromarray((np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def _pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.float32) / 255


def _sign(data, who):
    return signing.sign(data, who, title="picture", when=_world()[2].now, assertions={
        "actions": [{"action": "created", "source": "digitalCapture"}]})


def _paint(data):
    """Another number is painted on the picture, and the manifest is put back as it was."""
    image, found = _pixels(data).copy(), boxes.find(data)
    height, width = image.shape[:2]
    image[height // 2:height // 2 + height // 5, width // 4:width // 4 + width // 3] = (0.8, 0.1, 0.1)
    return _jpeg(image) if found is None else boxes.put(_jpeg(image), found[0])


def _cut(image, part=0.08):
    n = round(min(image.shape[:2]) * part / 2)
    return image[n:-n, n:-n]


STEPS = {
    NOTHING: lambda data: data,
    "sign": lambda data: _sign(data, _world()[0]),
    "sign as a stranger of the same name": lambda data: _sign(data, _world()[1]),
    "save again": lambda data: _jpeg(_pixels(data)),
    "crop and JPEG": lambda data: _jpeg(_cut(_pixels(data)), 70),
    "mirror": lambda data: _jpeg(_pixels(data)[:, ::-1]),
    "paint, keep the manifest": _paint,
    "append a byte": lambda data: data + b"x",
    "strip the manifest": boxes.remove,
    "blur away": lambda data: _jpeg(degradation.blur(degradation.noise(_pixels(data), 20, seed=1), sigma=2.5), 60),
}


@lru_cache(128)
def examine(steps):
    """What each kind of evidence says after some steps.

    Args:
        steps: tuple of names of STEPS.
    Returns:
        (the picture f32 RGB, list of (evidence, "holds", "fails" or "silent", what it says)).
    Lesson 14.
    """
    trust, original = _world()[2:]
    start = _sign(_jpeg(original), _world()[0])
    data = start
    for step in steps:
        data = STEPS[step](data)
    image, verdict = _pixels(data), validation.verify(data, trust)
    found, bits = watermark.search(image), fingerprints.pdq(original)[0]
    far = min(fingerprints.distance(bits, view) for view in fingerprints.pdq_symmetries(image).values())
    first = watermark.score(image)
    marked = first >= watermark.THRESHOLD or found.score >= spread.THRESHOLD
    signature = {"trusted": "holds", "valid": "silent", "invalid": "fails", "none": "silent"}[verdict.state]
    rows = [
        ("hash of the file", "holds" if data == start else "fails",
         "byte for byte the signed file" if data == start else "another file"),
        ("signed manifest", signature, f"{verdict.state}" + (f": {verdict.codes[0]}" if verdict.codes else "")),
        ("watermark", "holds" if marked else "silent",
         f"layers score {first:.1f}, {found.score:.1f}; thresholds {watermark.THRESHOLD} and {spread.THRESHOLD:.1f}"),
        ("payload", "holds" if found.payload == PAYLOAD else "silent",
         "leads to the registered picture" if found.payload == PAYLOAD else "cannot be read"),
        ("fingerprint (PDQ)", "holds" if far <= fingerprints.PDQ_MATCH else "silent",
         f"distance {far} of 256; a match up to {fingerprints.PDQ_MATCH}"),
    ]
    return image, rows


def render(state):
    """Draw the picture after the steps, and what each kind of evidence says of it.

    The same state gives the same bytes.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG, 860 x 400.
    """
    image, rows = examine(tuple(state.steps))
    page = Canvas(WIDTH, HEIGHT)
    page.text((14, 12), "signed" + "".join(f", {step}" for step in state.steps if step != NOTHING), 15, bold=True)
    page.picture((14, 44), image, SIDE, GREY, 1)
    colours = {"holds": PALETTE["blue"], "fails": PALETTE["red"], "silent": GREY}
    for k, (name, verdict, said) in enumerate(rows):
        y = 50 + 62 * k
        page.box(360, y, 78, 30, fill=colours[verdict])
        page.text((399, y + 15), verdict, 14, "white", bold=True, anchor="mm")
        page.text((452, y - 2), name, 15, INK, bold=True)
        page.text((452, y + 18), said, 13, INK)
        page.line([(360, y + 45), (WIDTH - 14, y + 45)], PALE, 1)
    page.text((14, HEIGHT - 24), "holds: supports the origin. fails: the bytes were changed. silent: nothing follows.",
              12, GREY)
    return page.png()


class ProvenanceExplorer(View):
    """The view: `controls` holds three menus, `image` the page, `state()` what is shown."""

    alt = "a picture, and what hash, manifest, watermark, payload and fingerprint say about it"
    strip = ("first", ("save again", "paint, keep the manifest", "crop and JPEG"))

    def __init__(self):
        super().__init__(render, {
            name: w.Dropdown(options=list(STEPS), value=value, description=name)
            for name, value in (("first", "crop and JPEG"), ("second", NOTHING), ("third", NOTHING))}, width=WIDTH)

    @classmethod
    def example(cls):
        """Make one that needs nothing.

        Returns:
            A ProvenanceExplorer.
        """
        return cls()

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        return State(tuple(self.values().values()))
