import keras
import numpy as np
import pytest
from keras import ops

from course_lib.models import dictionary as d
from course_lib.models.evaluators import feature_pyramid, identity_network, pose_regressor


def draws(*shape, seed=0):
    return np.random.default_rng(seed).random(shape).astype(np.float32)


@pytest.fixture(scope="module")
def network():
    """A small network with random dictionaries, and these as they were given."""
    keras.utils.set_random_seed(0)
    model = d.dictionary_network(pose_regressor(width=2), atoms=5, widths=(4, 4, 4, 4))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.filters == 12:
            layer.kernel.assign(0.1 * draws(*layer.kernel.shape))  # it begins at 0: the picture itself
    given = {key: draws(*layer.atoms.shape, seed=k) for k, (key, layer) in enumerate(d.transfer_layers(model).items())}
    d.fill_dictionaries(model, given)
    return model, given


# ---- cutting out and putting back


def test_at_whole_cells_a_window_is_a_slice():
    features = draws(1, 16, 16, 3)
    rows, columns = (d.roi_weights(np.array([at]), n, 2, 16) for at, n in ((2 * 6 + 1 + 1, 4), (2 * 9 + 1, 3)))
    # four cells around 6.5 are 5 to 8, three around 9 are 8 to 10; cell j looks at pixel 2 j + 1
    assert np.allclose(d.roi_align(ops.array(features), rows, columns), features[:, 5:9, 8:11], atol=1e-6)


def test_between_cells_it_interpolates_and_beyond_the_border_there_is_nothing():
    ramp = np.broadcast_to(np.arange(16, dtype=np.float32)[:, None, None], (1, 16, 16, 1))
    rows, columns = d.roi_weights(np.array([2 * 6.25 + 1]), 1, 2, 16), d.roi_weights(np.array([17]), 1, 2, 16)
    assert np.allclose(d.roi_align(ops.array(ramp), rows, columns), 6.25)
    assert not np.any(np.array(d.roi_weights(np.array([-20.0]), 3, 2, 16)))


def test_putting_back_is_the_transpose_of_cutting():
    rows, columns = (d.roi_weights(np.array([at, at + 3.3]), 4, 4, 8) for at in (13.2, 9.7))
    features, part = ops.array(draws(2, 8, 8, 3)), ops.array(draws(2, 4, 4, 3, seed=1))
    assert np.isclose(np.sum(np.array(d.roi_align(features, rows, columns)) * part),
                      np.sum(np.array(d.roi_paste(part, rows, columns)) * features), rtol=1e-5)


def test_the_parts_lie_where_the_mean_face_has_them():
    left, right, nose, mouth = d.part_centres()[0]
    assert left[0] < nose[0] < right[0] and max(left[1], right[1]) < nose[1] < mouth[1]
    assert abs(nose[0] - 63.5) < 4 and np.array_equal(d.part_centres(count=3)[2], d.part_centres()[0])
    with pytest.raises(ValueError, match="landmarks"):
        d.part_centres(np.zeros((68, 2)))


# ---- matching


def test_cadain_takes_over_the_statistics_and_keeps_the_pattern():
    atoms, features = draws(2, 6, 6, 4), 5 * draws(2, 6, 6, 4, seed=1) + 3
    out = np.array(d.cadain(ops.array(atoms), ops.array(features)))
    assert np.allclose(out.mean((1, 2)), features.mean((1, 2)), atol=1e-4)
    assert np.allclose(out.std((1, 2)), features.std((1, 2)), atol=1e-3)
    assert np.isclose(np.corrcoef(out[0, ..., 2].ravel(), atoms[0, ..., 2].ravel())[0, 1], 1, atol=1e-5)


def test_the_scores_are_the_inner_products_after_cadain_but_for_one_number():
    features, atoms = draws(3, 4, 5, 2), draws(6, 4, 5, 2, seed=1)
    mean, std = (np.array(x) for x in d.statistics(ops.array(atoms)))
    unit = (atoms - mean) / std
    quick = np.array(d.match(ops.array(features), ops.array(unit)))
    slow = np.array([[np.sum(f * np.array(d.cadain(ops.array(a[None]), ops.array(f[None])))) for a in unit]
                     for f in features])
    assert np.allclose(quick - quick[:, :1], slow - slow[:, :1], atol=1e-3)


@pytest.mark.parametrize("number", [0, 3])
def test_a_part_out_of_the_dictionary_is_found_again_in_other_light(number):
    layer = d.DictionaryTransfer("mouth", 4, 5)
    features, centres = np.zeros((1, 32, 32, 3), np.float32), d.part_centres()
    layer([ops.array(features), ops.array(centres)])
    atoms = draws(5, *d.cells("mouth", 4), 3)
    mean, std = (np.array(x) for x in d.statistics(ops.array(atoms)))
    layer.atoms.assign((atoms - mean) / std)
    rows, columns = (d.roi_weights(centres[:, 3, axis], n, 4, 32) for axis, n in ((1, 8), (0, 10)))
    part = 0.3 * atoms[number] + np.array([0.1, 0.5, 0.2])
    # such features that the part is what is cut out of them
    middle = np.linalg.pinv(np.array(rows[0])) @ part.transpose(2, 0, 1) @ np.linalg.pinv(np.array(columns[0])).T
    added, index, confidence = layer([ops.array(middle.transpose(1, 2, 0)[None], "float32"), ops.array(centres)])
    assert int(index[0]) == number and np.abs(added).max() < 2e-2  # nothing to be mended
    assert confidence.shape == (1, 8, 10, 1) and 0 <= np.min(confidence) <= np.max(confidence) <= 1


