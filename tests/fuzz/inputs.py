"""Malformed and unusual inputs, made by seed from good files: cut, overwritten, shuffled, nested, absurd.

A case is (kind, name of a good file, number); `make` writes it. The same case is the same bytes every time, as far as
the encoders of pictures and films are.
"""
import json
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.media import making  # noqa: E402

PICTURES = ("a.png", "a.jpg", "a.webp", "a.gif", "a.tiff", "a.bmp", "grey16.png", "palette.png", "profile.jpg",
            "pages.tiff")
FILMS = ("a.mp4", "a.webm", "a.mkv", "a.avi", "a.ts", "a.flv")
SOUNDS = ("a.wav", "a.m4a", "a.ogg", "a.mp3")
TEXTS = {"consent": "consent.toml", "manifest": "a.png.json", "registry": "registry.toml", "notebook": "a.ipynb"}
ARRAYS = {"faceset": "faces.npz", "run": "run.npz", "cache": "cached.npz", "weights": "model.keras", "old": "old.h5"}
SIZES = (("picture", PICTURES, 12), ("enhance", PICTURES[:4], 4), ("detect", PICTURES[:4] + FILMS[:2], 4),
         ("video", FILMS, 10), ("swap", FILMS[:3], 5), ("sound", SOUNDS, 8), ("join", FILMS[:2], 4),
         *((kind, (name,), 26) for kind, name in TEXTS.items()),
         *((kind, (name,), 12) for kind, name in ARRAYS.items()),
         ("submission", ("a.zip",), 8), ("job", ("job.json",), 10))
CASES = [(kind, name, number) for kind, names, count in SIZES for name in names for number in range(count)]


def good_files(folder):
    """Writes one good file of every name; picture and film show a face-like blob on a gradient."""
    y, x = np.mgrid[:80, :96].astype(np.float32)
    frame = np.stack([x / 96, y / 80, 0.5 + 0.4 * np.sin(x / 7)], -1)
    frames = [np.roll(frame, 3 * k, 1) for k in range(10)]
    page = Image.fromarray((frame * 255).astype(np.uint8))
    for name in PICTURES[:6]:
        page.save(folder / name)
    Image.fromarray((frame[..., 0] * 65535).astype(np.uint16)).save(folder / "grey16.png")
    page.quantize(16).save(folder / "palette.png", transparency=0)
    page.save(folder / "profile.jpg", icc_profile=making.profile(making.DISPLAY_P3), exif=_exif())
    page.save(folder / "pages.tiff", save_all=True, append_images=[page, page], compression="tiff_lzw")
    for name, codec, sound in zip(FILMS, ("libx264", "libvpx-vp9", "libx264", "mpeg4", "mpeg2video", "flv1"),
                                  (("aac", 44_100), ("libopus", 48_000), ("mp3", 44_100), None, None, None)):
        making.film(folder / name, frames, codec, sound=sound)
    for name, codec in zip(SOUNDS, ("pcm_s16le", "aac", "libopus", "mp3")):
        making.tone(folder / name, codec)
    _texts(folder)
    _arrays(folder)


def _exif():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _texts(folder):
    from course_lib import media, provenance

    (folder / "consent.toml").write_text(provenance.consent.template().replace('""', '"somebody"'))
    media.write_image(folder / "marked.png", media.grace_hopper()[:128, :128], what="a test", how="tests")
    (folder / "marked.png.json").rename(folder / "a.png.json")
    root = Path(__file__).parents[2]
    (folder / "registry.toml").write_bytes((root / "datasets" / "registry.toml").read_bytes())
    book = sorted((root / "notebooks" / "exercises").glob("01*.ipynb"))[0]
    (folder / "a.ipynb").write_bytes(book.read_bytes())
    (folder / "job.json").write_text(json.dumps({"source": "0" * 64, "how": "a test", "crf": None}, indent=1))
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.write(book, "../../outside.ipynb")
        archive.writestr("a.ipynb", book.read_bytes())


def _arrays(folder):
    import h5py
    import keras

    from course_lib.data.cache import _write
    from course_lib.faces import MEAN_FACE, FaceSet
    from course_lib.training.history import History, save_run

    n, flat = 3, np.zeros
    FaceSet(images=np.full((n, 64, 64, 3), 0.5, np.float32), masks=np.ones((n, 64, 64), np.float32),
            landmarks=np.repeat(MEAN_FACE[None] * 64, n, 0).astype(np.float32), matrices=flat((n, 2, 3)),
            sources=["a"] * n, people=np.ones(n, int), points=["haar"] * n).save(folder / "faces.npz")
    _write(folder / "cached.npz", {"rgb": np.arange(300, dtype=np.uint8)})
    model = network()
    save_run(folder / "run.npz", model, History([1.0, 0.5], [1, 2], [0.1, 0.2]))
    model.save(folder / "model.keras")
    with h5py.File(folder / "old.h5", "w") as file:
        group = file.create_group("layer")
        group["w:0"] = np.ones((4, 4))
        group.attrs["weight_names"], file.attrs["layer_names"] = [b"w:0"], [b"layer"]
    keras.backend.clear_session()


