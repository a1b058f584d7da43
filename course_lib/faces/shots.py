"""Cuts and people: where only the face changes, and which shots of a video show somebody else. Lesson 16.

Between two people before one wall a cut changes little of the frame, but most of the aligned face. After any cut the
face may be another person's. That is judged by how well two aligned faces correlate, which is no face recogniser: light
and pose change the correlation as well. So only faces in like light and pose are compared, and where two shots have
none, nothing is claimed: a wrong "another person" would take a learner's own footage away.

Measured on the cast, on whose clips the limits of other_people were chosen too. FaceCuts: of 264 cuts between two of
12 people in one pose and light, 80 % are seen in soft and 70 % in hard light. Of 96 sudden changes of one person, 6
count as cuts: none of 24 to another expression, pose or soft light each, and 6 of 24 to hard light; and none of 640
steps from frame to frame (64 people, CRF 23). other_people: of the pairs of clips that show one of the 64 in another
pose, light and expression, 27 % count as two people (77 % with faces in any light and a limit of 0.25); of frames of
one of the 12, heads less turned, in two of four scenes, two of them in hard light, 6 % (44 %). Two people in one
scene are told apart in 64 % of the pairs in soft light and 51 % in hard light (89 and 84 %), in two scenes in 31 %
(98 %). So look at each cut.
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
LIMIT = 0.35  # distance of the nearest comparable faces of two shots, above which they are two people
LIKE = 0.35  # rms difference of what is uneven between the halves of two faces, below which light and pose are alike


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


def other_people(looks, shots, limit=LIMIT, like=LIKE):
    """Which frames show another person than the longest shot does.

    A face is nearly symmetric, so what is uneven between its halves comes from light and pose. Only faces that agree in
    it are compared. Two shots are as far apart as the nearest of these pairs: 1 less the correlation of the faces, each
    averaged with its mirror image, without broad shading.

    Args:
        looks: [T, 484] of look_of.
        shots: int [T], the number of each frame's shot.
        limit: distance above which two shots count as two people's.
        like: difference between the halves' unevenness below which two faces are compared.
    Returns:
        (bool [T], {shot: its distance from the longest shot}); a shot without comparable faces is in neither.
    Lesson 16.
    """
    looks, shots = np.asarray(looks), np.asarray(shots)
    seen = np.isfinite(looks[:, 0])
    numbers, lengths = np.unique(shots[seen], return_counts=True)
    if len(numbers) < 2:
        return np.zeros(len(shots), bool), {}
    some = {int(n): _some(looks, np.flatnonzero(seen & (shots == n))) for n in numbers}
    longest = some[int(numbers[lengths.argmax()])]
    distances = {n: distance for n, rows in some.items() if (distance := _distance(rows, longest, like)) is not None}
    far = [n for n, distance in distances.items() if distance > limit]
    return np.isin(shots, far) & seen, distances


def _distance(one, other, like):
    """Of the nearest faces of two shots that are comparable, None where there are none."""
    apart = np.sqrt(((one[1][:, None] - other[1]) ** 2).mean(-1))
    alike = (one[0] @ other[0].T)[apart < like]
    return max(0.0, 1 - float(alike.max())) if len(alike) else None


def _some(looks, rows):
    """Up to SHOWN of these rows, spread over all: (faces with less of the light, as unit vectors; their unevenness)."""
    rows = rows[np.linspace(0, len(rows) - 1, min(SHOWN, len(rows))).round().astype(int)]
    images = looks[rows].astype(np.float32).reshape(-1, 22, 22)
    mirrored = images[..., ::-1]
    even = np.stack([(face - _broad(face))[:, :11].ravel() for face in (images + mirrored) / 2])
    even -= even.mean(1, keepdims=True)
    uneven = np.stack([_broad(face)[:, :11].ravel() for face in (images - mirrored) / 2])
    return even / np.linalg.norm(even, axis=1, keepdims=True).clip(1e-6), uneven


def _broad(face):
    return cv2.GaussianBlur(face, (0, 0), BROAD)
