"""Steadies what is measured frame by frame: landmarks, transforms, colours. Lesson 03.

Series are arrays [T, ...], one row a frame; a row of nan is a frame without a face. Nothing is smoothed or interpolated
across a cut: `cuts` is bool [T], true where a frame begins a new shot. A similarity [2, 3] may be filtered entry by
entry: weighted sums of such matrices are such matrices.
"""
import numpy as np


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


def fill_gaps(values, bad, cuts=None, longest=12):
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

    zero_phase(fill_gaps(landmarks, broken(landmarks))). rate: frames per second. cutoff: Hz, None to keep every motion.
    Lesson 03.
    """
    landmarks = fill_gaps(landmarks, broken(landmarks, cuts=cuts), cuts)
    return landmarks if cutoff is None else zero_phase(landmarks, rate, cuts, cutoff)
