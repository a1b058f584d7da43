"""FWA's self-made negatives: only the face changes, it gets softer, and a matched pair shares its resampling."""
import numpy as np
import pytest

from course_lib.faces import canonical
from course_lib.forensics.spectra import noise_map
from course_lib.forgeries.face_warping import pasted_region, warping_pair
from course_lib.models.warping import warping_detector

POINTS = canonical(256, 1.3)


def picture(seed=0):
    return np.clip(0.5 + np.random.default_rng(seed).normal(0, 0.04, (256, 256, 3)), 0, 1).astype(np.float32)


def test_only_the_face_changes_and_it_gets_softer():
    real, fake, mask = warping_pair(picture(), POINTS, np.random.default_rng(3), matched=False)
    assert np.array_equal(real, picture()) and np.array_equal(fake[mask == 0], real[mask == 0])
    inside = mask[:256, :256].reshape(16, 16, 16, 16).mean((1, 3)) > 0.99
    assert inside.sum() > 4 and noise_map(fake)[inside].mean() < 0.5 * noise_map(real)[inside].mean()


def test_a_matched_pair_is_resampled_alike():
    pairs = [warping_pair(picture(), POINTS, np.random.default_rng(seed)) for seed in range(8)]
    resampled = [not np.array_equal(real, picture()) for real, _, _ in pairs]
    assert 1 <= sum(resampled) <= 7
    for real, fake, _ in pairs:
        assert np.abs(real - fake)[:30].max() < 1e-6  # above the face both are the same picture


def test_the_region_holds_the_nose_and_not_the_corner():
    for seed in range(6):
        mask = pasted_region(POINTS, (256, 256), np.random.default_rng(seed))
        x, y = POINTS[30].astype(int)
        assert mask[y, x] > 0.9 and mask[0, 0] == 0 and 0 <= mask.min() and mask.max() <= 1


@pytest.mark.parametrize("pyramid", [False, True])
def test_the_network_pools_a_mean_or_41_bins(pyramid):
    model = warping_detector(pyramid)
    score = model.predict_on_batch(np.zeros((2, 96, 96, 3), np.float32))
    assert score.shape == (2, 1)
    assert model.get_layer("score").kernel.shape[0] == 64 * (41 if pyramid else 1)
    with pytest.raises(ValueError, match="multiple of 96"):
        warping_detector(pyramid, 64)
