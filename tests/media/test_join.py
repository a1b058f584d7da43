"""Films behind one another: every frame once and in time, sound beside them, and only what the course made."""
import av
import numpy as np
import pytest

from course_lib import media, provenance
from course_lib.provenance import manifest

MADE = dict(what="a test", how="this test")


def grey(count, first=0):
    for i in range(first, first + count):
        yield np.full((64, 96, 3), 0.1 + 0.02 * i, np.float32)


def parts(tmp_path, counts=(5, 7, 3), ending=".mp4", **more):
    out, first = [], 0
    for i, count in enumerate(counts):
        out.append(media.write_video(tmp_path / f"{i}{ending}", grey(count, first), 25, **MADE, **more))
        first += count
    return out


def tone(seconds=2.0, rate=44_100):
    return (0.4 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.float32), rate


@pytest.mark.parametrize("ending", [".mp4", ".webm"])
def test_every_frame_is_there_once_and_in_time(tmp_path, ending):
    out = media.join_videos(tmp_path / f"all{ending}", parts(tmp_path, ending=ending), **MADE)
    pairs = list(media.read_video(out).timed())
    assert [time for time, _ in pairs] == pytest.approx(np.arange(15) / 25, abs=2e-3)
    np.testing.assert_allclose([frame[:30].mean() for _, frame in pairs], 0.1 + 0.02 * np.arange(15), atol=0.012)
    told = manifest.read(out)
    assert told["pictures"] == 15 and told["complete"] and told["seconds"] == pytest.approx(0.6)
    assert manifest.agrees(out) and provenance.watermark.detect([frame for _, frame in pairs])


def test_starts_leave_gaps_as_they_are(tmp_path):
    out = media.join_videos(tmp_path / "all.mp4", parts(tmp_path, (2, 2)), [0, 1.0], **MADE)
    assert [time for time, _ in media.read_video(out).timed()] == pytest.approx([0, 0.04, 1.0, 1.04], abs=1e-3)


@pytest.mark.parametrize(("ending", "how"), [(".mp4", "copied"), (".webm", "re-encoded")])
def test_sound_comes_along_as_long_as_the_film(tmp_path, ending, how):
    source = media.write_video(tmp_path / "sound.mp4", grey(40), 25, audio=tone(1.6), **MADE)
    out = media.join_videos(tmp_path / f"all{ending}", parts(tmp_path, ending=ending), sound=source, **MADE)
    samples, rate = media.read_audio(out)
    assert manifest.read(out)["sound"] == how and len(samples) / rate == pytest.approx(0.6, abs=0.08)
    part = samples[rate // 10:rate // 2, 0]
    assert np.abs(np.fft.rfft(part)).argmax() / (len(part) / rate) == pytest.approx(440, abs=5)


def test_a_film_without_sound_stays_silent(tmp_path):
    silent = parts(tmp_path)
    out = media.join_videos(tmp_path / "all.mp4", silent, sound=silent[0], **MADE)
    assert "sound" not in manifest.read(out) and not media.read_video(out).info.has_audio


def test_what_is_not_complete_says_so(tmp_path):
    out = media.join_videos(tmp_path / "all.mp4", parts(tmp_path), stopped_by="the power failed", **MADE)
    assert manifest.read(out)["complete"] is False and manifest.read(out)["stopped_by"] == "the power failed"


def test_only_what_the_course_made_and_what_fits_is_joined(tmp_path):
    good = parts(tmp_path)
    stranger = tmp_path / "stranger.mp4"
    with av.open(str(stranger), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 96, 3), np.uint8), "rgb24")))
        container.mux(stream.encode())
    large = media.write_video(tmp_path / "large.mp4", (np.zeros((128, 96, 3), np.float32),) * 2, 25, **MADE)
    changed = media.write_video(tmp_path / "changed.mp4", grey(2), 25, **MADE)
    changed.write_bytes(changed.read_bytes() + b"x")
    before = sorted(tmp_path.iterdir())
    for wrong, error, words in (([*good, stranger], FileNotFoundError, "no manifest"),
                                ([*good, large], ValueError, "the first part"),
                                ([*good, changed], ValueError, "not the file"),
                                ([], ValueError, "at least one"), ([tmp_path / "a.webm"], ValueError, "for all")):
        with pytest.raises(error, match=words):
            media.join_videos(tmp_path / "all.mp4", wrong, **MADE)
    with pytest.raises(ValueError, match="what is"):
        media.join_videos(tmp_path / "all.mp4", good, what="", how="x")
    assert sorted(tmp_path.iterdir()) == before
