"""Alignment: known similarities come back, the way back is exact, and every face lands where the mean face lies."""
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import faces


def similarity(scale, angle, x, y):
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[c, -s, x], [s, c, y]])


def smooth_picture(size=200, seed=0):
    noise = np.random.default_rng(seed).random((size, size, 3), np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 4)


@settings(deadline=None, max_examples=60)
@given(
    st.floats(0.01, 50), st.floats(-3.1, 3.1), st.floats(-500, 500), st.floats(-500, 500), st.integers(0, 1000),
    st.integers(2, 68),
)  # fmt: skip
def test_umeyama_recovers_a_known_similarity(scale, angle, x, y, seed, count):
    points = np.random.default_rng(seed).normal(size=(count, 2)) * 10
    matrix = similarity(scale, angle, x, y)
    np.testing.assert_allclose(faces.umeyama(points, faces.transform(points, matrix)), matrix, rtol=1e-6, atol=1e-6)


def test_umeyama_never_mirrors_and_is_the_best_similarity():
    points = np.random.default_rng(1).normal(size=(30, 2))
    mirrored = points * (-1, 1)
    matrix = faces.umeyama(points, mirrored)
    assert np.linalg.det(matrix[:, :2]) > 0
    error = ((faces.transform(points, matrix) - mirrored) ** 2).sum()
    for nudge in np.eye(4) * 1e-3:
        for sign in (-1, 1):
            a, b, x, y = matrix[0, 0], matrix[1, 0], *matrix[:, 2]
            a, b, x, y = np.array([a, b, x, y]) + sign * nudge
            other = np.array([[a, -b, x], [b, a, y]])
            assert ((faces.transform(points, other) - mirrored) ** 2).sum() > error


def test_umeyama_refuses_what_it_cannot_fit():
    with pytest.raises(ValueError, match="coincide"):
        faces.umeyama(np.ones((5, 2)), np.ones((5, 2)))
    with pytest.raises(ValueError, match="one length"):
        faces.umeyama(np.ones((5, 2)), np.ones((4, 2)))
    with pytest.raises(ValueError, match="not finite"):
        faces.umeyama([[0, 0], [1, np.nan]], [[0, 0], [1, 1]])


@settings(deadline=None, max_examples=30)
@given(st.floats(0.3, 3), st.floats(-1, 1), st.sampled_from([64, 96, 160]), st.floats(0.7, 2))
def test_align_undoes_any_turn_and_its_inverse_returns_the_landmarks(scale, angle, size, coverage):
    truth = faces.transform(faces.canonical(100), similarity(scale, angle, 40, 60))
    aligned = faces.align(smooth_picture(), truth, size, coverage)
    np.testing.assert_allclose(aligned.landmarks, faces.canonical(size, coverage), atol=2e-3)
    np.testing.assert_allclose(faces.transform(aligned.landmarks, faces.invert(aligned.matrix)), truth, atol=2e-3)
    assert aligned.image.shape == (size, size, 3) and aligned.image.dtype == np.float32


def test_a_crop_shows_the_pixels_that_its_matrix_says():
    # a ramp is reproduced exactly by interpolation and averaging alike: its value tells where each pixel came from
    y, x = np.mgrid[:300, :300].astype(np.float32)
    ramp = np.stack([x, y, x + y], -1) / 600
    for scale in (0.25, 0.37, 1.0, 2.5):
        matrix = similarity(scale, 0.3, 0, 0)
        matrix[:, 2] = 31.5 - matrix[:, :2] @ (150, 150)
        crop = faces.warp(ramp, matrix, 64)
        there = faces.transform(np.stack(np.meshgrid(np.arange(64), np.arange(64)), -1), faces.invert(matrix))
        # the ramp ends at the picture's border, and a pixel of the crop is up to three pixels of the frame wide
        inside = ((there > 4) & (there < 295)).all(-1)
        assert inside.sum() > 1000
        np.testing.assert_allclose(crop[..., :2][inside] * 600, there[inside], atol=0.08)


def test_shrinking_averages_fine_texture_away():
    stripes = np.repeat(np.indices((256, 256)).sum(0)[..., None] % 2, 3, -1).astype(np.float32)
    crop = faces.warp(stripes, similarity(0.25, 0, 0, 0), 64)
    np.testing.assert_allclose(crop[2:-2, 2:-2], 0.5, atol=0.02)


def test_what_lies_outside_the_picture_repeats_its_border():
    flat = np.full((50, 50, 3), (0.2, 0.4, 0.6), np.float32)
    aligned = faces.align(flat, faces.canonical(200) - 100, 64)
    np.testing.assert_allclose(aligned.image, np.broadcast_to(flat[0, 0], (64, 64, 3)), atol=1e-5)


def test_coverage_zooms_about_the_middle():
    near, far = faces.canonical(64, 1.0) + 0.5 - 32, faces.canonical(64, 2.0) + 0.5 - 32
    np.testing.assert_allclose(far * 2, near, atol=1e-4)


def test_five_points_give_the_same_crop_as_68_for_the_mean_face():
    truth = faces.transform(faces.MEAN_FACE, similarity(120, 0.2, 60, 20))
    picture = smooth_picture()
    five = faces.align_five(picture, faces.five_points(truth), 64)
    np.testing.assert_allclose(five.image, faces.align(picture, truth, 64).image, atol=1e-4)
    np.testing.assert_allclose(faces.estimate_68(faces.five_points(truth)), truth, atol=1e-3)


@pytest.mark.parametrize("call, message", [
    (lambda: faces.align(smooth_picture(), np.zeros((5, 2))), "align_five"),
    (lambda: faces.align_five(smooth_picture(), np.zeros((68, 2))), "five points"),
    (lambda: faces.align((smooth_picture() * 255).astype(np.uint8), faces.canonical(64)), "float32"),
    (lambda: faces.canonical(64, coverage=0), "coverage"),
])  # fmt: skip
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_mean_face_is_the_mean_of_the_cast_and_symmetric(neutral_people):
    again = faces.mean_face(neutral_people.landmarks)
    assert np.abs(again - faces.MEAN_FACE).max() < 0.02  # other people; 1.3 px of a 64 px crop
    order = np.r_[16:-1:-1, 26:16:-1, 27:31, 35:30:-1, 45:41:-1, 47, 46, 39:35:-1, 41, 40]
    mirrored = faces.MEAN_FACE[: len(order)][order] * (-1, 1) + (1, 0)
    np.testing.assert_allclose(mirrored, faces.MEAN_FACE[: len(order)], atol=2e-3)


def test_aligned_people_agree_with_the_mean_face(neutral_people):
    faceset = faces.faceset_from_frames(neutral_people, size=64)
    apart = np.linalg.norm(faceset.landmarks - faces.canonical(64), axis=-1)
    assert apart[:, faces.STABLE].mean() < 1.2 and apart[:, faces.STABLE].max() < 4
    assert faceset.masks[:, 20:52, 20:44].mean() > 0.95  # the face fills the middle
    assert faceset.images.min() >= 0 and faceset.images.max() <= 1
