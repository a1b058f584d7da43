"""Better speech, where it is installed: espeak-ng through its library, with the exact time of every phone. Lesson 08.

`make extras` installs espeakng-loader (the extra `voices`). It is free software under the GPL, version 3 or later: the
course neither contains nor needs it, but whoever passes on a bundle of both has to meet that licence. What is said with
it is not covered.
"""
import ctypes
import importlib.util
import os
import tempfile
import warnings
from functools import cache

import numpy as np
from scipy.signal import resample_poly

from .synthesis import Speech
from .voices import VOICES, Voice

RATE, PHONEME, SYNCHRONOUS, EVENTS = 16_000, 7, 2, 1 | 2 | 0x8000  # phoneme events, in IPA; do not exit on an error
WORDS_PER_MINUTE, PITCH_RANGE = 165, 0.2  # at tempo 1; half the range of the pitch, part of the pitch, at melody 1
IPA = {  # the phones of the course that look and sound like espeak's
    "p": "P", "b": "B", "m": "M", "f": "F", "v": "V", "θ": "TH", "ð": "DH", "t": "T", "d": "D", "n": "N", "l":
    "L", "ɾ": "D", "k": "K", "ɡ": "G", "g": "G", "ŋ": "NG", "h": "HH", "x": "X", "ç": "X", "tʃ": "CH", "dʒ":
    "JH", "ʃ": "SH", "ʒ": "ZH", "s": "S", "z": "Z", "ɹ": "R", "r": "RR", "ɚ": "ER", "ɜ": "ER", "ɑ": "AA", "a":
    "A", "æ": "AE", "ʌ": "AH", "ə": "AX", "ɐ": "AX", "ɛ": "EH", "e": "E", "i": "IY", "ɪ": "IH", "ᵻ": "IH", "j":
    "Y", "ɔ": "AO", "ɒ": "AA", "o": "O", "u": "UW", "ʊ": "UH", "w": "W", "y": "UE", "ʏ": "UE", "ø": "OE", "œ":
    "OE", "ɲ": "N", "ʎ": "L", "β": "B", "ɣ": "G", "ʁ": "RR", "eɪ": "EY", "aɪ": "AY", "oʊ": "OW", "əʊ": "OW",
    "aʊ": "AW", "ɔɪ": "OY", "": "SIL", "ʔ": "SIL",
}


class _Event(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("unique", ctypes.c_uint), ("text", ctypes.c_int), ("length", ctypes.c_int),
                ("milliseconds", ctypes.c_int), ("sample", ctypes.c_int), ("user", ctypes.c_void_p),
                ("name", ctypes.c_char * 8)]


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


def available():
    """Whether espeakng-loader is installed.

    Returns:
        bool.
    Lesson 08.
    """
    return importlib.util.find_spec("espeakng_loader") is not None


def phone_of(symbol):
    """The course's phone for one of espeak's symbols.

    Args:
        symbol: IPA; marks of length, stress and syllables do not count. "" is a pause.
    Returns:
        ARPAbet, or None for a symbol that the course does not know.
    Lesson 08.
    """
    plain = symbol.translate({ord(mark): None for mark in "ːˑˈˌʲʰ" + "".join(map(chr, range(0x300, 0x370)))})
    return IPA.get(plain) or IPA.get(plain[:2]) or (IPA.get(plain[:1]) if plain else None)


@cache
def _engine():
    """The library, its rate, and the lists that its callback fills."""
    import espeakng_loader

    library, sound, marks = ctypes.CDLL(espeakng_loader.get_library_path()), [], []

    @_CALLBACK
    def receive(wave, count, events):
        if wave and count:
            sound.append(np.ctypeslib.as_array(wave, (count,)).copy())
        k = 0
        while events[k].type:
            if events[k].type == PHONEME:
                marks.append((events[k].sample, events[k].name.decode("utf8", "ignore")))
            k += 1
        return 0

    rate = library.espeak_Initialize(SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), EVENTS)
    library.espeak_SetSynthCallback(receive)
    return library, rate, sound, marks, receive  # the callback must stay referenced


