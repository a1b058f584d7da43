import json

import cv2
import keras
import numpy as np
import pytest

from course_lib.data.large_portraits import LargePortraits
from course_lib.experiments import restoration as restoration_scores
from course_lib.models.classical import METHODS
from course_lib.models.dictionary import PARTS, dictionary_network, part_centres, plain_network, transfer_layers
from course_lib.models.evaluators import feature_pyramid, pose_regressor
from course_lib.recipes import dictionary_restorer as dictionary
from course_lib.training import dictionaries as atoms

RNG = np.random.default_rng(0)


def faces(n=6):
    """Portraits of noise with landmarks near the mean face's."""
    points = np.stack([part_centres()[0]] * 17, 1).reshape(-1, 2)
    landmarks = np.repeat(points[None], n, 0) + RNG.uniform(-3, 3, (n, 68, 2))
    shape = (n, 128, 128)
    return LargePortraits(RNG.integers(0, 256, (*shape, 3), np.uint8), np.full(shape, 255, np.uint8),
                          np.ones(shape, np.uint8), landmarks.astype(np.float32), np.zeros((n, 2, 2), np.float32),
                          np.zeros((n, 3), np.float32))


def test_k_means_finds_the_kinds_of_patches_that_there_are():
    kinds = RNG.normal(0, 1, (3, 4, 5, 2))
    which = RNG.integers(0, 3, 60)
    patches = kinds[which] + 0.01 * RNG.normal(0, 1, (60, 4, 5, 2))
    centres, nearest = atoms.build_dictionary(patches.astype(np.float32), atoms=3)
    order = [int(np.argmin(np.abs(centres - kind).mean((1, 2, 3)))) for kind in kinds]
    assert sorted(order) == [0, 1, 2] and np.abs(centres[order] - kinds).max() < 0.02
    assert [which[k] for k in nearest[order]] == [0, 1, 2]
    with pytest.raises(ValueError, match="got 60"):
        atoms.build_dictionary(patches, atoms=61)


def test_what_the_network_sees_in_each_part_is_normalised():
    some = faces(3)
    keras.utils.set_random_seed(1)  # some random starts give nearly constant features
    found = atoms.part_features(feature_pyramid(pose_regressor(width=2), 128), some, batch=2)
    assert set(found) == set(atoms.KEYS) and found["mouth", 4].shape == (3, 8, 10, 4)
    assert np.abs(found["nose", 2].mean((1, 2))).max() < 1e-4
    assert np.allclose(found["nose", 2].std((1, 2)), 1, atol=0.02)


