"""From frame to frame: where a new shot begins, and which face is the one that is followed. Lesson 03."""
import cv2
import numpy as np

CUT, SUDDEN = 0.08, 4.0  # mean difference of two frames at a cut, and how much more than usual it is
THUMB = (32, 18)


class Cuts:
    """Finds where a new shot begins: call it with each frame f32 [H, W, 3]; true where the picture, at 32 x 18 pixels,
    differs from the last one by more than 0.08 on average and by four times as much as usual. Lesson 03."""

    def __init__(self):
        self.last, self.usual = None, 0.0

    def __call__(self, frame):
        thumb, last = cv2.resize(np.asarray(frame, np.float32), THUMB, interpolation=cv2.INTER_AREA), self.last
        self.last = thumb
        if last is None:
            return False
        difference = float(np.abs(thumb - last).mean())
        cut = difference > CUT and difference > SUDDEN * self.usual
        self.usual = 0.0 if cut else 0.8 * self.usual + 0.2 * difference
        return cut


class Follower:
    """Keeps to one person where a frame has several faces: call it with the faces of each frame, a list of landmarks
    [68, 2], and whether a shot begins; it gives the followed one's, f32 [68, 2], nan where that face is not there.

    near: (x, y) in pixels: the face nearest to it is the one to follow; the largest when left out. Where a shot begins
    the choice is made anew; within a shot the face stays the one that is nearest to where it was last seen, and not
    farther than 0.6 of a face's size (0.02 more for each frame without it). last: where it was last seen. Lesson 03.
    """

    def __init__(self, near=None, last=None):
        self.near, self.last, self.missed = near, last, 0

    def __call__(self, faces, cut=False):
        faces = [np.asarray(points, np.float32) for points in faces]
        for points in faces:
            if points.shape != (68, 2) or not np.isfinite(points).all():
                raise ValueError(f"a face was given by {points.shape} numbers; expected 68 finite landmarks [68, 2] "
                                 "(from five points: faces.estimate_68)")
        if cut:
            self.last = None
        if self.last is not None:
            aim, reach = self.last.mean(0), _extent(self.last) * (0.6 + 0.02 * self.missed)
            faces = [points for points in faces if _distance(points, aim) <= reach]
        else:
            aim = self.near
        score = _extent if aim is None else (lambda points: -_distance(points, aim))
        best = max(faces, key=score, default=None)
        self.missed = 0 if best is not None else self.missed + 1
        if best is None:
            return np.full((68, 2), np.nan, np.float32)
        self.last = best
        return best


def follow(frames, find, near=None):
    """Finds one person's face in every frame and yields (landmarks f32 [68, 2] or nan, whether a shot begins).

    frames: an iterable of f32 RGB [H, W, 3]. find: frame -> list of landmarks [68, 2], one for each face. near: as for
    Follower. Lesson 03.
    """
    cuts, follower = Cuts(), Follower(near)
    for frame in frames:
        cut = cuts(frame)
        yield follower(find(frame), cut), cut


def _extent(points):
    return float(np.sqrt(np.prod(np.ptp(points, axis=0))))


def _distance(points, place):
    return float(np.linalg.norm(points.mean(0) - np.asarray(place)))
