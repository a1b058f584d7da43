"""A cascade formant synthesiser after Klatt (1980): phones in, sound and the exact times of the phones out. Lesson 08.

The vocal folds make a train of pulses, the throat and mouth are five resonators in a row, and air through a narrow
opening is filtered noise. All of it changes every 5 ms.
"""

from typing import NamedTuple

import numpy as np

from course_lib.audio.phones import PHONES, STOPS, VOWELS, check
from course_lib.audio.voices import Voice

RATE = 16_000
FRAME = 80  # samples: 5 ms
BANDWIDTHS = (60.0, 90.0, 150.0, 200.0, 250.0)
UPPER = (3500.0, 4500.0)  # F4 and F5, which hardly tell phones apart
CLOSED = 0.6  # the part of a stop for which the mouth is closed; the burst follows
PLAIN = Voice()
LOUDNESS = 0.1  # root mean square of what is voiced; the noise of a phone is relative to it


class Speech(NamedTuple):
    """What was said.

    Args:
        samples: f32 [N] in [-1, 1], mono.
        rate: Samples per second.
        phones: [(ARPAbet, start, end)], seconds; they follow each other without a gap and fill the samples.
    """

    samples: np.ndarray
    rate: int
    phones: list[tuple[str, float, float]]


def durations(names, voice=PLAIN):
    """How long each phone lasts: shorter for fast voices, longer at the end of a phrase.

    Args:
        names: Phones in ARPAbet, "SIL" for a pause.
        voice: Its tempo counts.
    Returns:
        i64 [len(names)]: frames of 5 ms, at least 4.
    Lesson 08.
    """
    names = check(names)
    seconds = np.array([PHONES[name].seconds for name in names], float)
    for k, name in enumerate(names):  # the last vowel before a pause, and what follows it
        if name in VOWELS and "SIL" in names[k + 1:k + 4] and not VOWELS & set(names[k + 1:k + 4]):
            seconds[k:k + 1 + names[k + 1:k + 4].index("SIL")] *= 1.35
    return np.maximum(4, np.round(seconds / voice.tempo * RATE / FRAME)).astype(np.int64)


def tracks(names, frames, voice=PLAIN, stressed=()):
    """What the synthesiser is told for every frame.

    Args:
        names: Phones.
        frames: i64 [len(names)], of durations.
        voice: A Voice.
        stressed: Indices of the stressed vowels, where the pitch rises.
    Returns:
        A dict of f64 [T] arrays: pitch (Hz), voicing, breath, and formants [T, 3], noise [T, 3] (amplitude, centre,
        bandwidth).
    Lesson 08.
    """
    count, ends = int(frames.sum()), np.cumsum(frames)
    formants, noise = np.zeros((count, 3)), np.zeros((count, 3))
    voicing, breath = np.zeros(count), np.zeros(count)
    for name, start, end in zip(names, ends - frames, ends):
        phone, part = PHONES[name], np.linspace(0, 1, end - start)
        target = np.array(phone.formants, float)
        turn = np.clip((part - 0.35) / 0.45, 0, 1)[:, None]  # a diphthong moves in its middle
        formants[start:end] = target if phone.glide is None else target + turn * (np.array(phone.glide) - target)
        noise[start:end] = phone.noise
        voicing[start:end] = phone.voicing
        if name in STOPS:
            noise[start:end, 0] *= np.where(part < CLOSED, 0, 1 if phone.kind == "affricate" else
                                            np.exp(-(part - CLOSED) * 6))
            voicing[start:end] *= part < CLOSED
        if name == "HH":
            breath[start:end], noise[start:end, 0] = 1.0, 0.0
    return {"formants": _smooth(formants, 11) * voice.formants, "noise": np.c_[_smooth(noise[:, :1], 3), noise[:, 1:]],
            "voicing": _smooth(voicing[:, None], 5)[:, 0], "breath": _smooth(breath[:, None], 5)[:, 0],
            "pitch": _pitch(names, frames, voice, stressed)}


