"""Degradation: each step does what it says, a record replays itself, and a real codec loses fine detail first."""
import json

import cv2
import numpy as np
import pytest
from scipy import ndimage

from course_lib.degradation import (
    FILTERS,
    blur,
    blur_kernel,
    crop,
    degrade,
    first_order,
    h264,
    in_words,
    jpeg,
    jpeg_bytes,
    noise,
    resize,
    rotate,
    second_order,
    video,
)
from course_lib.degradation.chains import _blur


@pytest.fixture(scope="module")
def picture():
    rng = np.random.default_rng(0)
    soft = cv2.GaussianBlur(rng.random((48, 64, 3)).astype(np.float32), (0, 0), 2)
    return (soft - soft.min()) / np.ptp(soft)


KERNELS = [("isotropic", {"sigma": 1.3}), ("anisotropic", {"sigma_long": 3.0, "sigma_short": 0.8, "angle": 0.6}),
           ("motion", {"length": 9.0, "angle": 0.6}), ("sinc", {"cutoff": 1.5})]


@pytest.mark.parametrize("kind, shape", KERNELS)
def test_a_kernel_keeps_brightness_and_does_not_shift(kind, shape):
    kernel = blur_kernel(kind, **shape).astype(float)
    assert kernel.sum() == pytest.approx(1, abs=1e-5) and kernel.shape[0] % 2 == 1
    assert np.allclose(kernel, kernel[::-1, ::-1], atol=1e-6)  # symmetric about its middle
    assert (kernel < 0).any() == (kind == "sinc")


def test_kernels_are_as_wide_as_they_say():
    def spread(kernel, angle):  # the deviation along a direction, pixels
        y, x = np.indices(kernel.shape) - kernel.shape[0] // 2
        return np.sqrt((kernel * (x * np.cos(angle) + y * np.sin(angle)) ** 2).sum())

    assert spread(blur_kernel("isotropic", sigma=2.0), 0.3) == pytest.approx(2, rel=0.03)
    long = blur_kernel("anisotropic", sigma_long=3.0, sigma_short=1.0, angle=0.6)
    assert spread(long, 0.6) == pytest.approx(3, rel=0.03)
    assert spread(long, 0.6 + np.pi / 2) == pytest.approx(1, rel=0.03)
    moved = blur_kernel("motion", length=12.0, angle=0.0)
    assert spread(moved, 0) == pytest.approx(12 / np.sqrt(12), rel=0.03) and spread(moved, np.pi / 2) < 0.6
    power = np.abs(np.fft.fft2(blur_kernel("sinc", cutoff=1.5), (64, 64)))[0]
    frequency = 2 * np.pi * np.fft.fftfreq(64)
    assert power[np.abs(frequency) < 1].min() > 0.8 and power[np.abs(frequency) > 2].max() < 0.1


def test_blur_agrees_with_scipy(picture):
    scipys = ndimage.gaussian_filter(picture, (1.5, 1.5, 0), mode="mirror", truncate=3.4)
    assert np.abs(blur(picture, sigma=1.5) - scipys).max() < 1e-3


def test_noise_has_the_asked_strength():
    grey = np.full((128, 128, 3), 0.25, np.float32)
    assert noise(grey, sigma=10, seed=1).std() * 255 == pytest.approx(10, rel=0.03)
    assert noise(grey, photons=400, seed=1).std() == pytest.approx(np.sqrt(0.25 / 400), rel=0.03)
    assert noise(grey, photons=400).std() < noise(2 * grey, photons=400).std()  # more light, more noise
    for kind in ({"sigma": 10}, {"photons": 400}):
        same, own = (noise(grey, **kind, grey=g) - grey for g in (True, False))
        assert np.allclose(same[..., 0], same[..., 2], atol=1e-6) and np.abs(own[..., 0] - own[..., 2]).max() > 0.01


def test_what_shrinks_without_looking_at_every_pixel_makes_false_patterns():
    stripes = np.zeros((64, 64, 3), np.float32)
    stripes[:, ::2] = 1.0
    for filter in (*FILTERS, "antialiased"):
        small = resize(stripes, (16, 16), filter=filter)
        assert (np.abs(small[:, 2:-2] - 0.5).max() < 0.02) == (filter != "nearest") and small.shape == (16, 16, 3)
    fine = np.tile(np.sin(np.arange(64) * 2 * np.pi / 4.4)[None, :, None] / 2 + 0.5, (64, 1, 3)).astype(np.float32)
    ripple = {f: resize(fine, (20, 20), filter=f).std() for f in (*FILTERS, "antialiased")}
    assert ripple["antialiased"] < 0.3 * ripple["cubic"]


def test_resize_keeps_places(picture):
    assert resize(picture, scale=0.5).shape == (24, 32, 3)
    up = resize(resize(picture, scale=2.0, filter="antialiased"), scale=0.5, filter="antialiased")
    assert np.abs(up - picture).max() < 0.05


def test_jpeg_and_video_lose_more_when_pressed_harder(picture):
    lost = [np.abs(jpeg(picture, q) - picture).mean() for q in (95, 50, 10)]
    assert lost == sorted(lost) and lost[0] < 0.02
    odd = picture[:47, :63]
    assert video(odd, 30).shape == odd.shape and np.array_equal(video(picture, 30), h264(picture[None], 30)[0])


