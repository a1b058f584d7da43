"""A class's tournament: untrusted detectors in their boxes, and what each of them may not do."""
import json
import os

import numpy as np
import pytest

from course_lib.arena.entries import Clip, InvalidEntry
from course_lib.arena.matrix import Round
from course_lib.grading import tournament
from course_lib.grading.box import Box, Limits

GOOD = """
import numpy as np
class Detector:
    def predict(self, clips):
        print("this goes nowhere")
        return [float(c.frames.mean() / 255) for c in clips]
"""
BAD = {
    "network": ("import socket\nsocket.create_connection(('1.1.1.1', 53), timeout=5)\nclass Detector: pass", "Error"),
    "files": ("open({path!r}, 'w').write('x')\nclass Detector: pass", "Error"),
    "secrets": ("text = open({path!r}).read()\nclass Detector:\n    def predict(self, clips):\n        raise "
                "ValueError(text)", "FileNotFound"),
    "memory": ("import numpy as np\nhold = np.ones(1 << 30)\nclass Detector: pass", "emory"),
    "time": ("while True: pass\n", "processor time"),
    "answers": (GOOD.replace("for c in clips]", "for c in clips] + [0.5]"), "one P"),
    "death": ("import os\nos._exit(3)", "ended without an answer"),
    "empty": ("x = 1", "Detector"),
}


def clip(value):
    return Clip(np.full((4, 16, 16, 3), value, np.uint8), np.zeros((4, 68, 2), np.float32), 8.0)


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    home = tmp_path_factory.mktemp("box")
    from course_lib.grading.batch import copy_of_the_course

    return Box(copy_of_the_course(home), home)


def run(box, source, folder, seconds=20.0):
    (folder / "root").mkdir()
    (folder / "scratch").mkdir()
    files = {"detector.py": np.frombuffer(source.encode(), np.uint8)}
    limits = Limits(seconds=seconds, memory=2 << 30)
    return tournament.scored(files, [clip(v) for v in range(0, 200, 20)], box, folder, limits)


def test_a_detector_scores_the_clips_in_their_order(box, tmp_path):
    scores, _ = run(box, GOOD, tmp_path)
    np.testing.assert_allclose(scores, np.arange(0, 200, 20) / 255)


@pytest.mark.parametrize("kind", BAD)
def test_what_a_detector_may_not_do(box, tmp_path, kind):
    secret = tmp_path / "labels.txt"
    secret.write_text("real fake")
    if kind == "secrets" and not box.namespaces:
        pytest.skip("without namespaces the limits alone do not hide files; the course says so")
    source, word = BAD[kind]
    with pytest.raises(InvalidEntry, match=word):
        run(box, source.format(path=str(secret)) if kind in ("files", "secrets") else source, tmp_path,
            4.0 if kind == "time" else 20.0)
    assert secret.read_text() == "real fake"


def test_one_bad_entry_costs_only_itself_and_a_stopped_run_goes_on(tmp_path, monkeypatch):
    folder = tmp_path / "detectors"
    folder.mkdir()
    (folder / "good.py").write_text(GOOD)
    (folder / "bad.py").write_text("raise RuntimeError('<b>no</b>')")
    (folder / "link").mkdir()
    os.symlink(folder / "good.py", folder / "link" / "detector.py")
    entries = {p.stem: p for p in sorted(folder.iterdir())}
    real, fakes = [clip(v) for v in range(8)], {"c": [clip(v) for v in range(100, 108)]}

    def play():
        round_ = Round(0, people={"real": list(range(8)), "c": list(range(8))}, floors={"c": [[]] * 8})
        limits = Limits(seconds=20, memory=2 << 30)
        tournament.play(entries, round_, real, fakes, tmp_path / "out", seed=1, limits=limits,
                        say=lambda *_: None)
        return round_

    round_ = play()
    assert round_.detectors == ["good"] and set(round_.problems) == {"bad", "link"}
    assert "RuntimeError" in round_.problems["bad"] and "link" in round_.problems["link"]
    assert np.allclose(round_.fake["good"]["c"], np.arange(100, 108) / 255)
    monkeypatch.setattr(tournament, "scored", lambda *_: pytest.fail("what is kept is not scored again"))
    assert play().fake == round_.fake
    kept = json.loads((tmp_path / "out" / "scores" / "001.json").read_text())
    assert kept["name"] == "good" and len(kept["sha256"]) == 64


def test_the_page_escapes_what_entries_are_called():
    from course_lib.arena import leaderboard

    round_ = Round(0, {"<script>": [0.1, 0.2, 0.3]}, {"<script>": {"c&d": [0.8, 0.9, 0.7]}},
                   {"real": [1, 2, 3], "c&d": [4, 5, 6]}, {"c&d": [[], [], []]})
    rows = leaderboard.lines(round_, {"<script>": "ab"}, 20)
    assert [json.loads(line) for line in leaderboard.as_text(rows).splitlines()] == rows
    page = leaderboard.page(rows, {"<b>": "<i>"}, {("x", "y"): np.zeros((8, 8, 3))}, {"<script>": 0.5})
    assert "<script>" not in page and "&lt;script&gt;" in page and "c&amp;d" in page and "<i>" not in page
