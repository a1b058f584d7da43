"""The recording box: a video from the camera, or a file, and the consent of the person in it, in one step. Lesson 16.

`render(State(...))` shows what would be stored; `RecordingBox(home)` has the camera and the upload button and writes
both files.
"""
import datetime
import html
from dataclasses import dataclass, field
from pathlib import Path

import ipywidgets as w
import numpy as np

from course_lib import faces, media
from course_lib.pipelines import recording
from course_lib.profile import cache_dir

from .camera import SCRIPT, Camera
from .drawing import GREY, PALETTE, Canvas
from .view import View, slider

SIDE, WIDTH = 240, 640
ADVICE = ("a minute or more, for 500 faces or more", "turn, nod, speak, smile, close the eyes",
          "the same light as in the other person's video", "nobody else in the picture, nothing in front of the face")


@dataclass(frozen=True, eq=False)
class State:
    """What would be stored.

    Args:
        frame: the video's first frame, f32 RGB [H, W, 3], or None before a video is chosen.
        points: landmarks [68, 2] of its largest face, or None.
        subject, purpose: of the consent.
        days: how long it holds.
        agreed: whether the person has agreed.
    """

    frame: np.ndarray | None = field(default=None, repr=False)
    points: np.ndarray | None = field(default=None, repr=False)
    subject: str = ""
    purpose: str = ""
    days: int = 90
    agreed: bool = False

    @property
    def missing(self):
        """What has to be done before it can be stored, in words; empty when nothing is missing."""
        parts = [("a video", self.frame is None), ("a face in its first frame", self.points is None)]
        return [text for text, absent in parts if absent] + self.unconsented

    @property
    def unconsented(self):
        """What is missing of the consent, in words; a recording begins when nothing is."""
        parts = [("who is shown", not self.subject.strip()), ("what they agreed to", not self.purpose.strip()),
                 ("their agreement", not self.agreed)]
        return [text for text, absent in parts if absent]

    def consent(self, today=None):
        """What the person in the recording agrees to, as a sentence.

        Args:
            today: datetime.date, by default the present day.
        Returns:
            Its text.
        """
        last = (today or datetime.date.today()) + datetime.timedelta(self.days)
        return (f"{self.subject.strip() or '(who?)'} agrees that this recording of their face is used for "
                f"“{self.purpose.strip() or '(what?)'}” and nothing else, until {last}. It stays on the machine on "
                "which the course runs. They can withdraw the consent at any time; then the recording and all that "
                "was made of it is deleted.")


def render(state):
    """Draw the first frame with its landmarks, and beside it the consent and what is missing.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG.
    """
    page = Canvas(WIDTH, SIDE + 20)
    if state.frame is None:
        page.box(10, 10, SIDE, SIDE, outline=GREY)
        page.text((10 + SIDE / 2, 10 + SIDE / 2), "no video yet", 15, GREY, anchor="mm")
    else:
        square, shift, scale = _square(state.frame)
        page.picture((10, 10), square, SIDE)
        for x, y in () if state.points is None else (state.points - shift) * scale:
            page.dot((10 + x, 10 + y), 1.5, PALETTE["orange"])
    left = SIDE + 30
    page.text((left, 12), "consent.toml", 16, bold=True)
    for row, line in enumerate((f"subject: {state.subject or '?'}", f"purpose: {state.purpose or '?'}",
                                f"valid for {state.days} days; {'agreed' if state.agreed else 'not agreed yet'}")):
        page.text((left, 38 + 20 * row), line[:52], 13)
    ready = "ready to be stored" if not state.missing else "missing: " + ", ".join(state.missing[:3])
    page.text((left, 106), ready, 14, PALETTE["green"] if not state.missing else PALETTE["red"], bold=True)
    for row, line in enumerate(ADVICE):
        page.text((left, 142 + 19 * row), "- " + line, 12, GREY)
    return page.png()


