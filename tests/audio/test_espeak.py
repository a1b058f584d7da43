"""espeak-ng, where it is installed: exact times, any language, and a clear word where it is not."""
import numpy as np
import pytest

from course_lib.audio import VOICES, espeak, visemes
from course_lib.audio.phones import PHONES
from course_lib.audio.visemes import DIPHTHONGS, OF_PHONE

needed = pytest.mark.skipif(not espeak.available(), reason="`make extras` installs espeakng-loader")


def test_every_symbol_has_a_mouth():
    for phone in espeak.IPA.values():
        assert phone in OF_PHONE or phone in DIPHTHONGS
        assert phone == "SIL" or phone in PHONES
    assert [espeak.phone_of(s) for s in ("iː", "ˈɑː", "n̩", "eɪ", "tʃ", "")] == ["IY", "AA", "N", "EY", "CH", "SIL"]
    assert espeak.phone_of("ǂ") is None


def test_without_it_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(espeak, "available", lambda: False)
    with pytest.raises(ImportError, match="make extras"):
        espeak.say("Hello.")


@needed
def test_phones_fill_the_sound_and_come_at_the_same_times():
    one, two = (espeak.say("Please look at my lips before every map.", "Ada") for _ in range(2))
    assert one.rate == 16_000 and one.phones == two.phones and np.abs(one.samples).max() > 0.05
    assert one.phones[0][1] == 0 and one.phones[-1][2] == pytest.approx(len(one.samples) / 16_000, abs=0.01)
    assert all(a[2] == b[1] for a, b in zip(one.phones, one.phones[1:]))
    names = [p for p, *_ in one.phones]
    assert sum(p in "PBM" for p in names) == 6 and names.count("L") == 3 and visemes(one.phones)


@needed
def test_voices_and_languages():
    fast, slow = (espeak.say("Good morning to all of you.", VOICES[name]) for name in ("Finn", "Dolores"))
    assert len(fast.samples) < 0.9 * len(slow.samples)
    french = espeak.say("Bonjour, je m'appelle Ada.", "Ada", "fr")
    assert len(french.phones) > 10
    with pytest.raises(ValueError, match="no language"):
        espeak.say("Hello.", "Ada", "xx-none")
    with pytest.raises(ValueError, match="the voice is"):
        espeak.say("Hello.", "Nobody")
    with pytest.raises(ValueError, match="no word"):
        espeak.say("...")
