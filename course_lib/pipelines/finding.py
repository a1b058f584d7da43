"""What is found out about one file: its faces, their scores, and what these mean. Lesson 10."""
from dataclasses import asdict, dataclass, field

import numpy as np

from course_lib.metrics.calibration import at_prevalence

OURS, AUTHORS = ("meso4_cast", "mesoinception4_cast"), ("meso4", "mesoinception4")
SOFT = "blurred"
UNFAMILIAR = "unlike anything this detector was trained on"


@dataclass(frozen=True)
class Scored:
    """One scored face.

    Args:
        box: (x, y, width, height) in pixels of the image.
        score: P(fake), by the model; None where one of the course's networks abstains.
        second: its time in the video, None in a photograph.
        doubts: why there is no score (UNFAMILIAR, SOFT), or why it does not count ("cut by the border", "too small").
        novelty: distance from the training set, above 1 UNFAMILIAR; None for the authors' networks, whose training set
            the course does not have.
    """

    box: tuple
    score: float | None
    second: float | None = None
    doubts: tuple = ()
    novelty: float | None = None

    def said(self):
        """The score and its doubts in words.

        Returns:
            A str.
        """
        if self.score is None:
            return f"{', '.join(self.doubts)}: no score"
        return f"P(fake) {self.score:.3f}" + (f" - does not count: {', '.join(self.doubts)}" if self.doubts else "")


@dataclass
class Finding:
    """The result for one file. Print it for people; `as_dict()` is for JSON.

    Args:
        path, model: as given.
        kind: "photograph" or "video".
        faces: Scored, in a video the largest face of each frame that was examined.
        frames: how many were examined.
        score: of a video, the mean over the faces that count, None if too few do; of a photograph the highest of those
            that count.
        problem: why there is no score, "" if there is one.
        notes: what else should be known.
        pictures: (image f32 RGB, its faces) for annotated, not in as_dict.
    """

    path: str
    model: str
    kind: str
    faces: list = field(default_factory=list)
    frames: int = 0
    score: float | None = None
    problem: str = ""
    notes: list = field(default_factory=list)
    pictures: list = field(default_factory=list, repr=False)

    def as_dict(self):
        """Plain values for JSON, with what the score means.

        Returns:
            A dict.
        """
        plain = {k: v for k, v in vars(self).items() if k not in ("pictures", "faces")}
        return plain | {"faces": [asdict(f) for f in self.faces], "meaning": meaning(self)}

    def __str__(self):
        return f"{self.text()}\n  {meaning(self)}"

    def text(self):
        """The result as text, without what it means: for a list of files.

        Returns:
            A str.
        """
        many = f"{self.frames} frames examined, " if self.kind == "video" else ""
        lines = [f"{self.path}: {self.kind}, {many}{len(self.faces)} face{'s' if len(self.faces) != 1 else ''}"]
        shown = self.faces if self.kind == "photograph" else []
        for number, face in enumerate(shown, 1):
            x, y, width, height = (round(v) for v in face.box)
            lines.append(f"  face {number}, {width} x {height} px at ({x}, {y}): {face.said()}")
        scores = [f.score for f in self.faces if f.score is not None]
        if self.kind == "video" and scores:
            lines.append(f"  P(fake) of its frames: median {np.median(scores):.3f}, {min(scores):.3f} to "
                         f"{max(scores):.3f}")
        lines.append(f"  no score: {self.problem}" if self.problem else f"  P(fake) {self.score:.3f} by {self.model}")
        return "\n".join(lines + [f"  note: {note}" for note in self.notes])


def meaning(finding):
    """What a Finding's score says and what it does not, in a few sentences.

    Args:
        finding: Finding.
    Returns:
        A str.
    Lesson 10.
    """
    private = "The file was read on this machine and nothing of it was sent or kept."
    if finding.score is None and any(UNFAMILIAR in face.doubts for face in finding.faces):
        return ("The detector learned one way of swapping faces, on rendered people. This is not like them: whatever "
                f"number it gave would say neither that it is real nor that it is fake. {private}")
    if finding.score is None:
        return f"Nothing follows from this, neither that it is real nor that it is fake. {private}"
    if finding.model in OURS:
        learned = ("it learned one way of swapping faces, on rendered people, and abstains where a face is unlike "
                   "them; that it did not abstain here does not make its score right")
    else:
        learned = ("it learned the face swaps of 2018 that its authors collected, and errs on others often and with "
                   "confidence; blur alone can reverse its answer")
    rare = float(at_prevalence(0.9, 0.001))
    return (f"This is a small network's answer, and no proof: {learned}. Even a true probability of 0.90, found where "
            f"half of all pictures are fake, would be {rare:.3f} where one in 1,000 is. {private}")
