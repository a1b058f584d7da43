"""Animation from file to file: consent of both, labels, sound, errors before any work, and what an interrupt leaves."""
import sys

import keras
import numpy as np
import pytest

from course_lib import media, pipelines, provenance
from course_lib.faces.square import head_square
from course_lib.models.first_order import Size, animator
from course_lib.pipelines.animate import puppet
from course_lib.provenance import manifest

FACE = np.random.default_rng(0).uniform(30, 66, (68, 2)).astype(np.float32)  # where `find` says a face is


def find(frame):
    return [FACE + 4 * (frame[:8].mean() - 0.4)]  # moves a little with the brightness of the upper rows


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return animator(Size(64, 4, 2, (4, 8, 2), (4, 8, 2), (4, 8, 1, 1)))


def frames(count):
    rng = np.random.default_rng(1)
    still = rng.random((12, 14, 3)).repeat(8, 0).repeat(8, 1).astype(np.float32)
    return [np.clip(still * (0.6 + 0.4 * i / count), 0, 1) for i in range(count)]


@pytest.fixture
def files(tmp_path):
    picture = media.write_image(tmp_path / "a.png", frames(3)[2], what="a test", how="this test")
    tone = np.sin(np.arange(8000) / 9).astype(np.float32) * 0.3
    video = media.write_video(tmp_path / "b.mp4", frames(20), 20, audio=(tone, 8000), what="a test", how="this test")
    return picture, video, tmp_path


def test_a_picture_and_a_video_give_a_labelled_video_with_sound(files, model):
    picture, video, folder = files
    out = pipelines.animate_video(picture, video, folder / "c.mp4", model, find=find, quiet=True,
                                  parameters={"weights": "x"})
    made, record = list(media.read_video(out)), manifest.read(out)
    assert len(made) == 20 and made[0].shape == (96, 112, 3) and provenance.watermark.detect(made[0])
    assert manifest.agrees(out) and record["parameters"] == {"weights": "x", "relative": True}
    assert len(record["sources"]) == 2 and media.read_video(out).info.has_audio
    assert not list(folder.glob("*.parts"))


@pytest.mark.parametrize("which", ["picture", "video"])
def test_both_must_have_consent(files, model, which, tmp_path):
    picture, video, folder = files
    alone = tmp_path / "alone"
    alone.mkdir()
    path = picture if which == "picture" else video
    copy = alone / path.name
    copy.write_bytes(path.read_bytes())  # without its manifest
    pair = (copy, video) if which == "picture" else (picture, copy)
    with pytest.raises(provenance.consent.ConsentError, match=r"consent\.toml"):
        pipelines.animate_video(*pair, folder / "c.mp4", model, find=find)
    assert not (folder / "c.mp4").exists()


def test_it_is_stopped_and_resumed(files, model, monkeypatch):
    picture, video, folder = files
    monkeypatch.setattr(sys.modules["course_lib.pipelines.animate"], "PART", 8)
    monkeypatch.setattr(sys.modules["course_lib.pipelines.animate"], "BATCH", 4)
    real = puppet

    def impatient(*arguments):
        animate, seen = real(*arguments), []

        def run(crops):
            seen.append(len(crops))
            if sum(seen) > 12:
                raise KeyboardInterrupt
            return animate(crops)
        return run

    monkeypatch.setattr(sys.modules["course_lib.pipelines.animate"], "puppet", impatient)
    with pytest.raises(KeyboardInterrupt):
        pipelines.animate_video(picture, video, folder / "c.mp4", model, find=find, quiet=True)
    assert not manifest.read(folder / "c.mp4")["complete"]
    monkeypatch.setattr(sys.modules["course_lib.pipelines.animate"], "puppet", real)
    out = pipelines.animate_video(picture, video, folder / "c.mp4", model, find=find, quiet=True)
    assert manifest.read(out)["complete"] and len(list(media.read_video(out))) == 20


def test_what_cannot_be_animated(files, model):
    picture, video, folder = files
    with pytest.raises(ValueError, match="ends in"):
        pipelines.animate_video(picture, video, folder / "c.gif", model, find=find)
    with pytest.raises(ValueError, match="one of the sources"):
        pipelines.animate_video(picture, video, video, model, find=find)
    with pytest.raises(ValueError, match="no face was found"):
        pipelines.animate_video(picture, video, folder / "c.mp4", model, find=lambda frame: [], quiet=True)


def test_the_square_holds_the_head_upright_and_follows_its_size():
    one, two = head_square(FACE), head_square(2 * FACE)
    assert one[0, 1] == one[1, 0] == 0 and one[0, 0] == one[1, 1] == pytest.approx(2 * two[0, 0])
    inside = FACE @ one[:, :2].T + one[:, 2]
    assert (inside > 0).all() and (inside < 64).all()
