"""Lag and jitter of a track: known delays are found, constant errors do not count, and the formulas hold."""
import numpy as np
import pytest

from course_lib.faces.smoothing import one_euro, zero_phase
from course_lib.metrics.track import jitter, lag, rest_and_shake

RATE = 25.0


@pytest.mark.parametrize("frames", (-3, 0, 4))
def test_a_known_delay_is_found(frames):
    exact, _ = rest_and_shake(80, RATE, 0)
    shake = exact[150:]
    assert lag(np.roll(shake, frames), shake, RATE) == pytest.approx(40 * frames, abs=2.1)


def test_a_constant_error_is_no_jitter():
    exact, found = rest_and_shake(80, RATE, 1.0, seconds=200)
    assert jitter(exact + 5, exact) == pytest.approx(0)
    assert jitter(found, exact) == pytest.approx(np.sqrt(2), rel=0.05)


def test_exponential_smoothing_has_the_lag_and_the_jitter_of_its_formula():
    cutoff, (exact, found) = 1.0, rest_and_shake(80, RATE, 1.0, seconds=200)
    tau = 1 / (2 * np.pi * cutoff)
    weight = 1 / (1 + tau * RATE)
    smooth, ramp = one_euro(found, RATE, min_cutoff=cutoff), np.arange(200.0)
    half = len(exact) // 2
    ratio = jitter(smooth[50:half], 0) / jitter(found[50:half], 0)
    assert ratio == pytest.approx(weight / np.sqrt(2 - weight), rel=0.05)
    assert (ramp - one_euro(ramp, RATE, min_cutoff=cutoff))[-1] == pytest.approx(tau * RATE, rel=0.01)


def test_one_euro_lags_less_than_exponential_smoothing_and_zero_phase_not_at_all():
    exact, found = rest_and_shake(80, RATE, 1.0)
    late = [lag(x[150:], exact[150:], RATE) for x in (one_euro(found, RATE), one_euro(found, RATE, beta=0.1),
                                                      zero_phase(found, RATE, cutoff=2))]
    assert late[0] > 80 > 50 > late[1] > 10 > abs(late[2])
