"""The camera: preview, count-down and recording in the browser; the recording comes to the kernel in pieces. Lesson 16.

camera.js is the browser's side. It hands each piece to a hidden upload button, as a file whose name says which piece it
is, and waits for its receipt: a class name of the box. A server refuses messages of more than 10 MB, which a recording
exceeds within a minute.
"""
import re
from pathlib import Path

import ipywidgets as w

SCRIPT = Path(__file__).with_suffix(".js")
LONGEST = 120  # seconds of a recording
LARGEST = 200_000_000  # bytes of a recording
NAME = re.compile(r"([0-9a-f]{8})\.(\d{1,4})\.(\d{1,4})\.(\d{1,12})\.(webm|mp4)")
NO_SCRIPT = f'<p data-longest="{LONGEST}">This page runs no scripts, which a camera needs: use the upload button.</p>'


class Pieces:
    """Puts a recording together: call `add` with each piece in turn."""

    def __init__(self):
        self.token, self.parts = None, []

    def add(self, name, content):
        """Take the next piece.

        Args:
            name: "TOKEN.PIECE.PIECES.BYTES.ENDING": 8 hexadecimal digits, which piece of how many, the size of all.
            content: its bytes.
        Returns:
            The recording's bytes where this was the last piece, otherwise None.
        Raises:
            ValueError: for a piece that does not fit; the recording is then forgotten.
        """
        parts, last = self.parts, self.token
        self.token, self.parts = None, []
        match = NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"a piece of a recording is called {name[:60]!r}; expected TOKEN.PIECE.PIECES.BYTES.webm")
        token, (number, count, size) = match[1], map(int, match.groups()[1:4])
        if not 0 < size <= LARGEST:
            raise ValueError(f"the recording has {size:,} bytes; expected up to {LARGEST:,}: record a shorter one")
        if not number:
            parts = []
        elif token != last or number != len(parts):
            raise ValueError(f"piece {number} of the recording came, expected piece {len(parts)}: record again")
        parts, last_one = [*parts, content], number == count - 1
        received = sum(map(len, parts))
        if not content or number >= count or received > size or last_one != (received == size):
            raise ValueError(f"{received:,} bytes of the recording have come, expected {size:,}: record again")
        if last_one:
            return b"".join(parts)
        self.token, self.parts = token, parts
        return None


class Camera(w.VBox):
    """The controls, which camera.js draws.

    Args:
        take: function (name of a file, bytes) that is called with each recording; its ValueError refuses it.
        fail: function (exception) that tells the user of an error.
    """

    def __init__(self, take, fail):
        self.take, self.fail, self.pieces, self.allowed, self.receipt = take, fail, Pieces(), False, ""
        self.panel, self.wire = w.HTML(NO_SCRIPT), w.FileUpload(layout=w.Layout(display="none"))
        self.panel.add_class("course-camera-panel")
        self.wire.add_class("course-camera-wire")
        self.wire.observe(self._came, "value")
        super().__init__([self.panel, self.wire])
        self._tell()

    def allow(self, allowed):
        """Let the browser record, or not.

        Args:
            allowed: bool, whether the consent is complete.
        """
        self.allowed = allowed
        self._tell()

    def _tell(self):
        names = ("course-camera", "camera-allowed" if self.allowed else "", self.receipt)
        self._dom_classes = tuple(filter(None, names))

    def _came(self, change):
        for file in change["new"]:
            token, number = (file["name"].split(".") + ["", ""])[:2]
            try:
                whole = self.pieces.add(file["name"], bytes(file["content"]))
                if whole is not None:
                    self.take(f"recording.{file['name'].rsplit('.')[-1]}", whole)
                self.receipt = f"got-{token}-{number}"
            except (OSError, ValueError) as error:
                self.receipt = f"refused-{token}" if re.fullmatch("[0-9a-f]{8}", token) else ""
                self.fail(error)
            self._tell()
