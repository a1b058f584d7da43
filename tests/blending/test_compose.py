"""Pasting: a face comes back to where it was cut, softly, and nothing else changes."""
import cv2
import numpy as np
import pytest

from course_lib import blending


def picture(size=240, seed=0):
    noise = np.random.default_rng(seed).random((size, size, 3), np.float32)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0.1, 0.9, cv2.NORM_MINMAX)


def placing(scale, angle=0.2, centre=(120, 120), size=128):
    """A matrix that shows `centre` in the middle of a crop."""
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    matrix = np.array([[c, -s, 0], [s, c, 0]])
    matrix[:, 2] = (size - 1) / 2 - matrix[:, :2] @ centre
    return matrix


def cut(frame, matrix, size=128):
    return cv2.warpAffine(frame, matrix, (size, size), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def psnr(a, b):
    return -10 * np.log10(((a - b) ** 2).mean())


@pytest.mark.parametrize("scale", [1.0, 1.3, 2.6])
def test_a_frames_own_crop_changes_nothing(scale):
    frame, matrix = picture(), placing(scale)
    back = blending.paste(frame, cut(frame, matrix), matrix, np.ones((128, 128), np.float32), feather=0.02)
    assert psnr(back, frame) > 50
    assert back.dtype == np.float32 and back.shape == frame.shape


def test_an_empty_mask_is_exactly_the_frame_and_the_input_stays():
    frame = picture()
    before = frame.copy()
    back = blending.paste(frame, np.zeros((128, 128, 3), np.float32), placing(1.0), np.zeros((128, 128), np.float32))
    np.testing.assert_array_equal(back, frame)
    blending.paste(frame, np.zeros((128, 128, 3), np.float32), placing(1.0), np.ones((128, 128), np.float32))
    np.testing.assert_array_equal(frame, before)


def test_the_middle_is_the_face_and_the_outside_is_the_frame():
    frame, matrix = picture(), placing(1.0, angle=0.0)
    red = np.full((128, 128, 3), (1, 0, 0), np.float32)
    back = blending.paste(frame, red, matrix, np.ones((128, 128), np.float32), feather=0.1)
    np.testing.assert_allclose(back[100:140, 100:140], np.broadcast_to((1, 0, 0), (40, 40, 3)), atol=1e-5)
    np.testing.assert_array_equal(back[:50], frame[:50])
    steps = np.abs(np.diff((back - frame)[120, :, 0]))
    assert steps.max() < 0.25  # no hard seam anywhere


def test_the_feather_lies_inside_the_mask():
    mask = np.zeros((128, 128), np.float32)
    mask[40:90, 40:90] = 1
    soft = blending.soft_edge(mask, 10)
    assert (soft[mask == 0] == 0).all() and soft[65, 65] == 1
    assert 0 < soft[45, 65] < soft[48, 65] < 1
    assert blending.soft_edge(np.ones((64, 64), np.float32), 8)[0].max() < 0.1  # the crop's own border never shows


@pytest.mark.parametrize("centre", [(0, 120), (239, 239), (-30, 10), (2000, 50)])
def test_a_face_partly_or_wholly_outside_the_frame(centre):
    frame, matrix = picture(), placing(1.0, centre=centre)
    back = blending.paste(frame, cut(frame, matrix), matrix, np.ones((128, 128), np.float32))
    assert back.shape == frame.shape and psnr(back, frame) > 45 if centre[0] < 2000 else (back == frame).all()


def test_a_fine_face_in_a_small_place_does_not_alias():
    checks = np.repeat(np.indices((256, 256)).sum(0)[..., None] % 2, 3, -1).astype(np.float32)
    back = blending.paste(picture(), checks, placing(4.0, 0.0, size=256), np.ones((256, 256), np.float32))
    np.testing.assert_allclose(back[112:128, 112:128], 0.5, atol=0.06)


def test_wrong_shapes_are_named():
    frame, face = picture(), np.zeros((64, 64, 3), np.float32)
    with pytest.raises(ValueError, match="mask"):
        blending.paste(frame, face, placing(1.0), np.ones((32, 32)))
    with pytest.raises(ValueError, match="invertible"):
        blending.paste(frame, face, np.zeros((2, 3)), np.ones((64, 64)))
