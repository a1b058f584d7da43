"""MesoNet is the published network to the last weight, and its fast form says what it says."""
import os
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from course_lib.checkpoints import CheckpointError, find, sha256_of
from course_lib.models.mesonet import features, meso4, mesoinception4
from course_lib.models.mesonet_inference import load_reference_weights, scorer

# name -> (builder, key in golden.npz)
NETWORKS = {"meso4": (meso4, "meso4_df"), "mesoinception4": (mesoinception4, "mesoinception4_df")}


def trainable(model):
    return sum(int(np.prod(w.shape)) for w in model.trainable_weights)


def faces(n, size, seed=0):
    return np.random.default_rng(seed).random((n, size, size, 3)).astype("float32")


def unsettled(model, seed=0):
    """The model with random weights everywhere, also in the batch normalisation, and some factors negative."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            n = layer.weights[0].shape[0]
            gamma = rng.uniform(0.5, 2, n)
            gamma[0] *= -1 if layer.name == "block2_norm" else 1
            layer.set_weights([gamma, rng.normal(0, 1, n), rng.uniform(0, 1, n), rng.uniform(0.2, 2, n)])
    return model


def test_the_parameters_are_the_published_ones():
    assert trainable(meso4()) == 27_977
    assert trainable(mesoinception4()) == 28_615


def test_the_layers_follow_the_figure():
    model = meso4()
    convs = [x for x in model.layers if isinstance(x, keras.layers.Conv2D)]
    assert [(c.filters, c.kernel_size) for c in convs] == [(8, (3, 3)), (8, (5, 5)), (16, (5, 5)), (16, (5, 5))]
    pools = [x for x in model.layers if isinstance(x, keras.layers.MaxPooling2D)]
    assert [p.pool_size[0] for p in pools] == [2, 2, 2, 4] and {p.padding for p in pools} == {"same"}
    assert model.get_layer("flatten").output.shape == (None, 8 * 8 * 16)
    model = mesoinception4()
    assert [model.get_layer(f"block{k}_views").output.shape[-1] for k in (1, 2)] == [11, 12]
    dilations = {c.name[-5:]: c.dilation_rate for c in model.layers if c.name.startswith("block1_") and "3x3" in c.name}
    assert dilations == {"b_3x3": (1, 1), "c_3x3": (2, 2), "d_3x3": (3, 3)}


@pytest.mark.parametrize("size", [0, 31, 100])
def test_a_size_that_does_not_halve_is_refused(size):
    with pytest.raises(ValueError, match=f"multiple of 32, got {size}"):
        meso4(size)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_fast_form_gives_the_same_scores(name):
    keras.utils.set_random_seed(1)
    model = unsettled(NETWORKS[name][0](64))
    x = faces(19, 64)
    score = scorer(model, batch=8)
    plain = model.predict(x, verbose=0)[:, 0]
    assert plain.std() > 1e-3
    np.testing.assert_allclose(score(x), plain, atol=1e-5)
    assert score(x[:0]).shape == (0,)
    with pytest.raises(ValueError, match=r"\[N, 64, 64, 3\].*uint8"):
        score((x * 255).astype(np.uint8))


def test_the_fast_form_is_a_copy_and_knows_only_mesonet():
    model = meso4(32)
    score, x = scorer(model), faces(3, 32)
    before = score(x)
    model.set_weights([w + 0.1 for w in model.get_weights()])
    np.testing.assert_array_equal(score(x), before)
    with pytest.raises(ValueError, match="meso4 and mesoinception4"):
        scorer(keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Flatten()]))


def test_features_are_the_pooled_maps_and_the_score():
    model, x = mesoinception4(64), faces(2, 64)
    found = features(model).predict(x, verbose=0)
    assert [f.shape for f in found] == [(2, 32, 32, 11), (2, 16, 16, 12), (2, 8, 8, 16), (2, 2, 2, 16), (2, 1)]
    np.testing.assert_allclose(found[-1], model.predict(x, verbose=0), atol=1e-6)


def test_a_network_comes_back_from_its_file(tmp_path):
    model, x = unsettled(mesoinception4(64)), faces(2, 64)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras", safe_mode=True)
    np.testing.assert_allclose(scorer(again)(x), model.predict(x, verbose=0)[:, 0], atol=1e-5)


def keras2_file(path, model, first=1):
    """Writes a model's weights as Keras 2 would have, its layers numbered from `first` in the order of our names."""
    kinds = {keras.layers.Conv2D: "conv2d", keras.layers.BatchNormalization: "batch_normalization",
             keras.layers.Dense: "dense"}
    with h5py.File(path, "w") as file:
        named = {}
        for part, kind in kinds.items():
            layers = sorted((x for x in model.layers if isinstance(x, part)), key=lambda x: x.name)
            named.update({f"{kind}_{first + k}": x for k, x in enumerate(layers)})
        file.attrs["layer_names"] = np.array([b"input_1", *(n.encode() for n in reversed(named))])
        file.create_group("input_1").attrs["weight_names"] = np.zeros(0, "S1")
        for name, layer in named.items():
            group = file.create_group(name)
            group.attrs["weight_names"] = np.array([f"{name}/{k}:0".encode() for k in range(len(layer.weights))])
            for k, w in enumerate(layer.get_weights()):
                group[f"{name}/{k}:0"] = w
    return path


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_of_keras_2_are_placed_by_the_order_of_their_making_and_turned_to_p_fake(name, tmp_path):
    build = NETWORKS[name][0]
    theirs, x = unsettled(build(), 1), faces(2, 256)
    path = keras2_file(tmp_path / "theirs.h5", theirs, first=7)  # 7 to 22: as text, 10 would come before 7
    real = theirs.predict(x, verbose=0)
    np.testing.assert_allclose(load_reference_weights(build(), path).predict(x, verbose=0), 1 - real, atol=1e-6)


def test_the_wrong_file_changes_nothing(tmp_path):
    model = meso4()
    before = model.get_weights()
    other = keras2_file(tmp_path / "other.h5", mesoinception4())
    text = tmp_path / "text.h5"
    text.write_text("no weights")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    for path, says in ((other, "does not fit meso4"), (text, "no weights"), (tmp_path / "empty.h5", "no weights"),
                       (tmp_path / "absent.h5", "no weights")):
        with pytest.raises(CheckpointError, match=says):
            load_reference_weights(model, path)
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("name", NETWORKS)
def test_with_the_authors_weights_the_golden_scores_come_out(name):
    """COURSE_MESONET names a folder with golden.npz; the weights lie in it too, or where `fetch` puts them."""
    folder = Path(os.environ.get("COURSE_MESONET") or "absent")
    if not (folder / "golden.npz").is_file():
        pytest.skip("no golden scores: COURSE_MESONET names no folder that holds golden.npz")
    entry = find(name)
    path = next((p for p in (folder / entry.file, entry.path) if p.is_file()), None)
    if path is None:
        pytest.skip(f"no weights: {entry.file} is not in COURSE_MESONET, nor fetched (course checkpoints fetch {name})")
    assert sha256_of(path) == entry.sha256
    with np.load(folder / "golden.npz") as golden:
        x, real = golden["images"].astype(np.float32) / 255, golden[NETWORKS[name][1]]
    model = load_reference_weights(NETWORKS[name][0](), path)
    np.testing.assert_allclose(model.predict(x, verbose=0)[:, 0], 1 - real, atol=1e-4)
    np.testing.assert_allclose(scorer(model)(x), 1 - real, atol=1e-4)
