"""The notebooks are nbgrader's too: an assignment is generated, one right and one blank copy graded, feedback made."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from course_lib.exercises import EXERCISES

pytest.importorskip("nbgrader", reason="nbgrader is not installed; the extra [instructor] brings it")
NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LIGHTEST = "01_faces_as_data.ipynb"


def solved(path):
    """The notebook as a student hands it in who solved the first exercise: the given one with that answer in it."""
    book, solution = (nbformat.read(p, as_version=4) for p in (path, NOTEBOOKS / "solutions" / LIGHTEST))
    for cell, right in zip(book.cells, solution.cells):
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "umeyama":
            cell.source = right.source
    return book


def test_an_assignment_goes_through_nbgrader(tmp_path):
    env = os.environ | {"COURSE_STRICT": "1", "COURSE_SEED": "5", "COURSE_PROFILE": "ci", "HOME": str(tmp_path),
                        "JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path / "run"),
                        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}  # alembic

    def nbgrader(*command):
        line = [sys.executable, "-m", "nbgrader", *command, "--course", "deepfakes", "--assignment", "a"]
        done = subprocess.run(line, cwd=tmp_path, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]

    (tmp_path / "source" / "a").mkdir(parents=True)
    shutil.copy(NOTEBOOKS / "solutions" / LIGHTEST, tmp_path / "source" / "a")
    nbgrader("generate_assignment")
    released = tmp_path / "release" / "a" / LIGHTEST
    ours = nbformat.read(NOTEBOOKS / "exercises" / LIGHTEST, as_version=4)
    assert [c.source for c in nbformat.read(released, as_version=4).cells] == [c.source for c in ours.cells]
    handed_in = tmp_path / "submitted" / "ada" / "a"
    handed_in.mkdir(parents=True)
    nbformat.write(solved(released), handed_in / LIGHTEST)
    nbgrader("autograde")
    nbgrader("generate_feedback")
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        grades = {g.name: (g.auto_score, g.max_score) for g in book.find_submission("a", "ada").notebooks[0].grades}
    points = {name: exercise.points for name, exercise in EXERCISES.items() if name.startswith("01.")}
    assert grades == {f"{name[3:]}-check": (most if name == "01.umeyama" else 0, most) for name, most in points.items()}
    page = (tmp_path / "feedback" / "ada" / "a" / LIGHTEST).with_suffix(".html").read_text(encoding="utf-8")
    assert "not attempted yet" in page and "[ right ] 01.umeyama, 3 of 3 points" in page
