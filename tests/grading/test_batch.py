"""Submissions that work against the grader: each costs itself only. Two made-up exercises, no TensorFlow."""
import csv
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import nbformat
import pytest

from course_lib.grading import batch
from course_lib.grading.box import Box, Limits

if sys.platform == "win32":
    pytest.skip("Windows has no process limits, and grading says so", allow_module_level=True)

RIGHT = """def sharpness(images, masks, count):
    import cv2, numpy
    inner = [cv2.erode(mask, numpy.ones((3, 3))) > 0 for mask in masks]
    grey = images.mean(-1)
    score = [cv2.Laplacian(x, cv2.CV_32F)[i].var() / x[i].var() for x, i in zip(grey, inner)]
    return numpy.argsort(score)[:count]"""
RIGHT_2 = """def keep_different(hashes, limit):
    kept = []
    for i, h in enumerate(hashes):
        if all((h != hashes[j]).sum() > limit for j in kept):
            kept.append(i)
    return kept"""
BLANK = "def {}(*inputs):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
LIMITS = Limits(seconds=90, cell_seconds=12, memory=1 << 30, disk=32 << 20, processes=20)

# says what it reached, as the text of an error in an answer: nothing may be reached
ESCAPES = """import glob, os, socket
def reached(act, *inputs):
    try:
        act(*inputs)
        return act.__name__ + str(inputs)
    except OSError:
        return ""
def writes(path):
    open(path, "a")
def connects(host):
    socket.create_connection((host, 53), 3)
import course_lib
COURSE = os.path.dirname(course_lib.__file__)
found = [reached(writes, p) for p in (COURSE + "/cli.py", COURSE + "/new", "/etc/hosts", TESTS, os.__file__)]
found += [reached(connects, "192.0.2.1"), reached(socket.getaddrinfo, "example.org", 80)]"""
HIDES = """found += [reached(os.listdir, d) for d in SECRETS] + [p for p in glob.glob("/proc/[0-9]*/cmdline")
          if b"pytest" in open(p, "rb").read() or b"tester" in open(p, "rb").read()]"""
TELLS = "if any(found): raise SystemExit(str(found))"
CHEATS = """import os, sys, json
import numpy as np
import course_lib.exercises as e, course_lib.exercises.framework as f
check = e.check = f.check = lambda *a: True
os.environ["COURSE_STRICT"] = "0"
print("[ right ] 01.sharpness, 2 of 2 points")
json.dump({"01.sharpness": {"points": 2, "of": 2, "says": ""}}, open("points.json", "w"))
open("results.xml", "w").write("<testsuite><testcase name='Cell 3'/></testsuite>")
NEAR = [m for n, m in sys.modules.items() if n.endswith("exercises.verdict")]
NEAR[0].near = lambda *a: True
np.isclose = np.allclose = lambda *a, **k: True
sys.modules["course_lib.exercises.verdict"] = NEAR[0]"""
FORKS = """import os, time
for _ in range(200):
    if not os.fork():
        time.sleep(60)
        os._exit(0)
time.sleep(60)"""
FILLS = """with open("big", "wb") as file:
    while True:
        file.write(bytes(1 << 20))"""
GREEDY = "x = bytearray(2 << 30)", FILLS, "import time\ntime.sleep(1000)"


def code(source, name="", **marks):
    kind = {"grade_id": name, "grade": False, "solution": False, "locked": False} | marks
    given = {"id": name, "metadata": {"nbgrader": kind}} if marks else {}
    return nbformat.v4.new_code_cell(source, **given)


def book(first, second, further=()):
    """The first exercise, cells of the student's own, the second exercise."""
    return nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_code_cell("from course_lib.exercises import check", id="set-up"),
        code(first, "one", solution=True),
        code('check("01.sharpness", sharpness)', "one-check", grade=True, locked=True, points=2), *map(code, further),
        code(second, "two", solution=True),
        code('check("01.keep_different", keep_different)', "two-check", grade=True, locked=True, points=2)])


