import keras
import numpy as np
import pytest

from course_lib.models import faceswap_gan as fg
from course_lib.models.autoencoder import for_one_person, personal_decoder


def pictures(n=2, channels=3, side=64, seed=0):
    return np.random.default_rng(seed).random((n, side, side, channels)).astype(np.float32)


def count(i, o, side, bias=True):
    """Weights of one convolution."""
    return side * side * i * o + (o if bias else 0)


def attention(c):
    return 2 * count(c, c // 8, 1) + count(c, c, 1) + 1


def by_hand(w):
    """Weights of the published encoder, decoder and discriminator at width w, added up layer by layer."""
    enc = count(3, w, 5, False) + sum(count(a * w, b * w, 3, False) for a, b in ((1, 2), (2, 4), (4, 8), (8, 16)))
    enc += attention(4 * w) + attention(8 * w) + (16 * 16 * w + 1) * 16 * w + (16 * w + 1) * 256 * w
    enc += count(16 * w, 32 * w, 3)
    dec = count(8 * w, 16 * w, 3) + count(4 * w, 8 * w, 3) + attention(2 * w) + count(2 * w, 4 * w, 3)
    dec += 2 * count(w, w, 3, False) + attention(w) + count(w, 1, 5) + count(w, 3, 5)
    dis = count(6, w, 4, False) + count(w, 2 * w, 4, False) + count(2 * w, 4 * w, 4, False) + attention(4 * w)
    return enc, dec, dis + count(4 * w, 1, 4, False)


@pytest.mark.parametrize("width", [8, 16])
def test_the_weights_are_those_of_the_published_layers(width):
    built = fg.encoder(width), fg.decoder(width), fg.discriminator(width)
    assert tuple(m.count_params() for m in built) == by_hand(width)
    assert (built[0].output_shape, built[2].output_shape) == ((None, 8, 8, 8 * width), (None, 8, 8, 1))


def test_larger_pictures_pass_through():
    assert fg.encoder(8, size=128).output_shape == (None, 8, 8, 64)
    assert [s[1:] for s in fg.decoder(8, size=128).output_shape] == [(128, 128, 1), (128, 128, 3)]
    assert fg.discriminator(8, size=128).output_shape == (None, 8, 8, 1)


def test_the_composite_is_exact_at_both_ends():
    picture, colour = pictures(seed=1), pictures(seed=2)
    alpha = np.zeros((2, 64, 64, 1), np.float32)
    assert np.array_equal(fg.composite(alpha, colour, picture), picture)
    assert np.array_equal(fg.composite(alpha + 1, colour, picture), colour)
    done, same, mask = fg.parts(np.asarray(fg.Composite()([alpha + 0.25, colour, picture])))
    assert np.allclose(done, 0.25 * colour + 0.75 * picture, atol=1e-6)
    assert np.array_equal(same, colour) and (mask == 0.25).all()


def test_a_generator_gives_picture_colour_and_mask():
    keras.utils.set_random_seed(0)
    model, x = fg.generator(fg.encoder(8), fg.decoder(8)), pictures()
    done, colour, alpha = fg.parts(model.predict_on_batch(x))
    assert 0 < alpha.min() < alpha.max() < 1 and 0 <= colour.min() < colour.max() <= 1
    assert np.allclose(done, alpha * colour + (1 - alpha) * x, atol=1e-6)


def test_attention_begins_by_changing_nothing_and_is_the_formula():
    keras.utils.set_random_seed(0)
    layer, x = fg.SelfAttention(), pictures(1, 8, 4)
    assert np.array_equal(layer(x), x)
    layer.scale.assign(0.5)
    f, g, h = (np.asarray(part(x)).reshape(16, -1) for part in (layer.f, layer.g, layer.h))
    weights = np.exp(g @ f.T)
    found = weights / weights.sum(1, keepdims=True) @ h
    assert np.allclose(layer(x), x + 0.5 * found.reshape(1, 4, 4, 8), atol=1e-5)
    with pytest.raises(ValueError, match="8"):
        fg.SelfAttention()(pictures(1, 4, 4))


def test_a_masked_decoder_keeps_the_colour_of_its_decoder():
    keras.utils.set_random_seed(0)
    base = for_one_person(personal_decoder(4, 16, 8), np.ones(8, np.float32))
    code, x = np.random.default_rng(0).normal(size=(2, 16)).astype(np.float32), pictures()
    model = fg.masked_decoder(base, width=8)
    done, colour, alpha = fg.parts(model.predict_on_batch([code, x]))
    assert np.allclose(colour, base.predict_on_batch(code), atol=1e-6) and (alpha == 0.5).all()
    assert np.allclose(done, (colour + x) / 2, atol=1e-6)
    branch = count(8, 8, 3, False) + count(8, 16, 3, False) + 2 * count(16, 16, 3, False) + count(32, 16, 3, False)
    assert model.count_params() == base.count_params() + branch + count(24, 1, 3)


def test_the_mask_of_a_masked_decoder_sees_the_picture_and_its_colour_does_not():
    keras.utils.set_random_seed(0)
    model = fg.masked_decoder(for_one_person(personal_decoder(4, 16, 8), np.ones(8, np.float32)), width=8)
    model.get_layer("mask").kernel.assign(np.random.default_rng(0).normal(size=(3, 3, 24, 1)))
    code, x = np.zeros((1, 16), np.float32), pictures(1)
    other = x.copy()
    other[:, 20:30, 20:30] = 0.9
    _, colour, alpha = fg.parts(model.predict_on_batch([code, x]))
    _, same, changed = fg.parts(model.predict_on_batch([code, other]))
    assert np.array_equal(colour, same)
    moved = np.abs(alpha - changed)[0, ..., 0]
    assert moved[20:30, 20:30].max() > 0.05 and moved[60:].max() < 1e-5  # where the object is, not far from it


def test_dfakers_decoder_is_twice_the_size_and_shares_nothing():
    w = 8
    model = fg.dfaker_decoder(w)
    assert [s[1:] for s in model.output_shape] == [(128, 128, 1), (128, 128, 3)]
    stack = sum(count(a * w // 2, 4 * b * w // 2, 3) for a, b in ((8, 8), (8, 4), (4, 2), (2, 1)))
    blocks = sum(2 * count(c * w, c * w, 3, False) for c in (4, 2, 1))
    assert model.count_params() == 2 * stack + blocks + count(w // 2, 1, 5) + count(w // 2, 3, 5)


@pytest.mark.parametrize("build", [lambda: fg.generator(fg.encoder(8), fg.decoder(8)), lambda: fg.dfaker_decoder(8),
                                   lambda: fg.discriminator(8)])
def test_they_come_back_from_a_file(build, tmp_path):
    keras.utils.set_random_seed(0)
    model = build()
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras", safe_mode=True)
    x = np.random.default_rng(0).random((1, *model.input_shape[1:])).astype(np.float32)
    for a, b in zip(keras.tree.flatten(model(x)), keras.tree.flatten(again(x)), strict=True):
        assert np.allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("options, says", [({"width": 7}, "width"), ({"width": 16, "size": 96}, "power of two")])
def test_bad_sizes_are_named(options, says):
    for build in (fg.encoder, fg.decoder, fg.discriminator):
        with pytest.raises(ValueError, match=says):
            build(**options)
