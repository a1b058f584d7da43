"""The guard over notebooks run as tests: what nbval would let pass falsely, fails; and times are written down."""
import json
import shutil

import nbformat
import pytest

from course_lib.publishing import timings

pytest_plugins = ["pytester"]
SWALLOWS = "import time\ntry:\n    time.sleep(60)\nexcept KeyboardInterrupt:\n    pass"
CELLS = [
    ("1 + 1", [], "PASSED"),
    ("1 / 0", [], "FAILED"),
    ("1 / 0", ["raises-exception"], "PASSED"),
    ("1 + 1", ["raises-exception"], "FAILED"),
    (SWALLOWS, [], "FAILED"),
]
SAME = 'right = "x = 2"\nwrong = "x = 3"\n'
ANSWERS = "".join(f"[01_page.{name}]\n{SAME}" for name in ("good", "strict", "lenient", "slow", "asks"))
ANSWERS += 'judge = "tells"\nsays = "well done"\n[01_page.raises]\nright = "x = 0"\nwrong = "x = 1"\n'
CHECK = "x = ...  # your turn\nprint('not attempted yet' if x is ... else 'Right.' if {} else 'Not yet.')"
TURNS = {
    "good": (CHECK.format("x == 2"), "PASSED"),
    "strict": (CHECK.format("x == 4"), "FAILED"),
    "lenient": (CHECK.format("x > 1"), "FAILED"),
    "raises": (CHECK.format("1 / x > 1"), "FAILED"),
    "slow": ("import time\n" + CHECK.format("time.sleep(60)"), "FAILED"),
    "asks": ("x = ...  # your turn", "PASSED"),
    "tells": ("print('not attempted yet' if x is ... else 'well done' if x == 2 else 'sorry')", "PASSED"),
    "last": ("assert x == 2", "PASSED"),
}


@pytest.fixture(autouse=True)
def guard(pytester, request):
    """conftest.py and what it needs to answer cells, in the folder of the test; without answers."""
    pytester.makeconftest((request.config.rootpath / "conftest.py").read_text(encoding="utf-8"))
    (pytester.path / "tests" / "notebooks").mkdir(parents=True)
    shutil.copy(request.config.rootpath / "tests" / "notebooks" / "answering.py", pytester.path / "tests" / "notebooks")
    (pytester.path / "tests" / "notebooks" / "answers.toml").touch()


def test_what_passes_falsely_fails(pytester):
    cells = [nbformat.v4.new_code_cell(source, metadata={"tags": tags}) for source, tags, _ in CELLS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), pytester.path / "page.ipynb")
    result = pytester.runpytest_subprocess("-v", "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=6",
                                           "-p", "no:cacheprovider", "page.ipynb")
    result.stdout.fnmatch_lines([f"*::Cell {i} {outcome}*" for i, (_, _, outcome) in enumerate(CELLS)])


def test_cells_that_wait_get_a_wrong_and_a_right_answer(pytester):
    (pytester.path / "tests" / "notebooks" / "answers.toml").write_text(ANSWERS, encoding="utf-8")
    pytester.mkdir("notebooks")
    cells = [nbformat.v4.new_code_cell(source, id=name) for name, (source, _) in TURNS.items()]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), pytester.path / "notebooks" / "01_page.ipynb")
    result = pytester.runpytest_subprocess("-v", "--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=6",
                                           "-p", "no:cacheprovider", "notebooks")
    result.stdout.fnmatch_lines([f"*::Cell {i} {outcome}*" for i, (_, outcome) in enumerate(TURNS.values())])
    told = result.stdout.str()
    for fault in ("cell strict, right answer: it is not accepted\nx = 2\nThe cell wrote:\nNot yet.",
                  "cell lenient, wrong answer: it is accepted\nx = 3\nThe cell wrote:\nRight.",
                  "cell raises, right answer: ZeroDivisionError", "cell slow, right answer: it did not end within 6 s"):
        assert f"01_page, {fault}" in told


def test_times_of_lessons_are_kept_and_those_of_others_stay(pytester):
    timings.keep({"01_one.ipynb": [(0.5, "before")]}, pytester.path / "build" / "timings.json")
    pytester.mkdir("notebooks")
    cells = [nbformat.v4.new_code_cell(source) for source in ("import time\ntime.sleep(0.3)", "1 | 1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), pytester.path / "notebooks" / "02_two.ipynb")
    pytester.runpytest_subprocess("--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider", "-n", "1",
                                  "notebooks/02_two.ipynb").assert_outcomes(passed=2)  # by a worker
    found = json.loads((pytester.path / "build" / "timings.json").read_text())["notebooks"]
    assert list(found) == ["01_one.ipynb", "02_two.ipynb"]
    assert {first for _, first in found["02_two.ipynb"]["slowest"]} == {"import time", "1 | 1"}
    assert found["02_two.ipynb"]["seconds"] >= 0.3
    told = (pytester.path / "build" / "timings.md").read_text(encoding="utf-8")
    assert "| 01_one.ipynb |" in told and r"`1 \| 1`" in told


def test_long_notebooks_come_first_and_slow_ones_are_named(pytester, monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "ci")
    with open(pytester.path / "conftest.py", "a", encoding="utf-8") as conftest:
        conftest.write("\nfrom course_lib.publishing import timings\ntimings.LIMITS = {'ci': (1e9, 0.1)}\n")
    pytester.mkdir("notebooks")
    for name, count in (("01_short", 1), ("02_long", 3)):
        cells = [nbformat.v4.new_code_cell("import time\ntime.sleep(0.2)")] * count
        nbformat.write(nbformat.v4.new_notebook(cells=cells), pytester.path / "notebooks" / f"{name}.ipynb")
    pytester.makepyfile("def test_small():\n    pass")
    result = pytester.runpytest_subprocess("-v", "--nbval-lax", "--nbval-current-env", "-p", "no:cacheprovider",
                                           "test_long_notebooks_come_first_and_slow_ones_are_named.py", "notebooks")
    result.assert_outcomes(passed=5)
    result.stdout.fnmatch_lines(["*02_long*", "*01_short*", "*test_small*", "*slower than it should be*",
                                 "01_short.ipynb: 0 s, and a cell may take 0: import time"])
    found = json.loads((pytester.path / "build" / "timings.json").read_text())["notebooks"]  # without workers
    assert list(found) == ["01_short.ipynb", "02_long.ipynb"]
