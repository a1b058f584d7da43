"""The table of `make portable`: which pages it takes, what it keeps, and what a cell of it says."""
import json

import pytest

from benchmarks import portable


@pytest.fixture
def ran(monkeypatch, tmp_path):
    """The runs that were asked for; each of them passes with margins of 50 and 20 %, in seed 3 one fails."""
    asked = []

    def run(page, setting):
        asked.append((page, setting))
        return {"failures": [["cell 3", "AssertionError: no"]] if setting == "seed 3" else [], "cpu": 12.3,
                "seconds": 20.0, "slowest": 4.0, "claims": [{"margin": 0.5}, {"margin": 0.2}]}

    monkeypatch.setattr(portable, "FILE", tmp_path / "build" / "portable.json")
    monkeypatch.setattr(portable, "run", run)
    return asked


def test_the_pages_that_train_and_the_tests():
    assert {name[:2] for name in portable.pages()} >= {"02", "04", "05", "06", "09", "10", "te"}
    assert not [name for name in portable.pages() if name[:2] in ("00", "01", "03")]


def test_a_run_keeps_each_cell_and_goes_on_where_it_was(ran, capsys):
    assert not portable.main(["--only", "04_", "--setting", "avx2", "seed 1"])
    assert "| 04_gan_training | passed, 20%, 12 s | passed, 20%, 12 s |" in capsys.readouterr().out
    assert portable.main(["--only", "04_", "--setting", "avx2", "seed 3"])
    assert ran == [("04_gan_training", "avx2"), ("04_gan_training", "seed 1"), ("04_gan_training", "seed 3")]
    assert set(json.loads(portable.FILE.read_text(encoding="utf-8"))) == {" · ".join(key) for key in ran}
    out = capsys.readouterr().out
    assert "FAILED (1), 20%, 12 s" in out and "cell 3: AssertionError: no" in out
    assert portable.main(["--show"]) and len(ran) == 3 and "not run" in capsys.readouterr().out


def test_an_unknown_page_is_refused(ran, capsys):
    with pytest.raises(SystemExit):
        portable.main(["--only", "99"])
    assert "no page begins with 99; there are 02_autoencoder_swap" in capsys.readouterr().err


def test_every_test_file_is_there_and_a_missing_one_is_told(monkeypatch):
    assert not [name for name in portable.TESTS if not (portable.ROOT / name).is_file()]
    monkeypatch.setattr(portable, "TESTS", (*portable.TESTS, "tests/training/test_gone.py"))
    with pytest.raises(FileNotFoundError, match="test_gone.py is gone; correct TESTS"):
        portable.run("tests", "seed 0")
