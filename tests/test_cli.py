"""`course check` says what is missing and what to do; `course checkpoints` lists, verifies and fetches."""
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib import checkpoints, cli
from course_lib.checks import NEED, WISH
from course_lib.commands import check as check_command
from course_lib.commands import checkpoints as checkpoints_command


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    return tmp_path


def checks(monkeypatch, *found):
    monkeypatch.setattr(check_command, "CHECKS", tuple(lambda answer=answer: answer for answer in found))


def test_check_prints_a_line_for_each_thing(cache, capsys):
    cli.main(["check"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(check_command.CHECKS) + 1
    assert all(line[:6] in ("[ OK ]", NEED, WISH) for line in lines[:-1])
    topics = "Python packages device core memory disk bfloat16 cache renderer checkpoints Chromium"
    for topic, line in zip(topics.split(), lines, strict=False):
        assert topic in line


def test_only_what_stops_the_course_fails_the_check(monkeypatch, capsys):
    checks(monkeypatch, (None, "fine"), (WISH, "could be better"))
    assert cli.main([]) == 0
    checks(monkeypatch, (None, "fine"), (NEED, "do this"))
    assert cli.main(["check"]) == 1
    assert "[FAIL] do this" in capsys.readouterr().out


def test_an_unusable_cache_is_a_line_not_a_traceback(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    assert cli.main(["check"]) == 1
    out = capsys.readouterr().out
    told = [line for line in out.splitlines() if "cannot be made" in line]
    assert len(told) == 1 and "COURSE_CACHE" in told[0] and told[0].startswith(NEED)  # said once


def test_warnings_of_a_command_are_lines_of_it(monkeypatch, capsys):
    import warnings

    before = warnings.formatwarning
    told = ("the sound is damaged", UserWarning, "file.py", 1)
    monkeypatch.setattr(check_command, "CHECKS", (lambda: (None, warnings.formatwarning(*told)),))
    cli.main(["check"])
    assert capsys.readouterr().out.startswith("[ OK ] [ -- ] the sound is damaged\n")
    assert warnings.formatwarning is before


def test_checkpoints_lists_everything_with_its_state(cache, capsys):
    assert cli.main(["checkpoints"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(checkpoints.list_checkpoints())
    assert next(line for line in lines if line.startswith("yunet")).split()[4] == "absent"


def test_verify_and_fetch_report_and_return(cache, monkeypatch, capsys):
    assert cli.main(["checkpoints", "verify"]) == 0  # all that is shipped is intact; nothing was downloaded
    assert cli.main(["checkpoints", "verify", "meso4"]) == 1
    assert "course checkpoints fetch meso4" in capsys.readouterr().out
    assert cli.main(["checkpoints", "fetch", "nobody"]) == 1
    monkeypatch.setattr(checkpoints, "fetch", lambda name: Path("where") / name)
    assert cli.main(["checkpoints", "fetch", "meso4"]) == 0
    assert str(Path("where") / "meso4") in capsys.readouterr().out


def test_module_and_command_are_the_same(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    done = subprocess.run([sys.executable, "-m", "course_lib", "--help"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and done.stdout == cli.parser().format_help()


def test_swap_names_the_faces_that_there_are(capsys):
    assert cli.main(["swap", "a.mp4", "--person", "Nobody", "-o", "b.mp4"]) == 1
    assert "Jamal, Kavya" in capsys.readouterr().out


def test_swap_asks_for_consent_and_says_what_is_wrong(tmp_path, capsys):
    (tmp_path / "a.mp4").write_bytes(b"no film, but somebody's")
    assert cli.main(["swap", str(tmp_path / "a.mp4"), "--person", "kavya", "-o", str(tmp_path / "b.mp4")]) == 1
    assert "[FAIL]" in (out := capsys.readouterr().out) and "consent.toml" in out
    assert cli.main(["swap", str(tmp_path / "none.mp4"), "--person", "kavya", "-o", str(tmp_path / "b.mp4")]) == 1
    assert "none.mp4" in capsys.readouterr().out
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_every_shipped_checkpoint_has_a_recipe_and_build_runs_it(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(checkpoints_command.subprocess, "call", lambda command: asked.append(command[1:]) or 0)
    for entry in checkpoints.list_checkpoints():
        if not entry.url:
            assert cli.main(["checkpoints", "build", entry.name, "--seconds", "5"]) == 0
            assert asked[-1][0] == "-m" and asked[-1][-2:] == ["--seconds", "5"]
            assert importlib.util.find_spec(asked[-1][1]), f"{asked[-1][1]} is not there"
    assert cli.main(["checkpoints", "build", "nobody"]) == 1
    assert "portrait_generator" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Windows reports a closed pipe in another way")
def test_a_reader_that_has_seen_enough_is_no_error():
    reading, writing = os.pipe()
    os.close(reading)
    listed = subprocess.run([sys.executable, "-m", "course_lib", "checkpoints", "list"], stdout=writing,
                            stderr=subprocess.PIPE)
    os.close(writing)
    assert listed.stderr == b"" and listed.returncode == 1
