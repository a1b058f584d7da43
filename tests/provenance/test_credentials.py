"""Real C2PA, where the optional package is installed: the states that the page tells of."""
import datetime
import io

import numpy as np
import pytest
from PIL import Image

from course_lib import media
from course_lib.provenance import credentials, manifest

needs_c2pa = pytest.mark.skipif(not credentials.available(), reason="c2pa is not installed (make extras)")
ACTIONS = [{"label": "c2pa.actions.v2", "data": {"actions": [{
    "action": "c2pa.created",
    "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"}]}}]


def jpeg():
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).save(file, "JPEG")
    return file.getvalue()


@needs_c2pa
def test_a_signed_jpeg_is_valid_trusted_and_invalid_when_changed():
    chain, private, root = credentials.test_chain()
    data = credentials.sign(jpeg(), "jpeg", chain, private, ACTIONS)
    assert credentials.read(data, "jpeg")[0] == "Valid"
    assert credentials.read(data, "jpeg", root)[0] == "Trusted"
    state, codes, _ = credentials.read(data + b"x", "jpeg", root)
    assert state == "Invalid" and "assertion.dataHash.mismatch" in codes
    assert credentials.read(jpeg(), "jpeg", root)[0] == "None"


def test_the_sentence_for_those_without_it_says_what_to_do():
    assert "make extras" in credentials.ABSENT
    chain, private, root = credentials.test_chain()
    assert chain.count(b"BEGIN CERTIFICATE") == 2 and b"PRIVATE KEY" in private and root in chain


@needs_c2pa
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".mp4"])
def test_what_the_course_writes_holds_a_c2pa_manifest(tmp_path, suffix):
    image = np.random.default_rng(0).random((64, 96, 3), np.float32)
    if suffix == ".mp4":
        path = media.write_video(tmp_path / "a.mp4", [image] * 3, fps=10, what="noise", how="test")
    else:
        path = media.write_image(tmp_path / f"a{suffix}", image, what="noise", how="test")
    assert credentials.read_file(path) == {"state": "Trusted", "codes": [], "signer": "Test signer"}
    assert manifest.agrees(path) and manifest.read(path)["c2pa"] == "in the file"
    data = bytearray(path.read_bytes())
    data[-40] ^= 1
    path.write_bytes(data)
    assert credentials.read_file(path)["state"] in ("Invalid", "None")
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, path.name + ".json"]


@needs_c2pa
def test_an_mp4_is_signed_and_a_free_box_goes_unnoticed(tmp_path):
    """The hash of an MP4 leaves out boxes of the type `free`, by C2PA's standard list."""
    chain, private, root = credentials.test_chain()
    plain = media.write_video(tmp_path / "a.mp4", [np.full((64, 64, 3), 0.5, np.float32)] * 3, fps=10, what="grey",
                              how="test").read_bytes()
    data = credentials.sign(plain, "mp4", chain, private, ACTIONS)
    box = (64).to_bytes(4, "big") + b"free" + b"anything at all".ljust(56)
    assert credentials.read(data, "mp4", root)[0] == credentials.read(data + box, "mp4", root)[0] == "Trusted"
    cut = data[:-20]
    assert credentials.read(cut, "mp4", root)[0] in ("Invalid", "None")


def test_without_the_package_files_are_written_as_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(credentials, "available", lambda: False)
    path = media.write_image(tmp_path / "a.png", np.zeros((64, 64, 3), np.float32), what="black", how="test")
    assert manifest.agrees(path) and "c2pa" not in manifest.read(path)
    assert credentials.read_file(path)["state"] == "not examined"


def test_the_course_keeps_its_certificate(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    assert credentials.own_chain() == credentials.own_chain()
    credentials._own_chain.cache_clear()
    assert credentials.own_chain()[2] == credentials._own_chain(str(tmp_path), datetime.date.today())[2]
    assert (tmp_path / "credentials.json").stat().st_mode & 0o777 == 0o600
