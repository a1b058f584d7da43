"""The house rules of notebooks: clean files, lessons in their shape, exercises that are what the solutions generate."""
import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

HOME = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(HOME.glob("*.ipynb"))
SOLUTIONS = sorted((HOME / "solutions").glob("*.ipynb"))
EXERCISES = sorted((HOME / "exercises").glob("*.ipynb"))
every = pytest.mark.parametrize("path", LESSONS + SOLUTIONS + EXERCISES, ids=lambda p: f"{p.parent.name}/{p.stem}")
lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda p: p.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def text(path):
    return "\n\n".join(c.source for c in read(path).cells if c.cell_type == "markdown")


@every
def test_the_file_is_clean(path):
    book = read(path)
    nbformat.validate(book)
    assert book.metadata.kernelspec.name == "python3" and "widgets" not in book.metadata
    ids = [cell.id for cell in book.cells]
    assert len(set(ids)) == len(ids)
    for cell in book.cells:
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None, f"{cell.id} has stored outputs"
            ast.parse(cell.source)


@every
def test_a_page_begins_quietly(path):
    """The course comes first: it silences TensorFlow, which greets with a dozen lines of noise elsewhere."""
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    assert code[0] == "from course_lib.profile import start\n\nprofile = start()"


@every
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)\)", text(path)):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), f"{path.name} links to {target}, which is not there"


@every
def test_pictures_have_alternative_text(path):
    assert not re.findall(r"!\[\s*\]\(|<img(?![^>]*\balt=\"[^\"]+\")", text(path))


@lesson
def test_a_lesson_has_its_shape(path):
    book, words = read(path), text(path)
    assert words.startswith(f"# {path.stem.split('_')[0]} · ")
    for wanted in ("After this page you will be able to", "**You need**", "**Time:**", "## What goes wrong",
                   "## What you have learned", "## Three questions", "## What to read"):
        assert wanted in words, f"{path.name} lacks {wanted!r}"
    learned = words.split("## What you have learned")[1].split("##")[0]
    assert len(re.findall(r"^- ", learned, re.M)) == 5
    quiz = words.split("## Three questions")[1].split("\n## ")[0]
    assert quiz.count("<details><summary>Answer</summary>") == quiz.count("</details>") == 3
    assert words.count("**Predict.**") >= 4
    code = [cell.source for cell in book.cells if cell.cell_type == "code"]
    long = [source for source in code if len(source.split("\n")) > 15]
    assert not long, f"a cell is longer than 15 lines:\n{long[0]}"
    assert sum("assert " in source for source in code) >= 4


@lesson
def test_a_lesson_after_the_first_has_exercises(path):
    if path.stem.startswith("00"):
        return
    (solution,) = [p for p in SOLUTIONS if p.stem[:2] == path.stem[:2]]  # a second page shares those of the first
    checks = [c for c in read(solution).cells if c.cell_type == "code" and c.source.startswith("check(")]
    pages = sum(p.stem[:2] == path.stem[:2] for p in LESSONS)
    assert 2 <= len(checks) <= 5 * pages and "exercises/" + solution.name in text(path)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda p: p.stem)
def test_solutions_carry_nbgraders_marks(path):
    from course_lib.exercises import EXERCISES as KNOWN

    cells = [c for c in read(path).cells if "nbgrader" in c.metadata]
    solutions = [c for c in cells if c.metadata.nbgrader.solution]
    for cell in solutions:
        assert "### BEGIN SOLUTION" in cell.source and "### END SOLUTION" in cell.source
    checks = {re.match(r'check\("([\w.]+)"', c.source)[1]: c for c in cells if c.metadata.nbgrader.grade}
    assert {n for n in KNOWN if n.startswith(path.stem[:2])} == set(checks) and len(checks) == len(solutions)
    for name, cell in checks.items():
        assert cell.metadata.nbgrader.points == KNOWN[name].points
        assert cell.source.endswith(");"), "without it False stands below what the check says"


def test_exercises_are_what_the_solutions_generate(tmp_path):
    pytest.importorskip("nbgrader", reason="nbgrader makes the exercises; install the extra [instructor]")
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--log-level=ERROR", "--to", "notebook", "--output-dir",
               str(tmp_path), "--NotebookExporter.preprocessors=nbgrader.preprocessors.ClearSolutions",
               "--NotebookExporter.preprocessors=nbgrader.preprocessors.ClearOutput", *map(str, SOLUTIONS)]
    subprocess.run(command, check=True, env=os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path)}, capture_output=True)
    assert [p.name for p in EXERCISES] == [p.name for p in SOLUTIONS]
    for path in EXERCISES:
        assert read(path) == read(tmp_path / path.name), f"{path.name}: edit the solution, then `make exercises`"


@pytest.mark.parametrize("path", EXERCISES, ids=lambda p: p.stem)
def test_an_untouched_exercise_runs_to_its_end(path, monkeypatch, capsys):
    monkeypatch.delenv("COURSE_STRICT", raising=False)
    scope, checks = {}, 0
    for cell in read(path).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, path.name, "exec"), scope)
            checks += cell.source.startswith("check(")
    assert capsys.readouterr().out.count("[ to do ]") == checks >= 2


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda p: p.stem)
def test_a_solution_passes_every_check(path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_STRICT", "1")
    monkeypatch.setenv("COURSE_SEED", "12")
    scope = {}
    for cell in read(path).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, path.name, "exec"), scope)
    assert "[ right ]" in capsys.readouterr().out
