"""A photograph or a video in, a score for each of its faces out, and how little that score proves. Lesson 10.

The file is read, looked at and forgotten: nothing of it leaves the machine, and nothing is kept unless an annotated
copy is asked for. So no consent file is needed.
"""
import warnings
from dataclasses import asdict, dataclass, field, replace
from functools import cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from course_lib import checkpoints, media, provenance
from course_lib.faces import align_five, detect_faces, invert, transform, warp
from course_lib.faults import in_words
from course_lib.forgeries.build import COVERAGE
from course_lib.metrics.calibration import at_prevalence

# The authors cut 1.3 x 2.2 times the distance of eyes and mouth, around the nose: 1.02 of the mean face's square.
OURS, AUTHORS = ("meso4_cast", "mesoinception4_cast"), ("meso4", "mesoinception4")
MODELS = (*OURS, *AUTHORS)
AUTHORS_COVERAGE = 1.02
OUTSIDE = 0.15  # the share of a crop that may lie beyond the picture's border
ENLARGED = 2.0  # crop pixels for each pixel of the picture, from which on a face is too small
FEW = 0.5  # the share of a video's frames that must show a usable face
FRAMES, SHOWN = 32, 8  # of a video: frames looked at, and at most shown in its annotated copy


@dataclass(frozen=True)
class Scored:
    """One face. box: (x, y, width, height) in pixels of the picture. score: P(fake), as the model says. second: of the
    video, None in a photograph. doubts: why the score does not count ("cut by the border", "too small"), if so."""

    box: tuple
    score: float
    second: float | None = None
    doubts: tuple = ()


@dataclass
class Finding:
    """What was found in one file. Print it for people; `as_dict()` is for JSON.

    path, model: as given. kind: "photograph" or "video". faces: Scored, in a video the largest face of each frame
    that was looked at. frames: how many were looked at. score: of a video, the mean over the faces that count, None if
    too few do; of a photograph the highest of those that count. problem: why there is no score, "" if there is one.
    notes: what else should be known. pictures: (picture f32 RGB, its faces) for annotated, not in as_dict.
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
        """Plain values for JSON, with what the score means."""
        plain = {k: v for k, v in vars(self).items() if k not in ("pictures", "faces")}
        return plain | {"faces": [asdict(f) for f in self.faces], "meaning": meaning(self)}

    def __str__(self):
        return f"{self.told()}\n  {meaning(self)}"

    def told(self):
        """What was found, as text, without what it means: for a list of files."""
        many = f"{self.frames} frames looked at, " if self.kind == "video" else ""
        lines = [f"{self.path}: {self.kind}, {many}{len(self.faces)} face{'s' if len(self.faces) != 1 else ''}"]
        shown = self.faces if self.kind == "photograph" else []
        for number, face in enumerate(shown, 1):
            x, y, width, height = (round(v) for v in face.box)
            doubt = f" - does not count: {', '.join(face.doubts)}" if face.doubts else ""
            lines.append(f"  face {number}, {width} x {height} px at ({x}, {y}): P(fake) {face.score:.3f}{doubt}")
        if self.kind == "video" and self.faces:
            scores = [f.score for f in self.faces]
            lines.append(f"  P(fake) of its frames: median {np.median(scores):.3f}, {min(scores):.3f} to "
                         f"{max(scores):.3f}")
        lines.append(f"  no score: {self.problem}" if self.problem else f"  P(fake) {self.score:.3f} by {self.model}")
        return "\n".join(lines + [f"  note: {note}" for note in self.notes])


def meaning(finding):
    """What a Finding's score says and what it does not, in a few sentences. Lesson 10."""
    private = "The file was read on this machine and nothing of it was sent or kept."
    if finding.score is None:
        return f"Nothing follows from this, neither that it is real nor that it is fake. {private}"
    if finding.model in OURS:
        learned = ("it learned one way of swapping faces, on rendered people; on a photograph of a real person its "
                   "score means nothing (the photograph of Grace Hopper that comes with the course it calls fake)")
    else:
        learned = ("it learned the face swaps of 2018 that its authors collected, and errs on others often and with "
                   "confidence; blur alone can turn its answer round")
    rare = float(at_prevalence(0.9, 0.001))
    return (f"This is a small network's answer, and no proof: {learned}. Even a true probability of 0.90, found where "
            f"half of all pictures are fake, would be {rare:.3f} where one in 1,000 is. {private}")


