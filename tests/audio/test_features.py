"""Features of sound: golden values of python_speech_features 0.6, and what must not change them."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import audio
from course_lib.audio.features import frames, mel_filters

RATE = 16_000
TIME = np.arange(RATE) / RATE
CHIRP = 0.5 * np.sin(2 * np.pi * (200 * TIME + 900 * TIME**2))
GOLDEN = [1.540352, 3.28155, -30.642211, -32.155393, 0.787087, 28.927819, 19.549476, -14.189131, -27.826434, -7.444601,
          18.584124, 17.073812, -4.904277]  # row 50 of python_speech_features.mfcc(CHIRP, 16000), version 0.6


def test_mfcc_are_those_of_python_speech_features():
    found = audio.mfcc(CHIRP, RATE)
    assert found.shape == (99, 13)
    np.testing.assert_allclose(found[50], GOLDEN, atol=1e-4)


def test_a_louder_sound_moves_the_energy_alone():
    quiet, loud = audio.mfcc(CHIRP, RATE), audio.mfcc(2 * CHIRP, RATE)
    np.testing.assert_allclose(loud[:, 0] - quiet[:, 0], np.log(4), atol=1e-6)
    np.testing.assert_allclose(loud[:, 1:], quiet[:, 1:], atol=1e-6)


def test_a_tone_is_in_the_band_of_its_frequency():
    bands = audio.log_mel(np.sin(2 * np.pi * 1000 * TIME), RATE)[50]
    middles = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 28)[1:-1] / 2595) - 1)
    assert abs(middles[bands.argmax()] - 1000) < 120


def test_mel_filters_add_up_to_one_between_the_first_and_the_last_middle():
    filters = mel_filters(26, 512, RATE)
    first, last = filters[0].argmax(), filters[-1].argmax()
    np.testing.assert_allclose(filters[:, first:last + 1].sum(0), 1, atol=1e-12)


def test_the_features_of_obama_are_values_and_their_forward_differences():
    found = audio.speech_features(CHIRP, RATE)
    assert found.shape == (99, 28)
    np.testing.assert_allclose(found[:-1, 14:], np.diff(found[:, :14], axis=0))
    np.testing.assert_allclose(found[40, 13], np.log1p(np.mean(frames(CHIRP, RATE)[40] ** 2)))


@given(st.integers(1, 3000))
def test_every_sample_is_in_a_window(count):
    cut = frames(np.arange(1, count + 1), 1000)
    assert cut.shape == (1 + max(0, -(-(count - 25) // 10)), 25) and cut.max() == count


@pytest.mark.parametrize("sound", [np.zeros(0), np.zeros((100, 2)), np.array([0.0, np.nan])])
def test_what_is_no_sound_is_refused(sound):
    with pytest.raises(ValueError, match="one channel of at least one finite sample"):
        audio.mfcc(sound, RATE) if sound.ndim == 1 and len(sound) else frames(sound, RATE)


def test_silence_gives_finite_features():
    assert np.isfinite(audio.speech_features(np.zeros(8000), RATE)).all()
