"""Colour transfer: exact on constant colours, blind to what lies outside the mask, and the identity on itself."""
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2lab

from course_lib.blending import colour

MASK = np.zeros((40, 40), np.float32)
MASK[8:32, 8:32] = 1
INSIDE = MASK > 0.5
FUNCTIONS = {name: getattr(colour, name) for name in colour.METHODS}
TINT = [name for name in FUNCTIONS if name != "brightness_contrast"]  # that one keeps the hue
colours = st.tuples(*[st.floats(0.15, 0.85)] * 3)


def texture(seed, low=0.3, high=0.7):
    noise = cv2.GaussianBlur(np.random.default_rng(seed).random((40, 40, 3), np.float32), (0, 0), 2)
    return cv2.normalize(noise, None, low, high, cv2.NORM_MINMAX)


@pytest.mark.parametrize("method", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_same_colours_stay_as_they_are(method):
    face = texture(0)
    np.testing.assert_allclose(method(face, face, MASK), face, atol=2e-6)


@settings(max_examples=20, deadline=None)
@given(colours, colours)
def test_one_colour_becomes_the_other_exactly(one, other):
    face, frame = (np.broadcast_to(np.float32(c), (40, 40, 3)) for c in (one, other))
    for name in TINT:
        np.testing.assert_allclose(FUNCTIONS[name](face, frame, MASK)[INSIDE], frame[INSIDE], atol=1e-5, err_msg=name)


@pytest.mark.parametrize("method", FUNCTIONS.values(), ids=FUNCTIONS)
def test_what_is_outside_the_mask_does_not_count(method):
    face, frame = texture(1), texture(2)
    black, white = face.copy(), frame.copy()
    black[~INSIDE], white[~INSIDE] = 0, 1
    np.testing.assert_allclose(method(black, white, MASK)[INSIDE], method(face, frame, MASK)[INSIDE], atol=1e-6)


@pytest.mark.parametrize("method", FUNCTIONS.values(), ids=FUNCTIONS)
def test_an_empty_mask_gives_the_face_back(method):
    np.testing.assert_array_equal(method(texture(1), texture(2), 0 * MASK), texture(1))


def test_each_takes_over_what_it_says():
    face, frame = texture(3, 0.4, 0.6), texture(4, 0.3, 0.7)
    f, t = {n: m(face, frame, MASK)[INSIDE] for n, m in FUNCTIONS.items()}, frame[INSIDE]
    np.testing.assert_allclose(f["mean_shift"].mean(0), t.mean(0), atol=1e-5)
    np.testing.assert_allclose(f["mean_shift"].std(0), face[INSIDE].std(0), atol=1e-5)
    ours, theirs = colour.to_lab(f["reinhard"]), colour.to_lab(t)
    np.testing.assert_allclose(ours.mean(0), theirs.mean(0), atol=0.02)
    np.testing.assert_allclose(ours.std(0), theirs.std(0), atol=0.02)  # the scale the right way up
    np.testing.assert_allclose(np.cov(f["mkl"].T), np.cov(t.T), atol=1e-5)
    np.testing.assert_allclose(np.sort(f["match_histogram"], 0), np.sort(t, 0), atol=0.015)
    luma = f["brightness_contrast"] @ colour.LUMA, t @ colour.LUMA
    assert luma[0].mean() == pytest.approx(luma[1].mean(), abs=1e-5)
    assert luma[0].std() == pytest.approx(luma[1].std(), abs=1e-5)


def test_the_linear_map_is_the_shortest_of_those_that_fit():
    x, y = texture(5)[INSIDE].astype(np.float64), texture(6)[INSIDE].astype(np.float64)
    matrix = colour.measure("mkl", texture(5), texture(6), MASK)[:3]
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-9)  # symmetric and positive: Monge-Kantorovich
    assert np.linalg.eigvalsh(matrix).min() > 0
    moved = ((x - x.mean(0)) @ matrix - (x - x.mean(0))).std()
    whiten = np.linalg.inv(np.linalg.cholesky(np.cov(x.T))).T @ np.linalg.cholesky(np.cov(y.T)).T
    np.testing.assert_allclose(np.cov(((x - x.mean(0)) @ whiten).T), np.cov(y.T), atol=1e-9)  # it fits as well ...
    assert moved <= ((x - x.mean(0)) @ whiten - (x - x.mean(0))).std() + 1e-9  # ... but moves colours farther


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_method_is_measure_and_apply(name):
    face, frame = texture(7), texture(8)
    numbers = colour.measure(name, face, frame, MASK)
    np.testing.assert_array_equal(colour.apply(name, face, numbers), FUNCTIONS[name](face, frame, MASK))
    assert colour.measure(name, face[:20], frame[:20], MASK[:20]).shape == numbers.shape  # so they can be averaged
    assert colour.measure(name, face, frame, 0 * MASK) is None


def test_lab_agrees_with_scikit_image():
    rgb = np.random.default_rng(0).random((500, 3))
    np.testing.assert_allclose(colour.to_lab(rgb), rgb2lab(rgb), atol=0.02)
    np.testing.assert_allclose(colour.from_lab(rgb2lab(rgb)), rgb, atol=1e-3)
    np.testing.assert_allclose(colour.from_lab(colour.to_lab(rgb)), rgb, atol=1e-9)
    np.testing.assert_allclose(colour.to_lab([1, 1, 1]), [100, 0, 0], atol=1e-9)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="warhol"):
        colour.measure("warhol", texture(0), texture(1), MASK)
    with pytest.raises(ValueError, match=r"\(20, 40, 3\)"):
        colour.reinhard(texture(0), texture(1)[:20], MASK)
