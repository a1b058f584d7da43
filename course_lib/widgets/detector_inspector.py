"""The detector inspector: one threshold that moves on the ROC curve, the confusion and the gallery at once. Lesson 10.

`render(State(evidence, ...))` gives the page as the bytes of a PNG and needs no notebook; `Inspector(evidence)` puts it
behind a slider and filters.
"""
from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import ipywidgets as w
import numpy as np

from course_lib import forgeries
from course_lib.checkpoints import load
from course_lib.forgeries import Labelled
from course_lib.metrics import detection
from course_lib.models.mesonet_inference import scorer

from .drawing import GREY, INK, PALE, PALETTE, Canvas
from .view import View, slider

WIDTH, HEIGHT = 960, 600
ALL = "all"
ANGLES = {ALL: (0, 180), "frontal, under 15°": (0, 15), "15 to 30°": (15, 30), "turned, over 30°": (30, 180)}
SHOWN, FACE = 7, 78  # faces in a row of the gallery, their side in pixels
FAKE, REAL = PALETTE["red"], PALETTE["blue"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is inspected. faces: a Labelled of N faces. scores: P(fake) f32 [N]. maps: where the detector looked,
    f32 [N, S, S] in [0, 1], or None."""

    faces: Labelled
    scores: np.ndarray
    maps: np.ndarray | None = None

    def __post_init__(self):
        for name, value in (("scores", self.scores), ("maps", self.maps)):
            if value is not None and len(value) != len(self.faces):
                raise ValueError(f"{name} holds {len(value)} rows and faces {len(self.faces)}; give one for each face")


@dataclass(frozen=True)
class State:
    """What the page shows. threshold: at or above it a face is called fake. method: "all" or one that is compared with
    the real faces. crf: "all", 0, 23 or 40. angle: a key of ANGLES. overlay: shows where the detector looked.
    """

    evidence: Evidence = field(repr=False)
    threshold: float = 0.5
    method: str = ALL
    crf: int | str = ALL
    angle: str = ALL
    overlay: bool = False

    def __post_init__(self):
        methods = methods_of(self.evidence)
        for name, value, known in (("method", self.method, methods), ("angle", self.angle, ANGLES),
                                   ("crf", self.crf, crfs_of(self.evidence))):
            if value not in known:
                raise ValueError(f"{name}={value!r}: expected one of {', '.join(map(str, known))}")


def methods_of(evidence):
    """ "all" and the methods of forgery that the evidence holds."""
    return (ALL, *sorted(set(evidence.faces.method.tolist()) - {"real"}))


def crfs_of(evidence):
    """ "all" and the CRFs that the evidence holds."""
    return (ALL, *sorted(set(evidence.faces.crf.tolist())))


def chosen(state):
    """The rows of the evidence that pass the filters, bool [N]; real faces pass that of the method."""
    faces, degrees = state.evidence.faces, np.degrees(np.abs(state.evidence.faces.yaw))
    low, high = ANGLES[state.angle]
    keep = np.ones(len(faces), bool) if state.angle == ALL else (degrees >= low) & (degrees < high)
    if state.crf != ALL:
        keep &= faces.crf == state.crf
    if state.method != ALL:
        keep &= np.isin(faces.method, ("real", state.method))
    return keep


@lru_cache(maxsize=64)
def _curve(evidence, method, crf, angle):
    """(false alarms [K], hits [K], AUC) under the filters; nan where one class is missing."""
    keep = chosen(State(evidence, method=method, crf=crf, angle=angle))
    fake, scores = evidence.faces.fake[keep], evidence.scores[keep]
    if len(set(fake.tolist())) < 2:
        return np.zeros(0), np.zeros(0), float("nan")
    curve = detection.roc(fake, scores)
    return curve.fpr, curve.tpr, detection.auc(fake, scores)


def render(state):
    """The page of a State as the bytes of a PNG, 960 x 600. The same state gives the same bytes."""
    evidence, keep = state.evidence, chosen(state)
    fake, called = evidence.faces.fake == 1, evidence.scores >= state.threshold
    page = Canvas(WIDTH, HEIGHT)
    groups = {"fake, called fake": keep & fake & called, "fake, called real": keep & fake & ~called,
              "real, called fake": keep & ~fake & called, "real, called real": keep & ~fake & ~called}
    counts = {name: int(rows.sum()) for name, rows in groups.items()}
    _roc(page, state, counts)
    _confusion(page, counts)
    _histogram(page, state, keep)
    for k, (name, rows) in enumerate(groups.items()):
        _row(page, 12 + 147 * k, name, np.flatnonzero(rows), state, counts[name])
    return page.png()


def _rates(counts):
    """(false alarms, hits) at the threshold, nan without such faces."""
    fakes = counts["fake, called fake"] + counts["fake, called real"]
    reals = counts["real, called fake"] + counts["real, called real"]
    return (counts["real, called fake"] / reals if reals else float("nan"),
            counts["fake, called fake"] / fakes if fakes else float("nan"))


def _roc(page, state, counts):
    x, y, side = 58, 40, 210
    false_alarms, hits, area = _curve(state.evidence, state.method, state.crf, state.angle)
    page.text((x, 12), f"ROC, AUC {area:.3f}" if np.isfinite(area) else "ROC: one class only", 15, bold=True)
    for k in range(5):
        place = side * k / 4
        page.line([(x, y + place), (x + side, y + place)], PALE, 1)
        page.line([(x + place, y), (x + place, y + side)], PALE, 1)
    page.line([(x, y + side), (x + side, y)], GREY, 1)
    if len(hits):
        page.line(np.stack([x + side * false_alarms, y + side * (1 - hits)], 1), REAL, 3)
    here = _rates(counts)
    if np.isfinite(here).all():
        page.dot((x + side * here[0], y + side * (1 - here[1])), 6, FAKE)
    page.text((x + side / 2, y + side + 6), "false alarms among the real", 12, anchor="ma")
    page.text((x - 6, y), "1", 12, anchor="ra")
    page.text((x - 6, y + side - 14), "0", 12, anchor="ra")
    page.text((x - 6, y + side / 2 - 14), "fakes", 12, anchor="ra")
    page.text((x - 6, y + side / 2 + 2), "found", 12, anchor="ra")


def _confusion(page, counts):
    x, y, wide, tall = 100, 324, 84, 42
    page.text((14, y - 42), "confusion at the threshold", 15, bold=True)
    for k, name in enumerate(("called fake", "called real")):
        page.text((x + wide * (k + 0.5), y - 18), name, 12, anchor="ma")
    for k, name in enumerate(("fake", "real")):
        page.text((x - 8, y + tall * (k + 0.5)), name, 12, anchor="rm")
    most = max(1, *counts.values())
    for k, count in enumerate(counts.values()):
        row, column = divmod(k, 2)
        share = count / most
        shade = (int(255 - 110 * share), int(255 - 60 * share), 255)
        page.box(x + wide * column, y + tall * row, wide, tall, shade, GREY)
        page.text((x + wide * (column + 0.5), y + tall * (row + 0.5)), str(count), 16, bold=row == column, anchor="mm")
    false_alarms, hits = _rates(counts)
    told = f"found {hits:.0%} of the fakes, {false_alarms:.0%} false alarms"
    page.text((14, y + 2 * tall + 8), told if np.isfinite([hits, false_alarms]).all() else "one class only", 12)


def _histogram(page, state, keep):
    x, y, wide, tall = 30, 484, 250, 74
    page.text((14, y - 26), "scores", 15, bold=True)
    page.text((90, y - 23), "fake above, real below the line", 12, colour=GREY)
    middle = y + tall / 2
    for value, colour, way in ((1, FAKE, -1), (0, REAL, 1)):
        scores = state.evidence.scores[keep & (state.evidence.faces.fake == value)]
        bars = np.histogram(scores, 25, (0, 1))[0]
        for k, bar in enumerate(np.sqrt(bars / max(1, bars.max()))):  # roots: single faces stay visible
            if bar:
                height = way * bar * tall / 2
                page.box(x + wide * k / 25, min(middle, middle + height), wide / 25 - 1, abs(height), fill=colour)
    page.line([(x, middle), (x + wide, middle)], GREY, 1)
    at = x + wide * state.threshold
    page.line([(at, y - 4), (at, y + tall + 4)], INK, 2)
    page.text((at, y + tall + 6), f"{state.threshold:.2f}", 13, bold=True, anchor="ma")
    page.text((x, y + tall + 6), "0", 12, anchor="ma")
    page.text((x + wide, y + tall + 6), "1", 12, anchor="ma")


def _row(page, y, name, rows, state, count):
    """One row of the gallery: the surest faces of one group, one of each clip."""
    x, scores = 318, state.evidence.scores
    right = name in ("fake, called fake", "real, called real")
    colour = PALETTE["green"] if right else PALETTE["red"]
    surest = rows[np.argsort(-scores[rows] if "called fake" in name else scores[rows], kind="stable")]
    surest = surest[np.sort(np.unique(state.evidence.faces.seed[surest], return_index=True)[1])][:SHOWN]
    page.text((x, y), f"{'right' if right else 'WRONG'}: {name}", 14, bold=True)
    told = f"{count} face{'s' * (count != 1)}" + (", the surest of each clip" if count > len(surest) else "")
    page.text((WIDTH - 12, y + 1), told, 12, GREY, anchor="ra")
    for k, row in enumerate(surest):
        at = (x + k * (FACE + 12), y + 21)
        page.picture(at, _look(state, row), FACE, colour, 3)
        faces = state.evidence.faces
        how = "raw" if faces.crf[row] == 0 else f"crf {faces.crf[row]}"
        page.text((at[0] + FACE / 2, at[1] + FACE + 2), f"{scores[row]:.2f}, {how}", 11, anchor="ma")
        page.text((at[0] + FACE / 2, at[1] + FACE + 16), faces.method[row], 10, GREY, anchor="ma")
    if not len(surest):
        page.text((x, y + 50), "none", 13, GREY)


def _look(state, row):
    """The face, or the face with the detector's look laid over it and a white line around what was manipulated."""
    image = state.evidence.faces.images[row]
    if not state.overlay or state.evidence.maps is None:
        return image
    heat = (np.clip(state.evidence.maps[row], 0, 1) * 255).astype(np.uint8)
    coloured = cv2.applyColorMap(heat, cv2.COLORMAP_INFERNO)[..., ::-1]
    share = 0.65 * np.clip(state.evidence.maps[row], 0, 1)[..., None]
    laid = (image.mean(-1, keepdims=True) * (1 - share) + coloured * share).astype(np.uint8)
    edges, _ = cv2.findContours((state.evidence.faces.masks[row] > 127).astype(np.uint8), cv2.RETR_EXTERNAL,
                                cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.ascontiguousarray(laid), edges, -1, (255, 255, 255), 2)


class Inspector(View):
    """The view: `controls` holds the slider and the filters by name, `image` the page, `state()` what is shown."""

    alt, strip = "ROC, confusion, scores, the surest hits and misses", ("threshold", (0.2, 0.8))

    def __init__(self, evidence):
        self.evidence = evidence
        super().__init__(render, {
            "threshold": slider("threshold", 0.5, 0, 1, 0.01, "from here on a face is called fake",
                                layout=w.Layout(width="420px")),
            "method": w.Dropdown(options=methods_of(evidence), description="method"),
            "crf": w.Dropdown(options=crfs_of(evidence), description="CRF"),
            "angle": w.Dropdown(options=list(ANGLES), description="head angle"),
            "overlay": w.Checkbox(False, description="where it looked", indent=False, disabled=evidence.maps is None),
        }, width=WIDTH)

    @classmethod
    def example(cls):
        faces = forgeries.build("ci", quiet=True).where(split="test")
        return cls(Evidence(faces, scorer(load("meso4_cast"))(faces.pictures())))

    def arrange(self):
        first, *filters, overlay = self.controls.values()
        return [w.HBox([first, overlay]), w.HBox(filters), self.image, self.says]

    def state(self):
        """The State that the controls describe."""
        return State(self.evidence, **self.values())
