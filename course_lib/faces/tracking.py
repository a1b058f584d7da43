"""Shot boundaries, and one person's face from frame to frame. Lesson 03."""
import cv2
import numpy as np

from .shots import FaceCuts, look_of

CUT, RATIO = 0.08, 4.0  # mean difference of two frames at a cut, at least, and its ratio to the running mean
THUMBNAIL = (32, 18)


class Cuts:
    """Detects where a new shot begins: call it with each frame f32 [H, W, 3].

    It returns True where the image, at 32 x 18 pixels, differs from the last one by more than 0.08 on average and by
    four times the running mean. Lesson 03.
    """

    def __init__(self):
        self.last, self.mean = None, 0.0

    def __call__(self, frame):
        small, last = cv2.resize(np.asarray(frame, np.float32), THUMBNAIL, interpolation=cv2.INTER_AREA), self.last
        self.last = small
        if last is None:
            return False
        difference = float(np.abs(small - last).mean())
        cut = difference > CUT and difference > RATIO * self.mean
        self.mean = 0.0 if cut else 0.8 * self.mean + 0.2 * difference
        return cut


class FaceTracker:
    """Tracks one person where a frame has several faces: call it with the faces of each frame, a list of landmarks [68,
    2], and whether a shot begins; it returns the tracked face's, f32 [68, 2], nan where that face is absent.

    At the start of a shot the choice is made anew; within a shot the face stays the one that is nearest to the last
    position, and not farther than 0.6 of a face's size (0.02 more for each frame without it).

    Args:
        near: (x, y) in pixels: the face nearest to it is tracked; the largest when left out.
        last: Landmarks of its last position, where they are known.
    Lesson 03.
    """

    def __init__(self, near=None, last=None):
        self.near, self.last, self.missed = near, last, 0

    def __call__(self, faces, cut=False):
        faces = [np.asarray(points, np.float32) for points in faces]
        for points in faces:
            if points.shape != (68, 2) or not np.isfinite(points).all():
                raise ValueError(f"a face of shape {points.shape} was given; expected 68 finite landmarks [68, 2] "
                                 "(from five points: faces.estimate_68)")
        if cut:
            self.last = None
        if self.last is not None:
            target, radius = self.last.mean(0), _extent(self.last) * (0.6 + 0.02 * self.missed)
            faces = [points for points in faces if _distance(points, target) <= radius]
        else:
            target = self.near
        score = _extent if target is None else (lambda points: -_distance(points, target))
        best = max(faces, key=score, default=None)
        self.missed = 0 if best is not None else self.missed + 1
        if best is None:
            return np.full((68, 2), np.nan, np.float32)
        self.last = best
        return best


def track(frames, find, near=None):
    """One person's face in every frame.

    Args:
        frames: Iterable of f32 RGB [H, W, 3].
        find: Function of a frame that returns a list of landmarks [68, 2], one for each face.
        near: As for FaceTracker.
    Returns:
        Yields (landmarks f32 [68, 2] or nan, whether a shot begins).
    Lesson 03.
    """
    cuts, changed, tracker = Cuts(), FaceCuts(), FaceTracker(near)
    for frame in frames:
        cut = cuts(frame)
        points = tracker(find(frame), cut)
        yield points, cut | changed(look_of(frame, points), cut)


def _extent(points):
    return float(np.sqrt(np.prod(np.ptp(points, axis=0))))


def _distance(points, target):
    return float(np.linalg.norm(points.mean(0) - np.asarray(target)))
