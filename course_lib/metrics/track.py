"""How much a filtered track jitters and how late it comes, against the exact one. Lesson 03."""
import numpy as np


def rest_and_shake(width, rate, noise, shakes=1.0, seconds=6.0, seed=0):
    """One coordinate of a head that rests and then shakes, exact and as a detector would find it.

    Args:
        width: Width of the face in pixels; the head moves by 15 % of it to each side.
        rate: Frames per second.
        noise: Standard deviation of the detector's white noise in pixels.
        shakes: How often a second the head goes there and back.
        seconds: Length of the rest and of the shaking, each.
        seed: Of the noise.

    Returns:
        exact, found: Two f64 [2 * round(seconds * rate)]; the first half is the rest.

    Lesson 03.
    """
    half = round(seconds * rate)
    time = np.arange(half) / rate
    exact = np.r_[np.zeros(half), 0.15 * width * np.sin(2 * np.pi * shakes * time)]
    return exact, exact + np.random.default_rng(seed).normal(0, noise, 2 * half)


def jitter(track, exact):
    """The standard deviation of the error's change from frame to frame; a constant error is no jitter.

    Args:
        track: f [T], the filtered coordinate in pixels.
        exact: f [T], the true one.

    Returns:
        A float, pixels.

    Lesson 03.
    """
    return float(np.diff(np.asarray(track) - exact).std())


def lag(track, exact, rate, longest=0.45):
    """The delay of the exact track that fits the filtered one best, by least squares.

    Args:
        track: f [T], the filtered coordinate in pixels.
        exact: f [T], the true one; it must move.
        rate: Frames per second.
        longest: Delays from minus to plus this many seconds are tried; below half a period of the motion.

    Returns:
        A float, milliseconds; negative where the track is early.

    Lesson 03.
    """
    frames, end = np.arange(len(exact)), int(longest * rate) + 1
    inside = frames[end:-end]
    delays = np.arange(-longest * rate, longest * rate, 0.05)
    errors = [np.square(track[inside] - np.interp(inside - delay, frames, exact)).mean() for delay in delays]
    return float(1000 * delays[int(np.argmin(errors))] / rate)