def detect(path, model="meso4_cast", *, method="haar", finder=None, frames=FRAMES, keep=False):
    """Scores the faces in a photograph or a video: a Finding, also where the file cannot be read or shows no face.

    path: a picture (media.read_image), or a video (media.is_video looks into the file). model: the course's own
    "meso4_cast" or "mesoinception4_cast", or the authors' "meso4" or "mesoinception4" once fetched. method, finder: as
    method and model of faces.detect_faces. frames: how many of a video's are looked at, evenly spread. keep:
    hold the pictures, up to eight of a video, for annotated. A face that reaches over the border, or is much smaller
    than what the network sees, is scored but does not count. Transparent places are laid on white; grey and 16-bit
    pictures are read as such.
    Raises ValueError for an unknown model, checkpoints.CheckpointError when its weights are not here, and
    FileNotFoundError when YuNet's are not; never because of the file. Lesson 10.
    """
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; expected one of {', '.join(MODELS)}")
    if frames < 1:
        raise ValueError(f"frames is {frames}; at least one frame of a video must be looked at")
    checkpoints.verify(model)
    detect_faces(np.zeros((64, 64, 3), np.float32), method, finder)  # says now if it cannot work
    video = media.is_video(path)
    finding = Finding(str(path), model, "video" if video else "photograph")

    def look(image, second=None):
        """The faces of one picture as Scored, the largest first; the largest alone in a video."""
        found = sorted(detect_faces(image, method, finder), key=lambda f: -f.box[2] * f.box[3])
        if video and len(found) > 1 and not finding.notes:
            finding.notes.append("frames show several faces; the largest of each was scored")
        found = found[:1] if video else found
        if not found:
            return []
        score, size = _scorer(model)
        crops = [_crop(image, f.points, size, authors=model in AUTHORS) for f in found]
        scores = score(np.stack([c for c, _ in crops]))
        return [Scored(tuple(round(v, 1) for v in f.box), float(s), second, _doubts(matrix, size, image.shape))
                for f, s, (_, matrix) in zip(found, scores, crops, strict=True)]

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            if video:
                _video(path, finding, look, frames, keep)
            else:
                _photograph(path, finding, look, keep)
        except FileNotFoundError:
            finding.problem = f"there is no file {path}"
        except (OSError, ValueError, MemoryError, RuntimeError) as error:
            finding.problem = in_words(error)
    finding.notes += [str(w.message) for w in told if str(path) in str(w.message)]  # media's: cut short, damaged
    return finding


def annotated(finding, path):
    """Writes a copy of what was looked at with boxes and scores drawn in, by media.write_image; returns the Path.

    finding: of detect(..., keep=True). path: .png, .jpg or .webp; of a video up to eight frames side by side. The copy
    is labelled "synthetic" like everything that the course writes, for it is an altered picture, and says below that
    this is no verdict. Raises ValueError when nothing was kept, or the picture is too small for the label. Lesson 10.
    """
    if not finding.pictures:
        raise ValueError(f"{finding.path} has no picture to annotate: {finding.problem or 'detect it with keep=True'}")
    return media.write_image(path, _sheet(finding.pictures), what="a copy with a detector's boxes and scores drawn in",
                             how="course detect", sources=[finding.path],
                             parameters={"model": finding.model, "score": finding.score})


def _photograph(path, finding, look, keep):
    image = media.read_image(path)
    finding.frames = 1
    finding.faces = look(image)
    if keep:
        finding.pictures = [(image, finding.faces)]
    if np.ptp(image, axis=-1).max() < 1 / 255:
        finding.notes.append("the picture is grey; the networks learned from colour")
    counted = [f.score for f in finding.faces if not f.doubts]
    if counted:
        finding.score = max(counted)
    elif finding.faces:
        finding.problem = f"no face can be judged ({', '.join(sorted({d for f in finding.faces for d in f.doubts}))})"
    else:
        finding.problem = "no face was found; it may be turned away, covered, dark or below 30 pixels"


