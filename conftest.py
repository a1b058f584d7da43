"""What holds for a notebook run as a test (pytest --nbval-lax): two ways of passing falsely are closed.

A cell that swallows the interrupt sent at the time-out would pass, and so would a cell marked raises-exception in
which nothing is raised.
"""
import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    cell = item if type(item).__name__ == "IPyNbCell" else None
    timed_out_before = cell and cell.parent.timed_out
    result = yield
    if cell and cell.parent.timed_out and not timed_out_before:
        pytest.fail(f"the cell ran into its time-out of {item.config.option.nbval_cell_timeout:g} s and went on", False)
    if cell and cell.options["check_exception"] and not any(o.output_type == "error" for o in cell.test_outputs):
        pytest.fail("the cell is marked raises-exception, but nothing was raised", False)
    return result
