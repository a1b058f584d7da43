"""Fits the cast's face model to landmarks: whose shape, in which pose, with which expression and gaze. Lesson 16.

What a face is (its shape) and what it does (pose, expression, gaze) are told apart over the frames of a clip: the shape
is one for all of them. Any person of the cast can then be rendered with what the face does. Only the landmarks are
rendered, not the images, so that Gauss-Newton with Jacobians by finite differences takes milliseconds for a frame.

References:
    Blanz & Vetter, "A morphable model for the synthesis of 3D faces", SIGGRAPH 1999 (shape and its prior).
    Thies et al. 2016, "Face2Face", section 4 (identity over some frames first, then frame after frame).
"""
from dataclasses import dataclass, replace

import numpy as np

from course_lib import cast
from course_lib.cast import (
    NAMES,
    Camera,
    Expression,
    Person,
    Pose,
    Scene,
    describe,
    to_vector,
)
from course_lib.cast.parameters import RECORDS

from .measure import eye_distance, head_pose

# what the face does in a frame, with the standard deviation of its prior, whose mean is 0
MOTION = {
    "pose.yaw": 0.4, "pose.pitch": 0.2, "pose.roll": 0.3, "expression.jaw": 0.3, "expression.smile": 0.35,
    "expression.pucker": 0.25, "expression.teeth": 0.25, "expression.brow": 0.3, "expression.frown": 0.2,
    "expression.blink_left": 0.4, "expression.blink_right": 0.4, "expression.gaze_x": 0.4, "expression.gaze_y": 0.3,
}
# what the face is: offsets of about one standard deviation each
SHAPE = ("face_w", "face_l", "jaw_w", "chin_w", "eye_sep", "eye_size", "eye_open", "eye_tilt", "brow_y", "brow_arch",
         "nose_l", "nose_w", "nose_z", "nose_up", "mouth_w", "lip_u", "lip_l")
SHAPE_SPREAD = 0.6
# standard deviation of the landmarks, in distances of the eyes: jaw, brows, nose, eyes, both edges of the lips, pupils
NOISE = np.repeat([0.15, 0.06, 0.05, 0.03, 0.04, 0.03, 0.03], [17, 10, 9, 12, 12, 8, 2])
WINK = 0.15  # standard deviation of the difference of both lids
STEP = 0.03  # of the finite differences
REST = 0.2  # the quantile of a face's openings of the lids that counts as its rest

_COLUMN = {name: k for k, name in enumerate(NAMES)}
_LOW, _HIGH = np.array([(low, high) for record in RECORDS for _, low, high, _ in describe(record)]).T
_MOTION = [_COLUMN[name] for name in MOTION]
_SHAPE = [_COLUMN[f"person.{name}"] for name in SHAPE]
_SPREADS = np.array([*MOTION.values()])
_LIDS = [list(MOTION).index(f"expression.blink_{side}") for side in ("left", "right")]


@dataclass(frozen=True)
class Subject:
    """Whose face is followed, as far as its landmarks tell.

    Args:
        person: a Person of that shape; colours, hair and skin are the default ones.
        rest: how far the lids are closed where they count as open, 0 to 1: narrow eyes are not half closed ones.
    """

    person: Person
    rest: float


@dataclass(frozen=True)
class Motion:
    """What a face does in T frames; rows of nan where there is none.

    Args:
        values: f64 [T, P], in the order of MOTION.
        place: f64 [T, 3]: pixels for half the height of the cast's image at scale 1, and x and y of its middle.
        error: f64 [T], the root mean square of what is left of the landmarks' distances, in distances of the eyes.
    """

    values: np.ndarray
    place: np.ndarray
    error: np.ndarray

    def __getitem__(self, which):
        return Motion(self.values[which], self.place[which], self.error[which])


