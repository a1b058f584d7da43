"""All evidence of one photograph, with what it looks like on clean pictures and what it does not prove. Lesson 11.

The file is read, examined and forgotten; a drawing is written only where it is asked for.
"""
import warnings
from dataclasses import dataclass, field

import cv2
import numpy as np

from course_lib import media
from course_lib.faces import detect_faces, estimate_68
from course_lib.faults import in_words
from course_lib.forensics.examine import KINDS, examine
from course_lib.forensics.reference import percentile

from .swap import find_landmarks

LARGEST, SMALLEST = 1024, 64  # pixels of the picture's longer side; of a face
NEEDS_MEASURED = ("eye colour", "highlights", "gaze", "head pose")  # not from landmarks guessed from five points
UNUSUAL = 95  # percentile from which a score is called unusual


@dataclass
class Report:
    """What was found in one photograph. Print it for people; `as_dict()` is for JSON.

    Args:
        path: As given.
        problem: Why there is nothing, "" if there is something.
        box: (x, y, width, height) of the face that was examined, pixels.
        measured: Whether its landmarks were measured; otherwise guessed from five points.
        evidence: kind -> forensics Evidence.
        percentiles: kind -> share of clean pictures with a lower score, percent, nan where unknown.
        notes: What else should be known.
        image: f32 RGB, what was examined.
    """

    path: str
    problem: str = ""
    box: tuple = ()
    measured: bool = False
    evidence: dict = field(default_factory=dict)
    percentiles: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    image: np.ndarray = field(default=None, repr=False)

    def __str__(self):
        if self.problem:
            return f"{self.path}: nothing was examined: {self.problem}"
        lines = [f"{self.path}: a face of {self.box[2]:.0f} x {self.box[3]:.0f} pixels"]
        for kind, found in self.evidence.items():
            if not found.valid:
                lines.append(f"  {kind:13} abstains: {found.why or 'nothing could be measured'}")
                continue
            place = self.percentiles[kind]
            said = "" if np.isnan(place) else f"above {place:.0f} % of clean renderings"
            lines.append(f"  {kind:13} {found.score:8.3f}  {said}{' (unusual)' if place >= UNUSUAL else ''}")
        return "\n".join(lines + [f"  note: {note}" for note in self.notes])

    def as_dict(self):
        """Plain values for JSON.

        Returns:
            A dict.
        """
        number = lambda v: None if not np.isfinite(v) else round(float(v), 4)  # noqa: E731
        kinds = {kind: dict(score=number(e.score), percentile=number(self.percentiles[kind]), valid=e.valid, why=e.why,
                            features={k: number(v) for k, v in e.features.items()})
                 for kind, e in self.evidence.items()}
        return dict(path=self.path, problem=self.problem, box=[round(float(v), 1) for v in self.box],
                    measured=self.measured, evidence=kinds, notes=self.notes, meaning=meaning())


def meaning():
    """What evidence in one picture says and what it does not, in a few sentences.

    Returns:
        A str.
    Lesson 11.
    """
    return ("None of this proves that a picture is real or fake. A high percentile says that few clean renderings of "
            "invented people score like this; real cameras, filters and messengers change every one of these numbers "
            f"without any forgery, and a good forgery changes none. {len(KINDS)} independent kinds of evidence at the "
            f"95th percentile would flag {1 - (UNUSUAL / 100) ** len(KINDS):.0%} of all clean pictures at least once. "
            "The file was read on this machine and nothing of it was sent or kept.")


def examine_file(path, kinds=None, landmarks="mesh"):
    """Take all evidence from the largest face of a photograph, also where the file cannot be read or shows no face.

    Args:
        path: An image, see media.read_image.
        kinds: Keys of forensics.examine.KINDS; all when left out.
        landmarks: "mesh" measures them by Face Mesh; or a function from an image f32 RGB [H, W, 3] to a list of
            landmarks [68, 2]. With None they are guessed from a detector's five points, and what needs measured ones
            abstains.
    Returns:
        Report.
    Raises:
        ValueError: For an unknown kind; never because of the file.
    Lesson 11.
    """
    if unknown := set(kinds or ()) - set(KINDS):
        raise ValueError(f"no kind of evidence is called {', '.join(sorted(unknown))}; "
                         f"expected some of {', '.join(KINDS)}")
    report = Report(str(path))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            image = media.read_image(path)
        except FileNotFoundError:
            report.problem = f"there is no file {path}"
            return report
        except (OSError, ValueError, MemoryError) as error:
            report.problem = in_words(error)
            return report
    report = examine_image(image, kinds, landmarks, str(path))
    report.notes += [str(w.message) for w in caught if str(path) in str(w.message)]
    return report


