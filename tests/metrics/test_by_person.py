"""The kernel over people gives the same AUC as all pairs, and the same interval as drawing people's samples."""
import numpy as np
import pytest

from course_lib.metrics.by_person import mean_and_worst, person_kernel
from course_lib.metrics.detection import auc, bootstrap

RNG = np.random.default_rng(0)
PEOPLE = np.repeat(np.arange(12), 3)
REAL = RNG.normal(0, 1, 36) + np.repeat(RNG.normal(0, 1, 12), 3)
FAKE = np.round(REAL + RNG.normal(0.8, 1, 36), 1)  # rounded, so that some are equal


def test_the_kernel_is_the_auc():
    kernel, pairs = person_kernel(REAL, FAKE, PEOPLE, PEOPLE)
    mean, worst, _ = mean_and_worst(kernel[None], pairs, rounds=5)
    right = auc(np.repeat([0, 1], 36), np.r_[REAL, FAKE])
    assert mean.value == pytest.approx(right) and worst.value == pytest.approx(right)


def test_people_may_have_different_numbers_of_samples():
    keep = np.r_[0:30, 31, 34]
    kernel, pairs = person_kernel(REAL[keep], FAKE, PEOPLE[keep], PEOPLE)
    mean, _, _ = mean_and_worst(kernel[None], pairs, rounds=5)
    assert mean.value == pytest.approx(auc(np.r_[np.zeros(32, int), np.ones(36, int)], np.r_[REAL[keep], FAKE]))


def test_the_interval_is_that_of_the_bootstrap():
    kernel, pairs = person_kernel(REAL, FAKE, PEOPLE, PEOPLE)
    mean, _, _ = mean_and_worst(kernel[None], pairs, rounds=2000)
    slow = bootstrap(auc, np.repeat([0, 1], 36), np.r_[REAL, FAKE], np.tile(PEOPLE, 2), rounds=600)
    assert abs(mean.low - slow.low) < 0.03 and abs(mean.high - slow.high) < 0.03


def test_the_worst_cell_is_below_the_mean_in_every_draw():
    kernel, pairs = person_kernel(REAL, FAKE, PEOPLE, PEOPLE)
    other, _ = person_kernel(REAL, REAL + 0.1, PEOPLE, PEOPLE)
    mean, worst, at = mean_and_worst([kernel, other], pairs, rounds=50)
    assert at == 1 and worst.value < mean.value and worst.low <= worst.value <= worst.high


def test_cells_may_lack_samples_of_some_people():
    kernel, pairs = person_kernel(REAL, FAKE, PEOPLE, PEOPLE)
    fewer = pairs.copy()
    fewer[0] = 0  # the first person has no fakes in the second cell
    kernels = np.stack([kernel, np.where(fewer > 0, kernel, 0)])
    mean, _, _ = mean_and_worst(kernels[1:], fewer[None], rounds=20)
    rest = PEOPLE != PEOPLE.min()
    right = auc(np.r_[np.zeros(len(REAL), int), np.ones(rest.sum(), int)], np.r_[REAL, FAKE[rest]])
    assert mean.value == pytest.approx(right) and np.isfinite([mean.low, mean.high]).all()
    both, _, _ = mean_and_worst(kernels, np.stack([pairs, fewer]), rounds=20)
    whole = auc(np.repeat([0, 1], len(REAL)), np.r_[REAL, FAKE])
    assert both.value == pytest.approx((whole + right) / 2)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="lists of people differ"):
        person_kernel(REAL, FAKE, PEOPLE, PEOPLE + 1)
    with pytest.raises(ValueError, match=r"\[C, P, P\]"):
        mean_and_worst(np.zeros((2, 2)), np.zeros((2, 2)))
