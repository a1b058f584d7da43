"""From the file handed in to the notebook that is run: odd files are refused, checks and set-up come back."""
import json
import os
from pathlib import Path

import nbformat
import pytest

from course_lib.cli import main
from course_lib.exercises import EXERCISES
from course_lib.grading import batch, copies, report, submissions
from course_lib.grading.submissions import Refused

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def code(source, name="", **marks):
    if marks:
        marks = {"nbgrader": {"grade_id": name, "grade": False, "solution": False, "locked": False} | marks}
    return nbformat.v4.new_code_cell(source, metadata=marks, **({"id": name} if name else {}))


def book(*cells):
    return nbformat.v4.new_notebook(cells=list(cells), metadata={})


SET_UP = code("from course_lib.exercises import check", "set-up")
ANSWER = code("def sharpness(image):\n    raise NotImplementedError()", "sharpness", solution=True)
CHECK = code('check("01.sharpness", sharpness)', "sharpness-check", grade=True, locked=True, points=2)
ANSWER_2 = code("keep_different = None", "keep", solution=True)
CHECK_2 = code('check("01.keep_different", keep_different)', "keep-check", grade=True, locked=True, points=2)
RELEASE = book(SET_UP, nbformat.v4.new_markdown_cell("text", id="text"), ANSWER, CHECK, ANSWER_2, CHECK_2)
MINE = code("sharpness = abs", "sharpness", solution=True)


def sources(restored):
    return [c.source for c in restored.cells if c.cell_type == "code" and "_renew" not in c.source
            and "still_" not in c.source]


WHOLE = [SET_UP.source, "sharpness = abs", CHECK.source, ANSWER_2.source, CHECK_2.source]


@pytest.mark.parametrize("cells, wanted", [
    ([SET_UP, MINE, CHECK, ANSWER_2, CHECK_2], WHOLE),
    ([MINE], WHOLE),  # everything else removed
    ([CHECK_2, MINE, CHECK, SET_UP], WHOLE),  # another order
    ([code("check = print", "set-up"), MINE, code("print('[ right ]')", "sharpness-check", grade=True)], WHOLE),
    ([SET_UP, MINE, MINE, CHECK], [*WHOLE[:2], "sharpness = abs", *WHOLE[2:]]),  # the answer's copy is a further cell
    ([SET_UP, code("sharpness = abs", "sharpness"), CHECK], WHOLE),  # the marks are lost, the id is not
    ([SET_UP, code("import math"), MINE, code("x = 1"), CHECK], [SET_UP.source, "import math", *WHOLE[1:2], "x = 1",
                                                                 *WHOLE[2:]]),
    ([nbformat.v4.new_raw_cell("x", id="r"), MINE], WHOLE),
    ([SET_UP, MINE, ANSWER, CHECK], WHOLE),  # a blank copy behind the answer would undo it
    ([SET_UP, ANSWER, MINE, CHECK], WHOLE),
    ([SET_UP, code("def sharpness(image):\n    return 1"), CHECK],  # the answer's cell was deleted, another is there
     [WHOLE[0], "def sharpness(image):\n    return 1", *WHOLE[2:]]),
    ([SET_UP, MINE, code("x = 1", "sharpness-check", grade=True), code("y = 1", "sharpness-check", grade=True)],
     [*WHOLE[:3], "y = 1", *WHOLE[3:]]),  # a copy of a check, made into something else
    ([SET_UP, nbformat.v4.new_markdown_cell("sharpness = abs", id="sharpness", metadata=ANSWER.metadata)],
     [WHOLE[0], ANSWER.source, *WHOLE[2:]]),
])
def test_restored(cells, wanted):
    restored, exercises = submissions.restore(book(*cells), RELEASE, seed=7)
    nbformat.validate(restored)
    assert sources(restored) == wanted
    running = [c.source for c in restored.cells if c.cell_type == "code"]
    assert [(e.name, e.points) for e in exercises] == [("01.sharpness", 2), ("01.keep_different", 2)]
    for exercise, check in zip(exercises, (CHECK, CHECK_2)):
        before, at, after = (running[number] for number in exercise.cells)
        assert 'COURSE_SEED="7"' in before and at == check.source and after.endswith("still_" + check.source)


def test_outputs_tags_and_metadata_are_dropped():
    extra = code("x = 1")
    extra.metadata, extra.outputs = {"tags": ["raises-exception"]}, [nbformat.v4.new_output("stream", text="hello")]
    restored, _ = submissions.restore(book(extra, MINE), RELEASE, seed=1)
    assert all(not c.metadata and not c.get("outputs") for c in restored.cells)