def test_thumbnails_are_the_training_patches(tmp_path, monkeypatch):
    some = faces(4)
    some.images[:] = cv2.GaussianBlur(some.images.transpose(1, 2, 3, 0).reshape(128, 128, -1), (0, 0), 4).reshape(
        128, 128, 3, 4).transpose(3, 0, 1, 2)
    nearest = {key: np.array([k % 4, (k + 1) % 4]) for k, key in enumerate(atoms.KEYS)}
    monkeypatch.setattr(atoms, "SHEET", tmp_path / "atoms.jpg")
    with pytest.raises(ValueError, match="git checkout"):
        atoms.thumbnails()
    sheet = atoms.draw_thumbnails(nearest, some)
    cv2.imwrite(str(atoms.SHEET), sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
    found = atoms.thumbnails()
    width, height = PARTS["nose"]
    patch = found["nose", 2]  # key number 8
    assert patch.shape == (2, height, width, 3)
    middle = tuple(map(float, part_centres(some.landmarks)[0, 2]))
    wanted = cv2.getRectSubPix(some.images[0], (width, height), middle)
    assert np.abs(patch[0].astype(float) - wanted).mean() < 4


def test_batches_are_spoiled_pictures_of_their_size_and_repeat():
    some = faces()
    (given, centres), wanted = next(dictionary.batches(some, np.random.default_rng(1), batch=5))
    assert given.shape == wanted.shape == (5, 128, 128, 3) and centres.shape == (5, 4, 2)
    assert given.dtype == wanted.dtype == centres.dtype == np.float32 and 0 <= given.min() and given.max() <= 1
    again = next(dictionary.batches(some, np.random.default_rng(1), batch=5))[0][0]
    assert np.array_equal(given, again) and np.abs(given - wanted).mean() > 0.05
    sources = some.pictures()
    for picture in wanted:
        assert min(np.abs(sources - x).mean((1, 2, 3)).min() for x in (picture, picture[:, ::-1])) == 0


def test_in_the_mirror_the_eyes_change_places():
    centres = np.array([[[40, 60], [90, 61], [64, 80], [66, 100]]], float)
    assert dictionary.mirror_centres(centres).tolist() == [[[37, 61], [87, 60], [63, 80], [61, 100]]]
    assert np.array_equal(dictionary.mirror_centres(dictionary.mirror_centres(centres)), centres)


def test_the_loss_is_zero_at_the_truth_alone():
    loss = dictionary.restoration_loss(feature_pyramid(pose_regressor(width=2), 128))
    truth = RNG.random((2, 128, 128, 3)).astype(np.float32)
    assert float(loss(truth, truth)) == 0 and float(loss(truth, 0.9 * truth)) > 0.9 * 0.1 * truth.mean()


def test_every_way_is_tried_and_the_network_is_left_as_it_was():
    model, small = dictionary_network(pose_regressor(width=2), atoms=3, widths=(4, 4, 4, 4)), RNG.random((2, 32, 32, 3))
    for layer in transfer_layers(model).values():
        layer.atoms.assign(RNG.normal(0, 1, layer.atoms.shape))
    before = model.get_weights()
    models = {"DFDNet": model, "U-Net": plain_network((4, 4, 4, 4), (2, 4, 8, 16))}
    found = restoration_scores.restorations(small.astype(np.float32), part_centres(count=2), models)
    assert set(found) == {*METHODS, "DFDNet", "DFDNet, one atom", "DFDNet, silent", "U-Net"}
    assert all(x.shape == (2, 128, 128, 3) for x in found.values())
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_scores_are_told_in_a_table():
    rows = {name: dict.fromkeys(restoration_scores.COLUMNS, value) for name, value in
            (("bicubic", 0.1234), ("truth", 1))}
    lines = restoration_scores.table(rows).split("\n")
    assert len(lines) == 4 and {line.count("|") for line in lines} == {len(restoration_scores.COLUMNS) + 2}
    assert lines[2].startswith("| bicubic | 0.123 |")


def test_rivals_that_come_later_are_brought_into_scores_and_cards(tmp_path, monkeypatch):
    def rows(value, *ways):
        return {"second order": {way: dict.fromkeys(restoration_scores.COLUMNS, value) for way in (*ways, "truth")}}

    first, later = rows(1.5, "bicubic", "DFDNet"), rows(2.5, "bicubic", "ESRGAN, blind")
    monkeypatch.setattr(dictionary, "SCORES", tmp_path / "scores.json")
    monkeypatch.setattr(dictionary, "rivals", dict)
    monkeypatch.setattr(dictionary, "measure", lambda models: later)
    monkeypatch.setattr(dictionary, "verify", lambda name: tmp_path / "model.keras")
    dictionary.SCORES.write_text(json.dumps(first), encoding="utf-8")
    card = tmp_path / "card.md"
    card.write_text(f"before\n{restoration_scores.table(first['second order'])}\nafter", encoding="utf-8")
    for _ in range(2):  # the second time changes nothing
        found = dictionary.compare()["second order"]
        assert [(way, row["psnr"]) for way, row in found.items()] == [
            ("bicubic", 1.5), ("DFDNet", 1.5), ("ESRGAN, blind", 2.5), ("truth", 1.5)]
        assert card.read_text(encoding="utf-8") == f"before\n{restoration_scores.table(found)}\nafter"
        assert json.loads(dictionary.SCORES.read_text(encoding="utf-8"))["second order"] == found
