"""Video and sound, out and in: sizes, times, colours, sound, interrupts, damage; one frame at a time."""
import itertools
import os
import signal
import threading
import tracemalloc

import av
import numpy as np
import pytest

from course_lib import media, provenance

KW = dict(what="a test clip", how="tests")


@pytest.fixture(scope="module")
def frames(cast_pictures):
    """A person sliding about, 20 frames of 112 px."""
    places = [(8 + round(7 * np.sin(i / 5)), 8 + round(7 * np.cos(i / 7))) for i in range(20)]
    return [cast_pictures[5][y:y + 112, x:x + 112] for y, x in places]


def in_a_row(frames):
    """The frames as an iterator that can be read only once and has no length."""
    yield from frames


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_a_clip_comes_back_with_its_frames_times_and_colours(tmp_path, frames, name):
    path = media.write_video(tmp_path / name, in_a_row(frames), 12.5, **KW)
    video = media.read_video(path)
    assert (video.info.width, video.info.height) == (112, 112)
    assert video.info.codec == {"mp4": "h264", "webm": "vp9"}[name[2:]]
    assert video.info.fps == pytest.approx(12.5, abs=0.1) and video.info.duration == pytest.approx(1.6, abs=0.1)
    times, found = zip(*video.timed(), strict=True)
    np.testing.assert_allclose(times, np.arange(20) / 12.5, atol=0.001)
    assert found[0].dtype == np.float32 and len(list(video)) == 20  # and it can be read again
    late = list(video.timed(lambda second: second > 1))
    assert [t for t, _ in late] == [t for t in times if t > 1] and np.array_equal(late[0][1], found[13])
    face = np.s_[:95]  # above the label
    error = np.stack(found)[:, face] - np.stack(frames)[:, face]
    assert np.abs(error).mean() < 0.02 and np.abs(error.mean((0, 1, 2))).max() < 0.004
    assert provenance.manifest.agrees(path) and provenance.manifest.read(path)["pictures"] == 20


def test_strong_colours_keep_their_value(tmp_path):
    """A wrong colour matrix or range between writer and reader shifts these by 10 to 60 of 255."""
    tones = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0.1],
                      [0, 0, 0], [1, 1, 1], [0.9, 0.6, 0.5], [0.2, 0.2, 0.2]])
    picture = np.repeat(np.repeat(tones.reshape(2, 4, 3), 64, 0), 64, 1).astype(np.float32)
    found = next(iter(media.read_video(media.write_video(tmp_path / "a.mp4", [picture] * 3, 25, crf=10, **KW))))
    for y, x in itertools.product((32, 92), (32, 96, 160, 224)):
        np.testing.assert_allclose(found[y - 16:y + 16, x - 16:x + 16].mean((0, 1)), picture[y, x], atol=0.03)


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
@pytest.mark.parametrize("side", [64, 128, 200])
def test_the_mark_survives_the_codec_in_every_frame(tmp_path, cast_pictures, name, side):
    """H.264 at CRF 23 and VP9 at 32, by default; run with -s to see the scores."""
    sheet = np.concatenate([np.concatenate(cast_pictures[i:i + 2], 1) for i in (4, 6)])
    moving = [np.ascontiguousarray(sheet[i:i + side, 2 * i:2 * i + side]) for i in range(12)]
    found = list(media.read_video(media.write_video(tmp_path / name, moving, 25, **KW)))
    scores = [provenance.watermark.score(f) for f in found]
    print(f"\n{name} {side} px: scores {min(scores):.1f} to {max(scores):.1f}")
    assert np.mean(np.array(scores) >= provenance.watermark.THRESHOLD) >= 0.75 and provenance.watermark.detect(found)
    assert not provenance.watermark.detect(moving)


def test_an_odd_size_gets_one_more_row_and_column(tmp_path, frames):
    odd = [f[:97, :111] for f in frames[:4]]
    for name in ("a.mp4", "a.webm"):
        found = next(iter(media.read_video(media.write_video(tmp_path / name, odd, 25, **KW))))
        assert found.shape == (98, 112, 3)
        assert np.abs(found[:80, :111] - odd[0][:80]).mean() < 0.02
        assert np.abs(found[:80, 111] - found[:80, 110]).mean() < 0.03


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_a_variable_frame_rate_is_kept_as_times(tmp_path, frames, name):
    times = [2.0, 2.1, 2.15, 2.4, 2.41, 2.9]
    video = media.read_video(media.write_video(tmp_path / name, frames[:6], times=iter(times), **KW))
    np.testing.assert_allclose([t for t, _ in video.timed()], np.array(times) - 2, atol=0.002)


@pytest.mark.parametrize("angle", [90, -90, 180])
def test_a_turned_video_is_read_upright(tmp_path, angle):
    picture = np.zeros((96, 128, 3), np.uint8)
    picture[:48, :64] = 255
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        stream.set_display_rotation(angle)
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    video = media.read_video(tmp_path / "a.mp4")
    upright = np.rot90(picture, angle // 90) / 255  # the flag turns counterclockwise, as FFmpeg defines it
    found = next(iter(video))
    assert found.shape == upright.shape == (video.info.height, video.info.width, 3)
    assert video.info.rotation == angle % 360
    assert np.abs(found - upright).mean() < 0.03


@pytest.mark.parametrize(("name", "rate"), [("a.mp4", 22050), ("a.webm", 16000)])
def test_sound_comes_back_in_time_and_ends_with_the_frames(tmp_path, frames, name, rate):
    second = np.arange(2 * rate) / rate
    beep = np.where((second > 0.3) & (second < 0.5), np.sin(2 * np.pi * 880 * second), 0).astype(np.float32) * 0.6
    stereo = np.stack([beep, beep * 0.25], 1)
    path = media.write_video(tmp_path / name, in_a_row(frames), 25, audio=(stereo, rate), **KW)
    samples, found_rate = media.read_audio(path, rate=rate)
    assert found_rate == rate and media.read_video(path).info.has_audio and samples.dtype == np.float32
    assert len(samples) / rate == pytest.approx(0.8, abs=0.06)
    loud = np.flatnonzero(np.abs(samples[:, 0]) > 0.2) / rate
    assert loud.min() == pytest.approx(0.3, abs=0.02) and loud.max() == pytest.approx(0.5, abs=0.02)
    middle = samples[round(0.35 * rate):round(0.45 * rate)]
    np.testing.assert_allclose(np.abs(middle).max(0), [0.6, 0.15], atol=0.06)
    spectrum = np.abs(np.fft.rfft(middle[:, 0]))
    assert np.argmax(spectrum) * rate / len(middle) == pytest.approx(880, abs=15)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("the model failed")])
