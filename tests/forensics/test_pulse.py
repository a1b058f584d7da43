"""The pulse: exact on made signals, invariant to what it should not see, and chance where there is none."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.forensics import pulse

RATE, SECONDS = 25.0, 12
TIME = np.arange(int(RATE * SECONDS)) / RATE
SKIN = np.array([0.75, 0.55, 0.45])
ABSORBED = np.array([0.003, 0.010, 0.006])


def skin(beats=72.0, strength=1.0, noise=0.0, flicker=0.0, seed=0):
    """Mean skin colours with a pulse of 1 % in green, sensor noise, and a flicker that all channels share."""
    rng = np.random.default_rng(seed)
    heart = strength * np.sin(2 * np.pi * beats / 60 * TIME + rng.uniform(0, 6))
    common = 1 + flicker * np.sin(2 * np.pi * 1.9 * TIME + rng.uniform(0, 6))
    return SKIN * (1 - heart[:, None] * ABSORBED) * common[:, None] + rng.normal(0, noise, (len(TIME), 3))


@pytest.mark.parametrize("method", pulse.METHODS)
@settings(max_examples=15)
@given(st.floats(50, 150), st.integers(0, 99))
def test_a_known_heart_rate_is_found(method, beats, seed):
    signal = pulse.METHODS[method](skin(beats, noise=1e-4, seed=seed), RATE)
    assert pulse.heart_rate(signal, RATE) == pytest.approx(beats, abs=1.5)


def test_common_flicker_misleads_green_and_neither_chrom_nor_pos():
    found = {name: pulse.heart_rate(method(skin(72, 0.5, 1e-4, flicker=0.01), RATE), RATE)
             for name, method in pulse.METHODS.items()}
    assert found["GREEN"] == pytest.approx(114, abs=3)
    assert found["CHROM"] == pytest.approx(72, abs=3) and found["POS"] == pytest.approx(72, abs=3)


@pytest.mark.parametrize("method", pulse.METHODS)
def test_the_brightness_of_the_picture_does_not_matter(method):
    colour = skin(noise=1e-4)
    first, second = (pulse.METHODS[method](c, RATE) for c in (colour, 0.5 * colour))
    np.testing.assert_allclose(first, second, atol=1e-9)


def test_without_a_pulse_the_rate_is_chance_and_the_snr_low():
    rng = np.random.default_rng(0)
    noise = [pulse.pos(SKIN + rng.normal(0, 1e-3, (len(TIME), 3)), RATE) for _ in range(60)]
    hits = np.mean([abs(pulse.heart_rate(x, RATE) - 72) < 6 for x in noise])
    assert hits < 0.35
    clean = pulse.pos(skin(noise=1e-4), RATE)
    assert pulse.snr(clean, RATE, 72) > max(pulse.snr(x, RATE) for x in noise)


def test_skin_means_keep_less_than_one_grey_level():
    frames = np.full((2, 4, 4, 3), 0.5, np.float32)
    frames[1, :, :, 1] += 0.0005
    mask = np.zeros((4, 4), bool)
    mask[1:3, 1:3] = True
    means = pulse.skin_means(frames, mask)
    assert means[1, 1] - means[0, 1] == pytest.approx(0.0005, abs=1e-6)
    assert np.isnan(pulse.skin_means(frames, np.zeros((4, 4), bool))).all()


@pytest.mark.parametrize(("colour", "rate", "words"), [
    (np.zeros((300, 3)), 25, "mean above 0"), (np.full((300, 3), np.nan), 25, "finite"),
    (np.ones((300, 3)), 5, "frames per"),
    (np.ones((50, 3)), 25, "at least 4.8 s"), (np.ones((300, 2)), 25, "expected finite"),
])
def test_bad_colours_are_refused(colour, rate, words):
    with pytest.raises(ValueError, match=words):
        pulse.pos(colour, rate)
