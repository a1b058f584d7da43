"""Says a text: words to phones, phones to sound. Lesson 08."""

import re
import unicodedata
import warnings

from course_lib.audio import english, languages
from course_lib.audio.synthesis import Speech, say_phones
from course_lib.audio.voices import VOICES, Voice

LANGUAGES = ("en", "es", "de")
LONGEST = 2000  # characters: about two minutes


def text_to_phones(text, language="en"):
    """Text as phones, with pauses at punctuation and at both ends.

    Digits are read as numbers (Spanish and German: digit by digit); what cannot be spoken, as emoji, is left out.

    Args:
        text: At most 2,000 characters.
        language: "en", "es" or "de".
    Returns:
        (phones in ARPAbet with "SIL" for pauses, indices of the stressed vowels).
    Raises:
        ValueError: For an unknown language, a text that is too long, or one without a word.
    Warns:
        UserWarning: Naming what was left out.
    Lesson 08.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language is {language!r}; expected one of {', '.join(LANGUAGES)}")
    if len(text) > LONGEST:
        raise ValueError(f"the text has {len(text):,} characters; expected at most {LONGEST:,}: say it in parts")
    text = unicodedata.normalize("NFC", text).lower().replace("\u2019", "'")
    silent = sorted({c for c in text if not (c.isalnum() or c.isspace() or unicodedata.category(c)[0] == "P")})
    if silent:
        warnings.warn(f"left out, since it cannot be spoken: {' '.join(silent)}", stacklevel=2)
    names, stressed = ["SIL"], []
    for token in re.findall(r"[0-9]+|[^\W\d_]+(?:'[^\W\d_]+)*|[.,;:!?\u2014\u2026-]+", text):
        if token[0].isdigit() or token[0].isalpha():
            for word in _words(token, language):
                for phone in _word(word, language):
                    if phone.endswith("1"):
                        stressed.append(len(names))
                    names.append(phone.removesuffix("1"))
        elif names[-1] != "SIL" and token != "-":
            names.append("SIL")
    if len(names) == 1:
        raise ValueError(f"the text {text[:40]!r} has no word that can be spoken; expected letters or digits")
    return (names if names[-1] == "SIL" else [*names, "SIL"]), stressed


def _words(token, language):
    if not token[0].isdigit():
        return [token]
    return english.number_words(int(token)) if language == "en" else [languages.DIGITS[language][int(d)] for d in token]


def _word(word, language):
    if language != "en":
        return languages.word_phones(word, language)
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if c in "abcdefghijklmnopqrstuvwxyz'")
    return english.word_phones(plain) if plain.strip("'") else []


def say(text, voice="Ada", language="en", seed=0) -> Speech:
    """Speaks a text with a synthetic voice.

    Args:
        text: At most 2,000 characters.
        voice: A Voice, or the name of a member of the cast.
        language: "en", "es" or "de".
        seed: Of the noise; the same seed gives the same samples.
    Returns:
        A Speech (samples, rate, phones) with the exact times of the phones.
    Raises:
        ValueError: For an unknown voice or language, or a text that cannot be spoken.
    Lesson 08.
    """
    if not isinstance(voice, Voice):
        if voice not in VOICES:
            raise ValueError(f"the voice is {voice!r}; expected a Voice, or one of {', '.join(VOICES)}")
        voice = VOICES[voice]
    names, stressed = text_to_phones(text, language)
    return say_phones(names, voice, seed, stressed)