def network():
    """The small network that run.npz and model.keras are of."""
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)])
    model.compile("adam", loss="mse", jit_compile=False)
    return model


def make(case, good, path):
    """Writes the input of a case to a path. good: the folder of good_files."""
    kind, name, number = case
    data = (good / name).read_bytes()
    rng = np.random.default_rng([number, *name.encode(), *kind.encode()])
    text = kind in TEXTS or kind == "job"
    odd = _TEXT if text and number % 2 else _BYTES
    path.write_bytes(odd[number // (2 if text else 1) % len(odd)](rng, data))


def _cut(rng, data):
    return data[:int(rng.integers(0, len(data)))]


def _flip(rng, data):
    out = bytearray(data)
    for at in rng.integers(0, len(out), int(rng.integers(1, 30))):
        out[at] ^= 1 << int(rng.integers(8))
    return bytes(out)


def _head(rng, data):
    out = bytearray(data)
    for at in rng.integers(0, min(120, len(out)), 4):
        out[at] = int(rng.integers(256))
    return bytes(out)


def _hole(rng, data):
    at, length = int(rng.integers(0, len(data))), int(rng.integers(1, max(2, len(data) // 3)))
    return data[:at] + bytes(len(data[at:at + length])) + data[at + length:]


def _shuffled(rng, data):
    at = sorted(rng.integers(0, len(data), 4))
    parts = [data[a:b] for a, b in zip([0, *at], [*at, len(data)])]
    return b"".join(parts[k] for k in rng.permutation(len(parts)))


def _large_numbers(rng, data):
    out = bytearray(data)
    for at in rng.integers(4, max(5, min(400, len(out) - 4)), 3):
        out[at:at + 4] = struct.pack(">I", int(rng.choice([0xFFFFFFFF, 0x7FFFFFFF, 0, 0x10000])))
    return bytes(out)


def _noise(rng, data):
    return data[:8] + rng.integers(0, 256, int(rng.integers(0, 4000)), np.uint8).tobytes()


def _more(rng, data):
    at = int(rng.integers(0, len(data)))
    return data[:at] + rng.integers(0, 256, 60, np.uint8).tobytes() + data[at:]


_BYTES = (_cut, _flip, _head, _hole, _shuffled, _large_numbers, _noise, _more, lambda rng, data: b"",
          lambda rng, data: data + data, lambda rng, data: data[::-1], lambda rng, data: b"\xff\xfe" + data)


def _deep(rng, data):
    return data[:int(rng.integers(0, 40))] + b"[{\"a\":"[:int(rng.integers(1, 6))] * 30_000


def _other_value(rng, data):
    words = (b"null", b"-1", b"1e999", b"9" * 5000, b"[]", b"{}", b'"\\ud800"', b"true", b"3000-01-01", b"nan")
    at = data.find(b":" if b'":' in data else b"=", int(rng.integers(0, max(1, len(data) - 30))))
    end = min([e for e in (data.find(b",", at), data.find(b"\n", at)) if e > 0] or [len(data)])
    return data[:at + 1] + b" " + words[int(rng.integers(len(words)))] + data[end:] if at > 0 else words[0]


def _line_gone(rng, data):
    lines = data.split(b"\n")
    for at in sorted(rng.integers(0, len(lines), 2), reverse=True):
        del lines[min(at, len(lines) - 1)]
    return b"\n".join(lines)


def _line_twice(rng, data):
    lines = data.split(b"\n")
    at = int(rng.integers(len(lines)))
    return b"\n".join(lines[:at + 1] + lines[at:])


_TEXT = (_deep, _other_value, _line_gone, _line_twice, _other_value, lambda rng, data: data.decode().encode("utf-16"),
         lambda rng, data: data.replace(b'"', b"'"), lambda rng, data: b"\xef\xbb\xbf" + data,
         lambda rng, data: data.replace(b"\n", b"\r\n"), lambda rng, data: data + b"\0",
         _other_value, lambda rng, data: b"null", _line_gone)
