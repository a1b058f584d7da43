"""The pulse in the colour of the skin: remote photoplethysmography by GREEN, CHROM and POS. Lesson 12.

Each heartbeat lets the skin absorb a little more light, most of it green. The mean colour of the skin over time goes
in; a pulse signal comes out, and the heart rate is its strongest frequency.
"""

from functools import lru_cache

import numpy as np

BAND = (0.7, 3.0)  # Hz: 42 to 180 beats a minute
WINDOW = 1.6  # seconds: what CHROM and POS normalise over
PADDED = 8192  # length of the Fourier transform: steps of .2 beats a minute at 25 frames a second


def skin_means(frames, masks):
    """The mean colour of the skin in every frame, in float: rounding would remove the pulse.

    Args:
        frames: f32 RGB [T, H, W, 3] in [0, 1].
        masks: bool [T, H, W] or [H, W], the skin.
    Returns:
        f64 [T, 3]; nan where a mask is empty.
    Raises:
        ValueError: For shapes that do not fit.
    Lesson 12.
    """
    frames, masks = np.asarray(frames), np.asarray(masks, bool)
    if frames.ndim != 4 or frames.shape[3] != 3 or masks.shape not in (frames.shape[:3], frames.shape[1:3]):
        raise ValueError(f"frames {frames.shape}, masks {masks.shape}; expected (T, H, W, 3) and (T, H, W) or (H, W)")
    masks = np.broadcast_to(masks, frames.shape[:3])
    return np.array([frame[mask].mean(0, dtype=float) if mask.any() else np.full(3, np.nan)
                     for frame, mask in zip(frames, masks)])


def green(colour, rate):
    """The pulse as the green channel shows it.

    Args:
        colour: f [T, 3], of skin_means.
        rate: Frames per second.
    Returns:
        f64 [T], band-passed; a heartbeat lowers it.
    References:
        Verkruysse, Svaasand and Nelson, "Remote plethysmographic imaging using ambient light", Optics Express, 2008.
    Lesson 12.
    """
    colour = _checked(colour, rate)
    return band_pass(colour[:, 1] / colour[:, 1].mean() - 1, rate)


