"""The one way out: nothing unlabelled, nothing half-written, and a manifest that can be trusted to be true."""
import datetime
import json
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import __version__, media, provenance

KW = dict(what="a test picture", how="tests")


@dataclass(frozen=True)
class Turn:
    yaw: float = 0.25


@dataclass(frozen=True)
class Scene:
    """A record of records, as the cast's scenes are."""

    pose: Turn = Turn()


def test_the_manifest_says_what_how_from_what_and_when(tmp_path, cast_pictures):
    (tmp_path / "src.txt").write_text("source")
    (tmp_path / "consent.toml").write_text(provenance.consent.template().replace('""', '"Ada, for a test"'))
    agreed = provenance.consent.require(tmp_path)
    parameters = {"scene": Scene(), "points": np.eye(2), "lost": np.nan, "folder": tmp_path, "none": None}
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    path = media.write_image(tmp_path / "a.png", cast_pictures[0], parameters=parameters, consent=agreed,
                             sources=[tmp_path / "src.txt"], **KW)
    found = provenance.manifest.read(path)
    assert (found["what"], found["how"], found["course"]) == ("a test picture", "tests", __version__)
    assert found["parameters"]["scene"]["pose"]["yaw"] == 0.25
    assert found["parameters"]["points"] == [[1, 0], [0, 1]] and found["parameters"]["lost"] == "nan"
    assert found["sources"][0]["name"] == "src.txt" and found["synthetic"] and found["complete"]
    assert found["consent"]["expiry"] == str(agreed.expiry) and "subject" not in found["consent"]
    assert before <= datetime.datetime.fromisoformat(found["time"]) <= datetime.datetime.now(datetime.UTC)
    assert found["size"] == [128, 128] and found["label"]["box"] == list(provenance.label.box(128, 128))


def test_a_changed_file_and_a_damaged_manifest_are_noticed(tmp_path, cast_pictures):
    path = media.write_image(tmp_path / "a.png", cast_pictures[0], **KW)
    assert provenance.manifest.agrees(path)
    path.write_bytes(path.read_bytes() + b"x")
    assert not provenance.manifest.agrees(path)
    provenance.manifest.path_of(path).write_text("{")
    with pytest.raises(ValueError, match="cannot be read as a manifest"):
        provenance.manifest.read(path)
    provenance.manifest.path_of(path).unlink()
    with pytest.raises(FileNotFoundError, match="no manifest"):
        provenance.manifest.agrees(path)


@pytest.mark.parametrize(("change", "says"), [
    (dict(what=" "), "what is ' '"), (dict(how=None), "how is None"),
    (dict(parameters={"f": [1, {"g": len}]}), r"parameters\['f'\]\[1\]\['g'\] is a builtin"),
    (dict(image=np.zeros((80, 80, 3), np.uint8)), "divide bytes by 255"),
    (dict(image=np.full((80, 80, 3), 200.0)), "expected \\[0, 1\\]"),
    (dict(image=np.full((80, 80, 3), np.nan)), "expected \\[0, 1\\]"),
    (dict(image=np.zeros((80, 80))), "expected RGB"),
    (dict(image=np.zeros((40, 80, 3))), "too small to carry"),
    (dict(path="a.gif"), "ends in '.gif'"), (dict(quality=20), "quality is 20"),
])
def test_wrong_arguments_are_refused_and_leave_nothing(tmp_path, change, says):
    given_ = dict(path="a.jpg", image=np.zeros((80, 80, 3), np.float32), **KW) | change
    with pytest.raises(ValueError, match=says):
        media.write_image(tmp_path / given_.pop("path"), given_.pop("image"), **given_)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes there")
@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.mp4", "a.webm"])
def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(tmp_path, name):
    import resource

    (tmp_path / name).write_text("what was there before")
    noise = np.random.default_rng(0).random((128, 128, 3)).astype(np.float32)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, before[1]))  # writing more fails, as on a full disk
    try:
        with pytest.raises(OSError):
            if name.endswith(("png", "jpg")):
                media.write_image(tmp_path / name, noise, **KW)
            else:
                media.write_video(tmp_path / name, [noise] * 4, 25, **KW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "what was there before"


json_like = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                         lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6)


@settings(max_examples=40)
@given(json_like)
def test_any_parameters_come_back_from_the_manifest(value):
    written = provenance.manifest.plain(value)
    assert json.loads(json.dumps(written, allow_nan=False)) == written
    assert provenance.manifest.plain(written) == written
