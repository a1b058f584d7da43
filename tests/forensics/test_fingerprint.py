import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from course_lib.forensics.fingerprint import correlation, fingerprint, radial_spectrum, residual, spectrum_detector

S = 32
RNG = np.random.default_rng(0)
ROWS = np.arange(S, dtype=np.float32)


def scenes(n, rng, pattern=0.0):
    """Smooth random images with a little noise, and a fixed pattern in them where one is given."""
    x = np.cumsum(np.cumsum(rng.normal(0, 0.02, (n, S, S, 3)), 1), 2).astype(np.float32)
    x = 0.5 + 0.2 * x / np.abs(x).max((1, 2, 3), keepdims=True)
    return (x + rng.normal(0, 0.01, x.shape) + pattern).astype(np.float32)


HABIT = RNG.normal(0, 0.01, (S, S, 3)).astype(np.float32)


def test_the_residual_is_what_is_not_smooth():
    flat = np.full((2, S, S, 3), 0.3, np.float32)
    assert np.abs(residual(flat)).max() < 1e-6
    checks = 0.1 * (-1.0) ** (ROWS[:, None] + ROWS)[..., None] * np.ones(3)
    assert np.allclose(residual((flat + checks).astype(np.float32))[:, 4:-4, 4:-4], checks[4:-4, 4:-4], atol=1e-3)


def test_a_habit_is_found_in_new_pictures_by_it_alone():
    print_ = fingerprint(scenes(400, np.random.default_rng(1), HABIT))
    assert np.corrcoef(print_.ravel(), residual(HABIT[None] + 0.5).ravel())[0, 1] > 0.9
    with_it = correlation(scenes(60, np.random.default_rng(2), HABIT), print_)
    without = correlation(scenes(60, np.random.default_rng(3)), print_)
    assert with_it.min() > without.max() and abs(without.mean()) < 0.02 and np.abs(with_it).max() <= 1
    assert correlation(HABIT[None] + 0.5, residual(HABIT[None] + 0.5)[0]) == pytest.approx([1.0])


def test_a_wave_has_its_power_at_its_frequency():
    wave = 0.5 + 0.2 * np.sin(2 * np.pi * 8 * ROWS / S)[None, :, None, None] * np.ones((1, S, S, 3))
    f, power = radial_spectrum(wave * [1, 0.1, 0])
    assert f[power[0, 0].argmax()] == pytest.approx(8 / S) and power.shape == (1, 3, len(f))
    assert power[0, 0].max() - power[0, 1].max() == pytest.approx(2, abs=1e-6)  # a tenth of the amplitude
    assert (power[0, 2] == -12).all() and f[-1] == pytest.approx(0.7, abs=0.03)
    turned = radial_spectrum(np.rot90(wave, axes=(1, 2)))[1]
    assert np.allclose(turned, radial_spectrum(wave)[1])


def test_the_spectrum_gives_away_doubled_pixels():
    rng = np.random.default_rng(4)
    real, other = scenes(60, rng), scenes(60, rng)
    doubled = np.repeat(np.repeat(scenes(120, rng)[:, ::2, ::2], 2, 1), 2, 2)
    detect = spectrum_detector(real, doubled[:60])
    scores = np.r_[detect(other), detect(doubled[60:])]
    assert roc_auc_score(np.r_[np.zeros(60), np.ones(60)], scores) > 0.99 and scores.min() >= 0 and scores.max() <= 1
    blind = spectrum_detector(real, other)(scenes(60, rng))
    assert 0.25 < blind.mean() < 0.75


@pytest.mark.parametrize("call, says", [
    (lambda: residual(np.zeros((S, S, 3))), "N, S, S, 3"),
    (lambda: radial_spectrum(np.zeros((0, S, S, 3))), "at least one"),
    (lambda: correlation(np.zeros((1, S, S, 3)), np.zeros((8, 8, 3))), "differ in size"),
    (lambda: spectrum_detector(np.zeros((5, S, S, 3)), np.zeros((20, S, S, 3))), "at least 10"),
])
def test_what_does_not_fit_is_said(call, says):
    with pytest.raises(ValueError, match=says):
        call()