def test_a_notebook_is_known_by_its_cells():
    other = book(code("x", "other", solution=True))
    assert submissions.belongs_to(book(MINE), {"10": other, "01": RELEASE}) == "01"
    with pytest.raises(Refused, match="none of the exercises"):
        submissions.belongs_to(book(code("hello")), {"10": other, "01": RELEASE})


def without(book, *what):
    """A notebook as an editor leaves it that drops nbgrader's marks ("metadata") or the cells' ids ("id")."""
    raw = json.loads(nbformat.writes(book))
    for cell in raw["cells"]:
        for name in what:
            cell[name] = {}
            if name == "id":
                del cell[name]
    return raw


@pytest.mark.parametrize("lost, says", [
    (["metadata"], "lost nbgrader's marks and were found by their ids"), (["id"], "6 of its cells have lost their ids"),
    (["metadata", "id"], "lost nbgrader's marks and were found by their text")])
@pytest.mark.parametrize("bom", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_an_editor_drops_costs_no_points(tmp_path, lost, says, bom, recwarn):
    done = book(*[MINE if cell is ANSWER else cell for cell in RELEASE.cells])
    (tmp_path / "x.ipynb").write_text(json.dumps(without(done, *lost)), encoding=bom)
    read = submissions.read(tmp_path / "x.ipynb", notes := [])
    assert submissions.belongs_to(read, {"01": RELEASE}, notes) == "01" and says in "; ".join(notes)
    restored, _ = submissions.restore(read, RELEASE, 1)
    assert sources(restored) == WHOLE and not recwarn.list


def test_an_id_that_two_cells_share_is_told_in_a_note(tmp_path, recwarn, caplog):
    raw = json.loads(nbformat.writes(book(SET_UP, MINE, CHECK, code("x = 1"))))
    raw["cells"][3]["id"] = raw["cells"][0]["id"]
    raw["cells"][3]["unknown"] = 1
    (tmp_path / "x.ipynb").write_text(json.dumps(raw))
    read = submissions.read(tmp_path / "x.ipynb", notes := [])
    assert notes == ["several cells have the id set-up; the first was taken for the given one"]
    assert sources(submissions.restore(read, RELEASE, 1)[0]) == [*WHOLE[:3], "x = 1", *WHOLE[3:]]
    assert not recwarn.list and not caplog.records


@pytest.mark.parametrize("files, counts", [
    ({"a.ipynb": ANSWER, "b.ipynb": MINE}, "b.ipynb counts, the only one"),  # two copies, one untouched
    ({"01.ipynb": ANSWER, "01_final.ipynb": MINE}, "01_final.ipynb counts, the only one"),  # beside the release
    ({"hw_v10.ipynb": MINE, "hw_v2.ipynb": MINE, "hw_v9.ipynb": ANSWER}, "hw_v10.ipynb counts, the newest"),
    ({"hw_final.ipynb": MINE, "hw_v2.ipynb": MINE}, "hw_final.ipynb counts, the newest"),
    ({"a.ipynb": ANSWER, "b.ipynb": ANSWER}, "b.ipynb counts, none was attempted")])
def test_of_several_copies_the_newest_attempted_one_counts(tmp_path, files, counts):
    for name in files:
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (10**9, 10**9))
    (best, _), (note,) = copies.choose([(tmp_path / n, book(SET_UP, c)) for n, c in files.items()], RELEASE)
    assert counts in note and best.name in counts and all(name in note for name in files)


def test_the_time_tells_the_newest_before_the_name_does(tmp_path):
    for name, time in (("v1.ipynb", 2 * 10**9), ("v2.ipynb", 10**9)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time, time))
    (best, _), _ = copies.choose([(p, book(MINE)) for p in sorted(tmp_path.iterdir())], RELEASE)
    assert best.name == "v1.ipynb"


BROKEN = {
    "empty": b"", "cut": json.dumps(RELEASE).encode()[:200], "binary": bytes(range(256)), "list": b"[1]",
    "number": b"7", "old": b'{"nbformat": 2}', "no cells": b'{"nbformat": 4, "nbformat_minor": 5}',
    "source": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "source": 3}]}',
    "type": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": [], "source": ""}]}',
    "deep": b"[" * 200_000, "huge": b" " * (submissions.LARGEST + 1),
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_what_is_no_notebook_is_refused(raw, tmp_path):
    (tmp_path / "x.ipynb").write_bytes(raw)
    with pytest.raises(Refused) as refused:
        submissions.read(tmp_path / "x.ipynb")
    assert "Error" not in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("metadata", [[], {"nbgrader": 3}, {"nbgrader": {"grade_id": ["x"]}}])