def chrom(colour, rate):
    """CHROM: two chrominance signals without white specular reflections, combined so that changes of brightness cancel.

    X = 3R - 2G and Y = 1.5R + G - 1.5B of the colours divided by their mean; S = X - sd(X)/sd(Y) Y, in windows of 1.6 s
    that overlap by half and are added with Hann weights.

    Args:
        colour: f [T, 3], of skin_means.
        rate: Frames per second.
    Returns:
        f64 [T].
    References:
        de Haan and Jeanne, "Robust pulse rate from chrominance-based rPPG", IEEE TBME 60(10), 2013.
    Lesson 12.
    """
    colour = _checked(colour, rate)
    length = int(np.ceil(WINDOW * rate / 2)) * 2
    out, window = np.zeros(len(colour)), np.hanning(length + 1)[:-1]
    for start in range(0, len(colour) - length + 1, length // 2):
        r, g, b = (colour[start:start + length] / colour[start:start + length].mean(0)).T
        x, y = band_pass(3 * r - 2 * g, rate), band_pass(1.5 * r + g - 1.5 * b, rate)
        out[start:start + length] += window * (x - x.std() / max(y.std(), 1e-12) * y)
    return out


def pos(colour, rate):
    """POS: the projection onto the plane that is orthogonal to the skin's tone.

    In windows of 1.6 s, one at every frame: colours divided by their mean; S1 = G - B, S2 = G + B - 2R;
    h = S1 + sd(S1)/sd(S2) S2, minus its mean, added up over the windows.

    Args:
        colour: f [T, 3], of skin_means.
        rate: Frames per second.
    Returns:
        f64 [T], band-passed.
    References:
        Wang, den Brinker, Stuijk and de Haan, "Algorithmic principles of remote PPG", IEEE TBME 64(7), 2017, alg. 1.
    Lesson 12.
    """
    colour = _checked(colour, rate)
    length, out = int(np.ceil(WINDOW * rate)), np.zeros(len(colour))
    for start in range(len(colour) - length + 1):
        r, g, b = (colour[start:start + length] / colour[start:start + length].mean(0)).T
        s1, s2 = g - b, g + b - 2 * r
        h = s1 + s1.std() / max(s2.std(), 1e-12) * s2
        out[start:start + length] += h - h.mean()
    return band_pass(out, rate)


METHODS = {"GREEN": green, "CHROM": chrom, "POS": pos}


def band_pass(signal, rate, band=BAND):
    """Keeps what a heart can do: a Butterworth filter of order 3, forwards and backwards.

    Args:
        signal: f [T].
        rate: Frames per second, above twice the band.
        band: Hz.
    Returns:
        f64 [T].
    Lesson 12.
    """
    from scipy.signal import sosfiltfilt

    return sosfiltfilt(_butterworth(rate, *band), signal, padlen=min(len(signal) - 1, 3 * round(rate)))


@lru_cache
def _butterworth(rate, low, high):
    """The sections of the filter: their design takes longer than their use."""
    from scipy.signal import butter

    return butter(3, (low, high), btype="bandpass", fs=rate, output="sos")


def spectrum(signal, rate, band=BAND):
    """The power of a signal over heart rates, from a Fourier transform padded with zeros.

    Args:
        signal: f [T].
        rate: Frames per second.
        band: Hz.
    Returns:
        (beats per minute f64 [K], power f64 [K]).
    Lesson 12.
    """
    signal = np.asarray(signal, float)
    power = np.abs(np.fft.rfft((signal - signal.mean()) * np.hanning(len(signal)), max(PADDED, len(signal)))) ** 2
    frequency = np.fft.rfftfreq(max(PADDED, len(signal)), 1 / rate)
    inside = (frequency >= band[0]) & (frequency <= band[1])
    return 60 * frequency[inside], power[inside]


def heart_rate(signal, rate):
    """The heart rate: where the spectrum is strongest. Any signal has one; see snr.

    Args:
        signal: f [T].
        rate: Frames per second.
    Returns:
        Beats per minute.
    Lesson 12.
    """
    beats, power = spectrum(signal, rate)
    return float(beats[power.argmax()])


def snr(signal, rate, beats=None, width=6.0):
    """The power near a heart rate and its double, over the rest of the band.

    Args:
        signal: f [T].
        rate: Frames per second.
        beats: Beats per minute; by default the signal's own strongest, which flatters noise: compare with noise.
        width: Half of the width of either window, beats per minute.
    Returns:
        dB.
    References:
        de Haan and Jeanne 2013, section IV.
    Lesson 12.
    """
    where, power = spectrum(signal, rate)
    beats = where[power.argmax()] if beats is None else beats
    near = (np.abs(where - beats) <= width) | (np.abs(where - 2 * beats) <= width)
    return float(10 * np.log10(max(power[near].sum(), 1e-30) / max(power[~near].sum(), 1e-30)))


def _checked(colour, rate):
    colour = np.asarray(colour, float)
    if colour.ndim != 2 or colour.shape[1] != 3 or not np.isfinite(colour).all() or (colour.mean(0) <= 0).any():
        raise ValueError(f"the colours have the shape {colour.shape}; expected finite (T, 3) with a mean above 0: fill "
                         "frames without a face first")
    if not rate > 2 * BAND[1]:
        raise ValueError(f"rate is {rate}; a pulse of up to {60 * BAND[1]:.0f} beats a minute needs more than "
                         f"{2 * BAND[1]:.0f} frames per second")
    if len(colour) < 3 * WINDOW * rate:
        raise ValueError(f"{len(colour)} frames are {len(colour) / rate:.1f} s; expected at least {3 * WINDOW:.1f} s")
    return colour
