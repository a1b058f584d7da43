"""`course dub` from end to end with the shipped networks: an ordinary video with sound in, a dubbed one out."""
import shutil

import numpy as np
import pytest

from course_lib import audio, cast, cli, faces, media, provenance
from course_lib.data.spoken import address
from course_lib.metrics.lipsync import opening
from course_lib.pipelines.recording import consent_text
from course_lib.provenance import manifest

OLD, NEW, FPS, SIDE = "We move the water to the house.", "Bob, my map. Pam.", 25, 144


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """Ada says OLD, in a file without a manifest: for the course a recording like any other."""
    folder, ada = tmp_path_factory.mktemp("recording"), cast.people()["Ada"]
    said = audio.fitted(audio.say(OLD, "Ada"), 2.0)
    frames = cast.render(ada, address(ada, said, 3), SIDE)
    made = media.write_video(folder / "made.mp4", frames.rgb, FPS, what="a test", how="this test",
                             audio=(said.samples, said.rate))
    shutil.move(made, folder / "ada.mp4")
    manifest.path_of(made).unlink()
    return folder / "ada.mp4"


def lips(path):
    """How far the lips are open in every frame of a file, for whoever looks at it without knowing how it was made."""
    found = [faces.detect_faces(frame, "mesh")[0].landmarks for frame in media.read_video(path)]
    return opening(faces.lips.lip_shape(np.stack(found)))


@pytest.mark.parametrize("way", ["lstm", "wav2lip"])
def test_a_recording_is_dubbed(way, recording, tmp_path, capsys):
    out = tmp_path / "dubbed.mp4"
    command = ["dub", str(recording), "--say", NEW, "--way", way, "-o", str(out)]
    (recording.parent / "consent.toml").unlink(missing_ok=True)
    assert cli.main(command) == 1 and "consent.toml" in capsys.readouterr().out and not out.exists()

    (recording.parent / "consent.toml").write_text(consent_text("Ada of the cast", "a test", 2), encoding="utf-8")
    assert cli.main(command) == 0
    new, record = audio.say(NEW, "Ada"), manifest.read(out)
    frames = list(media.read_video(out))
    samples, rate = media.read_audio(out, 16_000)
    assert len(frames) == int(np.ceil(len(new.samples) / new.rate * FPS))
    assert abs(len(samples) / rate - len(new.samples) / new.rate) < 0.1
    heard = np.correlate(samples[:16_000].mean(1), new.samples[:16_000], "full")
    assert abs(int(np.abs(heard).argmax()) - 15_999) < 1600, "the sound is the new sentence, and begins with the clip"
    assert record["parameters"]["way"] == way and manifest.agrees(out) and record["consent"]
    assert provenance.watermark.detect(frames[0]) and not list(tmp_path.glob("*.parts"))
    assert {frame.shape for frame in frames} == {(SIDE, SIDE, 3)}

    wanted = audio.mouth(new.phones, np.arange(len(frames)) / FPS)[:, 0]
    assert np.corrcoef(lips(out), wanted)[0, 1] > 0.5, "the lips follow the new sound"
