"""Attacks stay in their ball, reach what theory says on a linear score, and count only what they earned."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.attacks import steps
from course_lib.attacks.success import sent, stored, success

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(0, 0.3, (8, 8, 3)).astype(np.float32)
IMAGES = RNG.uniform(0.3, 0.7, (6, 8, 8, 3)).astype(np.float32)
FAKE = np.array([0, 1, 0, 1, 1, 1])


def linear(images):
    return (images * WEIGHTS).sum((1, 2, 3))


def gradient(images):
    return np.broadcast_to(WEIGHTS, images.shape)


def test_fgsm_on_a_linear_score_moves_it_by_epsilon_times_the_l1_norm():
    attacked = steps.fgsm(gradient, IMAGES, FAKE, 0.1)
    moved = linear(attacked) - linear(IMAGES)
    np.testing.assert_allclose(moved, np.where(FAKE, -1, 1) * 0.1 * np.abs(WEIGHTS).sum(), rtol=1e-4)


def test_pgd_reaches_the_best_point_of_both_balls_on_a_linear_score():
    linf = steps.pgd(gradient, IMAGES, FAKE, 0.1, steps=10, seed=3)
    np.testing.assert_allclose(linf, steps.fgsm(gradient, IMAGES, FAKE, 0.1), atol=1e-6)
    for start, room in ((False, 1e-4), (True, 0.05)):
        l2 = steps.pgd(gradient, IMAGES, FAKE, 0.4, steps=40, norm="l2", random_start=start)
        moved = linear(l2) - linear(IMAGES)
        np.testing.assert_allclose(moved, np.where(FAKE, -1, 1) * 0.4 * np.linalg.norm(WEIGHTS), rtol=room)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(steps.NORMS), st.floats(0, 2), st.integers(0, 1000))
def test_pgd_stays_in_its_ball_and_in_the_box(norm, epsilon, seed):
    rng = np.random.default_rng(seed)
    images = rng.random((2, 8, 8, 3)).astype(np.float32)
    attacked = steps.pgd(gradient, images, [0, 1], epsilon, steps=4, norm=norm, seed=seed)
    size = np.abs(attacked - images).max() if norm == "linf" else steps.lengths(attacked - images).max()
    assert size <= epsilon + 1e-5 and attacked.min() >= 0 and attacked.max() <= 1
    np.testing.assert_allclose(steps.project(attacked, images, epsilon, norm), attacked, atol=1e-6)


def test_the_margin_attack_finds_the_distance_to_a_plane():
    signed = np.array([0.3, -0.3, 0.2, -0.2, -0.4, -0.1])
    fake = (signed > 0).astype(int)  # each is on the right side of its plane

    def logit(images):
        return linear(np.asarray(images)) - linear(IMAGES) + signed

    attacked, found = steps.margin_attack(logit, gradient, IMAGES, fake, steps=150, rounds=6, rate=0.005)
    assert found.all() and ((logit(attacked) > 0) != fake).all()
    np.testing.assert_allclose(steps.lengths(attacked - IMAGES).ravel(),
                               np.abs(signed) / np.linalg.norm(WEIGHTS), rtol=0.15)


def test_a_universal_perturbation_of_a_linear_score_is_the_sign_of_its_weights():
    shared = steps.universal(gradient, IMAGES, np.ones(6, int), 0.05)
    np.testing.assert_allclose(shared, -0.05 * np.sign(WEIGHTS), atol=1e-6)
    with pytest.raises(ValueError, match="one class"):
        steps.universal(gradient, IMAGES, FAKE, 0.05)


def test_a_ball_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="expected one of"):
        steps.project(IMAGES, IMAGES, 0.1, "l7")
    with pytest.raises(ValueError, match="radius"):
        steps.project(IMAGES, IMAGES, -1)


def test_success_counts_only_what_was_caught_before():
    images = IMAGES[:4]
    result = success([0.9, 0.2, 0.8, 0.7], [0.1, 0.1, 0.9, 0.4], images, images + 0.01)
    assert (result.caught, result.fooled) == (3, 2) and result.rate == pytest.approx(2 / 3)
    assert result.decibel == pytest.approx(40, abs=0.01) and "2 of 3" in str(result)
    assert np.isnan(success([0.1] * 4, [0.1] * 4, images, images).rate)


def test_what_is_sent_is_rounded_compressed_and_cropped_where_the_second_crop_lies():
    smooth = np.linspace(0.2, 0.8, 32, dtype=np.float32)[None, :, None, None] * np.ones((4, 32, 32, 3), np.float32)
    videos = np.array([7, 7, 9, 9])
    np.testing.assert_array_equal(sent(smooth, videos, crf=0), stored(smooth))
    assert 0 < np.abs(sent(smooth, videos, crf=40) - smooth).max() < 0.1
    np.testing.assert_array_equal(sent(smooth, videos, crf=0, shift=3)[:, :-3, :-3], stored(smooth)[:, 3:, 3:])
    with pytest.raises(ValueError, match="beyond the margin"):
        sent(smooth, videos, margin=2, shift=3)
