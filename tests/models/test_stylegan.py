import keras
import numpy as np
import pytest
from keras import ops

from course_lib.models import stylegan
from course_lib.models.equalised import EqualConv, EqualDense, blur
from course_lib.models.stylegan import Config, Handles, adain, draw_noise, mix, truncate
from course_lib.models.stylegan_layers import ModulatedConv, NoiseAndBias

SMALL = dict(latent=6, depth=2, widths=(8, 6, 4), discriminator_widths=(8, 6, 4))
CONFIGS = [Config(**SMALL), Config(**SMALL, modulated=True),
           Config(latent=5, depth=8, widths=(4, 4), discriminator_widths=(4, 4))]


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def given(config, count=3, crossover=None, seed=0):
    rng = np.random.default_rng(seed)
    cut = config.layers if crossover is None else crossover
    return [rng.standard_normal((count, 2, config.latent)).astype(np.float32), np.full((count, 1), cut, np.int32),
            draw_noise(config, count, rng)]


@pytest.mark.parametrize("config", CONFIGS)
def test_players_of_every_config(config):
    keras.utils.set_random_seed(1)
    model, discriminator = stylegan.generator(config), stylegan.discriminator(config)
    pictures = model.predict_on_batch(given(config))
    side = {3: 16, 2: 8}[len(config.widths)]
    assert config.size == side and pictures.shape == (3, side, side, 3) and pictures.dtype == np.float32
    assert 0 <= pictures.min() < pictures.max() <= 1
    assert np.array_equal(pictures, model.predict_on_batch(given(config)))
    assert np.abs(pictures[0] - pictures[1]).max() > 1e-3
    scores = discriminator.predict_on_batch(pictures)
    assert scores.shape == (3, 1) and len(set(scores.ravel().tolist())) == 3
    assert stylegan.mapping(config).output_shape == (None, config.latent)


def test_a_full_sized_one_has_ten_styles():
    config = Config()
    assert (config.size, config.layers, config.noise) == (64, 10, 2 * (16 + 64 + 256 + 1024 + 4096))


@pytest.mark.parametrize("wrong", [dict(widths=(8, 8)), dict(widths=(8,), discriminator_widths=(8,)), dict(latent=0),
                                   dict(depth=0), dict(rate=0.0), dict(rate=2.0), dict(widths=(8, 0, 4, 4, 4))])
def test_numbers_that_make_no_network(wrong):
    with pytest.raises(ValueError, match="widths and discriminator_widths"):
        Config(**wrong)


def test_adain_gives_the_statistics_that_the_style_asks_for():
    x, style = 5 + 3 * numbers(4, 8, 8, 3), numbers(4, 6, seed=1)
    y = np.asarray(adain(x, style))
    assert np.allclose(y.mean((1, 2)), style[:, 3:], atol=1e-5)
    assert np.allclose(y.std((1, 2)), np.abs(1 + style[:, :3]), atol=1e-5)
    assert np.allclose(np.asarray(adain(7 * x - 2, style)), y, atol=1e-4)  # what came in is forgotten
    plain = np.asarray(adain(x, np.zeros((4, 6), np.float32)))
    assert np.allclose(plain, (x - x.mean((1, 2), keepdims=True)) / x.std((1, 2), keepdims=True), atol=1e-4)
    with pytest.raises(ValueError, match="twice as many"):
        adain(x, style[:, :5])


@pytest.mark.parametrize(("layer", "shape", "fan_in", "gain"), [
    (EqualDense(7, rate=0.01), (2, 50), 50, np.sqrt(2)), (EqualDense(7, gain=1.0), (2, 50), 50, 1.0),
    (EqualConv(7, 3), (2, 8, 8, 5), 45, np.sqrt(2)), (EqualConv(7, 1, gain=1.0), (2, 8, 8, 5), 5, 1.0)])
def test_equalised_weights(layer, shape, fan_in, gain):
    layer.build(shape)
    layer.kernel.assign(numbers(*layer.kernel.shape))
    wanted = numbers(*layer.kernel.shape) * gain * layer.rate / np.sqrt(fan_in)
    assert np.allclose(np.asarray(layer.equalised()), wanted, rtol=1e-6)
    if isinstance(layer, EqualDense):
        layer.bias.assign(np.arange(7.0))
        assert np.allclose(np.asarray(layer(numbers(*shape))), numbers(*shape) @ wanted + layer.rate * np.arange(7),
                           atol=1e-5)


def test_drawn_weights_have_deviation_one_over_the_rate():
    keras.utils.set_random_seed(0)
    layer = EqualDense(200, rate=0.01)
    layer.build((None, 200))
    assert np.std(np.asarray(layer.kernel)) == pytest.approx(100, rel=0.02)
    assert np.asarray(layer(numbers(500, 200))).std() == pytest.approx(np.sqrt(2), rel=0.02)


def test_going_up_and_down_is_repeating_convolving_and_averaging():
    x = numbers(2, 8, 8, 3)
    up, down = EqualConv(4, step="up"), EqualConv(4, step="down")
    up.build(x.shape), down.build(x.shape)
    repeated = np.repeat(np.repeat(x, 2, 1), 2, 2)
    wanted = blur(ops.conv(repeated, up.equalised(), padding="same"))
    assert np.allclose(np.asarray(up(x)), np.asarray(wanted), atol=1e-5)
    wanted = np.asarray(ops.conv(blur(x), down.equalised(), padding="same"))
    assert np.allclose(np.asarray(down(x)), wanted.reshape(2, 4, 2, 4, 2, 4).mean((2, 4)), atol=1e-5)


