"""Spot the fake: twenty faces for the learner, and then the learner's own AUC beside the detector's. Lesson 10.

`render(State(...))` gives the page as the bytes of a PNG and needs no notebook; `Quiz(faces, scores)` has the buttons.
"""
from dataclasses import dataclass, field

import ipywidgets as w
import numpy as np

from course_lib import forgeries
from course_lib.checkpoints import load
from course_lib.forgeries import Labelled
from course_lib.metrics import detection
from course_lib.models.mesonet_inference import scorer

from .drawing import GREY, PALETTE, Canvas
from .view import View, filmstrip

MARKS = {"surely real": 0.0, "rather real": 1 / 3, "rather fake": 2 / 3, "surely fake": 1.0}
LARGE, SMALL, COLUMNS = 320, 128, 5


@dataclass(frozen=True, eq=False)
class State:
    """What the page shows: the next face that has no mark, or, when all have one, all of them with the truth.

    Args:
        faces: a Labelled of N faces, real and fake ones.
        scores: the detector's P(fake), f32 [N].
        marks: the learner's, values of MARKS in the order of the faces; at most N.
    Raises:
        ValueError: when they do not fit.
    """

    faces: Labelled = field(repr=False)
    scores: np.ndarray = field(repr=False)
    marks: tuple = ()

    def __post_init__(self):
        n = len(self.faces)
        if len(self.scores) != n or len(self.marks) > n or set(self.faces.fake.tolist()) != {0, 1}:
            raise ValueError(f"a quiz needs real and fake faces, one score for each and at most as many marks; got {n} "
                             f"faces ({int(self.faces.fake.sum())} fake), {len(self.scores)} scores, "
                             f"{len(self.marks)} marks")
        if wrong := set(self.marks) - set(MARKS.values()):
            raise ValueError(f"marks hold {sorted(wrong)}; expected the values {list(MARKS.values())}")

    @property
    def done(self):
        """Whether every face has a mark."""
        return len(self.marks) == len(self.faces)


def draw_faces(labelled, count=20, seed=0):
    """Draw faces for a quiz, half of them real, of as many different clips as possible.

    Args:
        labelled: a Labelled.
        count: how many faces.
        seed: int.
    Returns:
        Labelled of count faces in random order.
    Raises:
        ValueError: when there are too few real or fake ones.
    Lesson 10.
    """
    rng, chosen = np.random.default_rng(seed), []
    for fake in (0, 1):
        rows = rng.permutation(np.flatnonzero(labelled.fake == fake))
        _, first = np.unique(labelled.seed[rows], return_index=True)
        number = count // 2 + fake * (count % 2)
        if len(rows) < number:
            raise ValueError(f"{number} {'fake' if fake else 'real'} faces are wanted; there are {len(rows)}")
        chosen.append(np.r_[rows[np.sort(first)], np.delete(rows, first)][:number])
    return labelled[rng.permutation(np.concatenate(chosen))]


def result(state):
    """Measure learner and detector on the faces that have a mark.

    Args:
        state: a State.
    Returns:
        (the learner's AUC, the detector's AUC); nan while one class has no mark.
    """
    n = len(state.marks)
    fake = state.faces.fake[:n]
    if len(set(fake.tolist())) < 2:
        return float("nan"), float("nan")
    return detection.auc(fake, np.array(state.marks)), detection.auc(fake, state.scores[:n])


def render(state):
    """Draw one face and the progress, or, at the end, the answers.

    The same state gives the same bytes.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG.
    """
    return _answers(state) if state.done else _question(state)


def _question(state):
    n, total = len(state.marks), len(state.faces)
    page = Canvas(LARGE + 40, LARGE + 78)
    page.text((20, 12), f"face {n + 1} of {total}: real or fake?", 17, bold=True)
    page.picture((20, 40), state.faces.images[n], LARGE)
    page.box(20, LARGE + 52, LARGE, 10, outline=GREY)
    page.box(20, LARGE + 52, LARGE * n / total, 10, fill=PALETTE["blue"])
    return page.png()


def _answers(state):
    n = len(state.faces)
    height = SMALL + 40
    page = Canvas(COLUMNS * (SMALL + 8) + 30, 76 + height * -(-n // COLUMNS))
    learner_auc, detector_auc = result(state)
    page.text((12, 10), f"your AUC {learner_auc:.2f}, the detector's {detector_auc:.2f}", 19, bold=True)
    page.text((12, 42), "red frame: fake; blue frame: real. Below: your mark and the detector's score, "
              "0 real to 1 fake; x where it was wrong.", 12, GREY)
    for k in range(n):
        x, y = 12 + k % COLUMNS * (SMALL + 8), 70 + k // COLUMNS * height
        fake = state.faces.fake[k]
        page.picture((x, y), state.faces.images[k], SMALL, PALETTE["red"] if fake else PALETTE["blue"], 5)
        for row, (who, score) in enumerate((("you", state.marks[k]), ("it", float(state.scores[k])))):
            wrong = (score >= 0.5) != fake
            page.text((x + 2, y + SMALL + 2 + 16 * row), f"{who} {score:.2f}{'  x' if wrong else ''}", 12, bold=wrong)
        page.text((x + SMALL - 2, y + SMALL + 2), state.faces.method[k], 11, GREY, anchor="ra")
    return page.png()


class Quiz(View):
    """The view: `buttons` by their text, `image` the page, `marks` given so far; `back` removes the last one.

    Args:
        faces: a Labelled of N faces.
        scores: the detector's P(fake), f32 [N].
    """

    alt = "one face, real or fake; at the end all of them with the truth"

    def __init__(self, faces, scores):
        self.faces, self.scores, self.marks = faces, np.asarray(scores), ()
        self.buttons = {text: w.Button(description=text) for text in MARKS}
        self.back = w.Button(description="undo", icon="undo")
        for text, button in self.buttons.items():
            button.on_click(lambda _, mark=MARKS[text]: self.mark(mark))
        self.back.on_click(lambda _: self._set(self.marks[:-1]))
        super().__init__(render, {})
        self.refresh()

    @classmethod
    def example(cls):
        """Make one that needs nothing.

        Returns:
            A Quiz.
        """
        faces = draw_faces(forgeries.build("ci", quiet=True).where(split="test"))
        return cls(faces, scorer(load("meso4_cast"))(faces.pictures()))

    def arrange(self):
        """Lay out controls and picture.

        Returns:
            List of ipywidgets.
        """
        return [w.HBox([*self.buttons.values(), self.back]), self.image, self.status]

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        return State(self.faces, self.scores, self.marks)

    def mark(self, value):
        """Mark the present face and go on to the next; nothing after the last.

        Args:
            value: of MARKS.
        """
        if not self.state().done:
            self._set((*self.marks, value))

    def _set(self, marks):
        self.marks = marks
        for button in self.buttons.values():
            button.disabled = self.state().done
        self.ask()

    def filmstrip(self):
        """Draw the first three questions, without the answers.

        Returns:
            The bytes of a PNG.
        """
        return filmstrip(self.draw, [State(self.faces, self.scores, (0.0,) * n) for n in range(3)], [""] * 3)