BLANKS = BLANK.format("sharpness"), BLANK.format("keep_different")


def grade(home, submissions, **how):
    """Writes a release and the submissions, {name: notebook}, and grades them: {name: Result}."""
    (home / "release").mkdir()
    nbformat.write(book(*BLANKS), home / "release" / "01_tiny.ipynb")
    (home / "in").mkdir(exist_ok=True)
    for name, one in submissions.items():
        nbformat.write(one, home / "in" / f"{name}.ipynb")
    said = []
    results = batch.grade(home / "in", home / "out", release=home / "release", seed=4, limits=LIMITS, say=said.append,
                          **how)
    return {r.submission.removesuffix(".ipynb"): r for r in results}, said


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    home = tmp_path_factory.mktemp("class")
    secrets = [str(home), str(home / "in"), str(home / "out")]
    first = f"TESTS, SECRETS = {__file__!r}, {secrets!r}\n{ESCAPES}\n{HIDES}\n{TELLS}\n{RIGHT}"
    books = {"escape": book(first, RIGHT_2), "greedy": book(RIGHT, RIGHT_2, GREEDY),
             "forks": book(RIGHT, RIGHT_2, [FORKS]), "cheat": book("sharpness = lambda *inputs: 0", BLANKS[1])}
    books["cheat"].cells.insert(1, code(CHEATS))
    # an answer that ends its kernel, after set-up of the student's own that the second answer needs
    books["dies"] = book("import os\nos._exit(3)", RIGHT_2.replace("> limit", "> limit + NOTHING"))
    books["dies"].cells.insert(1, code("NOTHING = 0"))
    books["dies in the check"] = book("def sharpness(*inputs):\n    import os\n    os._exit(3)", RIGHT_2)
    books["text"] = book(RIGHT, RIGHT_2)
    books["text"].cells[1] = nbformat.v4.new_markdown_cell(RIGHT, metadata=books["text"].cells[1].metadata)
    books["stripped"] = book(RIGHT, RIGHT_2)
    for cell, given in zip(books["stripped"].cells, book(*BLANKS).cells):
        cell.metadata, cell.id = {}, given.id
    (home / "in" / "folder").mkdir(parents=True)
    nbformat.write(book(RIGHT, RIGHT_2), home / "in" / "folder" / "any name (1).ipynb")
    nbformat.write(book(*BLANKS), home / "in" / "folder" / "second.ipynb")
    (home / "in" / "broken.ipynb").write_text("{")
    (home / "in" / "link.ipynb").symlink_to(__file__)
    results, said = grade(home, books)
    return results, said, home


@pytest.fixture
def boxed(graded):
    if "NO NAMESPACES" in graded[1][0]:
        pytest.skip("this system offers no namespaces; what holds without them has its own test")
    return graded


def points(result):
    return [a.points for a in result.answers]


def test_honest_work_gets_its_points(graded):
    result = graded[0]["folder"]
    assert points(result) == [2, 2] and not any(a.says for a in result.answers) and result.cpu_seconds > 0
    assert "any name (1).ipynb counts, the only one that was attempted" in result.notes[0] and len(result.notes) == 1


def test_files_that_are_no_work_get_a_note(graded):
    results, *_ = graded
    assert "not a notebook that can be read" in results["broken"].notes[0] and "link" in results["link"].notes[0]
    assert not results["broken"].answers and not results["link"].answers


def test_fake_points_and_a_changed_check_gain_nothing(graded):
    cheat = graded[0]["cheat"]
    assert points(cheat) == [0, 0] and cheat.answers[0].says and cheat.answers[1].says.startswith("not attempted yet")


def test_a_greedy_cell_fails_and_the_page_goes_on(boxed):
    result = boxed[0]["greedy"]
    assert points(result) == [2, 2], result.answers[1].says
    failed = [c.get("name") for c in ElementTree.parse(boxed[2] / "out" / result.junit[0]).iter("testcase") if len(c)]
    assert failed == ["Cell 5", "Cell 6", "Cell 7"]