def test_only_the_part_is_changed():
    layer = d.DictionaryTransfer("left eye", 4, 2)
    centres = np.full((1, 4, 2), 63.0, np.float32)  # rows of cell 15 +- 3, columns of 15 +- 4
    layer.build([(1, 32, 32, 3), (1, 4, 2)])
    layer.atoms.assign(draws(*layer.atoms.shape))
    added = np.abs(np.array(layer([ops.array(draws(1, 32, 32, 3)), ops.array(centres)])[0]))[0].sum(-1)
    assert added[12:19, 11:20].sum() > 0 and np.isclose(added.sum(), added[12:19, 11:20].sum())


@pytest.mark.parametrize("wrong", [("ear", 4, 2), ("nose", 3, 2), ("nose", 4, 0)])
def test_a_dictionary_of_what_there_is_not(wrong):
    with pytest.raises(ValueError, match="dictionary"):
        d.DictionaryTransfer(*wrong)


# ---- the networks


def test_the_face_network_is_frozen_and_the_rest_learns(network):
    model, _ = network
    sides = sorted(d.cells("mouth", s) for s in d.STRIDES)
    assert sides == [(2, 3), (4, 5), (8, 10), (16, 20)] and len(d.transfer_layers(model)) == 16
    learning = {id(v) for v in model.trainable_variables}
    frozen = [*model.get_layer("four_depths").variables, *(layer.atoms for layer in d.transfer_layers(model).values())]
    assert frozen and not any(id(v) in learning for v in frozen)
    deciding = [v for layer in d.transfer_layers(model).values() for v in layer.trainable_variables]
    assert len(deciding) == 16 * 4 and all(id(v) in learning for v in deciding)


def test_a_saved_network_restores_alike_and_holds_its_atoms(network, tmp_path):
    model, _ = network
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras", compile=False, safe_mode=True)
    given = [ops.array(draws(2, 128, 128, 3)), ops.array(d.part_centres(count=2))]
    assert np.allclose(model(given), again(given), atol=1e-6) and not np.allclose(model(given), given[0])
    kept = np.array(d.transfer_layers(again)["nose", 4].atoms, np.float32)
    assert np.allclose(kept.mean((1, 2)), 0, atol=1e-2) and np.allclose(kept.std((1, 2)), 1, atol=1e-2)


def test_restored_faces_and_their_atoms_can_be_looked_at(network):
    model, _ = network
    pictures = draws(2, 128, 128, 3)
    restored, found = d.with_atoms(model)(pictures)
    whole = model([ops.array(pictures[1:]), ops.array(d.part_centres())])
    assert restored.shape == pictures.shape and restored.min() >= 0 and restored.max() <= 1
    assert np.allclose(restored[1:], np.array(whole).clip(0, 1), atol=1e-5)
    assert set(found) == {(part, stride) for part in d.PARTS for stride in d.STRIDES}
    for (part, stride), (index, confidence) in found.items():
        assert index.shape == (2,) and 0 <= index.min() and index.max() < 5
        assert confidence.shape == (2, *d.cells(part, stride)) and 0 <= confidence.min() <= confidence.max() <= 1


def test_the_control_has_the_same_decoder_and_calls():
    plain = d.plain_network(widths=(4, 4, 4, 4), channels=(2, 4, 8, 16))
    pictures = draws(2, 128, 128, 3)
    assert np.allclose(d.restore(plain, pictures), pictures, atol=1e-6)  # it begins as the picture itself
    assert d.transfer_layers(plain) == {}


def test_what_does_not_fit_is_named(network):
    model, given = network
    with pytest.raises(ValueError, match="128"):
        d.restore(model, draws(1, 64, 64, 3))
    with pytest.raises(ValueError, match="centres"):
        d.restore(model, draws(2, 128, 128, 3), d.part_centres())
    with pytest.raises(ValueError, match="nose"):
        d.fill_dictionaries(model, {key: atoms for key, atoms in given.items() if key != ("nose", 8)})


@pytest.mark.parametrize("build", [pose_regressor, identity_network])
def test_a_face_network_looks_at_larger_pictures_as_at_the_parts_of_small_ones(build):
    network = build(width=2)
    small, large = feature_pyramid(network), feature_pyramid(network, 128)
    assert [o.shape[1] for o in large.outputs] == [8, 16, 32, 64]
    picture = draws(1, 128, 128, 3)
    part = small.predict(picture[:, :64, :64], verbose=0)[-1]
    assert np.allclose(part[:, :24, :24], large.predict(picture, verbose=0)[-1][:, :24, :24], atol=1e-5)
