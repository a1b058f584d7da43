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
COLUMNS, FACE = 7, 78  # faces in a row of the gallery, their side in pixels
FAKE, REAL = PALETTE["red"], PALETTE["blue"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is inspected.

    Args:
        faces: a Labelled of N faces.
        scores: P(fake), f32 [N].
        maps: saliency maps of the detector, f32 [N, S, S] in [0, 1], or None.
    """

    faces: Labelled
    scores: np.ndarray
    maps: np.ndarray | None = None

    def __post_init__(self):
        for name, value in (("scores", self.scores), ("maps", self.maps)):
            if value is not None and len(value) != len(self.faces):
                raise ValueError(f"{name} holds {len(value)} rows and faces {len(self.faces)}; give one for each face")


@dataclass(frozen=True)
class State:
    """What the page shows.

    Args:
        evidence: an Evidence.
        threshold: at or above it a face is called fake.
        method: "all", or one that is compared with the real faces.
        crf: "all", 0, 23 or 40.
        angle: a key of ANGLES.
        overlay: whether the saliency maps are drawn.
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
    """List the methods of forgery.

    Args:
        evidence: an Evidence.
    Returns:
        Tuple of "all" and the methods.
    """
    return (ALL, *sorted(set(evidence.faces.method.tolist()) - {"real"}))


def crfs_of(evidence):
    """List the compressions.

    Args:
        evidence: an Evidence.
    Returns:
        Tuple of "all" and the CRFs.
    """
    return (ALL, *sorted(set(evidence.faces.crf.tolist())))


def chosen(state):
    """Select the faces that pass the filters; real ones pass that of the method.

    Args:
        state: a State.
    Returns:
        bool [N].
    """
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
    """(FPR [K], TPR [K], AUC) under the filters; nan where one class is missing."""
    keep = chosen(State(evidence, method=method, crf=crf, angle=angle))
    fake, scores = evidence.faces.fake[keep], evidence.scores[keep]
    if len(set(fake.tolist())) < 2:
        return np.zeros(0), np.zeros(0), float("nan")
    curve = detection.roc(fake, scores)
    return curve.fpr, curve.tpr, detection.auc(fake, scores)


def render(state):
    """Draw the ROC curve, the confusion matrix, the scores and a gallery of the four groups.

    The same state gives the same bytes.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG, 960 x 600.
    """
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
    """(FPR, TPR) at the threshold, nan without such faces."""
    fakes = counts["fake, called fake"] + counts["fake, called real"]
    reals = counts["real, called fake"] + counts["real, called real"]
    return (counts["real, called fake"] / reals if reals else float("nan"),
            counts["fake, called fake"] / fakes if fakes else float("nan"))


def _roc(page, state, counts):
    x, y, side = 58, 40, 210
    fpr, tpr, area = _curve(state.evidence, state.method, state.crf, state.angle)
    page.text((x, 12), f"ROC, AUC {area:.3f}" if np.isfinite(area) else "ROC: one class only", 15, bold=True)
    for k in range(5):
        place = side * k / 4
        page.line([(x, y + place), (x + side, y + place)], PALE, 1)
        page.line([(x + place, y), (x + place, y + side)], PALE, 1)
    page.line([(x, y + side), (x + side, y)], GREY, 1)
    if len(tpr):
        page.line(np.stack([x + side * fpr, y + side * (1 - tpr)], 1), REAL, 3)
    point = _rates(counts)
    if np.isfinite(point).all():
        page.dot((x + side * point[0], y + side * (1 - point[1])), 6, FAKE)
    page.text((x + side / 2, y + side + 6), "false positive rate", 12, anchor="ma")
    page.text((x - 6, y), "1", 12, anchor="ra")
    page.text((x - 6, y + side - 14), "0", 12, anchor="ra")
    page.text((x - 6, y + side / 2 - 14), "TPR", 12, anchor="ra")


def _confusion(page, counts):
    x, y, width, height = 100, 324, 84, 42
    page.text((14, y - 42), "confusion matrix", 15, bold=True)
    for k, name in enumerate(("called fake", "called real")):
        page.text((x + width * (k + 0.5), y - 18), name, 12, anchor="ma")
    for k, name in enumerate(("fake", "real")):
        page.text((x - 8, y + height * (k + 0.5)), name, 12, anchor="rm")
    largest = max(1, *counts.values())
    for k, count in enumerate(counts.values()):
        row, column = divmod(k, 2)
        fraction = count / largest
        shade = (int(255 - 110 * fraction), int(255 - 60 * fraction), 255)
        page.box(x + width * column, y + height * row, width, height, shade, GREY)
        at = x + width * (column + 0.5), y + height * (row + 0.5)
        page.text(at, str(count), 16, bold=row == column, anchor="mm")
    fpr, tpr = _rates(counts)
    line = f"TPR {tpr:.0%} of the fakes, FPR {fpr:.0%} of the real faces"
    page.text((14, y + 2 * height + 8), line if np.isfinite([tpr, fpr]).all() else "one class only", 12)


def _histogram(page, state, keep):
    x, y, width, height = 30, 484, 250, 74
    page.text((14, y - 26), "scores", 15, bold=True)
    page.text((90, y - 23), "fake above, real below the line", 12, colour=GREY)
    middle = y + height / 2
    for value, colour, sign in ((1, FAKE, -1), (0, REAL, 1)):
        scores = state.evidence.scores[keep & (state.evidence.faces.fake == value)]
        bars = np.histogram(scores, 25, (0, 1))[0]
        for k, bar in enumerate(np.sqrt(bars / max(1, bars.max()))):  # roots: single faces stay visible
            if bar:
                top = middle + min(0, sign) * bar * height / 2
                page.box(x + width * k / 25, top, width / 25 - 1, bar * height / 2, fill=colour)
    page.line([(x, middle), (x + width, middle)], GREY, 1)
    at = x + width * state.threshold
    page.line([(at, y - 4), (at, y + height + 4)], INK, 2)
    page.text((at, y + height + 6), f"{state.threshold:.2f}", 13, bold=True, anchor="ma")
    page.text((x, y + height + 6), "0", 12, anchor="ma")
    page.text((x + width, y + height + 6), "1", 12, anchor="ma")


def _row(page, y, name, rows, state, count):
    """One row of the gallery: the surest faces of one group, one of each clip."""
    x, scores = 318, state.evidence.scores
    right = name in ("fake, called fake", "real, called real")
    colour = PALETTE["green"] if right else PALETTE["red"]
    surest = rows[np.argsort(-scores[rows] if "called fake" in name else scores[rows], kind="stable")]
    surest = surest[np.sort(np.unique(state.evidence.faces.seed[surest], return_index=True)[1])][:COLUMNS]
    page.text((x, y), f"{'right' if right else 'WRONG'}: {name}", 14, bold=True)
    line = f"{count} face{'s' * (count != 1)}" + (", the most confident of each clip" if count > len(surest) else "")
    page.text((WIDTH - 12, y + 1), line, 12, GREY, anchor="ra")
    for k, row in enumerate(surest):
        at = (x + k * (FACE + 12), y + 21)
        page.picture(at, _look(state, row), FACE, colour, 3)
        faces = state.evidence.faces
        compression = "raw" if faces.crf[row] == 0 else f"crf {faces.crf[row]}"
        page.text((at[0] + FACE / 2, at[1] + FACE + 2), f"{scores[row]:.2f}, {compression}", 11, anchor="ma")
        page.text((at[0] + FACE / 2, at[1] + FACE + 16), faces.method[row], 10, GREY, anchor="ma")
    if not len(surest):
        page.text((x, y + 50), "none", 13, GREY)


def _look(state, row):
    """The face, or the face under its saliency map, with a white line around what was manipulated."""
    image = state.evidence.faces.images[row]
    if not state.overlay or state.evidence.maps is None:
        return image
    heat = (np.clip(state.evidence.maps[row], 0, 1) * 255).astype(np.uint8)
    coloured = cv2.applyColorMap(heat, cv2.COLORMAP_INFERNO)[..., ::-1]
    weight = 0.65 * np.clip(state.evidence.maps[row], 0, 1)[..., None]
    overlaid = (image.mean(-1, keepdims=True) * (1 - weight) + coloured * weight).astype(np.uint8)
    edges, _ = cv2.findContours((state.evidence.faces.masks[row] > 127).astype(np.uint8), cv2.RETR_EXTERNAL,
                                cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.ascontiguousarray(overlaid), edges, -1, (255, 255, 255), 2)


class Inspector(View):
    """The view: `controls` holds the slider and the filters by name, `image` the page, `state()` what is shown.

    Args:
        evidence: an Evidence.
    """

    alt, strip = "ROC curve, confusion matrix, scores, most confident faces of each group", ("threshold", (0.2, 0.8))

    def __init__(self, evidence):
        self.evidence = evidence
        super().__init__(render, {
            "threshold": slider("threshold", 0.5, 0, 1, 0.01, "a face with this score or more is called fake",
                                layout=w.Layout(width="420px")),
            "method": w.Dropdown(options=methods_of(evidence), description="method"),
            "crf": w.Dropdown(options=crfs_of(evidence), description="CRF"),
            "angle": w.Dropdown(options=list(ANGLES), description="head angle"),
            "overlay": w.Checkbox(False, description="saliency map", indent=False, disabled=evidence.maps is None),
        }, width=WIDTH)

    @classmethod
    def example(cls):
        """Make one that needs nothing.

        Returns:
            A Inspector.
        """
        faces = forgeries.build("ci", quiet=True).where(split="test")
        return cls(Evidence(faces, scorer(load("meso4_cast"))(faces.pictures())))

    def arrange(self):
        """Lay out controls and picture.

        Returns:
            List of ipywidgets.
        """
        first, *filters, overlay = self.controls.values()
        return [w.HBox([first, overlay]), w.HBox(filters), self.image, self.status]

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        return State(self.evidence, **self.values())
