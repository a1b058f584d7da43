"""A real codec: the harder it presses, the more is lost, and what is lost is fine detail."""
import cv2
import numpy as np
import pytest

from course_lib.degradation import h264


@pytest.fixture(scope="module")
def clip():
    rng = np.random.default_rng(0)
    still = cv2.GaussianBlur(rng.random((64, 80, 3)).astype(np.float32), (0, 0), 2)
    still = (still - still.min()) / np.ptp(still)
    return np.stack([np.roll(still, k, 1) for k in range(5)])


def test_the_harder_it_presses_the_more_is_lost(clip):
    lost = [np.abs(h264(clip, crf) - clip).mean() for crf in (0, 23, 40, 51)]
    assert lost == sorted(lost) and lost[0] < 0.02 < lost[-1]


def test_shape_type_colour_and_order_stay(clip):
    out = h264(clip, 10)
    assert out.shape == clip.shape and out.dtype == np.float32 and 0 <= out.min() <= out.max() <= 1
    assert np.abs(out.mean((0, 1, 2)) - clip.mean((0, 1, 2))).max() < 0.01  # no shift of colours
    nearest = [int(np.abs(clip - frame).mean((1, 2, 3)).argmin()) for frame in out]
    assert nearest == list(range(5))
    assert h264(clip[:1], 23).shape == clip[:1].shape and np.array_equal(h264(clip, 30), h264(clip, 30))


def test_fine_detail_goes_first(clip):
    def detail(x):
        return float(np.mean([cv2.Laplacian(frame.mean(-1), cv2.CV_32F).var() for frame in x]))

    fine = clip + np.random.default_rng(1).normal(0, 0.08, clip.shape[1:]).astype(np.float32)
    assert detail(h264(fine, 40)) < 0.5 * detail(fine) and detail(h264(fine, 40)) < 0.8 * detail(h264(fine, 23))


@pytest.mark.parametrize("frames, crf, says", [
    (np.zeros((4, 4, 3), np.float32), 23, r"\[T, H, W, 3\]"),
    (np.zeros((2, 8, 8, 3), np.uint8), 23, "uint8"),
    (np.zeros((0, 8, 8, 3), np.float32), 23, "clip"),
    (np.zeros((2, 9, 8, 3), np.float32), 23, "even"),
    (np.zeros((2, 8, 8, 3), np.float32), 60, "0 to 51"),
])
def test_what_cannot_be_encoded_is_named(frames, crf, says):
    with pytest.raises(ValueError, match=says):
        h264(frames, crf)