def test_what_was_earned_before_the_end_stays(boxed):
    result = boxed[0]["forks"]
    assert points(result) == [2, 0] and "more than" in result.answers[1].says


@pytest.mark.parametrize("name, where", [("dies", "the cells of"), ("dies in the check", "the check of")])
def test_after_the_kernel_has_died_the_next_cells_run_in_a_new_one(graded, name, where):
    result = graded[0][name]
    assert points(result) == [0, 2], result.answers[1].says
    assert "its kernel died" in result.answers[0].says and result.seconds < 60
    assert f"the kernel died in {where} 01.sharpness; what came after it ran in a new kernel" in result.notes[0]


def test_an_answer_turned_into_text_is_named(graded):
    result = graded[0]["text"]
    assert points(result) == [0, 2] and "the answer's cell is no longer code" in result.answers[0].says


def test_a_notebook_without_marks_is_found_by_its_ids(graded):
    result = graded[0]["stripped"]
    assert points(result) == [2, 2] and "found by their ids" in result.notes[0]


def test_nothing_outside_is_reached(boxed):
    results = boxed[0]
    assert points(results["escape"]) == [2, 2], results["escape"].answers[0].says


def test_the_files(graded):
    results, said, home = graded
    assert len(said) == 1 + len(results) and f"{len(results)} submissions" in said[0]
    table = json.loads((home / "out" / "results.json").read_text())
    assert table["seed"] == 4 and len(table["submissions"]) == len(results) and table["isolation"] in said[0]
    with open(home / "out" / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["points"] for r in rows if r["submission"] == "text.ipynb"] == ["0", "2"]
    one = next(s for s in table["submissions"] if s["submission"] == "folder")
    assert one["exercises"]["01.keep_different"] == {"points": 2, "of": 2, "says": ""}
    assert (home / "out" / one["junit"][0]).is_file()


def test_without_namespaces_accidents_are_stopped(tmp_path):
    own = book(RIGHT, "def keep_different(hashes, limit):\n    return [0]")
    own.cells[1].source = (f"TESTS = {__file__!r}\n{ESCAPES}\ndef starts():\n    import subprocess\n"
                           f"    subprocess.run(['true'])\nfound += [reached(starts)]\n{TELLS}\n{RIGHT}")
    results, said = grade(tmp_path, {"ada": own}, namespaces=False)
    assert "NO NAMESPACES" in said[0]
    assert points(results["ada"]) == [2, 0], results["ada"].answers[0].says
    assert "Hint" in results["ada"].answers[1].says


def test_an_environment_behind_a_link_is_boxed_as_well(boxed, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(sys.prefix)
    monkeypatch.setattr(sys, "executable", sys.executable.replace(sys.prefix, f"{tmp_path}/link"))
    monkeypatch.setattr(sys, "prefix", f"{tmp_path}/link")
    box = Box(batch.copy_of_the_course(tmp_path), tmp_path)
    assert box.namespaces, box.about


@pytest.mark.parametrize("program, limits, says", [
    ("import time; time.sleep(60)", Limits(seconds=1), "longer than 1 s"),
    ("import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = b\"1\" * (300 << 20); input()'])",
     Limits(seconds=60, memory=200 << 20), "more than 200 MB of memory"),
    ("import subprocess; [p.wait() for p in [subprocess.Popen(['sleep', '90']) for _ in range(5)]]",
     Limits(seconds=60, processes=4), "more than 4 processes"),
    ("open('big', 'wb').write(bytes(2 << 20)); import subprocess; subprocess.run(['sleep', '90'])",
     Limits(seconds=60, disk=1 << 20), "wrote"),
])
def test_the_watch(program, limits, says, tmp_path):
    process = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stdin=subprocess.PIPE)
    why, _ = batch.watch(process, limits, tmp_path)
    assert says in why and process.poll() is not None
