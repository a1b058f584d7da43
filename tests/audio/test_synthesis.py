"""The synthesiser: formants where they should be, exact borders, repeatable samples."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import solve_toeplitz

from course_lib import audio
from course_lib.audio.phones import PHONES, STOPS
from course_lib.audio.synthesis import FRAME, RATE, durations, pulses, resonator

STEADY = audio.Voice(pitch=100, melody=0, breath=0)


def formants(samples, order=12):
    """The first three resonances of a steady vowel, by linear prediction (autocorrelation)."""
    x = np.append(samples[0], samples[1:] - 0.97 * samples[:-1]) * np.hamming(len(samples))
    r = np.correlate(x, x, "full")[len(x) - 1:][:order + 1]
    roots = np.roots(np.r_[1, -solve_toeplitz(r[:-1], r[1:])])
    return np.sort(np.angle(roots[roots.imag > 0]) * RATE / 2 / np.pi)[:3]


def middle(speech, k):
    name, start, end = speech.phones[k]
    cut = (end - start) / 4
    return speech.samples[round((start + cut) * RATE):round((end - cut) * RATE)].astype(float)


@pytest.mark.parametrize("vowel", ["AA", "IY", "UW", "EH", "AE"])
def test_a_vowel_has_the_formants_of_its_table(vowel):
    speech = audio.say_phones(["SIL", *[vowel] * 6, "SIL"], STEADY)
    samples = speech.samples[round(0.4 * RATE):round(0.6 * RATE)].astype(float)
    np.testing.assert_allclose(formants(samples), PHONES[vowel].formants, rtol=0.06)


def test_a_shorter_vocal_tract_moves_all_formants_up():
    say = lambda f: audio.say_phones(["SIL", *["EH"] * 6, "SIL"], audio.Voice(100, f, melody=0, breath=0)).samples  # noqa: E731
    low, high = (formants(x[round(0.4 * RATE):round(0.6 * RATE)].astype(float)) for x in (say(1.0), say(1.15)))
    np.testing.assert_allclose(high / low, 1.15, rtol=0.04)


def test_the_pitch_is_the_voices():
    speech = audio.say_phones(["AA"] * 8, audio.Voice(pitch=150, melody=0, breath=0))
    x = speech.samples[RATE // 4:RATE // 2].astype(float)
    correlation = np.correlate(x, x, "full")[len(x) - 1:]
    assert RATE / (np.argmax(correlation[60:200]) + 60) == pytest.approx(150, rel=0.03)


def test_noise_is_where_s_and_sh_have_it():
    speech = audio.say_phones("SIL S SIL SH SIL".split())
    for k, (low, high) in ((1, (5000, 6600)), (3, (2200, 3300))):
        power = np.abs(np.fft.rfft(middle(speech, k))) ** 2
        frequency = np.linspace(0, RATE / 2, len(power))
        assert low < (frequency * power).sum() / power.sum() < high, speech.phones[k]


def test_a_stop_is_silent_before_its_burst():
    speech = audio.say_phones("SIL AA T AA SIL".split())
    _, start, end = speech.phones[2]
    level = lambda a, b: np.sqrt(np.mean(speech.samples[round(a * RATE):round(b * RATE)] ** 2))  # noqa: E731
    long = end - start
    closed, burst = level(start + 0.3 * long, start + 0.5 * long), level(end - 0.35 * long, end)
    assert burst > 3 * closed
    assert "T" in STOPS


@given(st.lists(st.sampled_from(sorted(PHONES)), min_size=1, max_size=12), st.integers(0, 10_000))
def test_borders_are_exact_and_the_sound_is_finite(names, seed):
    voice = audio.random_voice(seed)
    speech = audio.say_phones(names, voice, seed)
    assert [p for p, _, _ in speech.phones] == names
    starts, ends = np.array([(a, b) for _, a, b in speech.phones]).T
    assert starts[0] == 0 and np.array_equal(starts[1:], ends[:-1])
    assert len(speech.samples) == round(ends[-1] * RATE) == durations(names, voice).sum() * FRAME
    assert np.isfinite(speech.samples).all() and np.abs(speech.samples).max() <= 1
    assert np.array_equal(speech.samples, audio.say_phones(names, voice, seed).samples)


def test_a_resonator_rings_at_its_frequency_and_passes_a_constant():
    b, a = resonator(1000, 80)
    response = lambda f: abs(b[0] / np.polyval(a[::-1], np.exp(-2j * np.pi * f / RATE)))  # noqa: E731
    assert response(0) == pytest.approx(1)
    assert max(np.arange(0, 8000, 10), key=response) == pytest.approx(1000, abs=20)


def test_there_is_one_pulse_a_period():
    from scipy.signal import lfilter

    b, a = resonator(0.0, 100.0)
    impulses = lfilter(a, b, pulses(np.full(RATE, 125.0)))
    assert (impulses > 0.5).sum() == 125


@pytest.mark.parametrize(("names", "words"), [(["QQ"], "unknown phones QQ"), ([], "no phone")])
def test_what_is_no_phone_is_refused(names, words):
    with pytest.raises(ValueError, match=words):
        audio.say_phones(names)


@pytest.mark.parametrize("wrong", [{"pitch": 20}, {"formants": 3}, {"tempo": float("nan")}, {"breath": -1}])
def test_a_voice_refuses_numbers_outside_its_range(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is .*expected"):
        audio.Voice(**wrong)


def test_the_cast_has_voices_that_differ():
    from course_lib.cast import people

    assert set(audio.VOICES) == set(people()) and len(set(audio.VOICES.values())) == 12
