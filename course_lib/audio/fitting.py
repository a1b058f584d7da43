"""Fits the numbers of a synthetic voice to a sound of it: voice cloning at its smallest. Lesson 08.

It fits this course's synthesiser alone. No recording of a person has these five numbers.
"""

import numpy as np

from course_lib.audio.features import frames
from course_lib.audio.synthesis import say_phones, timing
from course_lib.audio.voices import RANGES, Voice

LOW, HIGH, VOICED = 60.0, 350.0, 0.35  # Hz; correlation from which on a window counts as voiced
SPAN = (250.0, 5000.0)  # Hz, in which spectra are compared


def pitch_track(samples, rate):
    """Fundamental frequency by autocorrelation, 100 times a second.

    Args:
        samples, rate: Mono sound.
    Returns:
        f64 [T], Hz; nan where there is no voice.
    References:
        Rabiner, "On the use of autocorrelation analysis for pitch detection", IEEE Trans. ASSP 25(1), 1977.
    Lesson 08.
    """
    cut = frames(samples, rate, window=0.04)
    cut = cut - cut.mean(1, keepdims=True)
    size = 2 ** int(np.ceil(np.log2(2 * cut.shape[1])))
    power = np.abs(np.fft.rfft(cut, size)) ** 2
    alike = np.fft.irfft(power)[:, :cut.shape[1]]
    shortest, longest = int(rate / HIGH), int(rate / LOW)
    fade = 1 - np.arange(longest + 1) / cut.shape[1]  # fewer samples overlap at longer lags
    alike = alike[:, :longest + 1] / np.maximum(alike[:, :1], 1e-12) / fade
    inside = alike[:, shortest:]
    good = inside.max(1, keepdims=True)
    lag = shortest + np.argmax(inside >= 0.9 * good, axis=1)  # the first high peak: no octave too low
    reach = lag // 4  # from its slope to its top
    lag = np.array([k + np.argmax(alike[t, k:k + r + 1]) for t, (k, r) in enumerate(zip(lag, reach))])
    loud = np.sqrt((cut**2).mean(1)) > 0.02
    return np.where((good[:, 0] > VOICED) & loud, rate / lag, np.nan)


def mean_spectrum(samples, rate, step=20.0):
    """The long-term average spectrum of a voice: what its vocal tract passes, whatever is said.

    Args:
        samples, rate: Mono sound.
        step: Hz between two of its values.
    Returns:
        (frequencies f64 [K], Hz; f64 [K], log power, smooth over 200 Hz).
    Lesson 08.
    """
    cut = frames(samples, rate) * np.hamming(round(0.025 * rate))
    power = (np.abs(np.fft.rfft(cut, 1024)) ** 2).mean(0)
    at = np.arange(SPAN[0] / 1.5, SPAN[1] * 1.5, step)
    smooth = np.convolve(power, np.hanning(15) / np.hanning(15).sum(), "same")
    return at, np.log(np.interp(at, np.fft.rfftfreq(1024, 1 / rate), smooth) + 1e-12)


def fit_voice(samples, rate, names, seed=0):
    """Pitch, formants and tempo of a synthetic voice, from a sound whose phones are known.

    Pitch: the median of its track. Tempo: the plain voice's duration over the sound's. Formants: the factor by which
    the plain voice's average spectrum must be stretched to fit.

    Args:
        samples, rate: Mono sound of one voice.
        names: Phones of the sound, as text_to_phones gives them.
        seed: Of the plain voice's noise.
    Returns:
        A Voice; breath and melody stay as usual.
    Lesson 08.
    """
    tempo = timing(names, Voice())[-1][2] / (len(samples) / rate)
    pitch = np.nanmedian(pitch_track(samples, rate))
    limit = {name: lambda x, name=name: float(np.clip(x, *RANGES[name])) for name in RANGES}
    plain = say_phones(names, Voice(pitch=limit["pitch"](pitch)), seed)
    at, wanted = mean_spectrum(samples, rate)
    _, own = mean_spectrum(plain.samples, plain.rate)
    inside, factors = (at > SPAN[0]) & (at < SPAN[1]), np.arange(0.85, 1.31, 0.005)
    slopes = [wanted[inside] - np.interp(at[inside] / factor, at, own) for factor in factors]
    best = factors[int(np.argmin([slope.std() for slope in slopes]))]
    return Voice(limit["pitch"](pitch), limit["formants"](best), limit["tempo"](tempo))