def _square(frame):
    """(the middle square of a frame, its corner in the frame, pixels on the page for one of the frame)."""
    height, width = frame.shape[:2]
    side = min(height, width)
    shift = np.array([(width - side) // 2, (height - side) // 2])
    return frame[shift[1]:shift[1] + side, shift[0]:shift[0] + side], shift, SIDE / side


class RecordingBox(View):
    """The view: `camera` records, `upload` takes a file, `store` writes it with its consent.

    A recording is stored at once, since the consent is complete before it begins.

    Args:
        home: Path of the folder in which each recording gets a folder of its own.
    """

    alt = "the first frame of the chosen video with its landmarks, and the consent that will be stored beside it"

    def __init__(self, home=None):
        self.home = cache_dir() / "recordings" if home is None else Path(home)
        self.frame = self.points = self.stored = None
        self.words = w.HTML()
        self.camera = Camera(self._recorded, lambda error: self.fail(error, "Not stored."))
        self.upload = w.FileUpload(accept="video/*", multiple=False, description="video")
        self.store = w.Button(description="store both", icon="save", disabled=True)
        self.upload.observe(self._chosen, "value")
        self.store.on_click(lambda _: self.write())
        super().__init__(render, {
            "subject": w.Text(description="subject", placeholder="who is in the video"),
            "purpose": w.Text(description="purpose", placeholder="what they agreed to"),
            "days": slider("days", 90, 1, 365, 1, "how long the consent is valid"),
            "agreed": w.Checkbox(description="This person is me, or has agreed to all of this", indent=False)})
        self.refresh()

    def arrange(self):
        """Lay out controls and picture.

        Returns:
            List of ipywidgets.
        """
        return [*super().arrange(), self.words, self.camera, w.HBox([self.upload, self.store])]

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        state = State(self.frame, self.points, **self.values())
        self.store.disabled = bool(state.missing)
        self.words.value = f"<p>{html.escape(state.consent())}</p>"
        self.camera.allow(not state.unconsented)
        return state

    def take(self, name, content):
        """Take a video: look at its first frame for a face.

        Args:
            name: of the file.
            content: its bytes.
        """
        import tempfile

        self.frame = self.points = None
        self.name, self.content = name, content
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / Path(name).name
            path.write_bytes(content)
            self.frame = next(iter(media.read_video(path)))
        found = max(faces.detect_faces(self.frame), key=lambda f: f.box[2] * f.box[3], default=None)
        self.points = None if found is None else found.landmarks

    def _recorded(self, name, content):
        """Stores what the camera recorded, or raises a ValueError that says why not."""
        self.frame = self.points = None
        if missing := self.state().unconsented:
            raise ValueError(f"a recording came without consent (missing: {', '.join(missing)}): fill it in first")
        try:
            self.take(name, content)
        finally:
            self.refresh()
        if self.points is None:
            raise ValueError("no face was found in the recording's first frame: look into the camera from the start, "
                             "with light on the face, and record again")
        self.write()

    def write(self):
        """Store the video and its consent in a folder named after the subject."""
        try:
            values = self.values()
            folder = self.home / ("".join(c if c.isalnum() else "_" for c in values["subject"].lower()) or "recording")
            self.stored = recording.store(folder, self.name, self.content, values["subject"], values["purpose"],
                                          values["days"])
            self.status.value = f"stored: {self.stored}"
        except (OSError, ValueError) as error:
            self.fail(error, "Not stored.")

    def _chosen(self, change):
        try:
            for file in change["new"]:
                self.take(file["name"], bytes(file["content"]))
            self.refresh()
        except (OSError, ValueError) as error:
            self.refresh()
            self.fail(error, "This file cannot be used.")

    def _ipython_display_(self):
        import os

        from IPython.display import display

        if not os.environ.get("COURSE_STATIC"):
            display({"application/javascript": SCRIPT.read_text(encoding="utf-8")}, raw=True)
        super()._ipython_display_()