def fit_shape(points, iterations=12):
    """The shape of one face, from some frames of it in which pose and expression differ.

    Args:
        points: [K, 70, 2], landmarks and pupils in pixels, all finite but for the pupils; 8 frames or more.
        iterations: of Gauss-Newton.
    Returns:
        Subject.
    Raises:
        ValueError: for points of another shape, or none.
    Lesson 16.
    """
    points = _checked(points)
    if not len(points):
        raise ValueError("there is no frame with a face to fit a shape to: give frames that show one")
    vectors = _descend(_start(Person(), points), points, iterations, _SHAPE)
    person = replace(Person(), **dict(zip(SHAPE, vectors[0, _SHAPE].tolist(), strict=True)))
    lids = vectors[:, [_MOTION[k] for k in _LIDS]].mean(1)
    return Subject(person, float(np.quantile(lids, REST)))


def fit_motion(person, points, iterations=6):
    """What a face of a known shape does in every frame, each by itself.

    Args:
        person: Person, of a Subject.
        points: [T, 70, 2], landmarks and pupils in pixels; rows of nan where there is no face, pupils of nan where
            they are not known.
        iterations: of Gauss-Newton.
    Returns:
        Motion.
    Raises:
        ValueError: for points of another shape.
    Lesson 16.
    """
    points = _checked(points)
    seen = np.isfinite(points[:, :68]).all((1, 2))
    values, place, error = (np.full((len(points), n), np.nan) for n in (len(MOTION), 3, 1))
    if seen.any():
        vectors = _descend(_start(person, points[seen]), points[seen], iterations, [])
        left, place[seen] = _distances(vectors, points[seen])
        values[seen], error[seen, 0] = vectors[:, _MOTION], np.sqrt(np.nanmean((left[:, 17:68] ** 2).sum(-1), -1))
    return Motion(values, place, error[:, 0])


def scene(subject, values, place, square, light=None):
    """The scene in which a person does what was fitted, seen in a square of the frame.

    Args:
        subject: Subject; its rest is taken off the lids.
        values, place: [P] and [3], a row of a Motion.
        square: (x, y, side) of the square in pixels, (x, y) its upper left pixel.
        light: a Lighting, the cast's own when left out.
    Returns:
        Scene.
    Raises:
        ValueError: where the face is too large or too far outside for the square.
    Lesson 16.
    """
    row = np.clip(values, _LOW[_MOTION], _HIGH[_MOTION])
    row[_LIDS] = np.clip((row[_LIDS] - subject.rest) / max(1 - subject.rest, 1e-3), 0, 1)
    named, (size, across, down), half = dict(zip(MOTION, row.tolist(), strict=True)), place, square[2] / 2
    camera = Camera(size / half, (across + 0.5 - square[0]) / half - 1, 1 - (down + 0.5 - square[1]) / half)
    pose, expression = ({name.split(".")[1]: value for name, value in named.items() if name.startswith(record)}
                        for record in ("pose", "expression"))
    return Scene(Expression(**expression), Pose(**pose), camera=camera, **({"lighting": light} if light else {}))


def _checked(points):
    points = np.asarray(points, np.float64)
    if points.ndim != 3 or points.shape[1:] != (70, 2):
        raise ValueError(f"points are {points.shape}; expected [T, 70, 2], 68 landmarks and both pupils")
    return points


def _start(person, points):
    """Parameter vectors of a neutral face in the pose of a mean head, one for each frame."""
    vectors = np.repeat(to_vector(person, Scene()).astype(np.float64)[None], len(points), 0)
    for vector, frame in zip(vectors, points, strict=True):
        side = 8 * eye_distance(frame[:68])
        around = frame[:68] - frame[:68].mean(0) + side / 2
        vector[_MOTION[:3]] = head_pose(around, (side, side))
    return np.clip(vectors, _LOW, _HIGH)


def _distances(vectors, points):
    """How far the landmarks of parameter vectors [N, V] lie from points [N, 70, 2] once scaled and shifted best, in
    distances of the eyes [N, 70, 2]; and scale and shift [N, 3]."""
    model = cast.render_landmarks(vectors, 2).astype(np.float64) - 0.5  # from -1 to 1
    weights = np.isfinite(points).all(-1, keepdims=True) / NOISE[:, None] ** 2
    known = np.where(weights > 0, points, 0.0)
    total = weights.sum(1, keepdims=True)
    middle, target = ((weights * a).sum(1, keepdims=True) / total for a in (model, known))
    scale = (weights * (model - middle) * (known - target)).sum((1, 2)) / (weights * (model - middle) ** 2).sum((1, 2))
    shift = (target - scale[:, None, None] * middle)[:, 0]
    apart = eye_distance(points[:, :68])[:, None, None]
    left = (scale[:, None, None] * model + shift[:, None] - points) / apart
    return left, np.c_[scale, shift]


