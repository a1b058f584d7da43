"""Probabilities against scikit-learn, against cases worked by hand, and against overconfident detectors."""
import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from course_lib.metrics.calibration import (
    at_prevalence,
    brier,
    expected_calibration_error,
    log_loss,
    reliability,
    risk_coverage,
    temperature,
    with_temperature,
)
from course_lib.metrics.detection import auc


def sample(seed, n=4000, overconfidence=1.0):
    """Labels and probabilities: calibrated where sure is 1, overconfident above it."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 2, n)
    return (rng.random(n) < 1 / (1 + np.exp(-z))).astype(int), 1 / (1 + np.exp(-overconfidence * z))


@pytest.mark.parametrize("seed", range(3))
def test_scikit_learn_agrees(seed):
    fake, p = sample(seed, 500)
    assert log_loss(fake, p) == pytest.approx(sk.log_loss(fake, p), abs=1e-9)
    assert brier(fake, p) == pytest.approx(sk.brier_score_loss(fake, p), abs=1e-12)
    frequency, confidence = calibration_curve(fake, p, n_bins=10)
    bins = reliability(fake, p)
    np.testing.assert_allclose(bins.frequency, frequency)
    np.testing.assert_allclose(bins.confidence, confidence)
    assert bins.count.sum() == 500


def test_by_hand():
    assert log_loss([1, 0], [0.5, 0.5]) == pytest.approx(np.log(2))
    assert log_loss([1], [0.0]) == pytest.approx(-np.log(1e-7))
    assert brier([1, 0], [0.8, 0.4]) == pytest.approx((0.04 + 0.16) / 2)
    # bin .8 to .9: confidence .85, frequency 1/2 (2 samples); bin .1 to .2: confidence .1, frequency 0 (1 sample)
    assert expected_calibration_error([1, 0, 0], [0.82, 0.88, 0.1]) == pytest.approx((2 * 0.35 + 0.1) / 3)
    assert reliability([1, 1], [1.0, 0.95]).count.tolist() == [2]  # 1 belongs to the last bin


def test_temperature_corrects_overconfidence_and_keeps_the_order():
    fake, p = sample(0, overconfidence=3.0)
    by = temperature(fake, p)
    assert by == pytest.approx(3.0, rel=0.15)
    corrected = with_temperature(p, by)
    assert expected_calibration_error(fake, corrected) < 0.04 < 0.08 < expected_calibration_error(fake, p)
    assert auc(fake, corrected) == pytest.approx(auc(fake, p), abs=1e-9)
    np.testing.assert_allclose(with_temperature(p, 1.0), p, atol=1e-6)
    assert temperature(*sample(1)) == pytest.approx(1.0, rel=0.1)


def test_without_a_single_mistake_the_least_temperature_fits_best():
    assert temperature([0, 0, 1, 1], [0.2, 0.3, 0.7, 0.9]) < 0.05


def test_one_fake_in_a_thousand():
    assert at_prevalence(0.9, 0.001) == pytest.approx(0.001 * 0.9 / (0.001 * 0.9 + 0.999 * 0.1))
    np.testing.assert_allclose(at_prevalence([0.2, 0.7], 0.5), [0.2, 0.7])
    np.testing.assert_allclose(at_prevalence(at_prevalence([0.3], 0.01), 0.5, trained=0.01), [0.3])
    assert at_prevalence([0.0, 1.0], 0.001).tolist() == [0, 1]


def test_abstention_by_hand():
    coverage, error = risk_coverage([1, 0, 1, 0], [0.9, 0.05, 0.45, 0.7])  # surest first; the last two are wrong
    np.testing.assert_allclose(coverage, [0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(error, [0, 0, 1 / 3, 2 / 4])


@pytest.mark.parametrize("metric", [log_loss, brier, reliability, expected_calibration_error, temperature,
                                    risk_coverage])
def test_probabilities_are_wanted(metric):
    with pytest.raises(ValueError, match=r"scores run from -0.2 to 1.3; expected probabilities in \[0, 1\]"):
        metric([0, 1], [-0.2, 1.3])
    with pytest.raises(ValueError, match="not finite"):
        metric([0, 1], [np.inf, 0.3])


def test_what_cannot_be_is_said():
    with pytest.raises(ValueError, match="all 2 samples are real"):
        temperature([0, 0], [0.1, 0.2])
    with pytest.raises(ValueError, match="above 0; got 0"):
        with_temperature([0.5], 0)
    with pytest.raises(ValueError, match="prevalence=0"):
        at_prevalence([0.5], 0)
    with pytest.raises(ValueError, match="bins is 0"):
        reliability([0, 1], [0.1, 0.9], 0)