def examine_image(image, kinds=None, landmarks="mesh", name="the picture"):
    """Take all evidence from the largest face of an image.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        kinds, landmarks: As for examine_file.
        name: What to call it.
    Returns:
        Report.
    Raises:
        ValueError: For an unknown kind.
    Lesson 11.
    """
    report = Report(name, measured=landmarks is not None)
    if max(image.shape[:2]) > LARGEST:
        scale = LARGEST / max(image.shape[:2])
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        report.notes.append(f"downsampled to {image.shape[1]} x {image.shape[0]}: what lies in single pixels (CFA, "
                            "noise, ghosts) is lost")
    found = _largest(image, find_landmarks if landmarks == "mesh" else landmarks)
    if found is None:
        report.problem = "no face was found; it may be turned away, covered, dark or below 30 pixels"
        return report
    report.box, points = found
    if min(report.box[2:]) < SMALLEST:
        report.problem = f"the largest face has {min(report.box[2:]):.0f} pixels; {SMALLEST} are needed"
        return report
    report.image = image
    report.evidence = {kind: _abstaining(kind, e, report.measured)
                       for kind, e in examine(image, points, kinds).items()}
    report.percentiles = {kind: percentile(kind, e.score) if e.valid else float("nan")
                          for kind, e in report.evidence.items()}
    return report


def _largest(image, landmarks):
    """((x, y, width, height), landmarks f32 [68, 2]) of the largest face; None without one."""
    if landmarks is not None:
        every = [((*p.min(0), *np.ptp(p, 0)), np.asarray(p, np.float32)) for p in landmarks(image)]
    else:
        every = [(f.box, estimate_68(f.points)) for f in detect_faces(image)]
    return max(every, key=lambda pair: pair[0][2] * pair[0][3], default=None)


def _abstaining(kind, found, measured):
    """Evidence that needs measured landmarks, marked as not valid where they were guessed."""
    if measured or kind not in NEEDS_MEASURED:
        return found
    return type(found)(kind, found.score, found.features, False,
                       "its landmarks were estimated from five points; this needs measured ones", found.drawing)


def drawn(report, path):
    """Write the picture and the drawing of every kind of evidence as one labelled image.

    Args:
        report: Of examine_file.
        path: .png, .jpg or .webp.
    Returns:
        The Path.
    Raises:
        ValueError: Where nothing was examined.
    Lesson 11.
    """
    if not report.evidence:
        raise ValueError(f"{report.path}: nothing was examined, so there is nothing to draw: {report.problem}")
    high, tiles = 240, [_tile(report.image, "the picture", 240)]
    for kind, found in report.evidence.items():
        text = f"{kind}: {found.score:.2f}" if found.valid else f"{kind}: abstains"
        tiles.append(_tile(report.image * 0.3 if found.drawing is None else found.drawing, text, high))
    wide = max(tile.shape[1] for tile in tiles)
    tiles = [np.pad(t, ((0, 6), (0, wide + 6 - t.shape[1]), (0, 0)), constant_values=1) for t in tiles]
    rows = [tiles[k:k + 5] + [np.ones_like(tiles[0])] * (5 - len(tiles[k:k + 5])) for k in range(0, len(tiles), 5)]
    sheet = np.concatenate([np.concatenate(row, 1) for row in rows])
    sheet = np.pad(sheet, ((0, 60), (0, 0), (0, 0)), constant_values=1)
    return media.write_image(path, sheet.astype(np.float32), what="evidence drawn over a picture, which proves nothing",
                             how="course evidence", sources=[report.path],
                             parameters={"evidence": list(report.evidence)})


def _tile(image, text, high):
    """An image made equally high under a line of text."""
    scale = min(high / image.shape[0], 1.6 * high / image.shape[1])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    small = np.clip(cv2.resize(np.asarray(image, np.float32), size, interpolation=cv2.INTER_AREA), 0, 1)
    tile = np.pad(small, ((26, high - small.shape[0]), (0, max(0, 230 - small.shape[1])), (0, 0)), constant_values=1)
    tile = np.ascontiguousarray(tile, np.float32)
    cv2.putText(tile, text, (2, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0.1, 0.1, 0.1), 1, cv2.LINE_AA)
    return tile