def _residuals(vectors, points):
    """What Gauss-Newton makes small, [N, R]: distances over their noise, and the motion's prior."""
    left, _ = _distances(vectors, points)
    motion = vectors[:, _MOTION]
    wink = (motion[:, _LIDS[0]] - motion[:, _LIDS[1]]) / WINK
    return np.concatenate([np.nan_to_num(left / NOISE[:, None]).reshape(len(vectors), -1), motion / _SPREADS,
                           wink[:, None]], 1)


def _descend(vectors, points, iterations, shared):
    """Gauss-Newton with halved steps on the motion of every frame and on `shared` columns, which are the same in all.

    The frames know of each other by the shared columns alone, so these are solved for first (Schur complement)."""
    columns = [*shared, *_MOTION]
    first, many, frames = len(shared), len(columns), len(vectors)
    steps = STEP * np.where(vectors[:, columns] + 2 * STEP > _HIGH[columns], -1.0, 1.0)

    def energy(trials):
        """[N, C] for trials [N, C, V]; the shape's prior is a part of each frame's."""
        flat = trials.reshape(-1, trials.shape[-1])
        data = (_residuals(flat, np.repeat(points, trials.shape[1], 0)) ** 2).sum(1)
        return (data + ((flat[:, shared] / SHAPE_SPREAD) ** 2).sum(1) / frames).reshape(trials.shape[:2])

    now = energy(vectors[:, None])[:, 0]
    for _ in range(iterations):
        steps = STEP * np.where(vectors[:, columns] + 2 * STEP > _HIGH[columns], -1.0, 1.0)
        trials = np.repeat(vectors[:, None], many + 1, 1)
        for k, column in enumerate(columns):
            trials[:, k + 1, column] += steps[:, k]
        rows = _residuals(trials.reshape(-1, trials.shape[-1]), np.repeat(points, many + 1, 0))
        rows = rows.reshape(frames, many + 1, -1)
        jacobian = (rows[:, 1:] - rows[:, :1]) / steps[..., None]  # [N, P, R]
        normal, slope = jacobian @ jacobian.transpose(0, 2, 1), (jacobian @ rows[:, 0, :, None])[..., 0]
        own = normal[:, first:, first:] + 1e-6 * np.eye(many - first)
        update = np.zeros((frames, many))
        if first:
            across, prior = normal[:, :first, first:], np.eye(first) / SHAPE_SPREAD**2
            solved = np.linalg.solve(own, across.transpose(0, 2, 1))
            left = normal[:, :first, :first].sum(0) + prior - (across @ solved).sum(0)
            right = slope[:, :first].sum(0) + prior @ vectors[0, shared]
            right = right - (solved.transpose(0, 2, 1) @ slope[:, first:, None]).sum(0)[:, 0]
            update[:, :first] = -np.linalg.solve(left, right)
            slope[:, first:] += (across.transpose(0, 2, 1) @ update[:, :first, None])[..., 0]
        update[:, first:] = -np.linalg.solve(own, slope[:, first:, None])[..., 0]
        tries = np.repeat(vectors[:, None], 3, 1)
        for k, share in enumerate((1.0, 0.5, 0.2)):
            moved = tries[:, k, columns] + share * np.clip(update, -0.5, 0.5)
            tries[:, k, columns] = np.clip(moved, _LOW[columns], _HIGH[columns])
        scores = energy(tries)
        if first:
            scores = np.repeat(scores.mean(0, keepdims=True), frames, 0)  # one step for all
            now = np.full(frames, now.mean())
        best = scores.argmin(1)
        better = scores.min(1) < now
        vectors = np.where(better[:, None], tries[np.arange(frames), best], vectors)
        now = np.minimum(now, scores.min(1))
        if not better.any():
            break
    return vectors
