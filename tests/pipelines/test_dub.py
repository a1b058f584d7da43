"""Dubbing from file to file: consent, labels, sound, and a clear outcome for each kind of bad input."""
import wave

import keras
import numpy as np
import pytest

from course_lib import cast, media, pipelines, provenance
from course_lib.cast import Camera, Expression, Scene
from course_lib.models.lip_shapes import lip_space, shipped
from course_lib.models.lip_sync import audio_to_lips
from course_lib.pipelines.dub import sound_of
from course_lib.provenance import manifest

SIZE, COUNT = 96, 16


@pytest.fixture(scope="module")
def frames():
    scenes = [Scene(Expression(jaw=0.5 * abs(np.sin(k))), camera=Camera(1.2, 0, 0.1)) for k in range(COUNT)]
    return cast.render(cast.people()["Leo"], scenes, SIZE)


@pytest.fixture(scope="module")
def model():
    from course_lib.data.spoken import lip_points

    keras.utils.set_random_seed(0)
    mouths = np.random.default_rng(0).uniform(0, 0.5, (60, 4))
    return shipped(audio_to_lips(28, 4, 6), lip_space(lip_points(cast.Person(), mouths), 4), np.zeros(28), np.ones(28))


@pytest.fixture
def clip(frames, tmp_path):
    return media.write_video(tmp_path / "old.mp4", frames.rgb, 10, what="a test", how="this test")


def finder(frames):
    rows = iter(frames.landmarks)
    return lambda frame: [next(rows)]


def sound(path, samples, rate=16_000, channels=1):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(np.repeat(samples, channels), -1, 1) * 32767).astype("<i2").tobytes())
    return path


@pytest.mark.parametrize("pose_3d", [True, False])
def test_a_text_becomes_a_labelled_video_as_long_as_its_sound(pose_3d, clip, frames, model, tmp_path):
    out = pipelines.dub_video(clip, tmp_path / "new.mp4", model, find=finder(frames), text="Hello, Leo.", voice="Leo",
                              candidates=3, pose_3d=pose_3d, quiet=True)
    made, record = list(media.read_video(out)), manifest.read(out)
    samples, rate = media.read_audio(out)
    assert abs(len(made) / 10 - len(samples) / rate) < 0.2 and provenance.watermark.detect(made[0])
    assert manifest.agrees(out) and record["parameters"]["text"] == "Hello, Leo." and not list(tmp_path.glob("*.parts"))
    assert np.abs(made[3][:40] - frames.rgb[3][:40]).mean() < 0.03  # above the nose nothing but the codec


def test_wav2lip_draws_the_mouth_and_nothing_above_it(clip, frames, tmp_path):
    from course_lib.models.lip_sync import wav2lip

    keras.utils.set_random_seed(0)
    out = pipelines.dub_video(clip, tmp_path / "new.mp4", wav2lip, find=finder(frames), text="Hello, Leo.", voice="Leo",
                              way="wav2lip", quiet=True)
    made = list(media.read_video(out))
    assert manifest.read(out)["parameters"]["way"] == "wav2lip"
    assert np.abs(made[3][:40] - frames.rgb[3][:40]).mean() < 0.03
    assert np.abs(made[3] - frames.rgb[3]).mean() < 0.05  # untrained, it draws its reference, the old frame


class Interrupted:
    """A generator during whose 7th frame somebody presses Ctrl-C; `layers` makes it a network."""

    def __init__(self, model):
        self.model, self.layers, self.calls = model, model.layers, 0

    def predict_on_batch(self, batch):
        self.calls += 1
        if self.calls == 7:
            raise KeyboardInterrupt
        return self.model.predict_on_batch(batch)


def test_an_interrupted_dubbing_leaves_what_is_done_and_resumes(clip, frames, tmp_path, monkeypatch, capsys):
    from course_lib.models.lip_sync import wav2lip

    monkeypatch.setattr(pipelines.dub, "PART", 4)
    keras.utils.set_random_seed(0)
    model = wav2lip()
    job = dict(text="Hello, Leo.", voice="Leo", way="wav2lip", quiet=True)
    whole = list(media.read_video(pipelines.dub_video(clip, tmp_path / "whole.mp4", model, find=finder(frames), **job)))
    with pytest.raises(KeyboardInterrupt):
        pipelines.dub_video(clip, tmp_path / "new.mp4", Interrupted(model), find=finder(frames), **job)
    assert "resumes it" in capsys.readouterr().out and (tmp_path / "new.mp4.parts").is_dir()
    assert "KeyboardInterrupt" in manifest.read(tmp_path / "new.mp4")["stopped_by"]
    assert 4 <= len(list(media.read_video(tmp_path / "new.mp4"))) < len(whole)
    rest = Interrupted(model)
    rest.calls = 7  # it is counted on, so that no second one comes
    out = pipelines.dub_video(clip, tmp_path / "new.mp4", rest, find=finder(frames), **job)
    assert rest.calls - 7 == len(whole) - 4, "the part that was complete is not made again"
    assert np.abs(np.stack(list(media.read_video(out))) - np.stack(whole)).max() < 1e-6
    assert not (tmp_path / "new.mp4.parts").exists()


