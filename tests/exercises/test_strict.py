"""What a grader relies on: an untouched exercise fails, and the guard notices a check that was changed."""
import importlib.util
from pathlib import Path

import nbformat
import numpy as np
import pytest

from course_lib.exercises import EXERCISES, NotAttempted, framework, guard

UNTOUCHED = sorted((Path(__file__).parents[2] / "notebooks" / "exercises").glob("*.ipynb"))
spec = importlib.util.spec_from_file_location("answers_to_all", Path(__file__).with_name("test_check.py"))
spec.loader.exec_module(answers := importlib.util.module_from_spec(spec))


@pytest.mark.parametrize("path", UNTOUCHED, ids=lambda p: p.stem)
def test_every_untouched_exercise_fails_strictly(path, monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    scope, failed = {}, []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        if not cell.source.startswith("check("):
            exec(compile(cell.source, path.name, "exec"), scope)
            continue
        with pytest.raises(NotAttempted) as raised:
            exec(compile(cell.source, path.name, "exec"), scope)
        failed.append(str(raised.value).split(":")[0])
    assert failed == [name for name in EXERCISES if name.startswith(path.stem[:2])]


@pytest.mark.parametrize("name", EXERCISES)
def test_a_spoiled_answer_is_refused(name, monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    for answer in answers.RIGHT[name]:
        guard.still_check(name, answer)


def test_a_changed_check_is_noticed(monkeypatch):
    monkeypatch.setattr(guard, "check", lambda *_: True)
    with pytest.raises(SystemError, match="01.sharpness"):
        guard.still_check("01.sharpness", answers.sharp)


def test_a_changed_library_is_noticed(monkeypatch):
    monkeypatch.setenv("COURSE_STRICT", "1")
    monkeypatch.setattr(framework.lesson02, "near", lambda *_: True)
    with pytest.raises(SystemError, match="02.pixel_shuffle"):
        guard.still_check("02.pixel_shuffle", answers.shuffled)


@pytest.mark.parametrize("value, wrong", [(3, 5.5), ([1, 2], [2.5, 4.0]), (np.eye(2), np.eye(2) * 1.5 + 1),
                                          ("no", None), ({}, None)])
def test_what_is_spoiled(value, wrong):
    corrupted = guard.corrupt(value)
    assert corrupted is None if wrong is None else np.array_equal(corrupted, wrong)
    assert [np.shape(v) for v in guard.corrupt((np.ones(3), [1, 2]))] == [(3,), (2,)]
