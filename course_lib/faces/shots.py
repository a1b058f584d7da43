"""Cuts and people: where only the face changes, and which shots of a video show somebody else. Lesson 16.

Between two people before one wall a cut changes little of the frame, but most of the aligned face. After any cut the
face may be another person's. Both are judged by how well two aligned faces correlate. That is no face recogniser: it
compares shots of one video, whose camera and light are much the same. Over 12 people of the cast in 24 clips, each in
another random light, LIMIT misses 7 % of the pairs of two people, and calls 5 of the 12 pairs of one person two people;
over 6 shots of each of two people in soft light, it errs in 1 of 66 pairs.
"""
import cv2
import numpy as np

from .align import align

SIDE, INNER = 32, (slice(6, 28), slice(5, 27))  # of the aligned face in pixels, and the part without hair and jaw
LOOK = 22 * 22  # numbers
PLAIN = 0.03  # standard deviation of the log brightness, below which nothing can be compared
CUT, RATIO = 0.25, 4.0  # distance of two neighbouring faces at a cut, at least, and its ratio to the running mean
SHOWN = 12  # frames of a shot that are compared, at most
BROAD = 2.0  # standard deviation in pixels of what is taken for shading
LIMIT = 0.25  # distance of the nearest faces of two shots, above which they are two people


def look_of(frame, points):
    """What a face looks like: its smoothed log brightness, aligned, with mean 0 and standard deviation 1.

    Args:
        frame: f32 RGB [H, W, 3].
        points: [68, 2], nan where there is no face.
    Returns:
        f32 [484]; the mean product of two of them is their correlation. nan where there is no face, or too plain a one.
    Lesson 16.
    """
    if not np.isfinite(points).all():
        return np.full(LOOK, np.nan, np.float32)
    luma = align(np.asarray(frame, np.float32), np.asarray(points, np.float32), SIDE).image.mean(-1)
    look = cv2.GaussianBlur(np.log(luma.clip(0) + 0.05), (0, 0), 0.7)[INNER].ravel()
    spread = look.std()
    return (look - look.mean()) / (spread if spread > PLAIN else np.nan)


class FaceCuts:
    """Detects cuts in which the face alone changes: call it with the look of each frame's face (look_of), and whether a
    cut is known already; it returns True where the face is suddenly another. Lesson 16.
    """

    def __init__(self):
        self.last, self.mean = np.full(LOOK, np.nan), 0.0

    def __call__(self, look, cut=False):
        distance, self.last = 1 - float((look * self.last).mean()), look
        if cut or not np.isfinite(distance):
            self.mean = 0.0 if cut else self.mean
            return False
        changed = distance > CUT and distance > RATIO * self.mean
        self.mean = 0.0 if changed else 0.8 * self.mean + 0.2 * distance
        return changed


def other_people(looks, shots, limit=LIMIT):
    """Which frames show another person than the longest shot does.

    Two shots are as far apart as their two nearest faces: 1 less the highest correlation of any pair, so that pose and
    expression, which differ within a shot as well, count little. Light counts less where each face is averaged with its
    mirror image and broad shading is removed.

    Args:
        looks: [T, 484] of look_of.
        shots: int [T], the number of each frame's shot.
        limit: distance above which two shots count as two people's.
    Returns:
        (bool [T], {shot: its distance from the longest shot}).
    Lesson 16.
    """
    looks, shots = np.asarray(looks), np.asarray(shots)
    seen = np.isfinite(looks[:, 0])
    numbers, lengths = np.unique(shots[seen], return_counts=True)
    if len(numbers) < 2:
        return np.zeros(len(shots), bool), {}
    some = {int(n): _some(looks, np.flatnonzero(seen & (shots == n))) for n in numbers}
    longest = some[int(numbers[lengths.argmax()])]
    distances = {n: max(0.0, 1 - float((rows @ longest.T).max())) for n, rows in some.items()}
    far = [n for n, distance in distances.items() if distance > limit]
    return np.isin(shots, far) & seen, distances


def _some(looks, rows):
    """Up to SHOWN of these rows, spread over all, with less of the light: unit vectors."""
    rows = rows[np.linspace(0, len(rows) - 1, min(SHOWN, len(rows))).round().astype(int)]
    images = looks[rows].astype(np.float32).reshape(-1, 22, 22)
    even = (images + images[..., ::-1]) / 2
    halves = np.stack([(face - cv2.GaussianBlur(face, (0, 0), BROAD))[:, :11].ravel() for face in even])
    halves -= halves.mean(1, keepdims=True)
    return halves / np.linalg.norm(halves, axis=1, keepdims=True).clip(1e-6)
