"""What the system's errors say to a learner."""
import errno
import os

import pytest

from course_lib.faults import in_words


@pytest.mark.parametrize(("error", "says"), [
    (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left on device"),
    (PermissionError(errno.EACCES, "Permission denied", "a.png"), "a.png: Permission denied"),
    (RecursionError("maximum recursion depth exceeded"), "it is nested too deeply"),
    (MemoryError(), "there is not enough memory for it"), (ValueError("give a number"), "give a number"),
    (ValueError(), "it stopped without giving a reason (ValueError)")])
def test_in_words(error, says):
    assert in_words(error) == says


def test_a_command_says_no_error_numbers(tmp_path, capsys):
    from course_lib import cli

    (tmp_path / "file").touch()
    assert cli.main(["grade", str(tmp_path), "--output", str(tmp_path / "file" / "out")]) == 1
    out = capsys.readouterr().out
    assert "Errno" not in out and out.startswith("[FAIL]") and out.count("\n") == 1
