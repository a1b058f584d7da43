"""Smooths what is measured frame by frame: landmarks, transforms, colours. Lesson 03.

Series are arrays [T, ...], one row per frame; a row of nan is a frame without a face. Nothing is smoothed or
interpolated across a cut: `cuts` is bool [T], true where a frame begins a new shot. A similarity [2, 3] may be filtered
entry by entry: weighted sums of such matrices are such matrices.
"""
import numpy as np


class OneEuro:
    """A low-pass filter that follows fast motion and suppresses jitter at rest; it is called with one value after
    another.

    The cut-off frequency is min_cutoff + beta * speed: jitter is visible at rest, lag in motion. Each call takes a
    number or an array, always of one shape, and returns the smoothed one, which lags behind. ValueError for values
    below 0 and a rate of 0.

    Args:
        rate: Values per second.
        min_cutoff: Hz.
        beta: Hz for a speed of one unit per second; 0 makes it plain exponential smoothing.
        d_cutoff: Cut-off for the speed itself, Hz.
    References:
        Casiez, Roussel and Vogel, "1 euro filter", CHI 2012.
    Lesson 03.
    """

    def __init__(self, rate, min_cutoff=1.0, beta=0.0, d_cutoff=1.0):
        if not rate > 0 or not min_cutoff > 0 or beta < 0 or not d_cutoff > 0:
            raise ValueError(f"rate={rate}, min_cutoff={min_cutoff}, beta={beta}, d_cutoff={d_cutoff}: expected "
                             "positive numbers (beta may be 0)")
        self.rate, self.min_cutoff, self.beta, self.d_cutoff = rate, min_cutoff, beta, d_cutoff
        self.reset()

    def reset(self):
        """Forget the past, as at a cut."""
        self.value = self.speed = None

    def __call__(self, value):
        value = np.asarray(value, np.float64)
        if self.value is None:
            self.value, self.speed = value, np.zeros_like(value)
            return value
        speed = (value - self.value) * self.rate
        self.speed = self.speed + self._weight(self.d_cutoff) * (speed - self.speed)
        weight = self._weight(self.min_cutoff + self.beta * np.abs(self.speed))
        self.value = self.value + weight * (value - self.value)
        return self.value

    def _weight(self, cutoff):
        """The weight of the new value: 1 / (1 + tau * rate), tau = 1 / (2 pi cutoff)."""
        angle = 2 * np.pi * cutoff / self.rate
        return angle / (1 + angle)


def one_euro(values, rate, cuts=None, **settings):
    """A series through OneEuro, frame after frame, as it can be done live; it lags.

    The filter begins anew after a cut and after rows of nan, which stay.

    Args:
        values: [T, ...].
        rate: Frames per second.
        cuts: bool [T].
        settings: As for OneEuro.
    Returns:
        f64 [T, ...].
    Lesson 03.
    """
    values = np.asarray(values, np.float64)
    filtered, out = OneEuro(rate, **settings), np.full_like(values, np.nan)
    for first, last in segments(values, cuts):
        filtered.reset()
        out[first:last] = [filtered(value) for value in values[first:last]]
    return out


def zero_phase(values, rate, cuts=None, cutoff=4.0, order=2):
    """A series low-passed forwards and then backwards: smoothed without lag, but from the future too.

    Each run between cuts and rows of nan, which stay, is filtered by itself; beyond its ends it is mirrored around its
    end points.

    Args:
        values: [T, ...].
        rate: Frames per second.
        cuts: bool [T].
        cutoff: Hz, at which half the power is left; at or above rate / 2 nothing changes.
        order: Of the Butterworth filter.
    Returns:
        f64 [T, ...].
    Raises:
        ValueError: For a rate or cutoff that is not positive.
    References:
        Gustafsson, "Determining the initial states in forward-backward filtering", 1996 (scipy's filtfilt).
    Lesson 03.
    """
    values = np.asarray(values, np.float64)
    if not rate > 0 or not cutoff > 0:
        raise ValueError(f"rate={rate}, cutoff={cutoff}: expected positive numbers")
    if cutoff >= rate / 2:
        return values.copy()
    from scipy.signal import butter, sosfiltfilt  # here, because its import takes a second

    sections, out = butter(order, cutoff, fs=rate, output="sos"), np.full_like(values, np.nan)
    for first, last in segments(values, cuts):
        run = values[first:last]
        pad = min(len(run) - 1, round(2 * rate / cutoff))
        # around the first value, so that a series that stands still comes out as it was, to the last digit
        out[first:last] = run[0] + sosfiltfilt(sections, run - run[0], axis=0, padlen=pad)
    return out


