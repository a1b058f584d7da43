"""The arena explorer: the matrix of a round, ratings with their intervals, and the clips of any cell. Lesson 15.

`render(State(...))` gives the picture as the bytes of a PNG and needs no notebook; `ArenaExplorer()` has the controls.
"""
from dataclasses import dataclass, field
from functools import cached_property

import ipywidgets as w
import numpy as np

from course_lib.arena import ratings
from course_lib.arena.matrix import Round, caught, table
from course_lib.show import decode_sheet

from .drawing import GREY, INK, PALETTE, Canvas
from .view import View

HOW = {"AUC": "auc", "caught at 5 % false positives": "caught"}
LEFT, CELL, HIGH, RATES, THUMB, SHOWN = 118, 62, 26, 260, 56, 12


@dataclass(eq=False)
class Board:
    """A round with what is drawn of it, computed once.

    Args:
        round: matrix.Round.
        pictures: Dict: creator or "real" -> text of encode_sheet, its clips side by side.
    """

    round: Round
    pictures: dict = field(repr=False)

    @cached_property
    def rated(self):
        """(names, ratings, low, high), the best first; a creator without a clip that counts has no rating."""
        rated = [c for c in self.round.creators if not all(self.round.floors[c])]
        names, outcomes, people = ratings.games(self.round, creators=rated)
        numbers = ratings.bootstrap_ratings(outcomes, people, len(names), rounds=150)
        order = np.argsort(-numbers[0], kind="stable")
        return [names[k] for k in order], *(x[order] for x in numbers)

    @cached_property
    def tables(self):
        """How -> matrix f64 [detectors, creators]."""
        return {how: table(self.round, key) for how, key in HOW.items()}

    @cached_property
    def clips(self):
        """Creator or "real" -> f32 [N, S, S, 3]."""
        sheets = {name: decode_sheet(text) for name, text in self.pictures.items()}
        return {name: np.stack(np.split(s, s.shape[1] // s.shape[0], 1)) for name, s in sheets.items()}


@dataclass(frozen=True, eq=False)
class State:
    """What the explorer shows.

    Args:
        board: Board.
        detector, creator: The chosen cell.
        how: A key of HOW.
    Raises:
        ValueError: for another value.
    """

    board: Board = field(repr=False)
    detector: str = ""
    creator: str = ""
    how: str = "AUC"

    def __post_init__(self):
        known = self.board.round
        if self.detector not in known.detectors or self.creator not in known.creators or self.how not in HOW:
            raise ValueError(f"detector={self.detector!r}, creator={self.creator!r}, how={self.how!r}: expected one of "
                             f"{', '.join(known.detectors)}; of {', '.join(known.creators)}; of {', '.join(HOW)}")


def render(state):
    """Draw matrix, ratings and the clips of the chosen cell.

    The same state gives the same bytes.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG.
    """
    known, values = state.board.round, state.board.tables[state.how]
    rows, columns = len(known.detectors), len(known.creators)
    width = max(LEFT + columns * CELL + 24 + RATES, SHOWN * (THUMB + 4) + 10)
    top = 58
    tall = max(rows * HIGH, (rows + columns) * 15 + 4)
    page = Canvas(width, top + tall + 2 * (THUMB + 46))
    page.text((4, 4), f"{state.how}: detectors (rows) against creators (columns)", 14, bold=True)
    for j, name in enumerate(known.creators):
        for part, text in enumerate(_lines(name)):
            page.text((LEFT + j * CELL + CELL / 2, 24 + 14 * part), text, 11, anchor="ma")
    for i, name in enumerate(known.detectors):
        page.text((4, top + i * HIGH + 6), name, 12, bold=name == state.detector)
        for j, creator in enumerate(known.creators):
            x, y, value = LEFT + j * CELL, top + i * HIGH, values[i, j]
            chosen = name == state.detector and creator == state.creator
            page.box(x, y, CELL - 2, HIGH - 2, fill=_shade(value, state.how), outline=INK if chosen else None)
            page.text((x + CELL / 2, y + 5), f"{value:.2f}" + (" <" if chosen else ""), 12, anchor="ma", bold=chosen)
    _ratings(page, state.board, LEFT + columns * CELL + 16, top)
    _clips(page, state, top + tall + 10)
    return page.png()


def _lines(name):
    words = name.replace("-", "- ").split()
    return [name] if len(name) < 10 else [" ".join(words[:-1]).replace("- ", "-"), words[-1]]


def _shade(value, how):
    """White at chance, orange where the detector wins."""
    amount = float(np.clip((value - 0.5) * 2 if how == "AUC" else value, 0, 1))
    return tuple(int(255 + amount * (c - 255)) for c in (242, 166, 90))


def _ratings(page, board, x, top):
    names, values, low, high = board.rated
    span = max(high.max(), -low.min(), 1e-6)
    at = lambda v: x + 116 + (v + span) / (2 * span) * (RATES - 130)  # noqa: E731
    page.text((x, top - 20), "rating (logits), 95 %", 12, bold=True)
    page.line([(at(0), top), (at(0), top + 15 * len(names))], GREY, 1)
    for k, name in enumerate(names):
        y, colour = top + 15 * k + 7, PALETTE["blue"] if name in board.round.detectors else PALETTE["red"]
        page.text((x, y - 7), ("D " if name in board.round.detectors else "C ") + name[:17], 11)
        page.line([(at(low[k]), y), (at(high[k]), y)], colour, 2)
        page.dot((at(values[k]), y), 3, colour)


def _clips(page, state, y):
    known = state.board.round
    flags, scores = caught(known, state.detector, state.creator), np.asarray(known.fake[state.detector][state.creator])
    kinds = ((f"{state.creator}, least to most suspicious for {state.detector} (x: below a quality floor)",
              state.creator, scores, flags), ("real clips", "real", np.asarray(known.real[state.detector]), None))
    for row, (title, name, values, _) in enumerate(kinds):
        top = y + row * (THUMB + 42)
        page.text((4, top), title, 12, bold=True)
        order = np.argsort(values, kind="stable")
        order = order[np.linspace(0, len(order) - 1, min(SHOWN, len(order))).round().astype(int)]
        for k, number in enumerate(order):
            x = 4 + k * (THUMB + 4)
            page.picture((x, top + 18), state.board.clips[name][number], THUMB)
            below = name != "real" and bool(known.floors[name][number])
            page.text((x + THUMB / 2, top + 20 + THUMB), f"{values[number]:.2f}" + (" x" if below else ""), 11, GREY,
                      anchor="ma")


class ArenaExplorer(View):
    """The view: `controls` holds every control by name, `image` the page, `state()` what is shown.

    Args:
        board: Board; the stored round when left out.
    """

    alt = "a matrix of detectors against creators, ratings with intervals, and the clips of one cell with their scores"

    def __init__(self, board=None):
        if board is None:
            from course_lib.experiments.arena_rounds import read

            board = Board(*read()[:2])
        self.board, known = board, board.round
        self.strip = "creator", tuple(known.creators[:3])
        super().__init__(render, {
            "detector": w.Dropdown(options=known.detectors, description="detector"),
            "creator": w.Dropdown(options=known.creators, value=known.creators[-1], description="creator"),
            "how": w.Dropdown(options=tuple(HOW), description="metric"),
        })

    def arrange(self):
        """Lay out controls and picture.

        Returns:
            List of ipywidgets.
        """
        return [w.HBox(list(self.controls.values())), self.image, self.status]

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        return State(self.board, **self.values())
