"""A face swap by parameters: pose, expression, gaze and light are measured, and another person rendered. Lesson 16.

The encoder of lesson 02 has seen drawn people only and turns a real face into a smear. The cast's renderer needs no
training on real faces: what a face does is read off its landmarks (faces.fit) and its light off the pixels
(blending.light); then a person of the cast does the same, at the frame's own resolution, and is blended as always.
"""
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import cv2
import numpy as np

from course_lib import cast
from course_lib.blending import masks
from course_lib.blending.compose import unalign, within
from course_lib.blending.frames import COLOUR_CUTOFF
from course_lib.blending.light import fit_light, with_grain
from course_lib.blending.steps import Steps, finish, measure, prepare
from course_lib.faces.fit import Subject, fit_motion, fit_shape, scene
from course_lib.faces.mesh import read_eye
from course_lib.faces.smoothing import OneEuro
from course_lib.pipelines.detect import novelty_of
from course_lib.pipelines.usable import PART, opacity, seen_fraction, steady_points, unchanged

# looked at on photographs: the new brows need room, and a renderer's colours differ by more than mean and contrast
STEPS = Steps(forehead=0.35, grow=-2.0, feather=10.0, colour="mkl")
WAYS = ("auto", "learned", "parametric")
LIGHT_CUTOFF = 0.3  # Hz
KEY_FRAMES = 16  # that give the shape
NOVELTY_EVERY, LIGHT_EVERY = 12, 6  # frames between two measurements
LARGEST, FINE = 1024, 512  # side of a rendering, and of one with four rays to a pixel, pixels
BARE = {"hair_line": 0.9, "hair_open": 0.8, "hair_fringe": 0.0, "hair_quiff": 0.0, "hair_curl": 0.0, "hair_part": 0.0}


@dataclass(frozen=True)
class Way:
    """How `swap_video` makes its frames: by the learned encoder, or by parameters.

    Args:
        person: a name of the cast.
        way: one of WAYS; "auto" takes the parametric one where the faces are unlike anything the networks have seen.
        learned: whether there is a shipped decoder of that person.
        steps: blending.Steps of the parametric way.
    """

    person: str
    way: str = "auto"
    learned: bool = True
    steps: Steps = STEPS

    def __post_init__(self):
        if self.way not in WAYS:
            raise ValueError(f"way is {self.way!r}; expected one of {', '.join(WAYS)}")
        if self.way == "learned" and not self.learned:
            raise ValueError(f"there is no decoder of {self.person}; the parametric way can render {self.person}")

    def measure(self, frame, points, number):
        """What is kept of a frame for the choice and the fit.

        Args:
            frame: f32 RGB [H, W, 3].
            points: [68, 2], the face's landmarks.
            number: of the frame.
        Returns:
            f32 [6]: both pupils, the fraction of the skin that is seen, and the novelty, nan where it is not measured.
        Lesson 16.
        """
        if self.way == "learned":
            return np.full(6, np.nan, np.float32)
        pupils = [read_eye(frame, points[list(corners)].astype(np.float64), mirrored)[1][0]
                  for corners, mirrored in (((36, 39), False), ((42, 45), True))]
        asked = self.way == "auto" and self.learned and (number < NOVELTY_EVERY or number % NOVELTY_EVERY == 0)
        novelty = novelty_of(frame, points) if asked else np.nan
        return np.float32([*np.ravel(pupils), seen_fraction(frame, points), novelty])

    def choose(self, rows, rate):
        """The way for a whole video.

        Args:
            rows: structured array [T] of what was measured in each frame: time, cut, points, measured.
            rate: frames per second.
        Returns:
            (function (frames, number of the first) -> iterator of images, or None for the learned way; a dict for the
            manifest: the way, why it was taken, and how many frames pass unchanged, by reason).
        Raises:
            ValueError: where the parametric way is taken and no frame shows a face from the front and uncovered.
        Lesson 16.
        """
        why, way = "it was asked for", self.way
        if way == "auto" and not self.learned:
            way, why = "parametric", f"there is no decoder of {self.person}"
        elif way == "auto":
            far = rows["measured"][:, 5]
            far = np.median(far[np.isfinite(far)]) if np.isfinite(far).any() else np.inf
            way = "parametric" if far > 1 else "learned"
            why = (f"the faces are {'unlike' if far > 1 else 'like'} the rendered people that the encoder was trained "
                   f"on (novelty {far:.2f}, limit 1)")
        notes = {"way": way, "why": why}
        absent = ~np.isfinite(rows["points"]).all((1, 2))
        if way == "learned":
            return None, notes | {"unchanged": {"no face": int(absent.sum())}}
        steady = steady_points(rows, rate)
        reasons = unchanged(steady, rows["measured"][:, 4])
        counts = {name: int((reasons == name).sum()) for name in ("no face", "profile", "occluded")}
        good = np.flatnonzero(reasons == "")
        if not len(good):
            raise ValueError("no frame shows a face from the front and uncovered: "
                             + ", ".join(f"{count} frames {name}" for name, count in counts.items() if count))
        subject = fit_shape(steady[good[np.linspace(0, len(good) - 1, min(KEY_FRAMES, len(good))).round().astype(int)]])
        renderer = Renderer(cast.people()[self.person.title()], subject)
        strengths, cuts = opacity(reasons), np.array(rows["cut"])

        def make(frames, begin):
            return _images(renderer, frames, begin, steady, strengths, cuts, rate, self.steps)

        return make, notes | {"unchanged": counts, "steps": self.steps, "weights": {}}