def test_a_sound_needs_consent_too(clip, frames, model, tmp_path):
    alone = tmp_path / "alone"
    alone.mkdir()
    file = sound(alone / "voice.wav", 0.2 * np.sin(np.arange(16_000) / 9))
    with pytest.raises(provenance.consent.ConsentError, match=r"consent\.toml"):
        pipelines.dub_video(clip, tmp_path / "new.mp4", model, find=finder(frames), sound_path=file)
    assert not (tmp_path / "new.mp4").exists()


TONE = 0.2 * np.sin(np.arange(16_000) / 9)


@pytest.mark.parametrize(("samples", "options", "message"), [
    (np.zeros(16_000), {}, "is silent"), (TONE[:800], {}, "expected 0.2 to 120 s"),
    (np.tile(TONE, 121), {}, "cut it")])
def test_sound_that_cannot_be_used(samples, options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        sound_of(sound(tmp_path / "a.wav", samples, **options))


def test_sound_that_can_be_used_with_a_warning(tmp_path):
    with pytest.warns(UserWarning, match="8000 samples a second"):
        assert abs(len(sound_of(sound(tmp_path / "a.wav", TONE[:8000], 8000))) - 16_000) < 400
    with pytest.warns(UserWarning, match="is clipped"):
        sound_of(sound(tmp_path / "b.wav", 9 * TONE))
    stereo = sound_of(sound(tmp_path / "c.wav", TONE, channels=2))
    assert stereo.shape == (16_000,) and np.abs(stereo - TONE).max() < 0.01
    with wave.open(str(tmp_path / "d.wav"), "wb") as file:  # the two channels cancel each other
        file.setparams((2, 2, 16_000, 0, "NONE", ""))
        file.writeframes((np.stack([TONE, -TONE], 1) * 32767).astype("<i2").tobytes())
    with pytest.raises(ValueError, match="mixed to mono"):
        sound_of(tmp_path / "d.wav")
    with pytest.raises(FileNotFoundError):
        sound_of(tmp_path / "none.wav")
    (tmp_path / "empty.wav").write_bytes(b"")
    with pytest.raises(ValueError, match="empty"):
        sound_of(tmp_path / "empty.wav")


@pytest.mark.parametrize(("options", "message"), [
    ({}, "give either text"), ({"text": "a", "sound_path": "b.wav"}, "give either text"),
    ({"text": "\N{GRINNING FACE}"}, "no word"), ({"text": "Hello.", "voice": "Nobody"}, "the voice is"),
    ({"text": "a", "way": "magic"}, "expected one of lstm"),
    ({"text": "My brother bought a big box of plums, and two more of them."}, "at least half of it")])
@pytest.mark.filterwarnings("ignore:left out")
def test_what_cannot_be_said(clip, frames, model, options, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        pipelines.dub_video(clip, tmp_path / "new.mp4", model, find=finder(frames), quiet=True, **options)
    assert not (tmp_path / "new.mp4").exists()


def test_an_hour_of_sound_is_refused_before_it_is_read(tmp_path):
    with wave.open(str(tmp_path / "hour.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        for _ in range(60):
            file.writeframes(bytes(2 * 8000 * 60))
    with pytest.raises(ValueError, match="more than 120 s of sound: cut it"):
        sound_of(tmp_path / "hour.wav")


@pytest.mark.filterwarnings("ignore:left out")
def test_digits_and_an_emoji_in_the_text(clip, frames, model, tmp_path):
    out = pipelines.dub_video(clip, tmp_path / "new.mp4", model, find=finder(frames), text="2 maps 😀",
                              candidates=2, quiet=True)
    assert manifest.read(out)["parameters"]["text"].startswith("2 maps") and len(list(media.read_video(out))) > 5


def test_a_clip_without_a_face(clip, model, tmp_path):
    with pytest.raises(ValueError, match="no face was found"):
        pipelines.dub_video(clip, tmp_path / "new.mp4", model, find=lambda frame: [], text="Hello.", quiet=True)
    with pytest.raises(ValueError, match="one of the sources"):
        pipelines.dub_video(clip, clip, model, find=lambda frame: [], text="Hello.")
    with pytest.raises(ValueError, match=r"expected \.mp4"):
        pipelines.dub_video(clip, tmp_path / "new.gif", model, find=lambda frame: [], text="Hello.")
