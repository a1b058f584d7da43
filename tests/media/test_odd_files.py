"""Files that are not damaged but unlike most: colour profiles, several frames, odd pixels, odd endings, bad sound."""
import warnings
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from course_lib import media, provenance
from course_lib.media.kinds import VIDEOS

from . import making
from .making import as_bytes

RNG = np.random.default_rng(4)


@pytest.fixture(scope="module")
def picture():
    y, x = np.mgrid[:96, :128].astype(np.float32)
    return (0.2 + 0.6 * np.stack([x / 128, y / 96, 0.5 + 0.5 * np.sin(x / 9)], -1)).astype(np.float32)


@pytest.mark.parametrize("space", ["DISPLAY_P3", "ADOBE_RGB"])
@pytest.mark.parametrize("ending", ["png", "tiff", "alpha.png"])
def test_colours_of_another_space_become_srgb(tmp_path, picture, space, ending):
    primaries = getattr(making, space)
    stored = as_bytes(picture)
    wanted = making.decoded(stored / 255, primaries).clip(0, 1)
    if "alpha" in ending:
        stored = np.dstack([stored, np.full(stored.shape[:2], 255, np.uint8)])
    Image.fromarray(stored).save(tmp_path / f"a.{ending}", icc_profile=making.profile(primaries))
    found = media.read_image(tmp_path / f"a.{ending}")
    assert np.abs(found - wanted).mean() < 0.002
    assert np.abs(stored[..., :3] / 255 - wanted).mean() > 0.01  # and without the profile it would be this far off


def test_srgb_is_left_as_it_is_and_a_damaged_profile_is_told(tmp_path, picture):
    from PIL import ImageCms

    ours = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(as_bytes(picture)).save(tmp_path / "s.png", icc_profile=ours)
    assert np.abs(media.read_image(tmp_path / "s.png") - picture).max() < 0.51 / 255
    for name, bad in [("bad.png", b"no profile"), ("other.png", making.profile(making.SRGB).replace(b"RGB ", b"CMYK"))]:
        Image.fromarray(as_bytes(picture)).save(tmp_path / name, icc_profile=bad)
        with pytest.warns(UserWarning, match=f"{name} has a colour profile that cannot be used"):
            found = media.read_image(tmp_path / name)
        assert np.abs(found - picture).max() < 0.51 / 255


def test_cielab_is_read(tmp_path):
    Image.new("LAB", (70, 70), (140, 128, 128)).save(tmp_path / "lab.tiff")
    assert np.ptp(media.read_image(tmp_path / "lab.tiff").mean((0, 1))) < 0.03  # a grey


@pytest.mark.parametrize("name", ["a.gif", "a.webp", "a.png", "a.tiff"])
def test_of_several_frames_one_is_read_and_that_is_told(tmp_path, picture, name):
    pages = [Image.fromarray(as_bytes(np.roll(picture, 9 * k, 1))) for k in range(4)]
    pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
    with pytest.warns(UserWarning, match=f"{name} holds 4 frames: 1 of 4 frames was read"):
        found = media.read_image(tmp_path / name)
    assert np.abs(found - picture).mean() < 0.05  # the first
    assert not media.is_video(tmp_path / name)
    pages[0].save(tmp_path / f"one_{name}")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        media.read_image(tmp_path / f"one_{name}")


def test_pixels_that_are_not_square_are_shown_as_players_show_them(tmp_path):
    frame = np.full((368, 240, 3), 0.1, np.float32)
    frame[184 - 60:184 + 60, 120 - 45:120 + 45] = 0.9  # a square of 120 where pixels are 4:3
    making.film(tmp_path / "a.mp4", [frame] * 3, shape=Fraction(4, 3))
    video = media.read_video(tmp_path / "a.mp4")
    found = next(iter(video))
    assert (video.info.width, video.info.height) == (320, 368) and found.shape == (368, 320, 3)
    bright = np.argwhere(found[..., 0] > 0.5)
    assert np.ptp(bright, axis=0) == pytest.approx([119, 119], abs=1)


