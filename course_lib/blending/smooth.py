"""Steadies what is measured frame by frame: landmarks, transforms, colours. Lesson 03.

Series are arrays [T, ...], one row a frame; a row of nan is a frame without a face. Nothing is smoothed or interpolated
across a cut: `cuts` is bool [T], true where a frame begins a new shot. A similarity [2, 3] may be filtered entry by
entry: weighted sums of such matrices are such matrices.
"""
import cv2
import numpy as np

CUT, SUDDEN = 0.08, 4.0  # mean difference of two frames at a cut, and how much more than usual it is
THUMB = (32, 18)


class OneEuro:
    """A low-pass filter that follows fast motion and holds still things still, one value at a time.

    The cut-off frequency is least + beta * speed: jitter is seen in stillness, lag in motion. rate: values a second.
    least: Hz. beta: Hz for a speed of one unit a second; 0 makes it plain exponential smoothing. slope: cut-off for
    the speed itself, Hz. Call it with each value (a number or an array, always of one shape); it returns the smoothed
    one, which lags behind. reset() forgets the past, at a cut. Raises ValueError for values below 0 and a rate of 0.
    Source: Casiez, Roussel & Vogel, "1 euro filter", CHI 2012. Lesson 03.
    """

    def __init__(self, rate, least=1.0, beta=0.0, slope=1.0):
        if not rate > 0 or not least > 0 or beta < 0 or not slope > 0:
            raise ValueError(f"rate={rate}, least={least}, beta={beta}, slope={slope}: expected positive numbers "
                             "(beta may be 0)")
        self.rate, self.least, self.beta, self.slope = rate, least, beta, slope
        self.reset()

    def reset(self):
        self.value = self.speed = None

    def __call__(self, value):
        value = np.asarray(value, np.float64)
        if self.value is None:
            self.value, self.speed = value, np.zeros_like(value)
            return value
        speed = (value - self.value) * self.rate
        self.speed = self.speed + self._share(self.slope) * (speed - self.speed)
        share = self._share(self.least + self.beta * np.abs(self.speed))
        self.value = self.value + share * (value - self.value)
        return self.value

    def _share(self, cutoff):
        """The weight of the new value: 1 / (1 + tau * rate), tau = 1 / (2 pi cutoff)."""
        turns = 2 * np.pi * cutoff / self.rate
        return turns / (1 + turns)


def one_euro(values, rate, cuts=None, **settings):
    """A series [T, ...] through OneEuro, frame after frame: what can be done live. It lags.

    rate: frames per second. cuts: bool [T]. settings: as for OneEuro. The filter begins anew after a cut and after
    rows of nan, which stay. Lesson 03.
    """
    values = np.asarray(values, np.float64)
    filtered, out = OneEuro(rate, **settings), np.full_like(values, np.nan)
    for first, last in runs(values, cuts):
        filtered.reset()
        out[first:last] = [filtered(value) for value in values[first:last]]
    return out


def zero_phase(values, rate, cuts=None, cutoff=4.0, order=2):
    """A series [T, ...] low-passed forwards and then backwards: smoothed without lag. It needs the future.

    rate: frames per second. cuts: bool [T]. cutoff: Hz, at which half the power is left; at or above rate / 2 nothing
    changes. order: of the Butterworth filter. Each run between cuts and rows of nan, which stay, is filtered by itself,
    beyond its ends mirrored around its end points. Source: Gustafsson, "Determining the initial states in
    forward-backward filtering", 1996 (scipy's filtfilt). Lesson 03.
    """
    values = np.asarray(values, np.float64)
    if not rate > 0 or not cutoff > 0:
        raise ValueError(f"rate={rate}, cutoff={cutoff}: expected positive numbers")
    if cutoff >= rate / 2:
        return values.copy()
    from scipy.signal import butter, sosfiltfilt  # here, because its import takes a second

    sections, out = butter(order, cutoff, fs=rate, output="sos"), np.full_like(values, np.nan)
    for first, last in runs(values, cuts):
        run = values[first:last]
        pad = min(len(run) - 1, round(2 * rate / cutoff))
        # around the first value, so that a series that stands still comes out as it was, to the last digit
        out[first:last] = run[0] + sosfiltfilt(sections, run - run[0], axis=0, padlen=pad)
    return out


