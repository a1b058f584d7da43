import keras
import numpy as np
import pytest
from keras import ops

from course_lib.models import gan


@pytest.mark.parametrize("build", [gan.generator, gan.residual_generator])
def test_generators_make_pictures(build):
    pictures = build(2, latent=5).predict_on_batch(np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32))
    assert pictures.shape == (3, 64, 64, 3) and pictures.dtype == np.float32
    assert 0 <= pictures.min() < pictures.max() <= 1


@pytest.mark.parametrize("build", [gan.discriminator, gan.residual_discriminator])
def test_discriminators_give_one_score_a_picture(build):
    scores = build(2).predict_on_batch(np.random.default_rng(0).random((3, 64, 64, 3)).astype(np.float32))
    assert scores.shape == (3, 1) and len(set(scores.ravel().tolist())) == 3


def test_a_discriminator_of_pairs_and_of_other_sizes():
    assert gan.discriminator(2, channels=6, size=32).input_shape == (None, 32, 32, 6)
    with pytest.raises(ValueError, match="power of two"):
        gan.discriminator(2, size=48)
    with pytest.raises(ValueError, match="width"):
        gan.generator(0)


def test_a_spectral_kernel_has_norm_one():
    keras.utils.set_random_seed(0)
    layer = gan.SpectralConv(4, 3, padding="same", use_bias=False)
    x = np.zeros((1, 9, 9, 2), np.float32)
    x[0, 4, 4, 0] = 1
    for _ in range(50):
        layer(x, training=True)
    largest = np.linalg.svd(np.array(layer.kernel).reshape(-1, 4), compute_uv=False)[0]
    raw = ops.convert_to_numpy(layer.convolution_op(x, layer.kernel))
    assert np.allclose(np.asarray(layer(x)), raw / largest, atol=1e-5)


def test_batch_deviation_finds_out_one_face():
    layer, x = gan.MinibatchStdDev(), np.random.default_rng(0).random((8, 4, 4, 3)).astype(np.float32)
    assert np.asarray(layer(x)).shape == (8, 4, 4, 4)
    same = np.asarray(layer(np.repeat(x[:1], 8, 0)))[..., -1]
    assert np.allclose(np.asarray(layer(x))[..., -1], np.mean(np.std(x, 0)), atol=1e-4) and same.max() < 2e-4


def test_a_restorer_begins_by_changing_nothing():
    x = np.random.default_rng(0).random((2, 64, 64, 3)).astype(np.float32)
    assert np.allclose(gan.restorer(4).predict_on_batch(x), x, atol=1e-6)


def test_they_come_back_from_a_file(tmp_path):
    model = gan.discriminator(2, spectral=True)
    model.save(tmp_path / "d.keras")
    again = keras.saving.load_model(tmp_path / "d.keras", safe_mode=True)
    x = np.random.default_rng(0).random((2, 64, 64, 3)).astype(np.float32)
    assert np.allclose(model.predict_on_batch(x), again.predict_on_batch(x), atol=1e-6)