def _smooth(track, width):
    """A moving average with a Hann window of so many frames: the mouth needs time to move."""
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(track, ((width // 2, width // 2), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, window / window.sum(), mode="valid") for column in padded.T], 1)


def _pitch(names, frames, voice, stressed):
    """Falls through each phrase, rises on stressed vowels, and falls at the end."""
    count, ends = int(frames.sum()), np.cumsum(frames)
    curve, start = np.zeros(count), 0
    borders = [end for name, end in zip(names, ends) if name == "SIL"] + [count]
    for end in borders:
        curve[start:end] = np.linspace(0.12, -0.12, max(0, end - start))
        start = end
    for k in stressed:
        middle, time = ends[k] - frames[k] / 2, np.arange(count)
        curve += 0.16 * np.exp(-(((time - middle) / 16) ** 2))
    return voice.pitch * np.exp(voice.melody * _smooth(curve[:, None], 9)[:, 0])


def resonator(frequency, bandwidth, rate=RATE):
    """The two-pole filter of one formant: y[n] = a x[n] + b y[n-1] + c y[n-2].

    Args:
        frequency, bandwidth: Hz.
        rate: Samples per second.
    Returns:
        (numerator [a], denominator [1, -b, -c]) for scipy.signal.lfilter; the gain at 0 Hz is 1.
    References:
        Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67(3), 1980, equations 1 and 2.
    Lesson 08.
    """
    c = -np.exp(-2 * np.pi * bandwidth / rate)
    b = 2 * np.exp(-np.pi * bandwidth / rate) * np.cos(2 * np.pi * frequency / rate)
    return np.array([1 - b - c]), np.array([1.0, -b, -c])


def pulses(pitch, rate=RATE):
    """The glottal source: one impulse a period, at the pitch of its moment, low-passed as the folds' opening does.

    Args:
        pitch: f64 [N], Hz, for every sample.
        rate: Samples per second.
    Returns:
        f64 [N].
    Lesson 08.
    """
    from scipy.signal import lfilter

    turns = np.floor(np.cumsum(pitch / rate))
    source = np.diff(turns, prepend=0.0)
    return lfilter(*resonator(0.0, 100.0, rate), source)


def synthesise(track, voice=PLAIN, seed=0):
    """Sound from tracks.

    Args:
        track: Of tracks.
        voice: Its breath counts.
        seed: Of the noise: the same seed gives the same samples.
    Returns:
        f32 [T * FRAME] in [-1, 1].
    Lesson 08.
    """
    from scipy.signal import lfilter

    count, rng = len(track["pitch"]), np.random.default_rng(seed)
    pitch = _per_sample(track["pitch"]) * (1 + 0.008 * np.sin(2 * np.pi * 5.3 * np.arange(count * FRAME) / RATE))
    air, hiss = rng.normal(0, 1, (2, count * FRAME))
    source = np.diff(pulses(pitch), prepend=0.0) * 60  # at the lips pressure is the derivative of flow
    source += 0.02 * voice.breath * air * (source != 0)
    cascade = source * _per_sample(track["voicing"]) + 0.05 * air * _per_sample(track["breath"])
    states = np.zeros((len(BANDWIDTHS), 2))
    formants = np.c_[track["formants"], np.tile(np.array(UPPER) * voice.formants, (count, 1))]
    parts, around = np.zeros((2, count * FRAME)), np.zeros(2)
    for t in range(count):
        span = slice(t * FRAME, (t + 1) * FRAME)
        x = cascade[span]
        for k, bandwidth in enumerate(BANDWIDTHS):
            x, states[k] = lfilter(*resonator(min(formants[t, k], 0.48 * RATE), bandwidth), x, zi=states[k])
        parts[0, span] = x
        amplitude, centre, wide = track["noise"][t]
        _, (_, b, c) = poles = resonator(centre, wide)
        power = (1 + c) / ((1 - c) * ((1 + c) ** 2 - b**2))  # of what these poles make of white noise
        parts[1, span], around = lfilter([power**-0.5], poles[1], hiss[span], zi=around)
    voiced, noisy = parts[0], parts[1] * _per_sample(track["noise"][:, 0]) * LOUDNESS
    level = np.sqrt(np.mean(voiced[np.abs(voiced) > 1e-4] ** 2)) if np.any(np.abs(voiced) > 1e-4) else 1.0
    return np.clip(voiced * LOUDNESS / level + noisy, -1, 1).astype(np.float32)


def _per_sample(track):
    frames = np.arange(len(track)) * FRAME + FRAME / 2
    return np.interp(np.arange(len(track) * FRAME), frames, track)


def say_phones(names, voice=PLAIN, seed=0, stressed=()):
    """Speaks phones.

    Args:
        names: Phones in ARPAbet, "SIL" for a pause.
        voice: A Voice.
        seed: Of the noise.
        stressed: Indices of the stressed vowels.
    Returns:
        A Speech; its phones' borders are exact, since the sound is made from them.
    Raises:
        ValueError: For an unknown phone or an empty list.
    References:
        Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67(3), 1980.
    Lesson 08.
    """
    phones = timing(names, voice)
    names = [name for name, _, _ in phones]
    samples = synthesise(tracks(names, durations(names, voice), voice, stressed), voice, seed)
    return Speech(samples, RATE, phones)


def timing(names, voice=PLAIN):
    """When each phone is heard, before anything is synthesised.

    Args:
        names: Phones in ARPAbet, "SIL" for a pause.
        voice: A Voice; its tempo counts.
    Returns:
        [(ARPAbet, start, end)], seconds.
    Raises:
        ValueError: For an unknown phone or an empty list.
    Lesson 08.
    """
    names = check(names)
    if not names:
        raise ValueError("there is no phone to say; expected at least one")
    ends = np.cumsum(durations(names, voice)) * FRAME / RATE
    starts = np.r_[0.0, ends[:-1]]
    return [(n, float(s), float(e)) for n, s, e in zip(names, starts, ends)]


def fitted(speech, seconds):
    """A speech at another length: cut off, or with silence behind it.

    Args:
        speech: Speech.
        seconds: Wanted length.
    Returns:
        Speech.
    Lesson 08.
    """
    count = round(seconds * speech.rate)
    samples = np.pad(speech.samples[:count], (0, max(0, count - len(speech.samples))))
    phones = [(p, a, min(b, seconds)) for p, a, b in speech.phones if a < seconds]
    if phones[-1][2] < seconds:
        phones.append(("SIL", phones[-1][2], seconds))
    return Speech(samples.astype(np.float32), speech.rate, phones)
