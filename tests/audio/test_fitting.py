"""A synthetic voice is found again from its sound; a timing needs no sound; a table has no coarticulation."""
import numpy as np
import pytest

from course_lib import audio
from course_lib.audio.fitting import fit_voice, pitch_track


@pytest.mark.parametrize("seed", [101, 102])
def test_a_voice_is_found_again(seed):
    voice = audio.random_voice(seed)
    names = audio.text_to_phones("The river and the house are golden, but a silver garden follows them today.")[0]
    speech = audio.say_phones(names, voice)
    found = fit_voice(speech.samples, speech.rate, names)
    for name, most in (("pitch", 0.06), ("formants", 0.04), ("tempo", 0.02)):
        assert abs(getattr(found, name) / getattr(voice, name) - 1) < most, name


def test_a_pure_tone_has_its_pitch():
    tone = 0.3 * np.sin(2 * np.pi * 150 * np.arange(16_000) / 16_000)
    assert abs(np.nanmedian(pitch_track(tone, 16_000)) - 150) < 2
    assert np.isnan(pitch_track(np.zeros(8000), 16_000)).all()


def test_the_timing_is_that_of_the_sound():
    names = audio.text_to_phones("Five maps.")[0]
    assert audio.timing(names, audio.VOICES["Leo"]) == audio.say_phones(names, audio.VOICES["Leo"]).phones
    with pytest.raises(ValueError, match="no phone"):
        audio.timing([])


def test_a_table_gives_each_phone_its_shape_for_as_long_as_it_lasts():
    phones = [("AA", 0.0, 0.2), ("P", 0.2, 0.3), ("V", 0.3, 0.4)]
    mouth = audio.lookup(phones, np.array([0.0, 0.19, 0.21, 0.35, 0.5]))
    assert mouth[:, 0].tolist() == [0.75, 0.75, 0.0, 0.07, 0.07]
    assert audio.closures(phones).tolist() == [[0.2, 0.3]] and audio.closures(phones, "bitten").tolist() == [[0.3, 0.4]]
