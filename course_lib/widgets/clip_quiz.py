"""People against machines: twenty-four clips, one answer and a confidence each, feedback at the end. Lesson 15.

`render(State(...))` gives the page as the bytes of a PNG; `ClipQuiz()` has the buttons and plays each clip with its
sound, and its `answers` are P(fake).
"""
from dataclasses import dataclass, field
from functools import cache

import ipywidgets as w
import numpy as np

from course_lib.arena.people import CONFIDENCE, combined, observe
from course_lib.show import Clip, decode_sheet

from .drawing import GREY, PALETTE, Canvas
from .view import View, filmstrip

ANSWERS = {f"{side}, {word}": round(p if side == "fake" else 1 - p, 2)
           for side, words in (("real", reversed(CONFIDENCE.items())), ("fake", CONFIDENCE.items()))
           for word, p in words if word != "guessing"}
LARGE, SMALL, COLUMNS = 180, 84, 8
_decoded = cache(decode_sheet)


@dataclass(frozen=True, eq=False)
class State:
    """What the page shows: the next clip without an answer; when all have one, all of them with the truth.

    Args:
        quiz: Dict as experiments.arena_rounds.read_quiz gives it.
        answers: P(fake) of the clips so far, in their order.
    Raises:
        ValueError: for more answers than clips, or others than those of ANSWERS.
    """

    quiz: dict = field(repr=False)
    answers: tuple = ()

    def __post_init__(self):
        if len(self.answers) > len(self.quiz["fake"]) or set(self.answers) - set(ANSWERS.values()):
            raise ValueError(f"{len(self.answers)} answers {sorted(set(self.answers))}; expected at most "
                             f"{len(self.quiz['fake'])}, each one of {list(ANSWERS.values())}")

    @property
    def done(self):
        """Whether every clip has an answer."""
        return len(self.answers) == len(self.quiz["fake"])


def render(state):
    """Draw one clip and the progress, or, at the end, the answers.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG.
    """
    return _answers(state) if state.done else _question(state)


def _frames(state, number):
    sheet = _decoded(state.quiz["sheets"][number])
    return np.split(sheet, sheet.shape[1] // sheet.shape[0], 1)


def _question(state):
    n, total = len(state.answers), len(state.quiz["fake"])
    frames = _frames(state, n)
    page = Canvas(len(frames) * (LARGE + 6) + 14, LARGE + 78)
    page.text((10, 10), f"clip {n + 1} of {total}, and {len(frames)} frames of it: real or fake, and how sure are "
              "you?", 15, bold=True)
    for k, frame in enumerate(frames):
        page.picture((10 + k * (LARGE + 6), 38), frame, LARGE)
    wide = len(frames) * (LARGE + 6) - 6
    page.box(10, LARGE + 54, wide, 10, outline=GREY)
    page.box(10, LARGE + 54, wide * n / total, 10, fill=PALETTE["blue"])
    return page.png()


def summaries(state):
    """Learner, machine and both together.

    Args:
        state: a State with all answers.
    Returns:
        Dict: name -> people.Observer.
    """
    fake, mine, machine = state.quiz["fake"], np.array(state.answers), np.array(state.quiz["machine"])
    return {"you": observe(fake, mine), "the machine": observe(fake, machine),
            "both, mean log odds": observe(fake, combined(mine, machine))}


def _answers(state):
    n = len(state.quiz["fake"])
    page = Canvas(COLUMNS * (SMALL + 8) + 40, 116 + (SMALL + 40) * -(-n // COLUMNS))
    for row, (name, observer) in enumerate(summaries(state).items()):
        d = observer.d_prime
        page.text((10, 8 + 20 * row), f"{name}: accuracy {observer.accuracy.value:.0%}, d' {d.value:.2f} ({d.low:.2f} "
                  f"to {d.high:.2f}), c {observer.criterion:+.2f}, Brier {observer.brier:.2f}", 13, bold=row == 0)
    page.text((10, 74), "Red frame: fake. Blue frame: real. Below: your P(fake) and the machine's; x where wrong.", 12,
              GREY)
    for k in range(n):
        x, y = 10 + k % COLUMNS * (SMALL + 8), 98 + k // COLUMNS * (SMALL + 40)
        fake = state.quiz["fake"][k]
        page.picture((x, y), _frames(state, k)[0], SMALL, PALETTE["red"] if fake else PALETTE["blue"], 4)
        for row, (who, score) in enumerate((("you", state.answers[k]), ("it", state.quiz["machine"][k]))):
            wrong = (score > 0.5) != fake
            page.text((x, y + SMALL + 2 + 15 * row), f"{who} {score:.2f}{' x' if wrong else ''}", 12, bold=bool(wrong))
    return page.png()


class ClipQuiz(View):
    """The view: `buttons` by their text, `image` the page, `answers` given so far; `back` removes the last one.

    Args:
        quiz: Dict; the stored clips when left out.
    """

    alt = "four frames of a clip, real or fake; at the end all clips with the truth"

    def __init__(self, quiz=None):
        if quiz is None:
            from course_lib.experiments.arena_rounds import read_quiz

            quiz = read_quiz()
        self.quiz, self.answers = quiz, ()
        self.buttons = {text: w.Button(description=text) for text in ANSWERS}
        self.back, self.player = w.Button(description="undo", icon="undo"), w.HTML()
        for text, button in self.buttons.items():
            button.on_click(lambda _, p=ANSWERS[text]: self.answer(p))
        self.back.on_click(lambda _: self._set(self.answers[:-1]))
        super().__init__(render, {})
        self.refresh()
        self._play()

    def arrange(self):
        """Lay out controls and picture.

        Returns:
            List of ipywidgets.
        """
        return [self.player, w.HBox([*self.buttons.values(), self.back]), self.image, self.status]

    def state(self):
        """Read the answers.

        Returns:
            A State.
        """
        return State(self.quiz, self.answers)

    def answer(self, value):
        """Answer the present clip and go on to the next; nothing after the last.

        Args:
            value: of ANSWERS.
        """
        if not self.state().done:
            self._set((*self.answers, value))

    def _set(self, answers):
        self.answers = answers
        for button in self.buttons.values():
            button.disabled = self.state().done
        self._play()
        self.ask()

    def _play(self):
        n, videos = len(self.answers), self.quiz.get("videos", ())
        self.player.value = "" if n >= len(videos) else Clip(
            videos[n], self.quiz["captions"][n], f"clip {n + 1}, with sound", "video/webm", 360)._repr_html_()

    def filmstrip(self):
        """Draw the first two questions, without the answers.

        Returns:
            The bytes of a PNG.
        """
        return filmstrip(self.draw, [State(self.quiz, (0.15,) * n) for n in range(2)], [""] * 2)
