"""Consistency maps from affinities whose truth is known; no network is trained here."""
import numpy as np
import pytest

from course_lib.forensics import splices


def blocks(odd, noise=0.05, seed=0):
    """An affinity matrix of two groups: high within, low across."""
    rng = np.random.default_rng(seed)
    same = odd[:, None] == odd[None]
    a = np.where(same, 0.9, 0.1) + rng.normal(0, noise, same.shape)
    return np.clip((a + a.T) / 2, 0, 1).astype(np.float32)


def test_mean_shift_and_clusters_find_the_smaller_group():
    odd = np.arange(40) < 10
    affinity = blocks(odd)
    assert ((1 - splices.mean_shift(affinity) > 0.5) == odd).all()
    assert ((splices.two_clusters(affinity) > 0.5) == odd).all()


class Fake:
    """An encoder whose code is a patch's mean, and a comparer that says how close two codes are."""

    def predict_on_batch(self, x):
        if isinstance(x, list):
            return np.exp(-20 * np.abs(x[0] - x[1]))[:, :1].repeat(7, 1)
        windows = np.lib.stride_tricks.sliding_window_view(x[..., 0], (64, 64), (1, 2))[:, ::16, ::16]
        return windows.mean((-2, -1))[..., None]


def test_the_encoder_on_a_whole_image_gives_the_codes_of_its_patches():
    from course_lib.models import consistency

    rng = np.random.default_rng(0)
    trained = consistency.encoder(32, 4, 8)
    trained.set_weights([rng.uniform(0.2, 1.0, w.shape) for w in trained.get_weights()])
    fast = consistency.all_over(trained)
    assert not any("norm" in layer.name for layer in fast.layers)
    patches = rng.random((3, 32, 32, 3)).astype(np.float32)
    wanted = np.asarray(trained.predict_on_batch(patches))
    assert np.ptp(wanted) > 0.01
    np.testing.assert_allclose(np.asarray(fast.predict_on_batch(patches))[:, 0, 0], wanted, rtol=1e-4)
    image = rng.random((1, 144, 96, 3)).astype(np.float32)
    codes = np.asarray(fast.predict_on_batch(image))
    image[:, 96:] = 0
    changed = np.abs(np.asarray(fast.predict_on_batch(image)) / codes - 1).max((0, 2, 3))
    assert codes.shape == (1, 8, 5, 8)
    assert changed[:4].max() < 1e-4 < 1e-2 < changed[4:].min(), "a code sees its patch and a margin of 16 pixels"


def test_the_map_lies_where_the_odd_part_is():
    image = np.full((384, 384, 3), 0.3, np.float32)
    image[128:256, 128:256] = 0.8
    truth = image[..., 0] > 0.5
    for how in ("mean shift", "clusters"):
        odd, mean = splices.consistency_map(image, how, (Fake(), Fake()))
        assert splices.iou(odd > 0.5, truth) > 0.55, how
        assert 0 < mean < 1
    clean, mean = splices.consistency_map(np.full_like(image, 0.3), network=(Fake(), Fake()))
    assert mean == 1 and clean.max() < 0.01


def test_iou_and_refusals():
    a = np.zeros((4, 4), bool)
    a[:2] = True
    assert splices.iou(a, a) == 1 and splices.iou(a, ~a) == 0 and splices.iou(a & False, a & False) == 1
    with pytest.raises(ValueError, match="too few patches"):
        splices.affinities(np.zeros((64, 64, 3), np.float32), (Fake(), Fake()))
    with pytest.raises(ValueError, match="expected"):
        splices.consistency_map(np.zeros((256, 256, 3), np.float32), "magic", (Fake(), Fake()))