def say(text, voice="Ada", language="en-us"):
    """Speaks a text with espeak-ng, in the pitch, formants and tempo of a voice of the course.

    Args:
        text: At most 2,000 characters.
        voice: A Voice, or the name of a member of the cast.
        language: One of espeak-ng's, as "en-us", "es", "de", "fr" or "pl".
    Returns:
        Speech, 16 kHz, phones in ARPAbet. Its times are the same on every call; the samples differ minutely.
    Raises:
        ImportError: Where espeakng-loader is not installed.
        ValueError: For an unknown voice or language, or a text in which nothing can be spoken.
    Lesson 08.
    """
    if not available():
        raise ImportError("espeakng-loader is not installed; `make extras` installs it (GPL-3.0), and audio.say works "
                          "without it")
    if not isinstance(voice, Voice):
        if voice not in VOICES:
            raise ValueError(f"the voice is {voice!r}; expected a Voice, or one of {', '.join(VOICES)}")
        voice = VOICES[voice]
    if len(text) > 2000:
        raise ValueError(f"the text has {len(text)} characters; expected at most 2,000")
    library, rate, sound, marks, _ = _engine()
    sound.clear()
    marks.clear()
    _choose(library, voice, language)
    library.espeak_SetParameter(1, round(WORDS_PER_MINUTE * voice.tempo), 0)
    library.espeak_ng_SetRandSeed(1)
    data = text.encode()
    library.espeak_Synth(data, len(data) + 1, 0, 0, 0, 1, None, None)
    library.espeak_Synchronize()
    if not any(name for _, name in marks):
        raise ValueError(f"the text {text[:40]!r} has no word that can be spoken; expected letters or digits")
    samples = np.concatenate(sound)
    return Speech(resample_poly(samples / 32768.0, RATE, rate).astype(np.float32), RATE,
                  _timed(marks, len(samples), rate))


def _choose(library, voice, language):
    """Makes the voice: a file in espeak-ng's own format, which it reads at once."""
    low, high = (voice.pitch * (1 + sign * PITCH_RANGE * voice.melody) for sign in (-1, 1))
    american = ["phonemes en-us", "dictrules 3 6"] if language == "en-us" else []
    lines = [f"language {language}", *american, "flutter 0", f"pitch {low:.0f} {high:.0f}"]
    lines += [f"formant {k} {100 * voice.formants:.0f} 100 100" for k in range(1, 6)]
    if library.espeak_SetVoiceByName(language.encode()):
        raise ValueError(f"espeak-ng has no language {language!r}; expected one such as en-us, es, de, fr or pl")
    handle, path = tempfile.mkstemp(suffix=".voice")
    try:
        with os.fdopen(handle, "w") as file:
            file.write("name course\n" + "\n".join(lines) + "\n")
        if library.espeak_ng_SetVoiceByFile(path.encode()):
            raise ValueError(f"espeak-ng cannot make the voice {voice} in {language!r}")
    finally:
        os.unlink(path)


def _timed(marks, count, rate):
    """Phone events as [(ARPAbet, start, end)] that fill the sound; neighbouring pauses become one."""
    unknown = sorted({name for _, name in marks if name and phone_of(name) is None})
    if unknown:
        warnings.warn(f"the mouth does not know {' '.join(unknown)}; a relaxed vowel stands in", stacklevel=3)
    starts = [0, *(sample for sample, _ in marks[1:]), count]
    phones = []
    for (_, name), start, end in zip(marks, starts, starts[1:]):
        if end <= start:
            continue
        phone = phone_of(name) or "AX"
        if phones and phone == phones[-1][0] == "SIL":
            phones[-1] = ("SIL", phones[-1][1], end / rate)
        else:
            phones.append((phone, start / rate, end / rate))
    return phones