def test_what_was_made_before_a_stop_is_kept_and_says_so(tmp_path, frames, error, capsys):
    def stopping():
        yield from frames[:7]
        raise error

    with pytest.raises(type(error)):
        media.write_video(tmp_path / "a.mp4", stopping(), 25, **KW)
    assert "stopped after 7 images" in capsys.readouterr().out
    found = provenance.manifest.read(tmp_path / "a.mp4")
    assert found["complete"] is False and type(error).__name__ in found["stopped_by"] and found["pictures"] == 7
    assert len(list(media.read_video(tmp_path / "a.mp4"))) == 7 and provenance.manifest.agrees(tmp_path / "a.mp4")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT that a thread could send")
def test_ctrl_c_during_encoding_leaves_a_valid_file(tmp_path, frames, ctrl_c):
    started = threading.Event()

    def endless():
        for frame in itertools.cycle(frames):
            started.set()
            yield frame

    threading.Thread(target=lambda: (started.wait(20), os.kill(os.getpid(), signal.SIGINT))).start()
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        media.write_video(tmp_path / "a.mp4", itertools.chain(frames[:2], endless()), 25, **KW)
    assert signal.getsignal(signal.SIGINT) is before
    assert len(list(media.read_video(tmp_path / "a.mp4"))) == provenance.manifest.read(tmp_path / "a.mp4")["pictures"]


def test_a_long_video_needs_no_more_memory_than_a_short_one(tmp_path, frames):
    def most(n):
        tracemalloc.start()
        path = media.write_video(tmp_path / f"{n}.mp4", itertools.islice(itertools.cycle(frames), n), 25, **KW)
        assert sum(1 for _ in media.read_video(path)) == n
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    most(5)  # fills the caches
    assert most(120) < most(20) + 6 * frames[0].nbytes


def test_what_cannot_be_read_is_refused_or_told(tmp_path, frames):
    whole = media.write_video(tmp_path / "a.mp4", frames, 25, **KW).read_bytes()
    for name, data, says in [("empty.mp4", b"", "empty"), ("text.mp4", b"hello" * 999, "cannot be read"),
                             ("cut.mp4", whole[:len(whole) // 2], "cut short")]:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=f"{name}.*{says}"):
            media.read_video(tmp_path / name)
    with pytest.raises(ValueError, match="no sound track"):
        media.read_audio(tmp_path / "a.mp4")
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(ValueError, match="no video track"):
        media.read_video(tmp_path / "sound.mp4")
    with pytest.raises(FileNotFoundError):
        media.read_video(tmp_path / "none.mp4")
    web = media.write_video(tmp_path / "a.webm", frames, 25, **KW).read_bytes()
    (tmp_path / "short.webm").write_bytes(web[:-len(web) // 5])
    with pytest.warns(UserWarning, match="short.webm ends .* cut short"):
        assert 0 < sum(1 for _ in media.read_video(tmp_path / "short.webm")) < 20


@pytest.mark.parametrize(("change", "says"), [
    (dict(path="a.avi"), "expected .mp4"), (dict(fps=None), "either fps"), (dict(times=[0.0]), "either fps"),
    (dict(fps=0), "fps is 0"), (dict(crf=45), "crf is 45"), (dict(audio=(np.zeros(9, np.int16), 16000)), "int16"),
    (dict(audio=(np.full(9, 2.0), 16000)), "beyond"), (dict(audio=(np.zeros(9), 10)), "rate is 10"),
    (dict(audio=np.zeros(16000)), "pair"), (dict(frames=[]), "no frames"),
    (dict(frames=[np.zeros((80, 80))]), "expected RGB"),
])
def test_wrong_arguments_are_refused_and_leave_nothing(tmp_path, frames, change, says):
    given = dict(path="a.mp4", frames=frames, fps=25, **KW) | change
    with pytest.raises(ValueError, match=says):
        media.write_video(tmp_path / given.pop("path"), given.pop("frames"), given.pop("fps"), **given)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("times", "says"), [([0.0, 0.1, 0.1], "not after"), ([0.0], "more frames"),
                                             ([0.0, 0.1, 0.2, 0.3], "more entries")])
def test_times_must_fit_the_frames(tmp_path, frames, times, says):
    with pytest.raises(ValueError, match=says):
        media.write_video(tmp_path / "a.mp4", frames[:3], times=times, **KW)
    assert provenance.manifest.read(tmp_path / "a.mp4")["complete"] is False


def test_frames_of_two_sizes_are_refused(tmp_path, frames):
    with pytest.raises(ValueError, match=r"frame 1 has the shape \(100, 112, 3\)"):
        media.write_video(tmp_path / "a.mp4", [frames[0], frames[1][:100]], 25, **KW)
