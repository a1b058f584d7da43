"""The certificate against its closed form, and the check-list against evaluations that are known to be wrong."""
import numpy as np
import pytest
from scipy.stats import binom, norm

from course_lib.attacks import smoothing
from course_lib.attacks.checklist import adaptive_checks, nonzero
from course_lib.attacks.defences import DEFENCES, squeezing_distance

SIGMA, SIDE = 0.25, 8
WEIGHTS = np.random.default_rng(3).normal(0, 1, (SIDE, SIDE, 3))
WEIGHTS /= np.linalg.norm(WEIGHTS)


def score(images):
    """A linear detector: the smoothed one has the same boundary, and its certificate is the distance to it."""
    return ((images - 0.5) * WEIGHTS).sum((1, 2, 3)) > 0


@pytest.mark.parametrize("distance", (-0.3, -0.1, 0.1, 0.3))
def test_a_certificate_of_a_linear_detector_is_below_the_distance_and_near_it(distance):
    image = (0.5 + distance * WEIGHTS).astype(np.float32)
    found = smoothing.certify(score, image, SIGMA, samples=20000, batch=2000, seed=4)
    assert found.answer == int(distance > 0)
    assert abs(distance) - 0.02 < found.radius <= abs(distance)
    assert found.lower <= norm.cdf(abs(distance) / SIGMA)


def test_no_change_inside_the_radius_alters_the_answer():
    image = (0.5 + 0.3 * WEIGHTS).astype(np.float32)
    found = smoothing.certify(score, image, SIGMA, samples=1000, seed=5)
    worst = image - 0.99 * found.radius * WEIGHTS  # straight to the boundary
    assert smoothing.certify(score, worst.astype(np.float32), SIGMA, guesses=2000, samples=4000, alpha=0.05).answer == 1


def test_it_abstains_on_the_boundary():
    found = smoothing.certify(score, np.full((SIDE, SIDE, 3), 0.5, np.float32), SIGMA, samples=200, seed=6)
    assert found.answer == -1 and found.radius == 0


def test_clopper_pearson_is_the_p_at_which_so_many_hits_are_just_unlikely_enough():
    bound = smoothing.clopper_pearson(90, 100, 0.001)
    assert binom.sf(89, 100, bound) == pytest.approx(0.001, rel=1e-6)
    assert smoothing.clopper_pearson(0, 10) == 0 and smoothing.clopper_pearson(10, 10, 0.05) == pytest.approx(0.05**0.1)
    with pytest.raises(ValueError, match="cannot be"):
        smoothing.clopper_pearson(11, 10)


@pytest.mark.parametrize(("samples", "multiple"), [(100, 1.50), (1000, 2.46), (10000, 3.20)])
def test_the_largest_radius_that_so_many_samples_can_prove(samples, multiple):
    assert smoothing.largest_radius(samples, 1.0) == pytest.approx(multiple, abs=0.005)


SOUND = dict(clean=0.95, fgsm=0.6, pgd=0.4, adaptive=0.38, transfer=0.7, noise=0.93, unbounded=0.0) | {"black box": 0.5}


def test_a_sound_evaluation_passes_and_each_sign_of_a_masked_gradient_is_seen():
    assert all(sign.passed for sign in adaptive_checks(SOUND, 1.0))
    for change, word in (({"fgsm": 0.2}, "many steps"), ({"transfer": 0.1}, "transferred"),
                         ({"unbounded": 0.5}, "limit"),
                         ({"black box": 0.1}, "has none"), ({"adaptive": 0.1}, "knows the defence"),
                         ({"noise": 0.2}, "chance")):
        failed = [sign.what for sign in adaptive_checks(SOUND | change, 1.0) if not sign.passed]
        assert len(failed) == 1 and word in failed[0]
    assert not adaptive_checks(SOUND, 0.3)[0].passed
    with pytest.raises(ValueError, match="fgsm"):
        adaptive_checks({k: v for k, v in SOUND.items() if k != "fgsm"}, 1.0)
    assert nonzero(lambda x: x * np.array([0, 1]).reshape(2, 1, 1, 1), np.ones((2, 4, 4, 3))) == 0.5


def test_defences_change_little_and_squeezing_sees_a_fragile_score():
    images = np.random.default_rng(7).uniform(0.4, 0.6, (2, 16, 16, 3)).astype(np.float32)
    for name, defence in DEFENCES.items():
        out = defence(images)
        assert out.shape == images.shape and np.abs(out - images).max() < 0.25, name
    assert len(np.unique(DEFENCES["4 bits"](images))) <= 16
    assert squeezing_distance(lambda x: np.full(len(x), 0.5), images).max() == 0
    assert squeezing_distance(lambda x: (np.abs(x[:, :, 1:] - x[:, :, :-1]).mean((1, 2, 3)) > 0.03).astype(float),
                              images, ("median",)).max() in (0.0, 1.0)
