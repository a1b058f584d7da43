"""Compositing: a face comes back to where it was cut, softly, and nothing else changes."""
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import blending
from course_lib.blending import compose, masks
from course_lib.faces import MEAN_FACE


def image(size=240, seed=0):
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
    frame, matrix = image(), placing(scale)
    back = blending.paste(frame, cut(frame, matrix), matrix, np.ones((128, 128), np.float32), feather=0.02)
    assert psnr(back, frame) > 50
    assert back.dtype == np.float32 and back.shape == frame.shape


def test_an_empty_mask_is_exactly_the_frame_and_the_input_stays():
    frame = image()
    before = frame.copy()
    back = blending.paste(frame, np.zeros((128, 128, 3), np.float32), placing(1.0), np.zeros((128, 128), np.float32))
    np.testing.assert_array_equal(back, frame)
    blending.paste(frame, np.zeros((128, 128, 3), np.float32), placing(1.0), np.ones((128, 128), np.float32))
    np.testing.assert_array_equal(frame, before)


def test_the_middle_is_the_face_and_the_outside_is_the_frame():
    frame, matrix = image(), placing(1.0, angle=0.0)
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
    frame, matrix = image(), placing(1.0, centre=centre)
    back = blending.paste(frame, cut(frame, matrix), matrix, np.ones((128, 128), np.float32))
    assert back.shape == frame.shape and psnr(back, frame) > 45 if centre[0] < 2000 else (back == frame).all()


def test_a_fine_face_in_a_small_place_does_not_alias():
    checks = np.repeat(np.indices((256, 256)).sum(0)[..., None] % 2, 3, -1).astype(np.float32)
    back = blending.paste(image(), checks, placing(4.0, 0.0, size=256), np.ones((256, 256), np.float32))
    np.testing.assert_allclose(back[112:128, 112:128], 0.5, atol=0.06)


def test_wrong_shapes_are_named():
    frame, face = image(), np.zeros((64, 64, 3), np.float32)
    with pytest.raises(ValueError, match="mask"):
        blending.paste(frame, face, placing(1.0), np.ones((32, 32)))
    with pytest.raises(ValueError, match="invertible"):
        blending.paste(frame, face, np.zeros((2, 3)), np.ones((64, 64)))


def oval(size=90, width=12):
    y, x = np.indices((size, size)) - size / 2
    return masks.feather((np.hypot(x / 26, y / 33) < 1).astype(np.float32), width)


@pytest.mark.parametrize("blend", compose.BLENDS.values(), ids=compose.BLENDS)
def test_a_face_equal_to_the_frame_gives_the_frame(blend):
    frame = image(90)
    np.testing.assert_allclose(blend(frame, frame, oval()), frame, atol=2e-6)


@pytest.mark.parametrize("blend", compose.BLENDS.values(), ids=compose.BLENDS)
def test_outside_the_mask_is_the_frame_to_the_last_digit(blend):
    face, frame, mask = image(90, 1), image(90), oval()
    out = blend(face, frame, mask)
    np.testing.assert_array_equal(out[mask == 0], frame[mask == 0])
    np.testing.assert_array_equal(blend(face, frame, 0 * mask), frame)
    assert out.dtype == np.float32 and -1e-6 <= out.min() and out.max() <= 1 + 1e-6


@pytest.mark.parametrize("blend", compose.BLENDS.values(), ids=compose.BLENDS)
def test_a_mask_that_covers_everything_is_no_error(blend):
    out = blend(image(90, 1), image(90), np.ones((90, 90), np.float32))
    assert np.isfinite(out).all() and out.shape == (90, 90, 3)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 100), st.integers(5, 70), st.integers(5, 70))
def test_a_pyramid_of_level_0_is_alpha_blending_at_any_size(seed, height, width):
    rng = np.random.default_rng(seed)
    face, frame, mask = rng.random((height, width, 3)), rng.random((height, width, 3)), rng.random((height, width))
    alpha = compose.alpha(face, frame, mask)
    np.testing.assert_allclose(alpha, mask[..., None] * face + (1 - mask[..., None]) * frame, atol=1e-6)
    np.testing.assert_array_equal(compose.pyramid(face, frame, mask, 0), alpha)
    assert compose.pyramid(face, frame, mask, 6).shape == alpha.shape


