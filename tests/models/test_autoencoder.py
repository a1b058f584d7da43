import keras
import numpy as np
import pytest

from course_lib.models.autoencoder import (
    cut_out,
    decoder,
    encoder,
    for_one_person,
    personal_decoder,
    pretraining,
    shared_encoder,
    swap_autoencoder,
)
from course_lib.models.blocks import FiLM, PixelShuffle


def test_the_full_width_is_the_originals():
    weights = encoder(128).count_params() + 2 * decoder(128).count_params()  # built once each: 330 MB is enough
    assert weights == pytest.approx(82.06e6, abs=0.01e6)


def test_the_quarter_width_is_one_model_with_two_decoders_on_one_encoder():
    model = swap_autoencoder(32)
    assert model.count_params() == pytest.approx(5.14e6, abs=0.01e6)
    parts = [model.get_layer(name) for name in ("encoder", "decoder_a", "decoder_b")]
    assert sum(p.count_params() for p in parts) == model.count_params()
    faces = np.random.default_rng(0).random((2, 3, 64, 64, 3)).astype("float32")
    a, b = model.predict_on_batch(list(faces))
    assert a.shape == b.shape == (3, 64, 64, 3) and 0 <= a.min() and a.max() <= 1
    code = parts[0].predict_on_batch(faces[0])
    assert np.allclose(parts[1].predict_on_batch(code), a, atol=1e-5)


def test_one_optimizer_trains_all_parts():
    model = swap_autoencoder(4)
    model.compile(keras.optimizers.Adam(5e-4, 0.5, 0.999), loss="mae", jit_compile=False)
    before = [p.get_weights()[0].copy() for p in model.layers if p.weights]
    faces = np.random.default_rng(0).random((2, 4, 64, 64, 3)).astype("float32")
    model.train_on_batch(list(faces), list(faces))
    after = [p.get_weights()[0] for p in model.layers if p.weights]
    assert len(after) == 3 and all(not np.allclose(x, y) for x, y in zip(before, after, strict=True))


def test_a_model_saved_is_the_model_loaded(tmp_path):
    codes, people = np.ones((2, 16), "float32"), np.ones((2, 8), "float32")
    model = personal_decoder(4, 16, 8)
    model.save(tmp_path / "d.keras")
    again = keras.saving.load_model(tmp_path / "d.keras", safe_mode=True)
    assert np.allclose(again([codes, people]), model([codes, people]))


def test_the_code_has_no_scale_of_its_own():
    model, faces = shared_encoder(4, 32), np.random.default_rng(0).random((5, 64, 64, 3)).astype("float32")
    (dense,) = (layer for layer in model.layers if isinstance(layer, keras.layers.Dense))
    codes = []
    for factor in (1e3, 10):
        dense.set_weights([dense.get_weights()[0] * factor, dense.get_weights()[1]])
        codes.append(np.asarray(model(faces)))
    assert codes[0].shape == (5, 32) and np.allclose(codes[0], codes[1], atol=1e-3)
    assert np.allclose(codes[0].mean(1), 0, atol=1e-4) and np.allclose(codes[0].std(1), 1, atol=1e-3)


def test_pretraining_pulls_the_codes_of_one_scene_together():
    shared, personal = shared_encoder(4, 16), personal_decoder(4, 16, 8)
    model = pretraining(shared, personal, people=3, same_code=1.0)
    model.compile(keras.optimizers.Adam(1e-3), loss=lambda t, p: 0 * keras.ops.mean(p), jit_compile=False)
    faces = np.random.default_rng(0).random((4, 64, 64, 3)).astype("float32")

    def apart():
        code = np.asarray(shared(faces))
        return float(np.mean((code[0::2] - code[1::2]) ** 2))

    first = apart()
    model.reset_metrics()
    assert float(np.ravel(model.train_on_batch([faces, np.arange(4) % 3], faces))[0]) == pytest.approx(first, rel=1e-3)
    for _ in range(20):
        model.train_on_batch([faces, np.arange(4) % 3], faces)
    assert apart() < 0.8 * first


def test_a_decoder_for_one_person_is_the_decoder_told_who(tmp_path):
    personal = personal_decoder(4, 16, 8)
    rng = np.random.default_rng(0)
    personal.set_weights([rng.normal(0, 0.1, w.shape) for w in personal.get_weights()])
    code, vector = rng.normal(size=(3, 16)).astype("float32"), rng.normal(size=8).astype("float32")
    own = for_one_person(personal, vector)
    told = personal([code, np.tile(vector, (3, 1))])
    assert np.allclose(own(code), told, atol=1e-6)
    own.save(tmp_path / "own.keras")
    assert np.allclose(keras.saving.load_model(tmp_path / "own.keras", safe_mode=True)(code), told, atol=1e-6)
    assert not np.allclose(for_one_person(personal, -vector)(code), told, atol=1e-4)


def test_cut_out_is_grey_outside_and_untouched_inside():
    images = np.random.default_rng(0).random((2, 64, 64, 3)).astype("float32")
    masks = np.zeros((2, 64, 64), np.float32)
    masks[:, 20:60] = 1
    cut = cut_out(images, masks)
    assert np.array_equal(cut[:, 20:60], images[:, 20:60]) and np.all(cut[:, :20] == 0.5)
    with pytest.raises(ValueError, match="one mask"):
        cut_out(images, np.ones((1, 8, 8)))


def test_pixel_shuffle_is_depth_to_space():
    x = np.arange(2 * 3 * 5 * 8, dtype="float32").reshape(2, 3, 5, 8)
    y = np.asarray(PixelShuffle()(x))
    assert y.shape == (2, 6, 10, 2)
    for row in range(2):
        for column in range(2):
            part = x[..., 2 * (2 * row + column):][..., :2]
            assert np.array_equal(y[:, row::2, column::2], part)
    with pytest.raises(ValueError, match="multiple of 4"):
        PixelShuffle()(np.ones((1, 2, 2, 6), "float32"))


def test_film_changes_nothing_until_it_has_learned():
    x, who = np.random.default_rng(0).random((2, 4, 4, 6)).astype("float32"), np.ones((2, 3), "float32")
    layer = FiLM()
    assert np.array_equal(layer([x, who]), x)
    layer.set_weights([np.zeros((3, 12)), np.r_[np.ones(6), np.full(6, 0.5)]])
    assert np.allclose(layer([x, who]), 2 * x + 0.5)


@pytest.mark.parametrize("width", [0, 3, 2.5, -4])
def test_a_width_that_cannot_be_is_refused(width):
    with pytest.raises(ValueError, match="even number"):
        swap_autoencoder(width)
