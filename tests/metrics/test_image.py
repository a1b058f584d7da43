import numpy as np
import pytest
from scipy.ndimage import correlate1d

from course_lib.metrics.image import face_psnr, luma, match_colour, psnr, ssim


def pair(seed=0, n=3, side=40):
    rng = np.random.default_rng(seed)
    truth = rng.random((n, side, side, 3)).astype(np.float32)
    truth = (truth + np.linspace(0, 1, side)[:, None]) / 2
    return np.clip(truth + 0.1 * rng.normal(size=truth.shape), 0, 1).astype(np.float32), truth.astype(np.float32)


def test_golden_values_against_scikit_image():
    metrics = pytest.importorskip("skimage.metrics")
    for image, truth in zip(*pair(), strict=True):
        assert psnr(image, truth) == pytest.approx(metrics.peak_signal_noise_ratio(truth, image, data_range=1))
        golden = metrics.structural_similarity(truth.astype(float), image.astype(float), data_range=1, channel_axis=2,
                                               gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
        assert ssim(image, truth) == pytest.approx(golden, abs=1e-4)


def reference_pictures():
    """Two images that anybody can make again: waves and a disc, beside a softer, shifted, dimmer version, f64."""
    y, x = np.mgrid[0:48, 0:64] / 48
    disc = (np.hypot(x - 0.6, y - 0.5) < 0.3).astype(float)
    truth = np.stack([0.5 + 0.4 * np.sin(9 * x + 3 * y), 0.2 + 0.6 * disc, 0.5 + 0.3 * np.cos(20 * x * y)], -1)
    other = 0.9 * (truth + np.roll(truth, 1, 0) + np.roll(truth, 1, 1)) / 3 + 0.03
    return np.clip(other, 0, 1), np.clip(truth, 0, 1)


def test_golden_values_hold_without_any_library():
    """SSIM written out from the paper's equations with a window of its own, and PSNR from its definition."""
    image, truth = reference_pictures()
    window = np.exp(-0.5 * (np.arange(-5, 6) / 1.5) ** 2)

    def blur(x):
        for axis in (0, 1):
            x = correlate1d(x, window / window.sum(), axis)
        return x[5:-5, 5:-5]

    a, b = blur(image), blur(truth)
    both = blur(image * truth) - a * b
    spread = blur(image**2) - a**2 + blur(truth**2) - b**2
    mine = ((2 * a * b + 1e-4) * (2 * both + 9e-4) / ((a**2 + b**2 + 1e-4) * (spread + 9e-4))).mean()
    assert ssim(image, truth) == pytest.approx(mine, abs=1e-4)
    assert psnr(image, truth) == pytest.approx(10 * np.log10(1 / ((image - truth) ** 2).mean()), abs=1e-4)
    assert psnr(image, truth) == pytest.approx(25.746549, abs=1e-4)  # computed once with scikit-image 0.26.0
    assert ssim(image, truth) == pytest.approx(0.961300, abs=1e-4)


def test_luma_is_that_of_the_papers():
    colour = pytest.importorskip("skimage.color")
    metrics = pytest.importorskip("skimage.metrics")
    image, truth = reference_pictures()
    golden = [colour.rgb2ycbcr(x)[4:-4, 4:-4, 0] / 255 for x in (image, truth)]
    mine = luma(image, 4), luma(truth, 4)
    assert mine[0].shape == (40, 56, 1) and np.allclose(mine[0][..., 0], golden[0])
    assert psnr(*mine) == pytest.approx(metrics.peak_signal_noise_ratio(golden[1], golden[0], data_range=1), abs=1e-4)
    assert ssim(*mine) == pytest.approx(metrics.structural_similarity(
        golden[1], golden[0], data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False), abs=1e-4)
    assert np.allclose(luma(np.float32([[[0, 0, 0], [1, 1, 1]]])).ravel() * 255, [16, 235])
    assert psnr(luma(pair()[0], 2), luma(pair()[1], 2)).shape == (3,)
    for wrong, border in ((image[..., 0], 0), (image, 24), (image, -1)):
        with pytest.raises(ValueError):
            luma(wrong, border)


def test_grey_and_batches():
    image, truth = pair()
    assert psnr(image, truth).shape == ssim(image, truth).shape == (3,)
    assert psnr(image, truth)[1] == pytest.approx(psnr(image[1], truth[1]))
    assert ssim(image[0, ..., 0], truth[0, ..., 0]) < 1


def test_known_errors():
    a = np.zeros((16, 16, 3), np.float32)
    assert psnr(a, a + 0.1) == pytest.approx(20)
    assert psnr(a, a) == np.inf and ssim(a, a) == pytest.approx(1)


def test_the_mask_hides_what_is_outside():
    image, truth = pair()
    mask = np.zeros((3, 40, 40), np.float32)
    mask[:, 10:30, 10:30] = 1
    changed = image.copy()
    changed[:, :2] = 0
    assert np.array_equal(psnr(image, truth, mask), psnr(changed, truth, mask))
    assert np.allclose(ssim(image, truth, mask), ssim(changed, truth, mask))
    assert not np.allclose(ssim(image, truth), ssim(changed, truth))


def test_face_psnr_forgives_tone_alone():
    image, truth = pair()
    mask = np.ones((3, 40, 40), np.float32)
    assert np.all(face_psnr(0.4 * truth + 0.3, truth, mask) > 90)
    toned = np.clip(0.6 * image + 0.1, 0, 1)
    assert np.allclose(face_psnr(toned, truth, mask), face_psnr(image, truth, mask), atol=0.2)
    matched = match_colour(image[0], truth[0], mask[0])
    assert np.allclose(matched.mean((0, 1)), truth[0].mean((0, 1))) and np.allclose(matched.std((0, 1)),
                                                                                   truth[0].std((0, 1)))
    flat = np.full((16, 16, 3), 0.5)
    assert np.isfinite(face_psnr(flat, truth[0, :16, :16], mask[0, :16, :16]))


@pytest.mark.parametrize("metric", [psnr, ssim])
def test_what_cannot_be_compared_is_refused(metric):
    image, truth = pair()
    with pytest.raises(ValueError, match="one shape"):
        metric(image, truth[:2])
    with pytest.raises(ValueError, match="divide uint8"):
        metric(image * 255, truth)
    with pytest.raises(ValueError, match="not finite"):
        metric(image * np.nan, truth)
    with pytest.raises(ValueError, match="image 1 is empty"):
        metric(image, truth, np.ones((3, 40, 40)) * np.array([1, 0, 1])[:, None, None])
    with pytest.raises(ValueError, match="the mask is"):
        metric(image, truth, np.ones((3, 8, 8)))
    with pytest.raises(ValueError, match="11 x 11"):
        ssim(image[:, :8, :8], truth[:, :8, :8])