@pytest.mark.parametrize("draw", [first_order, second_order])
def test_a_record_replays_itself_even_through_json(draw, picture):
    seen = set()
    for seed in range(20):
        record = draw(seed, picture.shape[:2], scale=(2, 6), back=seed % 2 == 1)
        assert record == draw(seed, picture.shape[:2], scale=(2, 6), back=seed % 2 == 1)
        once = degrade(picture, record)
        assert np.array_equal(once, degrade(picture, json.loads(json.dumps(record))))
        assert once.dtype == np.float32 and 0 <= once.min() <= once.max() <= 1
        assert (once.shape == picture.shape) == (seed % 2 == 1)
        seen |= {s["do"] for s in record} | {s.get("kernel") for s in record}
    assert {"blur", "resize", "noise", "jpeg"} <= seen
    assert len({str(draw(seed, (64, 64))) for seed in range(20)}) == 20


def test_the_highest_cutoff_that_is_drawn_can_be_used(picture):
    class Highest(np.random.Generator):
        """Draws the upper end of every range."""

        def uniform(self, low=0.0, high=1.0, size=None):
            return high

    for seed in range(12):
        rng = Highest(np.random.PCG64(seed))
        assert degrade(picture, [_blur(rng, 0.5, 2.0, sinc=1.0)]).shape == picture.shape


def test_orders_differ_and_scale_is_kept():
    one, two = first_order(3, (128, 96), 4), second_order(3, (128, 96), 4)
    assert len(one) == 4 and len(two) >= 7
    for record in (one, two):
        assert [s["size"] for s in record if s["do"] == "resize"][-1] == [32, 24]
    picture = np.random.default_rng(0).random((128, 96, 3)).astype(np.float32)
    assert degrade(picture, two).shape == (32, 24, 3)
    assert any(s["do"] == "h264" for k in range(60) for s in second_order(k, (64, 64)))


def test_an_empty_record_changes_nothing_and_words_name_every_step(picture):
    assert np.array_equal(degrade(picture, []), picture) and in_words([]) == "untouched"
    said = in_words([{"do": "blur", "kernel": "motion", "length": 9, "angle": 0.1}, {"do": "resize", "size": [16, 20]},
                     {"do": "noise", "sigma": 12, "grey": True}, {"do": "jpeg", "quality": 44},
                     {"do": "h264", "crf": 30}])
    assert said == "motion blur 9.0 px, to 20 x 16 (cubic), noise 12 grey, JPEG 44, H.264 crf 30"


@pytest.mark.parametrize("record, says", [
    ([{"do": "melt"}], "step 1 .*must be one of blur, resize"),
    ([{"sigma": 3}], "must be one of"),
    ([{"do": "blur", "length": 3}], "step 1 .*does not fit"),
    ([{"do": "blur", "kernel": "star"}], "there are isotropic"),
    ([{"do": "blur", "sigma": 0.0}], "0.05 to 50"),
    ([{"do": "blur", "kernel": "motion", "length": 0, "angle": 0}], "1 to 100"),
    ([{"do": "blur", "kernel": "sinc", "cutoff": 9}], "pi radians"),
    ([{"do": "resize"}], "either size"),
    ([{"do": "resize", "scale": 0.001}], "1 to 8192"),
    ([{"do": "resize", "scale": 0.5, "filter": "magic"}], "antialiased"),
    ([{"do": "noise"}], "one of them"),
    ([{"do": "noise", "sigma": 3, "photons": 9}], "one of them"),
    ([{"do": "jpeg", "quality": 0}], "1 to 100"),
    ([{"do": "h264", "crf": 99}], "0 to 51"),
])
def test_a_wrong_step_is_named(picture, record, says):
    with pytest.raises(ValueError, match=says):
        degrade(picture, record)


def test_only_one_float_picture_is_taken(picture):
    for wrong in (picture[None], picture[..., 0], (picture * 255).astype(np.uint8)):
        with pytest.raises(ValueError, match=r"\[H, W, 3\]"):
            degrade(wrong, [])
    with pytest.raises(ValueError, match="1 to 16"):
        second_order(0, (64, 64), scale=40)


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


def test_a_crop_loses_its_part_of_both_sides_and_keeps_the_middle(picture):
    assert crop(picture, 0).shape == picture.shape and crop(picture, 0.25).shape == (36, 48, 3)
    assert (crop(picture, 0.25) == picture[6:42, 8:56]).all()
    with pytest.raises(ValueError, match="part"):
        crop(picture, 1)


def test_rotating_by_a_quarter_turn_four_times_is_nothing(picture):
    square = picture[:, :48]
    assert np.abs(rotate(square, 90) - np.rot90(square)).max() < 1e-3
    assert np.abs(rotate(rotate(square, 10), -10)[12:36, 12:36] - square[12:36, 12:36]).max() < 0.1


def test_the_bytes_of_a_jpeg_decode_to_what_jpeg_returns(picture):
    decoded = cv2.imdecode(np.frombuffer(jpeg_bytes(picture, 60), np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert (decoded.astype(np.float32) / 255 == jpeg(picture, 60)).all()
