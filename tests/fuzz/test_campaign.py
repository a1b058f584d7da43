"""Hundreds of malformed and unusual inputs through every reader: each ends in a result or in one clear line.

`make test` runs a sample, `make fuzz` all. An input that hangs or ends its process costs itself and is named.
"""
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from . import inputs

EVERY = 1 if os.environ.get("COURSE_FUZZ") == "all" else 9
pytest.importorskip("resource", reason="Windows has no limits on a process")


def run(folder, first, step):
    """Outcomes {case: (outcome, what was said)}; after a crash or a hang the worker goes on behind it."""
    found, env = {}, {**os.environ, "PYTHONWARNINGS": "ignore", "AV_LOG_LEVEL": "quiet", "CUDA_VISIBLE_DEVICES": "-1"}
    while first < len(inputs.CASES):
        command = [sys.executable, Path(__file__).with_name("worker.py"), folder, str(first), str(step)]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env, text=True)
        now = None
        for line in worker.stdout:
            number, what, outcome, said = json.loads(line)
            now = number if what == "begins" else None
            if what == "ends":
                found[number] = outcome, said
                first = number + step
        worker.wait()
        if now is None:
            assert worker.returncode == 0 and first >= len(inputs.CASES), f"the worker ended with {worker.returncode}"
            return found
        found[now], first = ("broken", f"it ended its process ({worker.returncode})"), now + step
    return found


def test_there_are_at_least_three_hundred_and_none_twice():
    assert len(set(inputs.CASES)) == len(inputs.CASES) >= 300


def test_every_input_ends_in_a_result_or_in_one_clear_line(tmp_path):
    found = run(tmp_path, 0, EVERY)
    assert sorted(found) == list(range(0, len(inputs.CASES), EVERY))
    broken = {inputs.CASES[number]: said for number, (outcome, said) in found.items() if outcome == "broken"}
    told = Counter((inputs.CASES[number][0], outcome) for number, (outcome, _) in found.items())
    print(*(f"{kind}: {count} {outcome}" for (kind, outcome), count in sorted(told.items())), sep="\n")
    assert not broken, "\n".join(f"{case}: {said}" for case, said in broken.items())