def test_odd_metadata_does_no_harm(metadata, tmp_path):
    odd = json.loads(nbformat.writes(book(MINE, SET_UP)))
    odd["cells"][1]["metadata"] = metadata
    (tmp_path / "x.ipynb").write_text(json.dumps(odd))
    try:
        read = submissions.read(tmp_path / "x.ipynb")
    except Refused:
        return
    assert sources(submissions.restore(read, RELEASE, 1)[0])[1] == "sharpness = abs"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_links_and_pipes_are_refused(tmp_path):
    secret = tmp_path / "secret.ipynb"
    nbformat.write(RELEASE, secret)
    folder = tmp_path / "in"
    (folder / "ada" / "deep").mkdir(parents=True)
    (folder / "link.ipynb").symlink_to(secret)
    (folder / "way_out").symlink_to(tmp_path)
    (folder / "ada" / "deep" / "way_out").symlink_to(tmp_path)
    (folder / "ada" / "link.ipynb").symlink_to(secret)
    (folder / "essay.pdf").touch()
    (folder / ".hidden").mkdir()
    os.mkfifo(folder / "pipe.ipynb")
    found = submissions.find(folder)
    assert sorted(found) == ["ada", "essay.pdf", "link.ipynb", "pipe.ipynb", "way_out"]
    assert all(isinstance(found[name], Refused) for name in ("essay.pdf", "link.ipynb", "way_out"))
    for path in (folder / "pipe.ipynb", folder / "link.ipynb"):
        with pytest.raises(Refused):
            submissions.read(path)
    with pytest.raises(Refused, match="no notebook.*link.ipynb: a link"):
        submissions.notebooks(folder / "ada")
    nbformat.write(RELEASE, folder / "ada" / "deep" / "mine.ipynb")
    paths, notes = submissions.notebooks(folder / "ada")
    assert [p.name for p in paths] == ["mine.ipynb"] and len(notes) == 2


def test_a_flood_of_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(submissions, "MOST_FILES", 3)
    for number in range(5):
        (tmp_path / f"{number}.ipynb").touch()
    with pytest.raises(Refused, match="more than 3 files"):
        submissions.notebooks(tmp_path)


def test_names_make_safe_folders_and_cells():
    assert report.file_name("ada") == "ada"
    names = ["../x", "..", "x/y", "=1+1", "ada.ipynb", "zoë", "a" * 200, "a" * 201]
    safe = [report.file_name(name) for name in names]
    assert len(set(safe)) == len(names) and all("/" not in s and "." not in s and 0 < len(s) < 80 for s in safe)


def test_the_tables(tmp_path):
    import csv

    answers = [batch.Answer("01.sharpness", 2, 2, ""), batch.Answer("01.warp", 0, 3, "=2+2, \"no\"")]
    wild = batch.Result("=cmd()", answers, ["@note"])
    report.write([wild], tmp_path, seed=3, isolation="none")
    table = json.loads((tmp_path / "results.json").read_text())
    assert table["seed"] == 3 and table["submissions"][0]["points"] == 2 and table["submissions"][0]["of"] == 5
    assert table["submissions"][0]["exercises"]["01.sharpness"] == {"points": 2, "of": 2, "says": ""}
    with open(tmp_path / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["points"] for r in rows] == ["2", "0", ""] and rows[0]["submission"] == "'=cmd()"
    assert rows[1]["says"] == "'=2+2, \"no\"" and rows[2]["says"] == "'@note"


@pytest.mark.parametrize("make, says", [(lambda p: None, "not a folder"), (lambda p: p.mkdir(), "no submission")])
def test_a_folder_without_submissions_is_an_error(make, says, tmp_path):
    make(tmp_path / "in")
    with pytest.raises(ValueError, match=says):
        batch.grade(tmp_path / "in", tmp_path / "out")


def test_results_may_not_lie_among_the_submissions(tmp_path):
    (tmp_path / "ada.ipynb").touch()
    with pytest.raises(ValueError, match="among the submissions"):
        batch.grade(tmp_path, tmp_path / "out")


@pytest.mark.parametrize("stem", submissions.releases(NOTEBOOKS / "exercises"))
def test_every_exercise_notebook_can_be_graded(stem):
    released = submissions.releases(NOTEBOOKS / "exercises")
    solved = submissions.read(NOTEBOOKS / "solutions" / f"{stem}.ipynb")
    assert submissions.belongs_to(solved, released) == stem
    restored, exercises = submissions.restore(solved, released[stem], seed=1)
    wanted = {name: e.points for name, e in EXERCISES.items() if name.startswith(stem[:2])}
    assert {e.name: e.points for e in exercises} == wanted
    assert sources(restored) == [c.source for c in solved.cells if c.cell_type == "code"]


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    assert main(["grade", str(tmp_path / "none")]) == 1
    assert "is not a folder" in capsys.readouterr().out
