"""The recording box: nothing is stored without a face, a consent and an agreement; both files together or none."""
import datetime

import numpy as np
import pytest

from course_lib import media, provenance
from course_lib.pipelines import recording
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
