"""What a network hears: log mel spectrum, MFCC, and the 28 features of "Synthesizing Obama". Lesson 08."""

import numpy as np

EPSILON = np.finfo(float).eps


def frames(samples, rate, window=0.025, step=0.010):
    """Cuts sound into overlapping windows.

    Args:
        samples: f32 [N], mono.
        rate: Samples per second.
        window, step: Seconds.
    Returns:
        f64 [T, window * rate]; the last window is filled with zeros.
    Raises:
        ValueError: For sound that is empty, not mono, or not finite.
    Lesson 08.
    """
    samples = np.asarray(samples, float)
    if samples.ndim != 1 or not len(samples) or not np.isfinite(samples).all():
        raise ValueError(f"the sound has shape {samples.shape}; expected one channel of at least one finite sample")
    length, hop = round(window * rate), round(step * rate)
    count = 1 + max(0, int(np.ceil((len(samples) - length) / hop)))
    padded = np.pad(samples, (0, (count - 1) * hop + length - min(len(samples), (count - 1) * hop + length)))
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop][:count]


def mel_filters(bands, size, rate, low=0.0, high=None):
    """Triangles that are equally wide on the mel scale, mel = 2595 log10(1 + f / 700).

    Args:
        bands: Their number.
        size: Of the Fourier transform.
        rate: Samples per second.
        low, high: Hz; half the rate when left out.
    Returns:
        f64 [bands, size // 2 + 1].
    Lesson 08.
    """
    ends = 2595 * np.log10(1 + np.array([low, rate / 2 if high is None else high]) / 700)
    edges = np.floor((size + 1) * 700 * (10 ** (np.linspace(*ends, bands + 2) / 2595) - 1) / rate)
    bins = np.arange(size // 2 + 1)
    left, middle, right = (edges[k:k + bands, None] for k in range(3))
    with np.errstate(divide="ignore", invalid="ignore"):
        rising, falling = (bins - left) / (middle - left), (right - bins) / (right - middle)
    return np.where((bins >= left) & (bins < middle), rising, np.where((bins >= middle) & (bins < right), falling, 0.0))


def mel_energies(samples, rate, bands=26, size=512, preemphasis=0.97):
    """The energy in every mel band, 100 times a second.

    Args:
        samples, rate: Mono sound.
        bands: Of the mel scale.
        size: Of the Fourier transform.
        preemphasis: Factor of the last sample that is subtracted.
    Returns:
        (f64 [T, bands], f64 [T]: the energy of each window).
    Lesson 08.
    """
    samples = np.asarray(samples, float)
    spectrum = np.fft.rfft(frames(np.r_[samples[:1], samples[1:] - preemphasis * samples[:-1]], rate), size)
    power = np.abs(spectrum) ** 2 / size
    energies = power @ mel_filters(bands, size, rate).T
    return np.maximum(energies, EPSILON), np.maximum(power.sum(1), EPSILON)


def log_mel(samples, rate, bands=26):
    """The logarithm of the mel energies.

    Args:
        samples, rate: Mono sound.
        bands: Of the mel scale.
    Returns:
        f64 [T, bands], 100 rows a second.
    Lesson 08.
    """
    return np.log(mel_energies(samples, rate, bands)[0])


def mfcc(samples, rate, count=13, bands=26, lifter=22):
    """Mel-frequency cepstral coefficients: the shape of the log mel spectrum in a few cosines.

    Args:
        samples, rate: Mono sound.
        count: Coefficients; the first one is replaced by the log of the window's energy.
        bands: Of the mel scale.
        lifter: Of the weights 1 + lifter / 2 sin(pi n / lifter).
    Returns:
        f64 [T, count], 100 rows a second.
    References:
        Davis and Mermelstein, IEEE Trans. ASSP 28(4), 1980; the defaults are those of python_speech_features 0.6.
    Lesson 08.
    """
    from scipy.fft import dct

    energies, energy = mel_energies(samples, rate, bands)
    cepstrum = dct(np.log(energies), type=2, axis=1, norm="ortho")[:, :count]
    cepstrum *= 1 + lifter / 2 * np.sin(np.pi * np.arange(count) / lifter)
    cepstrum[:, 0] = np.log(energy)
    return cepstrum


def speech_features(samples, rate):
    """The input of "Synthesizing Obama": 13 MFCC and the log energy, and their forward differences.

    Args:
        samples, rate: Mono sound.
    Returns:
        f64 [T, 28], 100 rows a second: values [T, 14], then values[t + 1] - values[t].
    References:
        Suwajanakorn, Seitz and Kemelmacher-Shlizerman, ACM TOG 36(4), 2017, section 3.1.
    Lesson 08.
    """
    energy = np.log1p(np.mean(frames(samples, rate) ** 2, axis=1))
    values = np.c_[mfcc(samples, rate), energy]
    return np.c_[values, np.diff(values, axis=0, append=values[-1:])]
