"""Speech without a speaker: synthetic voices with exact phone times, what a network hears, and the mouth's shapes."""

from .features import log_mel, mfcc, speech_features
from .synthesis import Speech, fitted, say_phones, timing
from .text import say, text_to_phones
from .visemes import closures, lookup, mouth, visemes
from .voices import VOICES, Voice, random_voice

__all__ = ["VOICES", "Speech", "Voice", "closures", "fitted", "log_mel", "lookup", "mfcc", "mouth", "random_voice",
           "say", "say_phones", "speech_features", "text_to_phones", "timing", "visemes"]