CONTAINERS = [("a.mts", "libx264", "mpegts", ("aac", 44_100)), ("a.ts", "mpeg2video", None, None),
              ("a.3gp", "mpeg4", None, ("aac", 44_100)), ("a.wmv", "wmv2", "asf", ("wmav2", 44_100)),
              ("a.flv", "flv1", None, None), ("a.h264", "libx264", "h264", None), ("a.mpg", "mpeg1video", None, None),
              ("a.jpg", "libx264", "mp4", None), ("a.dat", "libx264", "matroska", None),
              ("noending", "libx264", "mp4", None)]


@pytest.mark.parametrize(("name", "codec", "kind", "sound"), CONTAINERS)
def test_a_video_is_known_by_what_is_in_it(tmp_path, picture, name, codec, kind, sound):
    path = making.film(tmp_path / name, [picture] * 8, codec, kind=kind, sound=sound)
    assert media.is_video(path)
    video = media.read_video(path)
    frames = list(video)
    assert len(frames) == 8 and np.abs(frames[0] - picture).mean() < 0.05 and video.info.has_audio == bool(sound)
    if sound:
        samples, rate = media.read_audio(path)
        assert len(samples) / rate == pytest.approx(8 / 25, abs=0.15)


def test_what_is_no_video_is_none_whatever_it_is_called(tmp_path, picture):
    for name in ("a.png", "a.mp4", "b.h264"):
        Image.fromarray(as_bytes(picture)).save(tmp_path / name, "PNG")
        assert not media.is_video(tmp_path / name)
        assert media.read_image(tmp_path / name).shape == picture.shape
    (tmp_path / "text.mp4").write_text("hello " * 99)
    assert media.is_video(tmp_path / "text.mp4") and media.is_video(tmp_path / "absent.MTS") and ".mts" in VIDEOS


@pytest.mark.parametrize("sound", [("aac", 44_100), ("mp3", 44_100)])
def test_damaged_sound_becomes_silence_of_its_length(tmp_path, picture, sound):
    whole = making.film(tmp_path / "a.mkv", [picture] * 50, sound=sound)
    making.with_broken_sound(whole, tmp_path / "b.mkv", lambda number: 20 < number <= 40)
    with pytest.warns(UserWarning, match="b.mkv has damaged sound: [0-9]+ packets"):
        samples, rate = media.read_audio(tmp_path / "b.mkv")
    assert len(samples) / rate == pytest.approx(2.0, abs=0.15) and np.abs(samples).max() <= 1
    power = [float(np.abs(samples[round(a * rate):round(b * rate)]).mean()) for a, b in ((0.1, 0.4), (1.2, 1.8))]
    assert min(power) > 0.2  # what is whole sounds, at its time


@pytest.mark.parametrize("ending", ["mp4", "webm"])
def test_damaged_sound_through_a_join_is_named_and_decodes_to_its_end(tmp_path, picture, ending):
    source = making.film(tmp_path / "a.mkv", [picture] * 50, sound=("aac", 44_100))
    making.with_broken_sound(source, tmp_path / "b.mkv")
    part = media.write_video(tmp_path / f"part.{ending}", [picture] * 50, 25, what="a test", how="tests")
    with pytest.warns(UserWarning, match="the sound of .*b.mkv is damaged; it was re-encoded, [0-9]+ damaged packets"):
        out = media.join_videos(tmp_path / f"out.{ending}", [part], sound=tmp_path / "b.mkv", what="a test", how="-")
    assert "damaged packets" in provenance.manifest.read(out)["sound"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        samples, rate = media.read_audio(out)
        assert len(samples) / rate == pytest.approx(2.0, abs=0.15) and len(list(media.read_video(out))) == 50
    making.with_broken_sound(source, tmp_path / "c.mkv", lambda number: True)
    with pytest.warns(UserWarning, match="c.mkv is damaged; it was left out|re-encoded"):
        out = media.join_videos(tmp_path / f"none.{ending}", [part], sound=tmp_path / "c.mkv", what="a test", how="-")
    assert len(list(media.read_video(out))) == 50
