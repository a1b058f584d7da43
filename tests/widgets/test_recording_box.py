"""The recording box: nothing is stored without a face, a consent and an agreement; both files together or none."""
import datetime

import numpy as np
import pytest

from course_lib import media, provenance
from course_lib.pipelines import recording
from course_lib.widgets.camera import LARGEST, LONGEST, SCRIPT, Pieces
from course_lib.widgets.recording_box import RecordingBox, State, render
from tests.media import making


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    hopper = media.grace_hopper()[40:440, 60:460]
    return making.film(tmp_path_factory.mktemp("film") / "me.mp4", [hopper] * 3).read_bytes()


def test_a_video_and_its_consent_are_stored_together(tmp_path, video):
    path = recording.store(tmp_path / "me", "../me.mp4", video, 'Max "M" Miller', "lesson 16", 30)
    consent = provenance.consent.require(path.parent)
    assert (consent.subject, consent.purpose) == ('Max "M" Miller', "lesson 16")
    assert consent.expiry - consent.date == datetime.timedelta(30) and path == tmp_path / "me" / "me.mp4"
    assert sorted(p.name for p in path.parent.iterdir()) == ["consent.toml", "me.mp4"]
    with pytest.raises(FileExistsError, match="recordings of one person"):
        recording.store(tmp_path / "me", "me.mp4", video, "another", "lesson 16")


@pytest.mark.parametrize(("change", "says"), [
    ({"content": b"no video"}, "cannot be used"), ({"content": b""}, "0 bytes"), ({"subject": " "}, "subject is"),
    ({"purpose": "a\nb"}, "in one line"), ({"days": 0}, "0 days"), ({"days": 10_000}, "10000 days")])
def test_nothing_is_left_of_what_cannot_be_stored(tmp_path, video, change, says):
    with pytest.raises(ValueError, match=says):
        recording.store(tmp_path / "me", **{"name": "a.mp4", "content": video, "subject": "me", "purpose": "x",
                                            "days": 9} | change)
    assert list(tmp_path.iterdir()) == []


def test_the_button_waits_for_everything(tmp_path, video):
    box = RecordingBox(tmp_path)
    assert box.store.disabled and "a video" in box.state().missing
    box.upload.value = ({"name": "me.mp4", "type": "video/mp4", "size": len(video), "content": memoryview(video),
                         "last_modified": datetime.datetime.now()},)
    assert box.points.shape == (68, 2) and box.state().missing == ["who is shown", "what they agreed to",
                                                                  "their agreement"]
    for name, value in (("subject", "Me"), ("purpose", "lesson 16"), ("agreed", True)):
        box.controls[name].value = value
    assert not box.store.disabled
    box.store.click()
    assert box.stored == tmp_path / "me" / "me.mp4" and box.stored.is_file() and "stored" in box.status.value
    box.store.click()
    assert "Not stored." in box.status.value


def test_a_file_that_is_no_video_is_named_and_a_wall_has_no_face(tmp_path):
    box = RecordingBox(tmp_path)
    bad = {"type": "", "last_modified": datetime.datetime.now()}
    box.upload.value = ({"name": "a.mp4", "size": 3, "content": memoryview(b"abc"), **bad},)
    assert "cannot be used" in box.status.value and box.frame is None
    wall = making.film(tmp_path / "wall.mp4", [np.full((96, 96, 3), 0.5, np.float32)] * 2).read_bytes()
    box.upload.value = ({"name": "wall.mp4", "size": len(wall), "content": memoryview(wall), **bad},)
    assert box.frame is not None and "a face in its first frame" in box.state().missing


def test_the_picture_is_the_same_for_the_same_state_and_changes_with_it():
    frame = media.grace_hopper()
    assert render(State(frame)) == render(State(frame)) != render(State(frame, agreed=True, subject="a"))
    assert render(State()) != render(State(frame))


def agreed(folder):
    box = RecordingBox(folder)
    for name, value in (("subject", "Me"), ("purpose", "lesson 16"), ("agreed", True)):
        box.controls[name].value = value
    return box


