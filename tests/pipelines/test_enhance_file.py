"""Enhancement from file to file: consent, labels, errors before any work, and what an interrupt leaves."""
import sys

import numpy as np
import pytest

from course_lib import media, pipelines, provenance
from course_lib.provenance import manifest


def consent(folder):
    text = provenance.consent.template().replace('subject = ""', 'subject = "nobody"').replace('purpose = ""',
                                                                                       'purpose = "tests"')
    (folder / "consent.toml").write_text(text, encoding="utf-8")


def scene():
    """An image of 96 x 112 pixels, smooth from left to right and from top to bottom."""
    y, x = np.mgrid[:96, :112].astype(np.float32)
    return np.stack([x / 111, y / 95, 0.5 + 0.5 * np.sin(x / 9) * np.cos(y / 7)], -1)


def twice(frame):
    return np.repeat(np.repeat(1 - frame, 2, 0), 2, 1)


def test_an_image_goes_in_and_a_labelled_larger_one_comes_out(tmp_path):
    consent(tmp_path)
    from PIL import Image

    Image.fromarray((scene() * 255).astype(np.uint8)).save(tmp_path / "a.png")
    out = pipelines.enhance_file(tmp_path / "a.png", tmp_path / "b.png", twice, scale=2, parameters={"weights": "x"})
    output, record = media.read_image(out), manifest.read(out)
    assert output.shape == (192, 224, 3) and provenance.watermark.detect(output) and manifest.agrees(out)
    assert record["consent"]["purpose"] == "tests" and record["parameters"] == {"weights": "x", "scale": 2}
    assert np.abs(output[:96] - twice(media.read_image(tmp_path / "a.png"))[:96]).mean() < 0.02


def test_consent_is_asked_for_unless_the_course_made_it(tmp_path):
    from PIL import Image

    Image.fromarray((scene() * 255).astype(np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(provenance.consent.ConsentError, match=r"consent\.toml"):
        pipelines.enhance_file(tmp_path / "a.png", tmp_path / "b.png", twice, scale=2)
    assert not (tmp_path / "b.png").exists()
    ours = media.write_image(tmp_path / "ours.png", scene(), what="a test", how="this test")
    pipelines.enhance_file(ours, tmp_path / "b.png", twice, scale=2)


def make_video(path, count, size=(64, 80)):
    consent(path.parent)
    frames = [np.full((*size, 3), 0.2 + 0.6 * i / count, np.float32) for i in range(count)]
    return media.write_video(path, frames, 25, what="a test", how="this test")


def test_a_video_is_stopped_and_resumed(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["course_lib.pipelines.enhance"], "PART", 8)
    source, out, seen = make_video(tmp_path / "a.mp4", 20), tmp_path / "b.mp4", []

    def impatient(frame):
        seen.append(1)
        if len(seen) > 12:
            raise KeyboardInterrupt
        return twice(frame)

    with pytest.raises(KeyboardInterrupt):
        pipelines.enhance_file(source, out, impatient, scale=2, quiet=True)
    record = manifest.read(out)
    assert not record["complete"] and record["pictures"] == 12 and manifest.agrees(out)
    seen.clear()
    pipelines.enhance_file(source, out, lambda f: (seen.append(1), twice(f))[1], scale=2, quiet=True)
    frames = list(media.read_video(out))
    assert manifest.read(out)["complete"] and len(frames) == 20 and frames[0].shape == (128, 160, 3)
    assert len(seen) == 12 and not list(tmp_path.glob("*.parts"))
    before = [f[:40].mean() for f in media.read_video(source)]
    assert np.abs(np.array([f[:80].mean() for f in frames]) - 1 + np.array(before)).max() < 0.02


@pytest.mark.parametrize(("name", "out", "scale", "says"), [
    ("a.png", "b.gif", 1, "ends in"), ("a.png", "a.png", 1, "source itself"),
    ("a.mp4", "b.png", 1, "ends in .mp4 or .webm"), ("empty.png", "b.png", 1, "empty"),
    ("a.png", "b.png", 400, "million"), ("tiny.png", "b.png", 2, "too small")])
def test_bad_files_are_named_before_any_work(tmp_path, name, out, scale, says):
    from PIL import Image

    consent(tmp_path)
    Image.fromarray((scene() * 255).astype(np.uint8)).save(tmp_path / "a.png")
    Image.fromarray(np.zeros((20, 90, 3), np.uint8)).save(tmp_path / "tiny.png")
    (tmp_path / "empty.png").touch()
    make_video(tmp_path / "a.mp4", 2)
    with pytest.raises(ValueError, match=says):
        pipelines.enhance_file(tmp_path / name, tmp_path / out, lambda frame: 1 / 0, scale=scale, quiet=True)
    with pytest.raises(FileNotFoundError):
        pipelines.enhance_file(tmp_path / "absent.png", tmp_path / "b.png", twice)


def test_what_enhance_gives_is_checked(tmp_path):
    ours = media.write_image(tmp_path / "ours.png", scene(), what="a test", how="this test")
    for wrong in (lambda f: f[::2], lambda f: f * np.nan):
        with pytest.raises(ValueError, match="enhance gave"):
            pipelines.enhance_file(ours, tmp_path / "b.png", wrong)
    assert not (tmp_path / "b.png").exists()
