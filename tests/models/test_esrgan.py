"""ESRGAN has the published size, blocks that do what the paper says, and weights between which one can go."""
import keras
import numpy as np
import pytest
from keras import layers

from course_lib.models.esrgan import compact, enlarge, init_bilinear, network_interpolation, residual_dense, rrdbnet


def test_the_published_sizes():
    assert rrdbnet().count_params() == 16_697_987  # 16.70 million
    small = rrdbnet(16, 8, 3)
    assert small.count_params() == 145_379
    assert compact().count_params() == 79_760
    assert not any(isinstance(layer, layers.BatchNormalization) for layer in small.layers)


@pytest.mark.parametrize("build", [lambda s: rrdbnet(4, 2, 1, s), lambda s: compact(4, 1, s)])
@pytest.mark.parametrize("scale", [2, 4, 8])
def test_any_size_is_enlarged(build, scale):
    network = build(scale)
    for shape in ((1, 7, 10, 3), (2, 12, 8, 3)):
        made = enlarge(network, np.random.default_rng(0).random(shape, np.float32))
        assert made.shape == (shape[0], scale * shape[1], scale * shape[2], 3) and made.dtype == np.float32
        assert 0 <= made.min() <= made.max() <= 1
    assert enlarge(network, np.zeros((6, 5, 3), np.float32)).shape == (6 * scale, 5 * scale, 3)


def test_a_dense_block_is_that_of_the_paper():
    image = keras.Input((6, 5, 4))
    block = keras.Model(image, residual_dense(image, 3))
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 6, 5, 4))
    weights = block.get_weights()
    assert [w.shape[2:] for w in weights[::2]] == [(4, 3), (7, 3), (10, 3), (13, 3), (16, 4)]
    weights = [0.3 * rng.normal(size=w.shape) for w in weights]
    block.set_weights(weights)

    def convolve(x, kernel, bias):
        room = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        return sum(room[:, i : i + 6, j : j + 5] @ kernel[i, j] for i in range(3) for j in range(3)) + bias

    views = x
    for kernel, bias in zip(weights[:8:2], weights[1:8:2], strict=True):
        y = convolve(views, kernel, bias)
        views = np.concatenate([views, np.where(y > 0, y, 0.2 * y)], -1)
    by_hand = x + 0.2 * convolve(views, *weights[8:])
    assert np.allclose(block.predict(x.astype(np.float32), verbose=0), by_hand, atol=1e-3)


def test_initial_weights_are_a_tenth_of_hes():
    image = keras.Input((8, 8, 64))
    kernels = [w for w in keras.Model(image, residual_dense(image, 32)).get_weights() if w.ndim == 4]
    for kernel in kernels:
        assert kernel.std() == pytest.approx(0.1 * np.sqrt(2 / (9 * kernel.shape[2])), rel=0.05)


def test_it_can_begin_as_a_smooth_enlargement():
    network = init_bilinear(rrdbnet(8, 4, 1))
    y, x = np.mgrid[0:16, 0:16].astype(np.float32) / 16
    ramp = np.stack([0.2 + 0.6 * x, 0.8 - 0.5 * y, 0.5 + 0 * x], -1)
    made = enlarge(network, ramp)[8:-8, 8:-8]
    steady = np.repeat(np.repeat(ramp, 4, 0), 4, 1)[8:-8, 8:-8]
    assert np.abs(made - steady).max() < 0.03 and np.abs(np.diff(made[..., 0], axis=1)).max() < 0.02


def test_interpolation_goes_from_one_to_the_other():
    a, b = rrdbnet(4, 2, 1), rrdbnet(4, 2, 1)
    x = np.random.default_rng(2).random((1, 8, 8, 3), np.float32)
    first, middle, last = (np.asarray(network_interpolation(a, b, share)(x)) for share in (0, 0.5, 1))
    assert np.allclose(first, a(x), atol=1e-6) and np.allclose(last, b(x), atol=1e-6)
    assert not np.allclose(middle, first) and not np.allclose(middle, last)
    half = network_interpolation(a, b, 0.5).get_weights()
    assert all(np.allclose(h, (v + w) / 2) for h, v, w in zip(half, a.get_weights(), b.get_weights(), strict=True))
    with pytest.raises(ValueError, match="different shapes"):
        network_interpolation(a, rrdbnet(8, 2, 1), 0.5)


def test_a_network_survives_its_file(tmp_path):
    x = np.random.default_rng(3).random((1, 6, 6, 3), np.float32)
    for network in (rrdbnet(4, 2, 1), compact(4, 2)):
        network.save(tmp_path / "model.keras")
        again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
        assert np.allclose(again(x), network(x), atol=1e-6)


@pytest.mark.parametrize("build, says", [
    (lambda: rrdbnet(scale=3), "one of"),
    (lambda: rrdbnet(blocks=0), "blocks is 0"),
    (lambda: compact(features=2.5), "features is 2.5"),
    (lambda: enlarge(compact(4, 1), np.zeros((8, 8), np.float32)), r"\[H, W, 3\]"),
])
def test_what_cannot_be_built_is_named(build, says):
    with pytest.raises(ValueError, match=says):
        build()