def _video(path, finding, look, frames, keep):
    video = media.read_video(path)
    rate, length = video.info.fps or 25.0, video.info.duration
    every = max(length / frames, 1 / rate) if length else 0.5
    first = every / 2 - 0.5 / rate if length else 0.0  # the middle of each of as many equal parts
    step = -(-min(frames, round(length / every) or frames) // SHOWN)
    try:
        for second, image in video.timed():
            if second < first + finding.frames * every - 1e-3 or finding.frames == frames:
                continue
            faces = look(image, round(second, 3))
            finding.faces += faces
            if keep and finding.frames % step == 0:
                finding.pictures.append(_smaller(image, faces))
            finding.frames += 1
    except ValueError as error:  # what came before the damage still counts
        if not finding.frames:
            raise
        finding.notes.append(str(error))
    counted = [f.score for f in finding.faces if not f.doubts]
    if len(counted) < max(1, FEW * finding.frames):
        finding.problem = (f"a face that can be judged is in {len(counted)} of {finding.frames} frames, too few to say "
                           "anything of the video")
    else:
        finding.score = float(np.mean(counted))


@cache
def _scorer(name):
    """(function from faces to P(fake), side of these faces in pixels) of one of MODELS."""
    from course_lib.models import (  # here, so that a file without a face is answered before Keras is imported
        mesonet,
        mesonet_inference,
    )

    if name in OURS:
        model = checkpoints.load(name)
    else:
        model = mesonet_inference.load_reference_weights(getattr(mesonet, name)(), checkpoints.verify(name))
    return mesonet_inference.scorer(model), model.input_shape[1]


def _crop(image, points, size, authors):
    """(the face f32 [size, size, 3], matrix from picture to crop) as the network learned to see it."""
    aligned = align_five(image, points, size, AUTHORS_COVERAGE if authors else COVERAGE)
    if not authors:
        return aligned.image, aligned.matrix
    matrix = aligned.matrix.copy()
    matrix[:, 2] += (size - 1) / 2 - (matrix[:, :2] @ points[2] + matrix[:, 2])  # the nose into the middle
    return warp(image, matrix, size), matrix


def _doubts(matrix, size, shape):
    doubts = []
    places = transform(np.stack(np.meshgrid(*[np.arange(0, size, 4)] * 2), -1), invert(matrix))
    inside = (places > -0.5) & (places < np.array(shape[1::-1]) - 0.5)
    if 1 - inside.all(-1).mean() > OUTSIDE:
        doubts.append("cut by the border")
    if np.hypot(*matrix[0, :2]) > ENLARGED:
        doubts.append("too small")
    return tuple(doubts)


def _smaller(image, faces, height=480):
    """The picture and its faces at most so high: eight frames of a large film would fill the memory."""
    scale = min(1.0, height / image.shape[0])
    if scale < 1:
        image = cv2.resize(image, (round(image.shape[1] * scale), height), interpolation=cv2.INTER_AREA)
    return image, [replace(face, box=tuple(v * scale for v in face.box)) for face in faces]


def _sheet(pictures, height=360):
    """The pictures with boxes and scores drawn in; several are made equally high and laid four to a row."""
    several, drawn = len(pictures) > 1, []
    for image, faces in pictures:
        scale = height / image.shape[0] if several else max(1.0, 256 / min(image.shape[:2]))
        size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
        page = Image.fromarray((np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)).resize(size, Image.LANCZOS)
        pen, unit = ImageDraw.Draw(page), max(2, min(size) // 200)
        font = ImageFont.load_default(max(14, min(size) // 24))
        for number, face in enumerate(faces, 1):
            x, y, wide, high = (v * scale for v in face.box)
            text = f"{number}: P(fake) {face.score:.2f}" + (" ?" if face.doubts else "")
            pen.rectangle((x, y, x + wide, y + high), outline="white", width=2 * unit)
            pen.rectangle((x, y, x + wide, y + high), outline="black", width=unit)
            left, top, right, bottom = pen.textbbox((x, max(0, y - font.size - 3 * unit)), text, font=font)
            pen.rectangle((left - unit, top - unit, right + unit, bottom + unit), fill="black")
            pen.text((x, max(0, y - font.size - 3 * unit)), text, fill="white", font=font)
        drawn.append(np.asarray(page, np.float32) / 255)
    if not several:
        return _footed(drawn[0])
    rows = [np.concatenate(drawn[k:k + 4], 1) for k in range(0, len(drawn), 4)]
    wide = max(row.shape[1] for row in rows)
    rows = [np.pad(row, ((0, 0), (0, wide - row.shape[1]), (0, 0)), constant_values=1) for row in rows]
    return _footed(np.concatenate(rows))


def _footed(page):
    """The page with a strip below for the label, so that nobody takes it for the detector's answer."""
    height, width = page.shape[:2]
    _, top, right, bottom = provenance.label.box(round(1.15 * height), width)  # a little larger than it will be
    strip = Image.new("RGB", (width, round(1.3 * (bottom - top))), "white")
    font = ImageFont.load_default(max(10, min((bottom - top) // 2, (width - right) // 20)))
    said = "is said of this copy: boxes and\nnumbers were drawn in. It is no verdict."
    ImageDraw.Draw(strip).text((right + font.size / 2, strip.height / 2), said, fill="black", font=font, anchor="lm",
                               spacing=1)
    return np.concatenate([page, np.asarray(strip, np.float32) / 255])
