"""Launderers keep size and range, do what they say, and can be chained."""
import numpy as np
import pytest

from course_lib.degradation import LAUNDERERS, frame_rate, launder, median, recapture, sharpen

FLAT = np.full((64, 64, 3), 0.5, np.float32)
EDGE = FLAT.copy()
EDGE[:, 32:] = 0.8


@pytest.mark.parametrize("name", LAUNDERERS)
def test_a_launderer_keeps_size_and_range_and_the_same_seed_gives_the_same(name):
    image = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    out = launder(image, name, 3)
    assert out.shape == image.shape and out.dtype == np.float32 and 0 <= out.min() <= out.max() <= 1
    assert np.array_equal(out, launder(image, name, 3)) and not np.array_equal(out, image)


def test_launderers_are_chained_in_order():
    both = launder(EDGE, ("blur", "sharpen"), 1)
    np.testing.assert_array_equal(both, launder(launder(EDGE, "blur", 1), "sharpen", 2))
    assert np.array_equal(launder(EDGE, ()), EDGE)
    with pytest.raises(ValueError, match="no launderer is called soap"):
        launder(EDGE, ("blur", "soap"))


def test_median_removes_a_single_pixel_and_keeps_an_edge():
    dotted = EDGE.copy()
    dotted[10, 10] = 1
    np.testing.assert_array_equal(median(dotted), EDGE)
    with pytest.raises(ValueError, match="3 or 5"):
        median(EDGE, 4)


def test_sharpening_steepens_an_edge_and_leaves_flat_places():
    out = sharpen(EDGE, 1.0)
    assert np.ptp(out[32, 28:36, 0]) > np.ptp(EDGE[32, 28:36, 0]) and out[32, 5, 0] == pytest.approx(0.5, abs=1e-5)
    with pytest.raises(ValueError, match="at least 0"):
        sharpen(EDGE, -1)


def test_a_screen_adds_coloured_waves_that_depend_on_its_pitch():
    plain, screen = (recapture(FLAT, moire=depth, seed=2) for depth in (0.0, 0.2))
    colour = [np.abs(np.fft.rfft(x.mean(0)[:, 0] - x.mean(0)[:, 1])).max() for x in (plain, screen)]
    assert colour[1] > 5 * colour[0]
    assert recapture(FLAT, moire=0.0, glare=0.2, gamma=1.0).mean() == pytest.approx(0.2 + 0.8 * 0.5, abs=0.01)
    with pytest.raises(ValueError, match="expected"):
        recapture(FLAT, pitch=0.5)


def test_a_frame_rate_there_and_back_keeps_length_and_mixes_neighbours():
    clip = np.arange(8, dtype=np.float32)[:, None, None, None] / 8 * np.ones((8, 4, 4, 3), np.float32)
    np.testing.assert_allclose(frame_rate(clip, 1.0), clip)
    halved = frame_rate(clip, 0.5)
    assert halved.shape == clip.shape
    np.testing.assert_allclose(halved[:7], clip[:7], atol=1e-6)  # a linear change survives halving, but for the end
    jump = np.zeros((8, 2, 2, 3), np.float32)
    jump[3] = 1  # a frame that was dropped is lost
    assert frame_rate(jump, 0.5).max() == 0
    with pytest.raises(ValueError, match="positive"):
        frame_rate(clip, 0)