def test_blur_spreads_a_point():
    x = np.zeros((1, 5, 5, 2), np.float32)
    x[0, 2, 2, 1] = 16
    y = np.asarray(blur(x))
    assert np.array_equal(y[0, 1:4, 1:4, 1], np.outer([1, 2, 1], [1, 2, 1])) and y[..., 0].max() == 0


def test_a_modulated_convolution_is_one_with_a_scaled_kernel_of_length_one():
    keras.utils.set_random_seed(0)
    x, w = numbers(2, 6, 6, 3), numbers(2, 5, seed=1)
    layer = ModulatedConv(4)
    y = np.asarray(layer([x, w]))
    scale = 1 + np.asarray(layer.affine(w))
    for row in range(2):
        kernel = np.asarray(layer.equalised()) * scale[row][None, None, :, None]
        kernel = kernel / np.sqrt(np.sum(kernel**2, axis=(0, 1, 2)))
        assert np.allclose(y[row], np.asarray(ops.conv(x[row : row + 1], kernel, padding="same"))[0], atol=1e-4)


def test_demodulation_does_not_look_at_the_picture_and_adain_does():
    """The droplet: one strong pixel drags AdaIN's statistics along; demodulation leaves the others as they were."""
    keras.utils.set_random_seed(0)
    x, w = numbers(1, 16, 16, 2), numbers(1, 5)
    spot = x.copy()
    spot[0, 0, 0] = 100
    layer, style = ModulatedConv(3, 1), np.zeros((1, 4), np.float32)
    far = (slice(None), slice(4, None), slice(4, None))
    assert np.allclose(np.asarray(layer([x, w]))[far], np.asarray(layer([spot, w]))[far], atol=1e-5)
    assert np.asarray(adain(spot, style))[far].std() < 0.3 * np.asarray(adain(x, style))[far].std()


def test_noise_starts_at_nothing_and_is_the_same_in_no_two_channels():
    layer, x, noise = NoiseAndBias(), numbers(2, 4, 4, 3), numbers(2, 4, 4, 1, seed=1)
    assert np.array_equal(np.asarray(layer([x, noise])), x)
    layer.strength.assign([0.0, 1.0, 2.0])
    assert np.allclose(np.asarray(layer([x, noise])) - x, noise * [0, 1, 2], atol=1e-6)


@pytest.mark.parametrize("config", CONFIGS[:2])
def test_mixing_at_the_ends_gives_the_parents(config):
    keras.utils.set_random_seed(1)
    model = stylegan.generator(config)
    z, _, noise = given(config)
    parts = Handles(model)
    first, second = (parts.styles(parts.w(z[:, k])) for k in (0, 1))
    for crossover, styles in ((config.layers, first), (0, second), (2, mix(first, second, 2))):
        mixed = model.predict_on_batch([z, np.full((3, 1), crossover, np.int32), noise])
        assert np.allclose(mixed, parts.pictures(styles, noise), atol=1e-6)
    assert np.array_equal(mix(first, second, 0), second) and np.array_equal(mix(first, second, config.layers), first)
    assert not np.allclose(parts.pictures(mix(first, second, 2)), parts.pictures(first), atol=1e-3)
    with pytest.raises(ValueError, match="crossover"):
        mix(first, second, config.layers + 1)


@pytest.mark.parametrize("config", CONFIGS[:2])
def test_psi_zero_is_the_mean_face_and_the_mean_follows_in_training(config):
    keras.utils.set_random_seed(1)
    model = stylegan.generator(config)
    parts, inputs = Handles(model), given(config, 64)
    assert not parts.mean.any()
    for _ in range(3):
        model(inputs, training=True)
    w = parts.w(inputs[0].reshape(-1, config.latent))
    assert np.allclose(parts.mean, (1 - 0.995**3) * w.mean(0), atol=1e-5)
    model(inputs)
    assert np.allclose(parts.mean, (1 - 0.995**3) * w.mean(0), atol=1e-5), "only training moves it"
    none, all_ = parts.styles(w, psi=0), parts.styles(w)
    face = parts.pictures(parts.mean[None])
    assert np.allclose(parts.pictures(none), np.repeat(face, len(w), 0), atol=1e-6)
    assert np.array_equal(all_, np.repeat(w[:, None], config.layers, 1))
    some = parts.styles(w, psi=0, truncated=2)
    assert np.array_equal(some[:, :2], none[:, :2]) and np.array_equal(some[:, 2:], all_[:, 2:])
    assert np.allclose(truncate(w, parts.mean, 0.5), (w + parts.mean) / 2, atol=1e-6)


def test_handles_say_what_they_want():
    parts = Handles(stylegan.generator(CONFIGS[0]))
    with pytest.raises(ValueError, match=r"expected \[N, 6\]"):
        parts.pictures(np.zeros((1, 3, 6), np.float32))
    same = parts.pictures(np.zeros((2, 6), np.float32), draw_noise(parts, 1, np.random.default_rng(0)))
    assert np.allclose(same[0], same[1], atol=1e-6)


@pytest.mark.parametrize("config", CONFIGS[:2])
def test_they_come_back_from_a_file(config, tmp_path):
    keras.utils.set_random_seed(1)
    players = stylegan.generator(config), stylegan.discriminator(config)
    for model, x in zip(players, (given(config), numbers(2, 16, 16, 3)), strict=True):
        model.save(tmp_path / "m.keras")
        again = keras.saving.load_model(tmp_path / "m.keras", safe_mode=True)
        assert np.allclose(model.predict_on_batch(x), again.predict_on_batch(x), atol=1e-6)
