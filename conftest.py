"""What holds for a notebook run as a test (pytest --nbval-lax): two ways of passing falsely are closed, the cells that
wait for an answer get a wrong and a right one, and times are kept. The longest tests come first, so that two workers
end together.

A cell that swallows the interrupt sent at the time-out would pass, and so would a cell marked raises-exception in
which nothing is raised.
"""
import time
from pathlib import Path

import pytest

HOME = Path(__file__).parent / "notebooks"
TIMES = pytest.StashKey[dict]()  # {notebook: [(seconds, first line), ...]}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    cell = item if type(item).__name__ == "IPyNbCell" else None
    timed_out_before = cell and cell.parent.timed_out
    began = time.perf_counter()
    result = yield
    if cell and HOME in item.path.parents:
        first = cell.cell.source.strip().split("\n")[0][:80]
        item.user_properties.append(("cell", (item.path.relative_to(HOME).as_posix(), time.perf_counter() - began,
                                              first)))
    if cell and cell.parent.timed_out and not timed_out_before:
        pytest.fail(f"the cell ran into its time-out of {item.config.option.nbval_cell_timeout:g} s and went on", False)
    if cell and cell.options["check_exception"] and not any(o.output_type == "error" for o in cell.test_outputs):
        pytest.fail("the cell is marked raises-exception, but nothing was raised", False)
    if cell and item.path.parent == HOME:
        from tests.notebooks import answering

        if told := answering.complaint(cell):
            pytest.fail(told, False)
    return result


def pytest_collection_modifyitems(config, items):
    """First the browser, which is one file, then the notebooks by their length, then the small files that fill up.

    For many pages a process imports once what their kernels import.
    """
    files = {}
    for item in items:
        files.setdefault(item.path, []).append(item)

    def place(path):
        notebook = path.suffix == ".ipynb"
        return "browser" not in path.parts, not notebook, -len(files[path]) if notebook else 0

    items[:] = [item for path in sorted(files, key=place) for item in files[path]]
    here = hasattr(config, "workerinput") or not config.getoption("numprocesses", None)
    if here and sum(HOME in path.parents for path in files) > 2:
        from tests import warm_kernels

        warm_kernels.use()


class Times:
    """Gathers the times of cells where the reports come together: with pytest-xdist, workers run the tests."""

    def __init__(self, stash):
        self.stash = stash

    def pytest_runtest_logreport(self, report):
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "cell":
                notebook, seconds, first = value
                self.stash.setdefault(TIMES, {}).setdefault(notebook, []).append((seconds, first))


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Times(config.stash))


def pytest_terminal_summary(terminalreporter, config):
    if found := config.stash.get(TIMES, None):
        from course_lib.publishing import timings

        if lines := timings.slow(found):
            terminalreporter.section("slower than it should be", yellow=True)
        for line in lines:
            terminalreporter.line(line)


def pytest_sessionfinish(session):
    if found := session.config.stash.get(TIMES, None):
        from course_lib.publishing import timings

        timings.keep(found, HOME.parent / "build" / "timings.json")
