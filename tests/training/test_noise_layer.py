"""The noise layer of the learned watermark: like the real operations, and with a gradient."""
import numpy as np
import pytest
from keras import ops

from course_lib.degradation import jpeg, rotate
from course_lib.training import noise_layer


def nothing(count, side):
    """What `draw` gives where nothing happens."""
    identity = np.tile(np.float32([1, 0, 0, 0, 1, 0, 0, 0]), (count, 1))
    zero, one = np.zeros(count, np.float32), np.ones(count, np.float32)
    return {"matrix": identity, "blur": zero, "gain": one, "offset": zero,
            "noise": np.zeros((count, side, side, 3), np.float32),
            "tables": noise_layer.tables(100 * one).reshape(count, 128)}


@pytest.fixture(scope="module")
def images(cast_pictures):
    return np.stack([p[:64, :64] for p in cast_pictures[:3]]).astype(np.float32)


@pytest.mark.parametrize("quality", [30, 70, 95])
def test_soft_jpeg_is_close_to_jpeg(images, quality):
    soft = np.asarray(noise_layer.soft_jpeg(images, noise_layer.tables(np.full(3, quality))))
    real = np.stack([jpeg(image, quality) for image in images])
    soft, real, luma = (x @ noise_layer.RGB_TO_YCC[0] for x in (soft, real, images))
    assert np.mean((soft - real) ** 2) < 0.5 * np.mean((luma - real) ** 2) + 1e-5


def test_soft_rounding_is_rounding_with_a_slope():
    x = np.linspace(-2, 2, 401).astype(np.float32)
    rounded = np.asarray(noise_layer.soft_round(x))
    assert np.abs(rounded - np.round(x)).max() <= 0.125 + 1e-6
    assert np.asarray(noise_layer.soft_round(np.float32([1, 2, -3]))).tolist() == [1, 2, -3]


def test_nothing_drawn_changes_almost_nothing(images):
    out = np.asarray(noise_layer.distort(images, nothing(3, 64)))
    assert np.abs((out - images) @ noise_layer.RGB_TO_YCC[0]).max() < 4 / 255  # chroma loses half of its resolution


def test_what_is_drawn_stays_in_its_limits_and_repeats():
    drawn = noise_layer.draw(np.random.default_rng(1), 200, 16)
    again = noise_layer.draw(np.random.default_rng(1), 200, 16)
    assert all((drawn[name] == again[name]).all() for name in drawn)
    a, b = drawn["matrix"][:, 0], drawn["matrix"][:, 3]
    part = np.hypot(a, b)
    assert 0.87 < part.min() and part.max() < 1.001 and np.abs(np.degrees(np.arctan2(b, a))).max() < 3.31
    corners = np.array([[x, y, 1] for x in (0, 15) for y in (0, 15)])
    straight = np.abs(b) < 1e-7
    seen = np.einsum("nij,kj->nki", drawn["matrix"][straight, :6].reshape(-1, 2, 3), corners)
    assert seen.min() > -1.1 and seen.max() < 16.1, "a crop lies inside the image"


def test_severity_0_is_nothing_but_tone():
    drawn = noise_layer.draw(np.random.default_rng(2), 20, 16, severity=0.0)
    assert np.allclose(drawn["matrix"], np.eye(3).ravel()[:8], atol=1e-6) and not drawn["noise"].any()
    assert not drawn["blur"].any() and (drawn["tables"] == noise_layer.tables([100]).ravel()).all()


def test_a_turn_is_the_one_of_the_course(images):
    """The projective map turns about the centre, as degradation.rotate does."""
    drawn, t = nothing(3, 64), np.radians(3)
    cos, sin, middle = np.cos(t), np.sin(t), 31.5
    drawn["matrix"][:] = cos, -sin, middle - middle * (cos - sin), sin, cos, middle - middle * (sin + cos), 0, 0
    out = np.asarray(ops.image.affine_transform(images, drawn["matrix"], interpolation="bilinear"))
    turned = np.stack([rotate(image, 3) for image in images])
    assert np.abs(out - turned)[:, 6:-6, 6:-6].max() < 0.02
