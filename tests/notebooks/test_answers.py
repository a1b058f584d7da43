"""The cells that wait for a learner's answer: each has a right and a wrong one, and no later cell depends on them.

Whether a cell accepts the right answer alone is tested where its page is run: conftest.py, above.
"""
import ast
import dis
import types
from pathlib import Path

import nbformat
import pytest

from tests.notebooks import answering

HOME = Path(__file__).parents[2] / "notebooks"
PAGES = {path.stem: {c.id: c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"}
         for path in sorted(HOME.glob("*.ipynb"))}
TURNS = [(page, name) for page, cells in PAGES.items() for name in cells if answering.is_turn(cells[name])]


def test_every_cell_that_waits_for_an_answer_has_one_and_no_answer_is_left_over():
    answered = [(page, name) for page, cells in answering.ANSWERS.items() for name in cells]
    assert sorted(TURNS) == sorted(answered), "tests/notebooks/answers.toml and the pages differ"


@pytest.mark.parametrize(("page", "name"), TURNS)
def test_an_answer_fits_its_cell(page, name):
    source, answer = PAGES[page][name], answering.ANSWERS[page][name]
    assert answering.placeholder(source), f"{page}, {name}: no line `name = ...` to replace"
    assert {"right", "wrong"} <= set(answer) <= {"right", "wrong", "judge", "says"}
    assert answer["right"] != answer["wrong"]
    for kind in ("right", "wrong"):
        full = answering.filled(source, answer[kind])
        ast.parse(full)
        assert not answering.placeholder(full) and "= ..." not in full or kind == "wrong" and "[]" in answer[kind]
    order = list(PAGES[page])
    assert order.index(answer.get("judge", name)) >= order.index(name)


def uses(code, outermost=True):
    """("reads" or "sets", name) of a page's names in compiled code, in its order, functions where they are defined."""
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_NAME", "LOAD_GLOBAL"):
            yield "reads", step.argval
        elif step.opname == "STORE_NAME" and outermost:
            yield "sets", step.argval
        elif isinstance(step.argval, types.CodeType):
            yield from uses(step.argval, False)


def set_by(source, *answers):
    """The names that answers give another value: those of the placeholder, of the cell's verdict, and of their own."""
    part = ast.Module([node for node in ast.parse(source).body if isinstance(node, ast.If)]
                      + [answering.placeholder(source), *ast.parse("\n".join(answers)).body], [])
    return {name for how, name in uses(compile(part, "cell", "exec")) if how == "sets"}


@pytest.mark.parametrize(("page", "name"), TURNS)
def test_no_later_cell_depends_on_an_answer(page, name):
    """So a page runs to its end with and without answers, whichever way it is tested."""
    cells, order, answer = PAGES[page], list(PAGES[page]), answering.ANSWERS[page][name]
    open_names = set_by(cells[name], answer["wrong"], answer["right"])
    for later in order[order.index(name) + 1:]:
        for how, used in uses(compile(cells[later], later, "exec")):
            if how == "reads" and later != answer.get("judge"):
                assert used not in open_names, f"{page}: cell {later} reads {used}, which the answer in {name} sets"
            elif how == "sets":
                open_names.discard(used)


def test_what_depends_on_an_answer_is_seen():
    assert set_by("x, y = ..., ...\nif x is not ...:\n    z = 1\nu = 2", "v = 3") == {"v", "x", "y", "z"}
    for source, wanted in (("def f():\n    return x", ("reads", "x")), ("x = 1\nx", ("sets", "x"))):
        assert next(uses(compile(source, "cell", "exec"))) == wanted
    assert ("reads", "x") not in uses(compile("[x for x in 'a']", "cell", "exec"))


@pytest.mark.parametrize(("source", "answer", "full"), [
    ("# a\nx = ...  # your turn: b\nif x is ...:\n    pass", "x = 1", "# a\nx = 1\nif x is ...:\n    pass"),
    ("x = 0\na, b = ..., ...", "\nfor a in (1, 2):\n    b = a", "x = 0\nfor a in (1, 2):\n    b = a"),
    ("k = {\n    'a': ...,\n    'b': ...,\n}\nk", "k = {}", "k = {}\nk"),
    ("k = []\nanswers = []  # your turn: True or False\nk", "answers = [True]", "k = []\nanswers = [True]\nk"),
])
def test_an_answer_takes_the_place_of_the_placeholder(source, answer, full):
    assert answering.is_turn(source) and answering.filled(source, answer) == full


@pytest.mark.parametrize("source", ["x = y[..., 0]", "x = {}", "x = []", "x = (1, ...)", "print(...)"])
def test_what_is_no_placeholder(source):
    assert answering.placeholder(source) is None and not answering.is_turn(source)


@pytest.mark.parametrize(("text", "says", "taken"), [
    ("right", None, True),
    ("Right: 17 hashes.\n", None, True),
    ("7% leaks: right", None, True),
    ("not attempted yet", None, False),
    ("Not yet: half of it is right", None, False),
    ("DFDNet right\nhere no: F + what?", None, False),
    ("a brighter one", None, False),
    ("", None, False),
    ("a: right\nb: look again", r"(: right\n.*){2}", False),
    ("a: right\nb: right\n", r"(: right\n.*){2}", True),
    ("place 2 of 8", "^place [12] of", True),
])
def test_what_counts_as_accepted(text, says, taken):
    assert answering.accepted(text, says) is taken
