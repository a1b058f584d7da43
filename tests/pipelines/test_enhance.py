"""Frames enhanced by the shipped kinds of network: sizes, which faces are restored where, and the command."""
import cv2
import keras
import numpy as np
import pytest
from keras import layers

from course_lib import cli, media, provenance
from course_lib.commands import enhance as enhance_command
from course_lib.faces import MEAN_FACE
from course_lib.pipelines import enhancers as enhance
from course_lib.pipelines.enhancers import enhancer, improved

WHITE = 1.0


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """An enlarger that repeats pixels, and a restorer whose faces are white."""
    x = keras.Input((None, None, 3))
    repeat = keras.Model(x, layers.UpSampling2D(4)(x))
    monkeypatch.setattr(enhance, "network", lambda name: repeat)
    monkeypatch.setattr(enhance, "restore", lambda faces, *_: np.full_like(faces, WHITE))


def scene(height=100, width=120):
    rng = np.random.default_rng(0)
    return 0.2 + 0.4 * cv2.GaussianBlur(rng.random((height, width, 3), np.float32), (0, 0), 2)


def face(side, x=40, y=30):
    return (MEAN_FACE * side + (x, y)).astype(np.float32)


@pytest.mark.parametrize("method", enhance.METHODS)
@pytest.mark.parametrize("side", [16, 32, 128])
def test_every_method_gives_128_pixels(method, side):
    given = np.stack([scene(side, side)] * 2)
    output = improved(method, given)
    assert output.shape == (2, 128, 128, 3) and output.dtype == np.float32 and 0 <= output.min() and output.max() <= 1
    if method not in enhance.RESTORERS:
        assert abs(output.mean() - given.mean()) < 0.02
    with pytest.raises(ValueError, match="bicubic"):
        improved("magic", given)


def is_white(image, points, scale=1):
    x, y = (points[30] * scale).round().astype(int)
    return bool((image[y, x] > 0.99).all())


def test_small_faces_are_laid_into_the_large_picture_and_larger_ones_restored_before():
    frame = scene(330, 340)
    for side, where in ((20, "after"), (90, "before"), (200, "left")):
        counts, points = {}, face(side)
        output = enhancer(lambda f: [points], counts=counts)(frame)  # noqa: B023
        assert output.shape == (1320, 1360, 3) and counts == {"faces": 1, "restored": int(where != "left")}
        assert is_white(output, points, 4) == (where != "left"), where


def test_faces_alone_leave_the_size_and_the_rest():
    frame, counts = scene(), {}
    output = enhancer(lambda f: [(face(40) + 0.5) * f.shape[0] / 100 - 0.5], None, "dictionary", counts)(frame)
    assert output.shape == frame.shape and is_white(output, face(40)) and np.array_equal(output[:10], frame[:10])
    assert enhancer(lambda f: 1 / 0, "ESRGAN, blind", None)(frame).shape == (400, 480, 3)  # no face is looked for


@pytest.fixture
def image(tmp_path, monkeypatch):
    monkeypatch.setattr(enhance_command, "verified", lambda names: {name: "0" for name in names})
    return media.write_image(tmp_path / "a.png", scene(), what="a test", how="this test")


def test_the_command_enlarges_and_says_that_it_invented(image, capsys):
    out = image.with_name("b.png")
    assert cli.main(["enhance", str(image), "-o", str(out), "--what", "picture"]) == 0
    assert "[ OK ]" in (said := capsys.readouterr().out) and "invented" in said
    assert media.read_image(out).shape == (400, 480, 3)
    record = provenance.manifest.read(out)
    assert record["how"] == "course enhance" and record["parameters"]["what"] == "picture" and record["sources"]


def test_the_command_refuses_what_it_cannot_do(image, tmp_path, capsys):
    assert cli.main(["enhance", str(image), "-o", str(tmp_path / "c.png"), "--what", "faces"]) == 1
    assert "0 faces were found" in capsys.readouterr().out
    (tmp_path / "own.jpg").write_bytes(b"somebody")
    assert cli.main(["enhance", str(tmp_path / "own.jpg"), "-o", str(tmp_path / "c.png")]) == 1
    assert "consent.toml" in capsys.readouterr().out
    assert cli.main(["enhance", str(tmp_path / "none.jpg"), "-o", str(tmp_path / "c.png")]) == 1
    assert "none.jpg" in capsys.readouterr().out and not (tmp_path / "c.png").exists()