@dataclass(frozen=True)
class Renderer:
    """One person of the cast who does what another face does.

    Args:
        person: a Person.
        subject: faces.fit.Subject, whose face is followed.
    """

    person: object
    subject: Subject

    @cached_property
    def shown(self):
        """The Person without hair over the forehead: the frame's own hair stays."""
        return replace(self.person, **BARE)

    def light(self, frame, points, values, place, last=None):
        """The light on the face in a frame.

        Args:
            frame: f32 RGB [H, W, 3].
            points: [70, 2], landmarks and pupils.
            values, place: of a Motion, one row.
            last: the Light of the frame before.
        Returns:
            blending.light.Light.
        Lesson 16.
        """
        square = square_of(points)
        crop, local = _cut(frame, square), points[:68] - square[:2]
        skin = masks.intersect(masks.hull(local, crop.shape[:2], 0.2), masks.visible_skin(crop, local))
        seen = scene(Subject(self.subject.person, 0.0), values, place, square)
        return fit_light(self.subject.person, seen, crop, skin, last, 2 if last else 6)

    def layer(self, frame, points, values, place, light, steps):
        """The rendered face in its frame, before colour and blending.

        Args:
            frame, points, values, place: as for light.
            light: a Light.
            steps: blending.Steps.
        Returns:
            blending.Layer, or None where nothing would show.
        Lesson 16.
        """
        x, y, side = square = square_of(points)
        size = min(side, LARGEST)
        image = cast.render(self.shown, scene(self.subject, values, place, square, light.lighting()), size,
                            supersample=2 if size <= FINE else 1)
        scale = size / side
        matrix = np.array([[scale, 0, (0.5 - x) * scale - 0.5], [0, scale, (0.5 - y) * scale - 0.5]])
        labels = image.labels[0]
        layer = prepare(frame, image.rgb[0], matrix, points[:68], steps, face_mask=masks.from_labels(labels))
        if layer is None:
            return None
        skin = unalign(masks.from_labels(labels, ("skin",)), within(matrix, layer.area), layer.mask.shape, cubic=False)
        local = points[:68] - layer.area[:2]
        return replace(layer, face=with_grain(layer.face, layer.frame, local, masks.intersect(skin, layer.mask)))


def square_of(points):
    """The square of a frame in which a face is rendered, in whole pixels: nothing need be resampled.

    Args:
        points: [68 or more, 2], landmarks first.
    Returns:
        (x, y, side), (x, y) its upper left pixel; side a multiple of 16.
    Lesson 16.
    """
    low, high = points[:68].min(0), points[:68].max(0)
    low = low - (0, 0.45 * (high[1] - low[1]))  # the forehead
    side = max(32, int(np.ceil(1.2 * max(high - low) / 16)) * 16)
    x, y = np.round((low + high) / 2 - side / 2).astype(int)
    return int(x), int(y), side


def _images(renderer, frames, begin, steady, strengths, cuts, rate, steps):
    """The frames from number `begin` on, with the rendered face; a part's motion is in memory at a time."""
    calm = OneEuro(rate, COLOUR_CUTOFF), OneEuro(rate, LIGHT_CUTOFF)
    light = None
    for start in range(begin - begin % PART, len(steady), PART):
        first = max(start, begin)
        part = steady[first:start + PART]
        motion = fit_motion(renderer.subject.person, part)
        for t, frame in enumerate(islice(frames, len(part))):
            if cuts[first + t] or not strengths[first + t]:
                light = None
                for each in calm:
                    each.reset()
            if not strengths[first + t]:
                yield np.array(frame, np.float32)
                continue
            row = part[t], motion.values[t], motion.place[t]
            if light is None or (first + t) % LIGHT_EVERY == 0:
                light = renderer.light(frame, *row, light)
            shown = replace(light, values=calm[1](light.values))
            layer = renderer.layer(frame, *row, shown, replace(steps, opacity=steps.opacity * strengths[first + t]))
            numbers = None if layer is None else measure(layer, steps)
            yield finish(frame, layer, steps, None if numbers is None else calm[0](numbers))


def _cut(frame, square):
    x, y, side = square
    return cv2.warpAffine(np.asarray(frame, np.float32), np.array([[1.0, 0, -x], [0, 1.0, -y]]), (side, side), None,
                          cv2.INTER_LINEAR, cv2.BORDER_REPLICATE)
