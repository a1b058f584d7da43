"""One report for one photograph: every file has an outcome, tools abstain, and nothing is called fake."""
import json

import numpy as np
import pytest
from PIL import Image

from course_lib import cli, media, pipelines
from course_lib.pipelines import examine

KINDS = ("eye colour", "texture", "noise", "head pose")  # without a network


@pytest.fixture(scope="module")
def photograph(tmp_path_factory):
    path = tmp_path_factory.mktemp("evidence") / "hopper.png"
    image = (media.grace_hopper() * 255 + 0.5).astype(np.uint8)
    Image.fromarray(image).save(path)
    return path


def test_a_real_photograph_gets_numbers_and_abstentions(photograph):
    report = pipelines.examine_file(photograph, KINDS, landmarks=None)
    assert not report.problem and not report.measured and set(report.evidence) == set(KINDS)
    assert not report.evidence["eye colour"].valid and "estimated" in report.evidence["eye colour"].why
    assert report.evidence["texture"].valid and 0 <= report.percentiles["texture"] <= 100
    text = str(report) + examine.meaning()
    assert "abstains" in text and "None of this proves" in text and "fake:" not in text
    json.dumps(report.as_dict(), allow_nan=False)


def test_the_mesh_measures_landmarks_so_that_flags_decide_and_nothing_is_guessed(photograph):
    report = pipelines.examine_file(photograph, ("head pose", "gaze", "eye colour", "highlights"))
    assert report.measured and not any("estimated" in e.why for e in report.evidence.values())
    assert report.evidence["head pose"].valid and np.isfinite(report.evidence["head pose"].score)
    assert all(e.valid or e.why for e in report.evidence.values())


@pytest.mark.parametrize(("make", "said"), [
    (lambda p: None, "no file"), (lambda p: p.write_bytes(b"no picture"), "picture|image|read"),
    (lambda p: Image.new("RGB", (200, 200), "grey").save(p), "no face")])
def test_what_cannot_be_examined_says_why(tmp_path, make, said):
    import re

    path = tmp_path / "a.png"
    make(path)
    report = pipelines.examine_file(path, KINDS)
    assert report.problem and re.search(said, str(report)) and not report.evidence
    with pytest.raises(ValueError, match="nothing"):
        pipelines.drawn(report, tmp_path / "b.png")


def test_the_drawing_is_labelled_and_holds_every_kind(photograph, tmp_path):
    report = pipelines.examine_file(photograph, ("texture", "noise"))
    path = pipelines.drawn(report, tmp_path / "drawn.png")
    assert path.is_file() and (tmp_path / "drawn.png.json").is_file()
    assert min(media.read_image(path).shape[:2]) > 200


def test_the_command_prints_and_says_what_it_does_not_prove(photograph, capsys):
    assert cli.main(["evidence", str(photograph), "--only", "texture", "noise"]) == 0
    said = capsys.readouterr().out
    assert "texture" in said and "None of this proves" in said
    assert cli.main(["evidence", str(photograph), "--json", "--only", "noise"]) == 0
    assert set(json.loads(capsys.readouterr().out)["evidence"]) == {"noise"}
    assert cli.main(["evidence", str(photograph), "--only", "smell"]) == 1
    assert "no kind of evidence is called smell" in capsys.readouterr().err
