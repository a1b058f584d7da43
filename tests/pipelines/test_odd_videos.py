"""Films as people have them, from file to file: odd pixels, odd containers, damaged sound, pictures in pages."""
import warnings
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from course_lib import cli, media, pipelines
from course_lib.provenance import manifest
from tests.media import making
from tests.pipelines.test_enhance_file import consent, twice

from .test_swap import FACE, go, is_red, scenery

FRAMES = list(scenery(12))


@pytest.mark.parametrize("how", ["swap", "enhance"])
def test_pixels_that_are_not_square_keep_their_shape(tmp_path, how):
    frames = [np.full((368, 240, 3), 0.2 + 0.01 * i, np.float32) for i in range(4)]
    for frame in frames:
        frame[124:244, 75:165] = 0.9  # shown, it is a square
    source = making.film(tmp_path / "a.mp4", frames, shape=Fraction(4, 3))
    consent(tmp_path)
    if how == "swap":
        out = go(source, tmp_path / "b.mp4", lambda crops, masks: crops)
    else:
        out = pipelines.enhance_file(source, tmp_path / "b.mp4", lambda frame: frame, quiet=True)
    video = media.read_video(out)
    bright = np.argwhere(next(iter(video))[..., 0] > 0.55)
    bright = bright[bright[:, 0] < 300]  # above the label
    assert (video.info.width, video.info.height) == (320, 368)
    assert np.ptp(bright, axis=0) == pytest.approx([119, 119], abs=2)


@pytest.mark.parametrize(("name", "codec", "kind", "sound"), [
    ("a.mts", "libx264", "mpegts", ("aac", 44_100)), ("a.wmv", "wmv2", "asf", ("wmav2", 44_100)),
    ("a.flv", "flv1", None, None), ("a.h264", "libx264", "h264", None), ("a.3gp", "mpeg4", None, ("aac", 44_100))])
def test_every_container_goes_through_the_swap_and_the_enhancement(tmp_path, name, codec, kind, sound):
    source = making.film(tmp_path / name, FRAMES, codec, kind=kind, sound=sound)
    consent(tmp_path)
    for out in (go(source, tmp_path / "b.mp4"), pipelines.enhance_file(source, tmp_path / "c.mp4", twice, scale=2,
                                                                      quiet=True)):
        video = media.read_video(out)
        assert len(list(video)) == 12 and video.info.has_audio == bool(sound) and manifest.read(out)["complete"]
        if sound:
            samples, rate = media.read_audio(out)
            assert len(samples) / rate == pytest.approx(12 / 25, abs=0.15) and np.abs(samples).max() > 0.2
    assert is_red(next(iter(media.read_video(tmp_path / "b.mp4"))))


def test_damaged_sound_goes_through_the_swap_as_silence_and_is_named(tmp_path):
    whole = making.film(tmp_path / "whole.mkv", FRAMES * 4, sound=("aac", 44_100))
    source = making.with_broken_sound(whole, tmp_path / "a.mkv")
    consent(tmp_path)
    with pytest.warns(UserWarning, match="the sound of .*a.mkv is damaged"):
        out = go(source, tmp_path / "b.mp4")
    assert "silent" in manifest.read(out)["sound"] and manifest.read(out)["complete"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samples, rate = media.read_audio(out)
    assert len(samples) / rate == pytest.approx(48 / 25, abs=0.1)


def test_of_several_pages_enhance_says_that_it_took_one(tmp_path):
    pages = [Image.fromarray((frame * 255).astype(np.uint8)) for frame in FRAMES[:3]]
    pages[0].save(tmp_path / "a.gif", save_all=True, append_images=pages[1:])
    consent(tmp_path)
    with pytest.warns(UserWarning, match="1 of 3 frames was looked at"):
        pipelines.enhance_file(tmp_path / "a.gif", tmp_path / "b.png", twice, scale=2)


@pytest.mark.parametrize("name", ["a.mts", "a.h264", "a.anything"])
def test_detect_looks_into_the_file(tmp_path, name, capsys):
    making.film(tmp_path / name, FRAMES, kind={"a.mts": "mpegts", "a.h264": "h264"}.get(name, "mp4"))
    assert cli.main(["detect", str(tmp_path / name)]) == 1  # nobody is in it
    out = capsys.readouterr().out
    count = 1 if name == "a.h264" else 12  # without a container nothing tells its length: a frame every half second
    assert f"video, {count} frames looked at" in out and f"in 0 of {count} frames" in out


def test_detect_says_that_one_of_several_frames_was_looked_at(tmp_path, capsys):
    pages = [Image.fromarray((frame * 255).astype(np.uint8)) for frame in FRAMES[:3]]
    pages[0].save(tmp_path / "a.tiff", save_all=True, append_images=pages[1:])
    cli.main(["detect", str(tmp_path / "a.tiff")])
    assert "note: " in (out := capsys.readouterr().out) and "1 of 3 frames was looked at" in out


def test_parts_with_a_torn_note_or_manifest_are_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr("course_lib.pipelines.swap.PART", 16)
    source = making.film(tmp_path / "a.mp4", FRAMES * 4)
    consent(tmp_path)
    for torn, keep in (("job.json", 9), ("000000.mp4.json", 30), ("track.bin", 700)):
        seen = []

        def impatient(crops, masks, seen=seen):
            seen.append(len(crops))
            if sum(seen) > 30:
                raise KeyboardInterrupt
            return np.broadcast_to(np.float32((0.9, 0.1, 0.1)), crops.shape).copy()

        out = tmp_path / f"{torn}.mp4"
        with pytest.raises(KeyboardInterrupt):
            go(source, out, impatient, find=lambda frame: [FACE])
        (path,) = tmp_path.glob(f"*.parts/{torn}")
        path.write_bytes(path.read_bytes()[:keep])
        go(source, out)
        assert manifest.read(out)["complete"] and len(list(media.read_video(out))) == 48
