"""The sequential test keeps its errors on independent frames, and on correlated ones only if told of them."""
import numpy as np
import pytest

from course_lib.metrics.sequential import Likelihood, bounds, effective_frames, fit_likelihood, sprt

LIKELIHOOD = Likelihood((-1.0, 1.0), (2.0, 2.0), 0.0)


def chains(rng, count, length, mean, correlation):
    """Videos of logits: stationary first-order autoregressive, standard deviation 2."""
    x = np.empty((count, length))
    x[:, 0] = rng.normal(0, 2, count)
    for t in range(1, length):
        x[:, t] = correlation * x[:, t - 1] + np.sqrt(1 - correlation**2) * rng.normal(0, 2, count)
    return x + mean


def errors(correlation, told):
    x = chains(np.random.default_rng(1), 400, 800, -1.0, correlation)
    found = [sprt(LIKELIHOOD.ratio(row), 0.05, 0.05, told) for row in x]
    return np.mean([d.verdict == 1 for d in found]), np.mean([d.frame for d in found])


def test_errors_are_kept_on_independent_frames_and_broken_on_correlated_ones():
    independent, few = errors(0.0, 0.0)
    believed, _ = errors(0.9, 0.0)
    told, many = errors(0.9, 0.9)
    assert independent < 0.06 and believed > 0.15 and told < 0.08 and many > 4 * few


def test_a_ratio_is_that_of_two_normal_densities():
    np.testing.assert_allclose(LIKELIHOOD.ratio([-1.0, 0.0, 1.0]), [-0.5, 0.0, 0.5])


def test_bounds_and_verdicts():
    upper, lower = bounds(0.01, 0.05)
    assert upper == pytest.approx(np.log(95)) and lower == pytest.approx(np.log(0.05 / 0.99))
    assert sprt([1.0] * 9, 0.01, 0.05)[:2] == (1, 5) and sprt([-1.0] * 9, 0.01, 0.05)[:2] == (0, 3)
    assert sprt([0.1, -0.1])[:2] == (-1, 2)
    with pytest.raises(ValueError, match="expected errors"):
        sprt([1.0], 0.6)


def test_correlated_frames_are_worth_few():
    assert effective_frames(32, 0.0) == 32
    assert effective_frames(32, 0.9) == pytest.approx(2.36, abs=0.01)
    x = chains(np.random.default_rng(2), 4000, 32, 0.0, 0.9).mean(1)
    assert 4 / x.var() == pytest.approx(effective_frames(32, 0.9), rel=0.1)


def test_the_likelihood_is_fitted_with_the_correlation_of_frames():
    rng = np.random.default_rng(3)
    real, fake = chains(rng, 200, 30, -1.0, 0.8), chains(rng, 200, 30, 1.0, 0.8)
    logits = np.concatenate([real.ravel(), fake.ravel()])
    found = fit_likelihood(np.repeat([0, 1], 6000), logits, np.repeat(np.arange(400), 30))
    np.testing.assert_allclose(found.means, (-1, 1), atol=0.2)
    np.testing.assert_allclose(found.deviations, (2, 2), atol=0.2)
    assert found.correlation == pytest.approx(0.8, abs=0.05)
    with pytest.raises(ValueError, match="real and fake"):
        fit_likelihood([1, 1], [0.0, 1.0], [0, 0])
