"""The payload by its code, and by comparison with known ones."""
import numpy as np
import pytest

from course_lib.provenance import payload, spread

SENT = 0xC0FFEE42


def soft_bits(value, wrong, seed=0, n=720):
    """Soft bits of a payload, of which a fraction has the wrong sign."""
    rng = np.random.default_rng(seed)
    signs = 1 - 2.0 * np.resize(spread.encode(value), n)
    signs[rng.random(n) < wrong] *= -1
    return signs * rng.uniform(0.1, 1, n)


def test_the_code_is_linear_and_agrees_with_itself():
    values = np.random.default_rng(1).integers(0, 2**32, 20)
    for value in values:
        agrees = payload.agreement(soft_bits(int(value), 0.0), values)
        assert values[agrees.argmax()] == value and agrees.max() > 8
        assert payload.read(soft_bits(int(value), 0.0)) == (value, 0)


def test_a_payload_that_the_code_cannot_correct_is_recognised_among_a_thousand():
    others = np.random.default_rng(2).integers(0, 2**32, 1000)
    soft = soft_bits(SENT, 0.34)
    assert payload.read(soft)[0] != SENT
    agrees = payload.agreement(soft, [*others, SENT])
    assert agrees.argmax() == 1000 and agrees[-1] >= payload.agreeing(1001) > agrees[:-1].max()


@pytest.mark.parametrize("seed", range(3))
def test_a_million_other_payloads_stay_below_the_bound(seed):
    """P(agreement >= t) <= exp(-t^2 / 2), though the code's parity bits depend on the others."""
    values = np.random.default_rng(seed).integers(0, 2**32, 350_000)
    agrees = np.concatenate([payload.agreement(soft_bits(SENT, 0.3, seed), part) for part in np.split(values, 10)])
    for t in (1, 2, 3, 4, 4.5):
        assert np.mean(agrees >= t) <= np.exp(-t**2 / 2)
    assert agrees.max() < payload.agreeing(len(values))


def test_no_soft_bits_agree_with_nothing():
    assert payload.agreement(None, [1, 2]).tolist() == [0, 0] == payload.agreement(np.zeros(720), [1, 2]).tolist()
    assert payload.agreement(soft_bits(SENT, 0), []).shape == (0,)
    assert payload.agreeing(1) == pytest.approx(5.26, abs=0.01) and payload.agreeing(1000) > 6.4
