"""The arena's widgets are functions of their State alone; the controls describe a State."""
import numpy as np
import pytest

from course_lib.arena.matrix import Round
from course_lib.show import encode_sheet
from course_lib.widgets import arena_explorer, clip_quiz
from course_lib.widgets.arena_explorer import ArenaExplorer, Board
from course_lib.widgets.clip_quiz import ANSWERS, ClipQuiz

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def board():
    people = list(range(6))
    fake = {d: {c: RNG.uniform(low, 1, 6).tolist() for c, low in (("copy", 0.0), ("swap, hard edge", 0.5))}
            for d in ("Meso4", "pulse")}
    round_ = Round(1, {d: RNG.uniform(0, 0.7, 6).tolist() for d in fake}, fake,
                   {"real": people, "copy": people, "swap, hard edge": people},
                   {"copy": [["change"]] * 6, "swap, hard edge": [[]] * 6})
    sheet = encode_sheet(np.concatenate([np.full((56, 56, 3), k / 6, np.float32) for k in range(6)], 1))
    return Board(round_, {"real": sheet, "copy": sheet, "swap, hard edge": sheet})


def test_every_cell_and_number_has_its_picture(board):
    states = [arena_explorer.State(board, d, c, how) for d in ("Meso4", "pulse") for c in ("copy", "swap, hard edge")
              for how in arena_explorer.HOW]
    pictures = [arena_explorer.render(s) for s in states]
    assert len(set(pictures)) == len(states) and pictures[0] == arena_explorer.render(states[0])


def test_the_copy_is_caught_by_its_floor(board):
    assert (board.tables["caught at 5 % false positives"][:, 0] == 1).all()
    assert "copy" not in board.rated[0] and len(board.rated[0]) == 3  # none of its clips counts: no rating


def test_a_cell_that_does_not_exist_is_refused(board):
    for wrong in (dict(detector="x", creator="copy"), dict(detector="Meso4", creator="x"),
                  dict(detector="Meso4", creator="copy", how="x")):
        with pytest.raises(ValueError, match="expected"):
            arena_explorer.State(board, **wrong)


def test_the_explorers_controls_describe_a_state(board):
    view = ArenaExplorer(board)
    view.controls["creator"].value, view.controls["detector"].value = "copy", "pulse"
    assert (view.state().creator, view.state().detector) == ("copy", "pulse")
    assert view.image.value == arena_explorer.render(view.state()) and "view-error" not in view.status.value


@pytest.fixture
def quiz():
    sheets = [encode_sheet(np.full((32, 128, 3), k / 8, np.float32)) for k in range(8)]
    return {"sheets": sheets, "fake": [0, 1] * 4, "method": ["real", "swap"] * 4, "machine": [0.2, 0.9] * 4}


def test_the_quiz_gives_no_feedback_before_the_end(quiz):
    view = ClipQuiz(quiz)
    before = view.image.value
    other = quiz | {"fake": [1, 0] * 4}
    assert clip_quiz.render(clip_quiz.State(other, ())) == before  # the truth is not in the question
    for k in range(8):
        view.answer(ANSWERS["fake, certain"] if k % 2 else ANSWERS["real, rather"])
    assert view.state().done and all(b.disabled for b in view.buttons.values())
    assert clip_quiz.render(clip_quiz.State(other, view.answers)) != view.image.value
    rows = clip_quiz.summaries(view.state())
    assert rows["you"].accuracy.value == 1 and rows["both, mean log odds"].auc == 1
    view.answer(0.85)
    assert len(view.answers) == 8
    view.back.click()
    assert len(view.answers) == 7 and not view.state().done


def test_the_player_has_the_clip_that_is_asked_about_and_ends_with_the_last(quiz):
    view = ClipQuiz(quiz | {"videos": [bytes([k]) * 9 for k in range(8)], "captions": [[(0.0, 1.0, f"say {k}")]
                                                                                       for k in range(8)]})
    played = [view.player.value]
    for _ in range(8):
        view.answer(0.85)
        played.append(view.player.value)
    assert len(set(played)) == 9 and not played[-1] and all("captions" in p for p in played[:-1])


def test_answers_that_no_button_gives_are_refused(quiz):
    with pytest.raises(ValueError, match="expected"):
        clip_quiz.State(quiz, (0.4242,))
    with pytest.raises(ValueError, match="expected"):
        clip_quiz.State(quiz, (0.85,) * 9)
