"""From file to file: what kind of film goes in, what is kept of it, and what an interruption leaves."""
from fractions import Fraction

import av
import numpy as np
import pytest

from course_lib import blending, media, pipelines, provenance
from course_lib.faces import MEAN_FACE
from course_lib.pipelines import swap as swapping
from course_lib.provenance import manifest

WIDTH, HEIGHT = 112, 96
FACE = (MEAN_FACE * 64 + (24, 16)).astype(np.float32)


def scenery(count, height=HEIGHT, width=WIDTH):
    """Frames with a skin-coloured square where FACE is, and a bright bar that moves from left to right."""
    for i in range(count):
        frame = np.full((height, width, 3), (0.2, 0.3, 0.5), np.float32)
        frame[16:80, 24:88] = (0.8, 0.6, 0.5)
        frame[:8, : 8 + i % 90] = 0.9
        yield frame


def make_video(path, count=12, codec="libx264", fps=25, times=None, sound=None, rotation=0, sizes=None,
               pix_fmt="yuv420p"):
    """A video file like those that people have. times: seconds of a variable frame rate. sizes: of each frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pix_fmt
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000) if times else Fraction(1, fps)
        stream.codec_context.max_b_frames = 0  # or an AVI file would get a gap after its first frame
        if rotation:
            stream.set_display_rotation(rotation)
        track = container.add_stream(*sound) if sound else None
        for i, image in enumerate(scenery(count)):
            frame = av.VideoFrame.from_ndarray((image * 255).astype(np.uint8), "rgb24").reformat(format=pix_fmt)
            frame.pts = round(times[i] * 1000) if times else i
            frame.time_base = stream.codec_context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if track:
            rate = track.rate
            wave = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(count / fps * rate)) / rate)
            for start in range(0, len(wave), 1024):
                part = av.AudioFrame.from_ndarray(wave[None, start:start + 1024].astype(np.float32), "fltp", "mono")
                part.sample_rate, part.pts = rate, start
                container.mux(track.encode(part))
            container.mux(track.encode())
    consent = provenance.consent.template().replace('subject = ""', 'subject = "nobody"').replace('purpose = ""',
                                                                                          'purpose = "tests"')
    path.with_name("consent.toml").write_text(consent, encoding="utf-8")
    return path


def red(crops, masks):
    """A swap that anybody can see."""
    return np.broadcast_to(np.float32((0.9, 0.1, 0.1)), crops.shape).copy()


def go(source, target, swap=red, find=lambda frame: [FACE], quiet=True, **more):
    steps = blending.Steps(colour="none", visible=False)
    return pipelines.swap_video(source, target, swap, find=find, steps=steps, quiet=quiet, **more)


def is_red(frame, where=(48, 56)):
    r, g, b = frame[where]
    return r > 0.7 and g < 0.3 and b < 0.3


@pytest.mark.parametrize(("name", "codec", "sound"), [
    ("a.mp4", "libx264", ("aac", 44_100)), ("a.webm", "libvpx-vp9", ("libopus", 48_000)),
    ("b.mp4", "mpeg4", ("mp3", 44_100)), ("a.mkv", "libx265", None), ("a.avi", "mjpeg", ("pcm_s16le", 22_050))])
def test_common_codecs_keep_pictures_rate_and_sound(tmp_path, name, codec, sound):
    if codec == "libx265" and "libx265" not in av.codecs_available:
        pytest.skip("this FFmpeg has no H.265 encoder")
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    source = make_video(tmp_path / name, 10, codec, 20, sound=sound, pix_fmt=pix_fmt)
    done = media.read_video(go(source, tmp_path / "out.mp4"))
    frames = list(done)
    assert len(frames) == 10 and done.info.fps == 20 and frames[0].shape == (HEIGHT, WIDTH, 3)
    assert all(is_red(frame) for frame in frames)
    assert np.abs(frames[4][30:60, 2:16] - (0.2, 0.3, 0.5)).mean() < 0.03
    assert done.info.has_audio == bool(sound)
    if done.info.has_audio:
        samples, rate = media.read_audio(done.path)
        assert abs(len(samples) / rate - 0.5) < 0.08
        middle = samples[rate // 8:rate // 4, 0]
        assert abs(np.abs(np.fft.rfft(middle)).argmax() / (len(middle) / rate) - 440) < 12
    record = manifest.read(done.path)
    assert manifest.agrees(done.path) and record["complete"] and record["synthetic"] and record["pictures"] == 10
    assert record["consent"]["purpose"] == "tests" and record["sources"][0]["name"] == name
    assert provenance.watermark.detect(frames)
    assert not list(tmp_path.glob("*.parts"))


def test_sound_that_the_container_holds_is_copied_and_other_sound_encoded_anew(tmp_path):
    source = make_video(tmp_path / "a.mp4", sound=("aac", 44_100))
    assert manifest.read(go(source, tmp_path / "b.mp4"))["sound"] == "copied"
    assert manifest.read(go(source, tmp_path / "b.webm"))["sound"] == "re-encoded"
    assert media.read_video(tmp_path / "b.webm").info.has_audio


@pytest.mark.parametrize("angle", [90, -90, 180])
def test_a_video_that_is_stored_rotated_comes_out_upright(tmp_path, angle):
    source = make_video(tmp_path / "a.mp4", 4, rotation=angle)
    upright = next(iter(media.read_video(source)))
    k = {90: 1, -90: -1, 180: 2}[angle]
    turned = np.rot90(next(scenery(1)), k)
    assert upright.shape == turned.shape and np.abs(upright - turned).mean() < 0.03
    face = FACE - ((WIDTH - 1) / 2, (HEIGHT - 1) / 2)
    for _ in range(k % 4):
        face = np.stack([face[:, 1], -face[:, 0]], 1)
    face = (face + ((upright.shape[1] - 1) / 2, (upright.shape[0] - 1) / 2)).astype(np.float32)
    out = media.read_video(go(source, tmp_path / "b.mp4", find=lambda frame: [face]))
    frame = next(iter(out))
    assert frame.shape == upright.shape and out.info.rotation == 0
    assert is_red(np.rot90(frame, -k))


def test_a_variable_frame_rate_is_kept(tmp_path):
    times = [0.0, 0.04, 0.12, 0.14, 0.3, 0.34, 0.5, 0.7]
    out = go(make_video(tmp_path / "a.mkv", len(times), times=times), tmp_path / "b.mp4")
    assert [time for time, _ in media.read_video(out).timed()] == pytest.approx(times, abs=1e-3)


def test_parts_join_without_a_seam(tmp_path, monkeypatch):
    monkeypatch.setattr(swapping, "PART", 16)
    monkeypatch.setattr(swapping, "MARGIN", 8)
    source = make_video(tmp_path / "a.mp4", 50, sound=("aac", 44_100))
    out = go(source, tmp_path / "b.mp4", quiet=False)
    pairs = list(media.read_video(out).timed())
    assert [time for time, _ in pairs] == pytest.approx(np.arange(50) / 25, abs=1e-6)
    bars = [int((frame[3, :, 0] > 0.6).sum()) for _, frame in pairs]
    assert np.abs(np.array(bars) - np.arange(8, 58)).max() <= 1  # every frame once, in its order


def test_what_an_interrupt_leaves_is_a_video_and_the_same_call_resumes(tmp_path, monkeypatch):
    monkeypatch.setattr(swapping, "PART", 16)
    source, out, seen = make_video(tmp_path / "a.mp4", 60, sound=("aac", 44_100)), tmp_path / "b.mp4", []

    def impatient(crops, masks):
        seen.append(len(crops))
        if sum(seen) > 40:
            raise KeyboardInterrupt
        return red(crops, masks)

    with pytest.raises(KeyboardInterrupt):
        go(source, out, impatient)
    record = manifest.read(out)
    assert not record["complete"] and "KeyboardInterrupt" in record["stopped_by"] and manifest.agrees(out)
    partial = media.read_video(out)
    assert len(list(partial)) == record["pictures"] == 32 and partial.info.has_audio
    seen.clear()

    def patient(crops, masks):
        seen.append(len(crops))
        return red(crops, masks)

    go(source, out, patient, find=lambda frame: [FACE])
    assert manifest.read(out)["complete"] and len(list(media.read_video(out))) == 60
    assert sum(seen) < 60  # the finished parts were not made again
    assert not list(tmp_path.glob("*.parts"))


def test_another_job_does_not_go_on_with_the_parts_of_this_one(tmp_path):
    source, out = make_video(tmp_path / "a.mp4", 20), tmp_path / "b.mp4"
    with pytest.raises(ZeroDivisionError):
        go(source, out, lambda crops, masks: 1 / 0)
    assert not out.exists()
    go(source, out, parameters={"person": "another"})
    assert manifest.read(out)["parameters"]["person"] == "another"


def test_frames_without_a_face_pass_unchanged(tmp_path):
    rows = np.repeat(FACE[None], 40, 0)
    rows[:20] = np.nan
    out = go(make_video(tmp_path / "a.mp4", 40), tmp_path / "b.mp4", find=None, landmarks=rows)
    frames = list(media.read_video(out))
    assert not any(is_red(frame) for frame in frames[:14]) and all(is_red(frame) for frame in frames[22:])


def test_what_cannot_be_done_leaves_nothing(tmp_path):
    source = make_video(tmp_path / "a.mp4", 8)
    cases = [
        (dict(find=lambda frame: []), "no face was found in the 8 frames"),
        (dict(find=None, landmarks=np.repeat(FACE[None], 5, 0)), "5 rows"),
        (dict(find=None, landmarks=np.repeat(FACE[None], 9, 0)), "9 rows"),
        (dict(find=None), "either find"),
        (dict(find=None, landmarks=np.zeros((8, 5, 2))), r"expected \[T, 68, 2\]"),
        (dict(find=lambda frame: [FACE[:5]]), r"\(5, 2\).*estimate_68"),
    ]
    for more, words in cases:
        with pytest.raises(ValueError, match=words):
            go(source, tmp_path / "b.mp4", **more)
    with pytest.raises(ValueError, match=r"expected .mp4"):
        go(source, tmp_path / "b.avi")
    with pytest.raises(ValueError, match="source itself"):
        go(source, source)
    with pytest.raises(FileNotFoundError):
        go(tmp_path / "none.mp4", tmp_path / "b.mp4")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no film")
    for name in ("empty.mp4", "text.mp4"):
        with pytest.raises(ValueError):
            go(tmp_path / name, tmp_path / "b.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "consent.toml", "empty.mp4", "text.mp4"]


def test_a_size_that_changes_midway_is_told_and_nothing_is_written(tmp_path, monkeypatch):
    source = make_video(tmp_path / "a.mp4", 6)

    def changing(self):
        for i, frame in enumerate(scenery(6)):
            yield i / 25, frame if i < 3 else frame[:64]

    monkeypatch.setattr(media.video.Video, "timed", changing)
    with pytest.raises(ValueError, match="frame 3 of a.mp4 is 112 x 64, those before it are 112 x 96"):
        go(source, tmp_path / "b.mp4")
    assert not (tmp_path / "b.mp4").exists() and not list(tmp_path.glob("*.parts"))


@pytest.mark.filterwarnings("ignore:.*cut short")
def test_a_truncated_video_is_distinguished_from_a_whole_one(tmp_path):
    whole = make_video(tmp_path / "a.mkv", 200, "mjpeg", pix_fmt="yuvj420p").read_bytes()
    (tmp_path / "a.mkv").write_bytes(whole[:len(whole) // 2])
    try:
        out = go(tmp_path / "a.mkv", tmp_path / "b.mp4")
    except ValueError as error:
        assert "damaged" in str(error) and not (tmp_path / "b.mp4").exists()
    else:
        record = manifest.read(out)
        assert not record["complete"] and "before its time" in record["stopped_by"] and 50 < record["pictures"] < 150


def test_consent_is_asked_for_unless_the_course_made_the_video(tmp_path):
    source = make_video(tmp_path / "a.mp4", 4)
    (tmp_path / "consent.toml").unlink()
    with pytest.raises(provenance.consent.ConsentError):
        go(source, tmp_path / "b.mp4")
    ours = media.write_video(tmp_path / "ours.mp4", scenery(4), 25, what="a test", how="this test")
    assert "consent" not in manifest.read(go(ours, tmp_path / "b.mp4"))
    make_video(tmp_path / "a.mp4", 4)  # with consent again: what is made of it is a real person's
    real = go(tmp_path / "a.mp4", tmp_path / "c.mp4")
    (tmp_path / "consent.toml").unlink()
    with pytest.raises(provenance.consent.ConsentError):
        go(real, tmp_path / "d.mp4")


def test_a_swap_that_gives_the_wrong_shape_is_named():
    frames, rows = list(scenery(3)), np.repeat(FACE[None], 3, 0)
    with pytest.raises(ValueError, match=r"swap gave \(3, 32, 32, 3\)"):
        list(blending.swap_frames(frames, rows, lambda crops, masks: crops[:, ::2, ::2]))
    with pytest.raises(ValueError, match="landmarks for 3"):
        list(blending.swap_frames(frames + frames, rows, red))
    with pytest.raises(ValueError, match="68"):
        blending.swap_frames(frames, np.zeros((3, 5, 2)), red)


def test_a_swap_into_itself_and_a_still_video():
    frames, rows = list(scenery(1)) * 20, np.repeat(FACE[None], 20, 0)
    same = list(blending.swap_frames(frames, rows, lambda crops, masks: crops))
    inner = np.s_[30:66, 40:72]
    assert max(np.abs(s.frame - f)[inner].max() for s, f in zip(same, frames)) < 0.02
    made = list(blending.swap_frames(frames, rows, red))
    assert max(np.abs(s.frame - made[0].frame).max() for s in made) < 1e-6  # no jitter at all
    assert made[0].layer.weights((HEIGHT, WIDTH)).shape == (HEIGHT, WIDTH)


def test_what_is_covered_stays_in_front():
    frame, seen = next(scenery(1)), np.ones((HEIGHT, WIDTH), np.float32)
    seen[:, 56:] = 0
    steps = blending.Steps(colour="none")
    out = next(blending.swap_frames([frame], FACE[None], red, visible=[seen], steps=steps))
    np.testing.assert_array_equal(out.frame[:, 57:], frame[:, 57:])
    assert is_red(out.frame, (48, 46))