def test_the_pyramid_hides_a_step_of_tone_and_keeps_detail():
    detail = 0.1 * np.sin(np.arange(90) * 2)[:, None, None] * np.ones((90, 90, 3))
    face, frame = 0.6 + detail, 0.4 + detail
    mask = (np.indices((90, 90))[1] < 45).astype(np.float32)
    hard, soft = compose.alpha(face, frame, mask), compose._blend_bands(*np.float32([face, frame]), mask, 4)
    assert np.abs(np.diff(soft, axis=1)).max() < 0.25 * np.abs(np.diff(hard, axis=1)).max()
    np.testing.assert_allclose(soft[30:60, 20].std(0), detail[30:60, 20].std(0), rtol=0.1)


def test_poisson_takes_the_tone_of_the_surroundings_and_keeps_the_gradients():
    frame = np.full((90, 90, 3), (0.3, 0.5, 0.6), np.float32)
    face = np.full((90, 90, 3), (0.7, 0.4, 0.2), np.float32) + 0.2 * (image(90, 2) - 0.5)
    out = compose.poisson(face, frame, oval())
    assert np.abs(out[40:50, 40:50].mean((0, 1)) - frame[0, 0]).max() < 0.08
    inner = np.s_[35:55, 35:55]
    np.testing.assert_allclose(np.diff(out[inner], axis=0), np.diff(face[inner], axis=0), atol=0.01)


@pytest.mark.parametrize("dx", [1, 2, 3, 7])
def test_poisson_does_not_shift_the_face_when_the_mask_moves(dx):
    frame, mask = np.full((90, 90, 3), 0.5, np.float32), oval()
    face = frame + 0.5 * (image(90, 3) - 0.5)
    moved = compose.poisson(np.roll(face, dx, 1), frame, np.roll(mask, dx, 1))
    still = np.roll(compose.poisson(face, frame, mask), dx, 1)
    assert np.abs(moved - still)[10:-10, 15:-10].max() < 0.015


def test_a_face_at_the_border_of_the_frame_blends():
    mask = np.roll(oval(), 45, 1)
    mask[:, :45] = 0
    for blend in compose.BLENDS.values():
        out = blend(image(90, 1), image(90), mask)
        assert np.isfinite(out).all() and np.abs(out - image(90, 1))[45, -1].max() < 0.35


def test_sharpening_is_none_at_0_and_raises_contrast():
    face = image(64)
    np.testing.assert_array_equal(compose.unsharp(face, 0), face)
    assert compose.unsharp(face, 0.8).std() > face.std() > compose.unsharp(face, -0.5).std()
    flat = np.full((20, 20, 3), 0.3, np.float32)
    np.testing.assert_allclose(compose.unsharp(flat, 1.0), flat, atol=1e-6)


def test_landmarks_that_agree_bend_nothing_and_others_move_the_face():
    face, points = image(64), MEAN_FACE * 64
    np.testing.assert_allclose(compose.reshape(face, points, points), face, atol=1e-4)
    wanted = points + (3, 0)
    dot = np.zeros((64, 64), np.float32)
    x, y = np.round(points[30]).astype(int)
    dot[y - 1:y + 2, x - 1:x + 2] = 1
    out = compose.reshape(dot, points, wanted)
    found = (out.sum(0) * np.arange(64)).sum() / out.sum() - (dot.sum(0) * np.arange(64)).sum() / dot.sum()
    assert found == pytest.approx(3, abs=0.3)
    with pytest.raises(ValueError, match=r"\[K, 2\]"):
        compose.reshape(face, points, points[:5])


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"\(90, 90, 3\)"):
        compose.alpha(image(90), image(80), oval())
    with pytest.raises(ValueError, match="levels"):
        compose.pyramid(image(90), image(90), oval(), -1)
