"""Sound against mouth: the true offset comes back, another sentence does not fit, closures are where they are."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import audio
from course_lib.forensics import sync

RATE = 25.0


def spoken(text, delay=0.0):
    """(mouth opening, loudness, times, speech) of a sentence; the mouth is late by `delay` seconds."""
    speech = audio.say(text, "Bruno")
    times = np.arange(0, speech.phones[-1][2], 1 / RATE)
    jaw = audio.mouth(speech.phones, times - delay)[:, 0]
    return jaw, sync.envelope(speech.samples, speech.rate, times), times, speech


LONG = "Nobody has ever spoken this sentence, and the mouth that says it belongs to nobody. Please look at the lips."


@settings(max_examples=10)
@given(st.integers(-8, 8))
def test_a_delay_comes_back(frames):
    base = sync.offset(*spoken(LONG)[:2], RATE)[0]
    found, confidence, _, _ = sync.offset(*spoken(LONG, frames / RATE)[:2], RATE)
    assert found - base == pytest.approx(frames / RATE, abs=1.5 / RATE)
    assert confidence > 0.2


def test_another_sentence_fits_worse():
    jaw, loud, _, _ = spoken(LONG)
    other = spoken("My brother bought many apples yesterday; why would anybody pay for a picture of the moon?")[0]
    count = min(len(other), len(loud))
    assert sync.offset(jaw, loud, RATE)[1] > sync.offset(other[:count], loud[:count], RATE)[1] + 0.1


def test_lips_close_for_p_b_and_m_and_not_for_a_shifted_mouth():
    jaw, _, times, speech = spoken("We saw a map of the lake, and a boat.")
    spans = audio.closures(speech.phones)
    assert len(spans) == 3 and np.nanmax(sync.closure_gaps(jaw, times, spans)) < 0.05
    late = audio.mouth(speech.phones, times - 0.2)[:, 0]
    assert np.nanmean(sync.closure_gaps(late, times, spans)) > 0.1


def test_the_envelope_is_the_root_mean_square():
    samples = np.r_[np.zeros(8000), np.full(8000, 0.5)]
    loud = sync.envelope(samples, 16_000, np.array([0.2, 0.5, 0.8, 5.0]))
    np.testing.assert_allclose(loud, [0, 0.5 * np.sqrt(0.5), 0.5, 0], atol=1e-6)


def test_the_opening_is_the_lips_distance_over_the_mouths_width():
    points = np.zeros((1, 68, 2))
    points[0, 54] = (4, 0)
    points[0, [65, 66, 67]] = (0, 1)
    assert sync.mouth_opening(points) == pytest.approx(0.25)


def test_a_clip_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="at least 45"):
        sync.offset(np.zeros(30), np.zeros(30), RATE)
