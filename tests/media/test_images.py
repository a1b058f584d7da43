"""Stills in: every kind of file that learners have, as the same kind of array, or a clear no. Stills out."""
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from course_lib import media, provenance


def as_bytes(image):
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)



KW = dict(what="a test picture", how="tests")


@pytest.fixture
def picture():
    y, x = np.mgrid[:80, :120].astype(np.float32)
    return np.stack([x / 120, y / 80, 1 - x / 120], -1)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tiff", "bmp"])
def test_common_formats_are_read_as_float_rgb(tmp_path, picture, ending):
    Image.fromarray(as_bytes(picture)).save(tmp_path / f"a.{ending}", quality=98)
    found = media.read_image(tmp_path / f"a.{ending}")
    assert found.dtype == np.float32 and found.shape == (80, 120, 3) and 0 <= found.min() and found.max() <= 1
    assert np.abs(found - picture).mean() < 0.01  # the red and blue slopes tell RGB from BGR


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(tmp_path, picture, orientation):
    stored = {1: picture, 2: picture[:, ::-1], 3: picture[::-1, ::-1], 4: picture[::-1], 5: picture.transpose(1, 0, 2),
              6: np.rot90(picture), 7: picture[::-1, ::-1].transpose(1, 0, 2), 8: np.rot90(picture, -1)}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(as_bytes(stored)).save(tmp_path / "a.png", exif=exif)
    assert np.abs(media.read_image(tmp_path / "a.png") - picture).max() < 0.6 / 255


def test_grey_sixteen_bits_palette_cmyk_and_alpha(tmp_path, picture):
    grey = (picture[..., 0] * 65535 + 0.5).astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / "16.png")
    found = media.read_image(tmp_path / "16.png")
    assert np.abs(found - picture[..., :1]).max() < 1e-4 and found.shape == picture.shape  # finer than 8 bits
    Image.fromarray(as_bytes(picture[..., 0])).save(tmp_path / "8.png")
    assert np.abs(media.read_image(tmp_path / "8.png") - picture[..., :1]).max() < 0.6 / 255
    Image.fromarray(as_bytes(picture)).convert("CMYK").save(tmp_path / "c.jpg", quality=98)
    assert np.abs(media.read_image(tmp_path / "c.jpg") - picture).mean() < 0.02
    alpha = np.full((80, 120, 1), 64, np.uint8)
    Image.fromarray(np.concatenate([as_bytes(picture), alpha], -1)).save(tmp_path / "a.png")
    assert np.abs(media.read_image(tmp_path / "a.png") - (1 - (1 - picture) * 64 / 255)).max() < 0.01  # laid on white
    clear = Image.new("P", (70, 70))
    clear.putpalette([255, 0, 0])
    clear.save(tmp_path / "p.png", transparency=0)
    assert (media.read_image(tmp_path / "p.png") == 1).all()


def test_what_cannot_be_read_is_refused_with_its_reason(tmp_path, picture):
    whole = io.BytesIO()
    Image.fromarray(as_bytes(picture)).save(whole, "JPEG")
    for name, data, says in [("empty.jpg", b"", "empty"), ("text.jpg", b"hello" * 99, "not a picture"),
                             ("cut.jpg", whole.getvalue()[:-300], "cut short"),
                             ("head.jpg", whole.getvalue()[:60], "damaged|not a picture")]:
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=f"{name}.*({says})"):
            media.read_image(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        media.read_image(tmp_path / "none.png")
    with pytest.raises(ValueError, match="folder"):
        media.read_image(tmp_path)


@pytest.mark.parametrize("side", [9_000, 60_000])
def test_a_decompression_bomb_is_refused_by_its_header(tmp_path, side):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 999)))
    with pytest.raises(ValueError, match="at most 64,000,000"):
        media.read_image(tmp_path / "bomb.png")


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_a_written_picture_is_labelled_marked_and_described(tmp_path, cast_pictures, ending):
    picture = cast_pictures[3]
    path = media.write_image(tmp_path / "new" / f"a.{ending}", picture, parameters={"seed": np.int64(3)}, **KW)
    found = media.read_image(path)
    x0, y0, x1, y1 = provenance.label.box(128, 128)
    assert np.abs(found - picture)[y0:y1, x0:x1].mean() > 0.1  # the plate
    assert np.abs(found - picture)[:100].mean() < 0.02  # the face
    assert provenance.watermark.detect(found) and provenance.manifest.agrees(path)
    assert provenance.manifest.read(path)["parameters"] == {"seed": 3}
    assert sorted(p.name for p in path.parent.iterdir()) == [f"a.{ending}", f"a.{ending}.json"]


def test_an_unchanged_photograph_is_not_called_synthetic(tmp_path, picture):
    Image.fromarray(as_bytes(picture)).save(tmp_path / "photo.png")
    photo = media.read_image(tmp_path / "photo.png")
    with pytest.raises(ValueError, match="unchanged.*copy its file"):
        media.write_image(tmp_path / "a.png", photo, sources=[tmp_path / "photo.png"], **KW)
    media.write_image(tmp_path / "a.png", photo[:, ::-1], sources=[tmp_path / "photo.png"], **KW)
    source = provenance.manifest.read(tmp_path / "a.png")["sources"]
    assert source == [{"name": "photo.png", "sha256": provenance.manifest.sha256(tmp_path / "photo.png")}]


def test_grace_hopper_is_there_without_a_network():
    found = media.grace_hopper()
    assert found.shape == (600, 512, 3) and found.dtype == np.float32 and 0.2 < found.mean() < 0.8
    red, _, blue = found[180:220, 230:270].mean((0, 1))
    assert red > blue + 0.1  # skin, so RGB and not BGR
