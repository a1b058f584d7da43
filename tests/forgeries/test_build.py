"""The labelled set: nobody in two splits, every row with its truth, made once and read again."""
import numpy as np
import pytest

from course_lib.cast import Frames
from course_lib.faces import MEAN_FACE
from course_lib.forgeries import EVERYBODY, METHODS, SPLITS, Labelled, build, join, leaks
from course_lib.forgeries import build as builder_function
from course_lib.forgeries.labelled import ROWS

builder = __import__("sys").modules[builder_function.__module__]


def painted(persons, scenes, size=144, supersample=1):
    """Stands in for the renderer: a textured square with a face-coloured middle."""
    n, rng = len(scenes), np.random.default_rng(0)
    rgb = rng.uniform(0.3, 0.7, (1, size, size, 3)).astype(np.float32).repeat(n, 0)
    landmarks = np.repeat((MEAN_FACE * 108 + 18)[None], n, 0).astype(np.float32)
    plane = np.ones((n, size, size), np.float32)
    return Frames(rgb, plane, plane, np.zeros_like(rgb), plane.astype(np.uint8), landmarks, np.ones((n, 68), bool),
                  landmarks[:, :2], np.ones((n, 2), bool), persons, scenes)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The ci set with a stand-in for renderer and decoder; beside it, how often images were rendered."""
    calls, patch = [], pytest.MonkeyPatch()
    patch.setenv("COURSE_CACHE", str(tmp_path_factory.mktemp("cache")))
    patch.setattr(builder.cast, "render", lambda *a, **k: calls.append(1) or painted(*a, **k))
    patch.setattr(builder, "as_person", lambda images, masks, number: np.clip(images[:, ::-1] * 0.8, 0, 0.4))
    yield build("ci", quiet=True), calls
    patch.undo()


def test_nobody_is_in_two_splits(made):
    labelled, _ = made
    assert leaks(labelled) == [] and sum(map(len, SPLITS.values())) == len(EVERYBODY)
    for split, numbers in SPLITS.items():
        part = labelled.where(split=split)
        assert len(part) and set(part.source) | set(part.target) <= set(numbers)
    swaps = labelled.where(method=("swap", "pasted"))
    assert (swaps.source != swaps.target).all()
    own = labelled.where(method=("real", "self_blended", "warped", "resampled"))
    assert (own.source == own.target).all()


def test_every_row_has_its_truth(made):
    labelled, _ = made
    assert labelled.images.shape[1:] == (128, 128, 3) and labelled.images.dtype == labelled.masks.dtype == np.uint8
    assert set(labelled.method) == {"real", *METHODS}
    real, fake = labelled.where(fake=0), labelled.where(fake=1)
    assert set(real.method) == {"real"} and not real.masks.any() and "real" not in set(fake.method)
    assert (fake.masks.reshape(len(fake), -1).max(1) > 100).all()
    assert set(labelled.crf) == {0, 23, 40} and np.isfinite(labelled.yaw).all()
    for split in SPLITS:
        counts = {len(labelled.where(split=split, method=m, crf=c)) for m in ("real", *METHODS) for c in (0, 23, 40)}
        assert len(counts) == 1 and min(counts) > 0, "a method that is rare at one CRF confounds the two"
    for video in set(labelled.video.tolist()):
        rows = labelled.where(video=video)
        assert rows.frame.tolist() == list(range(len(rows)))
        assert all(len(set(getattr(rows, n).tolist())) == 1 for n in ("method", "crf", "source", "target", "split"))


def test_a_forged_crop_is_the_real_one_outside_its_mask(made):
    labelled, _ = made
    for method in METHODS:
        fake = labelled.where(method=method, crf=0)
        real = join([labelled.where(method="real", crf=0, seed=int(fake.seed[0]))])
        fake = fake.where(seed=int(fake.seed[0]))
        changed = np.abs(fake.pictures() - real.pictures()).max(-1)
        assert changed[fake.masks == 0].max() < 0.01 < changed[fake.masks > 127].mean(), method


def test_it_is_built_once_and_rebuilt_where_damaged(made, tmp_path):
    labelled, calls = made
    before = len(calls)
    again = build("ci", quiet=True)
    assert len(calls) == before and all(np.array_equal(getattr(again, n), getattr(labelled, n)) for n in ROWS)
    path = sorted((builder.cache_dir() / "forgeries").glob("*.npz"))[0]
    path.write_bytes(path.read_bytes()[:1000])
    assert np.array_equal(build("ci", quiet=True).images, labelled.images) and len(calls) == before + 1
    assert not list((builder.cache_dir() / "forgeries").glob("*.part*"))


def test_an_unknown_profile_names_the_known():
    with pytest.raises(ValueError, match="laptop"):
        build("desktop")


def rows(**over):
    n = 4
    plain = dict(
        images=np.zeros((n, 8, 8, 3), np.uint8), masks=np.zeros((n, 8, 8), np.uint8), fake=np.array([0, 1, 0, 1]),
        method=np.array(["real", "swap"] * 2), source=np.array([1, 2, 3, 4]), target=np.array([1, 2, 3, 4]),
        video=np.arange(n), frame=np.zeros(n, int), crf=np.zeros(n, int), yaw=np.zeros(n, np.float32),
        split=np.array(["train", "train", "test", "test"]), seed=np.zeros(n, int))
    return Labelled(**(plain | over))


def test_leaks_are_named_through_source_and_target():
    assert leaks(rows()) == []
    assert leaks(rows(source=np.array([1, 2, 1, 4]))) == [1]
    assert leaks(rows(target=np.array([1, 4, 3, 4]), source=np.array([1, 2, 2, 3]))) == [2, 4]
    assert leaks(rows(source=np.array([-1, -1, -1, -1]))) == []


def test_rows_are_chosen_and_joined():
    labelled = rows()
    assert labelled.where(split="test", fake=1).source.tolist() == [4]
    assert labelled.where(method=("real", "swap")).source.tolist() == [1, 2, 3, 4]
    assert labelled[labelled.fake == 1].video.tolist() == [1, 3] and len(labelled[2]) == 1 and len(labelled[:0]) == 0
    assert join([labelled, labelled]).source.tolist() == [1, 2, 3, 4] * 2
    assert labelled.pictures().dtype == labelled.truth().dtype == np.float32
    with pytest.raises(ValueError, match="expected names out of fake"):
        labelled.where(codec=23)
    with pytest.raises(ValueError, match="lengths differ"):
        rows(fake=np.zeros(3, int))
    with pytest.raises(ValueError, match="crop size"):
        join([labelled, rows(images=np.zeros((4, 9, 9, 3), np.uint8))])