def hand(box, content, piece=50_000, token="0123abcd", size=None):
    """Does what camera.js does: a piece after another, each after the last one's receipt."""
    count = -(-len(content) // piece) or 1
    for i in range(count):
        part = content[i * piece:(i + 1) * piece]
        name = f"{token}.{i}.{count}.{len(content) if size is None else size}.webm"
        box.camera.wire.value = ({"name": name, "type": "", "size": len(part), "content": memoryview(part),
                                  "last_modified": datetime.datetime.now()},)
        if f"got-{token}-{i}" not in box.camera._dom_classes:
            return False
    return True


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    frames = iter([media.grace_hopper()[40:440, 60:460]] * 4)
    path = media.write_video(tmp_path_factory.mktemp("camera") / "a.webm", frames, fps=8, what="a portrait", how="test")
    return path.read_bytes()


def test_the_camera_writes_a_video_and_its_consent(tmp_path, recorded):
    box = agreed(tmp_path)
    assert "camera-allowed" in box.camera._dom_classes and len(recorded) > 3000
    assert hand(box, recorded, piece=3000)
    consent = provenance.consent.require(tmp_path / "me")
    assert (consent.subject, consent.purpose) == ("Me", "lesson 16")
    assert (tmp_path / "me" / "recording.webm").read_bytes() == recorded and "stored" in box.status.value
    assert hand(box, recorded, token="aaaaaaaa") and "one person; give another name" in box.status.value
    box.controls["subject"].value = "Me again"  # the recording waits for it
    box.store.click()
    assert sorted(p.name for p in (tmp_path / "me_again").iterdir()) == ["consent.toml", "recording.webm"]


@pytest.mark.parametrize("name", ["subject", "purpose", "agreed"])
def test_nothing_is_recorded_without_consent(tmp_path, recorded, name):
    box = agreed(tmp_path)
    box.controls[name].value = type(box.controls[name].value)()
    assert "camera-allowed" not in box.camera._dom_classes
    assert not hand(box, recorded)  # a page that sends all the same
    assert "without consent" in box.status.value and list(tmp_path.iterdir()) == []


def test_bytes_that_are_no_recording_are_refused_and_leave_nothing(tmp_path, recorded):
    box, wall = agreed(tmp_path), making.film(tmp_path / "wall.webm", [np.full((96, 96, 3), 0.5, np.float32)] * 2,
                                              "libvpx").read_bytes()
    (tmp_path / "wall.webm").unlink()
    for content, size, says in ((b"", None, "has 0 bytes"), (recorded, LARGEST + 1, "record a shorter one"),
                                (recorded, len(recorded) + 1, "record again"), (recorded[:400], None, "cannot be"),
                                (b"no video" * 99, None, "cannot be"), (wall, None, "no face was found")):
        assert not hand(box, content, size=size) and says in box.status.value, says
    assert list(tmp_path.iterdir()) == [] and any(c.startswith("refused-") for c in box.camera._dom_classes)
    assert hand(box, recorded) and (tmp_path / "me" / "recording.webm").is_file()  # the next one is taken


def test_pieces_out_of_order_are_refused():
    pieces = Pieces()
    assert pieces.add("0123abcd.0.3.5.webm", b"ab") is None and pieces.add("0123abcd.1.3.5.webm", b"cd") is None
    assert pieces.add("0123abcd.2.3.5.webm", b"e") == b"abcde"
    for names, says in ((("0123abcd.1.2.4.webm",), "expected piece 0"), (("../a.webm",), "is called"),
                        (("0123abcd.0.3.6.webm", "9999abcd.1.3.6.webm"), "expected piece 1"),
                        (("0123abcd.0.2.2.webm",), "have come"), (("0123abcd.5.2.9.exe",), "is called"),
                        (("0123abcd.0.1.9.webm",), "2 bytes of the recording have come, expected 9")):
        with pytest.raises(ValueError, match=says):
            for name in names:
                pieces.add(name, b"xy")


def test_the_consent_stands_in_words_before_the_recording(tmp_path):
    box = agreed(tmp_path)
    box.controls["subject"].value = "<b>Max</b>"
    assert "&lt;b&gt;Max" in box.words.value and "withdraw" in box.words.value
    said = State(subject="Me", purpose="lesson 16", days=30).consent(datetime.date(2026, 1, 1))
    assert "Me agrees" in said and "“lesson 16”" in said and "until 2026-01-31" in said
    assert f'data-longest="{LONGEST}"' in box.camera.panel.value and SCRIPT.is_file()