def runs(values, cuts=None):
    """(first, last + 1) of every stretch of a series without nan and without a cut inside. Lesson 03."""
    values = np.asarray(values)
    found = np.isfinite(values.reshape(len(values), -1)).all(1)
    begins = found & ~np.r_[False, found[:-1]]
    if cuts is not None:
        begins |= found & np.asarray(cuts, bool)
    starts = np.flatnonzero(begins)
    for first, limit in zip(starts, np.r_[starts[1:], len(values)]):
        gone = np.flatnonzero(~found[first:limit])
        yield int(first), int(first + gone[0] if len(gone) else limit)


def broken(landmarks, errors=None, cuts=None, jump=0.15, sudden=6.0):
    """Which frames to distrust, bool [T].

    A frame is broken when its landmarks [T, 68, 2] lie, on average, more than `jump` of the face's size from the median
    of the five frames around it; or when its reconstruction error (errors [T], whatever the model calls an error) is
    beyond the median by `sudden` robust deviations, and by half. Frames without landmarks (nan) are not broken but
    absent. Lesson 03.
    """
    from scipy.ndimage import median_filter

    landmarks = np.asarray(landmarks, np.float64)
    bad = np.zeros(len(landmarks), bool)
    for first, last in runs(landmarks, cuts):
        run = landmarks[first:last]
        usual = median_filter(run, (5, 1, 1), mode="nearest")
        size = np.linalg.norm(usual.max(1) - usual.min(1), axis=-1) / np.sqrt(2)
        bad[first:last] = np.linalg.norm(run - usual, axis=-1).mean(-1) > jump * size
    if errors is not None:
        bad |= outliers(errors, sudden)
    return bad


def outliers(errors, sudden=6.0):
    """Which of the errors [T] are beyond the median by `sudden` robust deviations and by half; nan is none. bool [T].
    Lesson 03."""
    errors = np.asarray(errors, np.float64)
    if not np.isfinite(errors).any():
        return np.zeros(len(errors), bool)
    middle = np.nanmedian(errors)
    spread = 1.48 * np.nanmedian(np.abs(errors - middle))
    return np.nan_to_num(errors, nan=-np.inf) > max(middle + sudden * spread, 1.5 * middle)


def mend(values, bad, cuts=None, longest=12):
    """A series [T, ...] with its bad and absent (nan) rows interpolated between the good ones beside them.

    bad: bool [T], or None. cuts: bool [T]. longest: rows of a gap at most; a longer one becomes nan: whoever is away
    for that long is not there. At a shot's beginning and end the nearest good row is taken, over half of that length.
    Lesson 03.
    """
    out = np.array(values, np.float64)
    if bad is not None:
        out[np.asarray(bad, bool)] = np.nan
    good = np.isfinite(out.reshape(len(out), -1)).all(1)
    out[~good] = np.nan
    shot = np.cumsum(np.zeros(len(out)) if cuts is None else np.asarray(cuts, bool))
    for number in np.unique(shot):
        here = np.flatnonzero(shot == number)
        known = here[good[here]]
        for i in here[~good[here]] if len(known) else ():
            after = np.searchsorted(known, i)
            before, next_ = (known[after - 1] if after else None), (known[after] if after < len(known) else None)
            if before is not None and next_ is not None and next_ - before <= longest + 1:
                part = (i - before) / (next_ - before)
                out[i] = (1 - part) * out[before] + part * out[next_]
            elif (before is None and next_ - here[0] <= longest // 2) or (
                    next_ is None and here[-1] - before <= longest // 2):
                out[i] = out[next_ if before is None else before]
    return out


def steady(landmarks, rate, cuts=None, cutoff=4.0):
    """Landmarks [T, 68, 2] ready for a film: broken frames replaced, short gaps filled, jitter taken out; f64.

    zero_phase(mend(landmarks, broken(landmarks))). rate: frames per second. cutoff: Hz, None to keep every motion.
    Lesson 03.
    """
    landmarks = mend(landmarks, broken(landmarks, cuts=cuts), cuts)
    return landmarks if cutoff is None else zero_phase(landmarks, rate, cuts, cutoff)


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