def segments(values, cuts=None):
    """The runs of a series without nan and without a cut inside.

    Args:
        values: [T, ...].
        cuts: bool [T].
    Returns:
        Yields (first, last + 1) of each.
    Lesson 03.
    """
    values = np.asarray(values)
    known = np.isfinite(values.reshape(len(values), -1)).all(1)
    begins = known & ~np.r_[False, known[:-1]]
    if cuts is not None:
        begins |= known & np.asarray(cuts, bool)
    starts = np.flatnonzero(begins)
    for first, limit in zip(starts, np.r_[starts[1:], len(values)]):
        missing = np.flatnonzero(~known[first:limit])
        yield int(first), int(first + missing[0] if len(missing) else limit)


def tracking_failures(landmarks, errors=None, cuts=None, max_jump=0.15, threshold=6.0):
    """Frames whose landmarks are not to be trusted.

    A frame fails when its landmarks are far from the median of the five frames around it, or when its error is an
    outlier. Frames without landmarks (nan) do not fail: they are absent.

    Args:
        landmarks: [T, 68, 2].
        errors: [T], such as a model's reconstruction error.
        cuts: bool [T].
        max_jump: Mean distance from the median, in sizes of the face.
        threshold: As for `outliers`.
    Returns:
        bool [T].
    Lesson 03.
    """
    from scipy.ndimage import median_filter

    landmarks = np.asarray(landmarks, np.float64)
    bad = np.zeros(len(landmarks), bool)
    for first, last in segments(landmarks, cuts):
        run = landmarks[first:last]
        median = median_filter(run, (5, 1, 1), mode="nearest")
        size = np.linalg.norm(median.max(1) - median.min(1), axis=-1) / np.sqrt(2)
        bad[first:last] = np.linalg.norm(run - median, axis=-1).mean(-1) > max_jump * size
    if errors is not None:
        bad |= outliers(errors, threshold)
    return bad


def outliers(errors, threshold=6.0):
    """Which errors exceed the median by `threshold` robust standard deviations and by half; nan does not.

    Args:
        errors: [T].
        threshold: Robust standard deviations (1.48 times the median absolute deviation).
    Returns:
        bool [T].
    Lesson 03.
    """
    errors = np.asarray(errors, np.float64)
    if not np.isfinite(errors).any():
        return np.zeros(len(errors), bool)
    median = np.nanmedian(errors)
    spread = 1.48 * np.nanmedian(np.abs(errors - median))
    return np.nan_to_num(errors, nan=-np.inf) > max(median + threshold * spread, 1.5 * median)


def fill_gaps(values, bad, cuts=None, longest=12):
    """A series with its bad and absent (nan) rows interpolated between the good ones beside them.

    At a shot's beginning and end the nearest good row is repeated, over half of `longest`.

    Args:
        values: [T, ...].
        bad: bool [T], or None.
        cuts: bool [T].
        longest: Rows of a gap at most; a longer one becomes nan, because the face is not there.
    Returns:
        f64 [T, ...].
    Lesson 03.
    """
    out = np.array(values, np.float64)
    if bad is not None:
        out[np.asarray(bad, bool)] = np.nan
    good = np.isfinite(out.reshape(len(out), -1)).all(1)
    out[~good] = np.nan
    shot = np.cumsum(np.zeros(len(out)) if cuts is None else np.asarray(cuts, bool))
    for number in np.unique(shot):
        rows = np.flatnonzero(shot == number)
        known = rows[good[rows]]
        for i in rows[~good[rows]] if len(known) else ():
            after = np.searchsorted(known, i)
            before, next_ = (known[after - 1] if after else None), (known[after] if after < len(known) else None)
            if before is not None and next_ is not None and next_ - before <= longest + 1:
                weight = (i - before) / (next_ - before)
                out[i] = (1 - weight) * out[before] + weight * out[next_]
            elif (before is None and next_ - rows[0] <= longest // 2) or (
                    next_ is None and rows[-1] - before <= longest // 2):
                out[i] = out[next_ if before is None else before]
    return out


def smooth_track(landmarks, rate, cuts=None, cutoff=4.0):
    """Landmarks ready for a video: failures replaced, short gaps filled, jitter removed.

    zero_phase(fill_gaps(landmarks, tracking_failures(landmarks))).

    Args:
        landmarks: [T, 68, 2].
        rate: Frames per second.
        cuts: bool [T].
        cutoff: Hz, None to keep every motion.
    Returns:
        f64 [T, 68, 2].
    Lesson 03.
    """
    landmarks = fill_gaps(landmarks, tracking_failures(landmarks, cuts=cuts), cuts)
    return landmarks if cutoff is None else zero_phase(landmarks, rate, cuts, cutoff)
