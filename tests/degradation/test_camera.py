"""The camera: measured values stay, others are means of neighbours; noise grows with the light; records replay."""
import numpy as np
import pytest

from course_lib.degradation import PATTERNS, camera, colour_filter, degrade, demosaic, in_words, random_camera

RNG = np.random.default_rng(0)
IMAGE = RNG.random((32, 40, 3)).astype(np.float32)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_each_pixel_measures_one_colour_and_green_twice_as_often(pattern):
    measured = colour_filter((32, 40), pattern)
    assert (measured.sum(-1) == 1).all()
    assert measured.mean((0, 1)).tolist() == [0.25, 0.5, 0.25]
    assert ["RGB"[int(measured[y, x].argmax())] for y in (0, 1) for x in (0, 1)] == list(pattern)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_demosaicing_keeps_what_was_measured_and_is_exact_on_a_slope(pattern):
    out = demosaic(IMAGE, pattern)
    measured = colour_filter(IMAGE.shape[:2], pattern)
    assert np.array_equal(out[measured], IMAGE[measured])
    y, x = np.mgrid[:32, :40].astype(np.float32)
    slope = np.stack([0.1 + 0.01 * x, 0.2 + 0.01 * y, 0.3 + 0.005 * (x + y)], -1)
    assert np.abs(demosaic(slope, pattern) - slope)[2:-2, 2:-2].max() < 1e-5


def test_shot_noise_grows_with_the_square_root_of_the_light():
    flat = [camera(np.full((96, 96, 3), v, np.float32), blur=0, photons=1000, read=0, gamma=1, seed=1)
            for v in (0.2, 0.8)]
    measured = colour_filter((96, 96))[..., 1]
    low, high = (x[..., 1][measured].std() for x in flat)
    assert high / low == pytest.approx(2, rel=0.08) and low == pytest.approx((0.2 / 1000) ** 0.5, rel=0.05)


def test_white_balance_and_gamma_leave_the_colour():
    flat = np.full((32, 32, 3), (0.6, 0.4, 0.3), np.float32)
    out = camera(flat, photons=1e9, read=0, red=1.6, blue=0.7)
    assert np.abs(out - flat).max() < 0.005


def test_a_record_replays_and_says_what_it_is():
    record = [random_camera(3, quality=(60, 80))]
    assert np.array_equal(degrade(IMAGE, record), degrade(IMAGE, record))
    assert random_camera(3, quality=(60, 80)) == record[0]
    assert "camera" in in_words(record) and "JPEG" in in_words(record)
    assert not np.array_equal(degrade(IMAGE, record), degrade(IMAGE, [record[0] | {"seed": 4}]))


@pytest.mark.parametrize("wrong", [dict(pattern="RGBG"), dict(photons=0), dict(gamma=0.5), dict(quality=300),
                                   dict(blur=-1)])
def test_a_camera_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        camera(IMAGE, **wrong)
