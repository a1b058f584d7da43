"""Motion vectors and prediction errors of a clip whose motion is known."""
import cv2
import numpy as np
import pytest

from course_lib.forensics import prediction

TEXTURE = cv2.GaussianBlur(np.random.default_rng(0).random((96, 160, 3)).astype(np.float32), (0, 0), 2)
TEXTURE = (TEXTURE - TEXTURE.min()) / (TEXTURE.max() - TEXTURE.min())
SLIDING = np.stack([TEXTURE[16:80, 16 + 2 * t:80 + 2 * t] for t in range(6)])  # content moves left, 2 pixels a frame


def test_the_codec_finds_the_motion():
    decoded, motion = prediction.coded(SLIDING, 18)
    assert np.abs(decoded - SLIDING).mean() < 0.02 and (motion[0] == 0).all()
    np.testing.assert_array_equal(np.median(motion[1:], (1, 2)), np.tile([2.0, 0.0], (5, 1)))


def test_compensated_motion_leaves_almost_nothing():
    inner = (slice(None), slice(8, -8), slice(8, -8))
    error = np.abs(prediction.prediction_error(SLIDING, 18)[inner]).mean()
    assert error < 0.1 * np.abs(np.diff(SLIDING, axis=0)[inner]).mean()


def test_a_change_of_brightness_is_not_motion():
    bright = SLIDING.copy()
    bright[3, 20:44, 20:44] = (bright[3, 20:44, 20:44] + 0.2).clip(0, 1)
    error = np.abs(prediction.prediction_error(bright, 18)).mean((1, 2, 3))
    assert error[2] > 4 * error[0]  # from frame 2 to frame 3


def test_displacements_are_in_pixels():
    block = np.array([(8, 8, 16, 16, 6, -4, 4)], [(n, "i4") for n in
                     ("dst_x", "dst_y", "w", "h", "motion_x", "motion_y", "motion_scale")])
    field = prediction.displacements(block, (32, 32))
    assert (field[:16, :16] == (1.5, -1.0)).all() and (field[16:] == 0).all() and (field[:, 16:] == 0).all()


def test_compensation_by_whole_pixels_is_a_shift():
    motion = np.broadcast_to(np.float32([3, 1]), (64, 64, 2))
    np.testing.assert_array_equal(prediction.compensate(SLIDING[0], motion)[:-1, :-3], SLIDING[0][1:, 3:])


def test_odd_sides_are_refused():
    with pytest.raises(ValueError, match="even H and W"):
        prediction.coded(SLIDING[:, :63])
