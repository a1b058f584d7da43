"""Registry and evidence report: a stripped file is found again, a copied payload doubted, a report repeats itself."""
import datetime
import json

import numpy as np
import pytest
from PIL import Image

from course_lib import cli, media, pipelines
from course_lib.pipelines import evidence
from course_lib.provenance import watermark

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("registry")
    photo = media.grace_hopper()[:480, :480]
    media.write_image(folder / "a.png", photo, what="a portrait, labelled", how="tests")
    laundered = media.read_image(folder / "a.png")[20:-20, 20:-20][:, ::-1]
    Image.fromarray((laundered * 255).astype(np.uint8)).save(folder / "b.jpg", quality=70)
    return folder


@pytest.fixture(scope="module")
def registry(folder):
    registry = pipelines.Registry(folder / "registry.db")
    assert registry.add(folder / "a.png") == registry.add(folder / "a.png") and len(registry) == 1
    return registry


def test_a_file_without_its_manifest_is_found_again(folder, registry):
    assert registry.find(folder / "a.png")[0].confidence == "certain"
    match, = registry.find(folder / "b.jpg")
    assert match.confidence == "strong" and "payload" in match.by and match.record["how"] == "tests"
    assert len(pipelines.Registry(folder / "registry.db")) == 1  # kept in the file


def test_a_copied_payload_is_doubted(folder, registry):
    payload = registry.find(folder / "a.png")[0].record["mark"]["payload"]
    other = np.random.default_rng(0).random((40, 40, 3)).astype(np.float32)
    other = np.asarray(Image.fromarray((other * 255).astype(np.uint8)).resize((480, 480), Image.Resampling.BICUBIC))
    forged = watermark.embed(other.astype(np.float32) / 255, payload=payload)
    Image.fromarray((forged * 255).astype(np.uint8)).save(folder / "c.png")
    match, = registry.find(folder / "c.png")
    assert match.confidence == "doubtful" and "copied" in match.note


def test_a_video_is_found_by_the_payload_of_its_frames(tmp_path):
    photo = media.grace_hopper()[100:356, 100:356]
    frames = [np.ascontiguousarray(np.roll(photo, 2 * k, 1)) for k in range(6)]
    path = media.write_video(tmp_path / "a.mp4", frames, 25, what="a clip", how="tests", crf=18)
    registry = pipelines.Registry()
    registry.add(path)
    assert registry.find(path)[0].by[0] == "sha256"
    assert pipelines.evidence.look(path).marked


def test_what_is_not_what_its_manifest_says_is_not_registered(folder, tmp_path):
    copy = tmp_path / "a.png"
    copy.write_bytes((folder / "a.png").read_bytes() + b"x")
    with pytest.raises(FileNotFoundError, match="no manifest"):
        pipelines.Registry().add(copy)
    (tmp_path / "a.png.json").write_bytes((folder / "a.png.json").read_bytes())
    with pytest.raises(ValueError, match="changed after writing"):
        pipelines.Registry().add(copy)


def test_a_report_repeats_itself_and_never_says_authentic(folder, registry):
    score = {"name": "MesoNet", "likelihood_ratio": pipelines.likelihood_ratio(0.8), "calibrated_on": "the cast"}
    one = pipelines.report(folder / "b.jpg", registry, scores=[score], now=NOW)
    two = pipelines.report(folder / "b.jpg", registry, scores=[score], now=NOW + datetime.timedelta(days=1))
    assert one["digest"] == two["digest"] == evidence.digest(json.loads(json.dumps(one)))
    text = pipelines.in_words(one).lower()
    assert "4 times as likely" in text and "consistent with the registered file a.png" in text
    assert not any(word in text for word in ("authentic", "is fake", "is real", "genuine"))
    assert pipelines.likelihood_ratio(0.5) == pytest.approx(1)
    assert pipelines.likelihood_ratio(0.5, 0.2) == pytest.approx(4)
    with pytest.raises(ValueError, match="without the ends"):
        pipelines.likelihood_ratio(1.0)


def test_the_commands_print_what_the_functions_find(folder, registry, tmp_path, capsys):
    assert cli.main(["provenance", str(folder / "b.jpg"), "--registry", str(folder / "registry.db")]) == 0
    assert "Consistent with the registered file a.png" in capsys.readouterr().out
    out = tmp_path / "report.json"
    assert cli.main(["report", str(folder / "a.png"), "-o", str(out)]) == 0
    assert json.loads(out.read_text())["subject"]["manifest"]["agrees"] and "Not done" in capsys.readouterr().out
    assert cli.main(["provenance", "none.png"]) == 1 and "none.png" in capsys.readouterr().err
    assert cli.main(["report", str(folder / "a.png"), "--registry", "none.db"]) == 1
    assert "no registry" in capsys.readouterr().err
    (tmp_path / "text.png").write_text("no picture")
    assert cli.main(["provenance", str(tmp_path / "text.png"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"]


@pytest.mark.parametrize(("codes", "said"), [
    (("signingCredential.expired",), "as 'A' signed them"), (("signingCredential.revoked",), "certificate is revoked"),
    (("assertion.dataHash.mismatch", "signingCredential.expired"), "changed after signing"),
    (("signingCredential.invalid",), "changed after signing")])
def test_an_expired_certificate_is_no_change_of_the_file(codes, said):
    facts = {"manifest": {"there": False}, "problems": [],
             "signature": {"state": "invalid", "codes": list(codes), "signer": "A", "issuer": "B"}}
    assert said in "\n".join(evidence.findings(facts))
