"""The only way to write a file: every output is labelled, watermarked and described by a manifest here. Lesson 14."""

import contextlib
import datetime
import hashlib
import json
import os
import secrets
import signal
import threading
from pathlib import Path

import numpy as np

from course_lib import __version__

from . import credentials, label, manifest, watermark


def stamp(path, frames, encode, *, what, how, parameters=None, sources=(), consent=None):
    """Label and watermark each image, encode them into a file, and write its manifest beside it.

    The label says "synthetic", so what is written has been generated or altered. An unchanged photograph needs no
    writing: copy its file. Nothing appears under `path` before it is complete. If `frames` fails or is interrupted, the
    images so far are kept as a valid file, its manifest says "complete": false and why, and the error is raised again
    (an interrupt waits for the current image; a second one does not). On the other errors nothing is left behind.

    Args:
        path: The file; its folder is made if absent.
        frames: Iterable of f32 RGB [H, W, 3] in [0, 1], all of one size, at least 64 px on the shorter side; read as a
            stream.
        encode: Function (file, images) that writes the stamped images (uint8 RGB, an iterator) to the open binary file
            and returns a dict of its settings, for the manifest.
        what: What is shown ("a rendered person").
        how: How it was made ("render").
        parameters: What it was made from: records, arrays and numbers.
        sources: Paths of the files that it was made from; the manifest holds their names and hashes.
        consent: The Consent of a real person who is shown; the manifest holds its purpose, expiry and hash, not the
            name.
    Returns:
        Path of the file.
    Raises:
        ValueError: For empty `what` or `how`, no frames, wrong frames, or parameters that JSON cannot hold.
        FileNotFoundError: For absent sources.
        OSError: When the file cannot be written.
    Lesson 14.
    """
    path = Path(path)
    record = manifest_record(path, what, how, parameters, sources, consent)
    with _patient_interrupts() as interrupted, publish(path) as (whole, describe):
        stamped = _Stamped(frames, interrupted, record)
        with open(whole, "xb") as file:
            settings = encode(file, iter(stamped))
        if stamped.count == 0:
            reason = stamped.error or ValueError(f"there are no frames to write into {path}; give at least one")
            raise reason
        describe({
            **record, **settings,
            "complete": stamped.error is None, **({"stopped_by": repr(stamped.error)} if stamped.error else {}),
            "pictures": stamped.count, "size": [stamped.shape[1], stamped.shape[0]],
            "label": {"text": label.WORD, "box": label.box(*stamped.shape[:2])},
            "mark": {"method": "course_lib.provenance.watermark", "score_before_encoding": round(stamped.weakest, 2),
                     **({"payload": stamped.payload} if min(stamped.shape[:2]) >= watermark.PAYLOAD_FROM else {})},
        })
    if stamped.error is not None:
        print(f"stopped after {stamped.count} images; they are kept in {path}, and its manifest says so")
        raise stamped.error
    return path


def manifest_record(path, what, how, parameters=None, sources=(), consent=None):
    """The part of a manifest that the caller of `stamp` gives, checked.

    Args:
        path, what, how, parameters, sources, consent: As for `stamp`.
    Returns:
        dict.
    Raises:
        ValueError: As for `stamp`, and for a path that is a folder.
    """
    for name, text in (("what", what), ("how", how)):
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{name} is {text!r}; the manifest must say {name} the image is, in a few words")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the name of the file to write")
    record = {"what": what, "how": how, "parameters": manifest.plain({} if parameters is None else parameters),
              "sources": [{"name": Path(s).name, "sha256": manifest.sha256(s)} for s in sources]}
    if consent is not None:
        record["consent"] = {"purpose": consent.purpose, "expiry": str(consent.expiry), "sha256": consent.sha256}
    return record


@contextlib.contextmanager
def publish(path):
    """A context in which a file and its manifest are written; at its end both take their places, or neither.

    The manifest is moved first: a file without one must not exist.

    Args:
        path: The file.
    Returns:
        Yields the temporary path to write to, and a function of the record that writes the manifest (and, where the
        package c2pa is installed, puts a C2PA manifest into the file).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(4)
    whole, note = (path.with_name(f".{path.name}.{token}.{suffix}") for suffix in ("part", "json.part"))

    def describe(record):
        if credentials.sign_file(whole, path.suffix, path.name):
            record = {**record, "c2pa": "in the file"}
        note.write_text(json.dumps({
            "file": path.name, "sha256": manifest.sha256(whole), "synthetic": True, **record,
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), "course": __version__,
        }, indent=1, ensure_ascii=False, allow_nan=False), encoding="utf-8")

    try:
        yield whole, describe
        os.replace(note, manifest.path_of(path))
        os.replace(whole, path)
    finally:
        for leftover in (whole, note):
            leftover.unlink(missing_ok=True)


class _Stamped:
    """An iterator over the stamped images that ends, instead of failing, when the frames fail; `error` says why."""

    def __init__(self, frames, interrupted, record):
        self.frames, self.interrupted, self.record, self.payload = frames, interrupted, record, None
        self.count, self.shape, self.error, self.weakest = 0, None, None, np.inf

    def __iter__(self):
        try:
            for frame in self.frames:
                image = self._stamp(frame)
                if self.interrupted.is_set():
                    raise KeyboardInterrupt
                self.count += 1
                yield image
        except GeneratorExit:
            raise
        except BaseException as error:  # stamp raises it again once the images so far are saved
            self.error = error

    def _stamp(self, frame):
        frame = check_frame(frame)
        if self.shape is not None and frame.shape != self.shape:
            raise ValueError(f"frame {self.count} has the shape {frame.shape}, but the frames before it {self.shape}; "
                             "all frames of a file must have one size")
        watermark.check_size(*frame.shape[:2])
        self.shape = frame.shape
        if self.payload is None:
            self.payload = payload_of(self.record, frame)
        stamped = (watermark.embed(label.draw(frame), payload=self.payload) * 255 + 0.5).astype(np.uint8)
        self.weakest = min(self.weakest, watermark.score(stamped.astype(np.float32) / 255))
        return stamped


def payload_of(record, frame):
    """The number that the watermark of a file carries, and by which its manifest is found again: 32 bits of a hash.

    Args:
        record: Its manifest so far, see `manifest_record`.
        frame: Its first image, f32 RGB [H, W, 3].
    Returns:
        int, the same for the same record and image.
    Lesson 14.
    """
    text = json.dumps(record, sort_keys=True).encode()
    return int.from_bytes(hashlib.sha256(text + np.ascontiguousarray(frame).tobytes()).digest()[:4], "big")


def check_frame(image):
    """The image as f32; values up to 1 % out of range (from a filter or a resize) are clipped.

    Args:
        image: Float RGB [H, W, 3] in [0, 1].
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Raises:
        ValueError: For another shape, uint8, values far outside or not finite.
    Lesson 01.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"an image of shape {image.shape} was given; expected RGB [height, width, 3]")
    if image.dtype.kind != "f":
        raise ValueError(f"an image of {image.dtype} was given; expected float32 in [0, 1]: divide bytes by 255")
    low, high = float(image.min()), float(image.max())
    if not (low >= -0.01 and high <= 1.01):  # false for nan as well
        raise ValueError(f"an image with values from {low:g} to {high:g} was given; expected [0, 1]")
    return np.clip(image, 0, 1).astype(np.float32)


@contextlib.contextmanager
def _patient_interrupts():
    """Within it the first Ctrl-C (or the notebook's stop button) only sets the event that is yielded, so that no
    encoder is torn apart; the second one acts at once. Outside the main thread it changes nothing."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return

    def press(number, frame):
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)
