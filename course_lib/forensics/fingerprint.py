"""The fingerprint that a generator leaves in every image it makes. Lessons 06 and 10.

Images are f32 RGB [N, S, S, 3] in [0, 1].
"""
import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_lib.values import unit_range


def residual(images, sigma=1.0):
    """Noise residuals: each image minus its Gaussian blur.

    Content is mostly smooth, so what remains is edges, noise, and what the last layers of a generator left there.

    Args:
        images: [N, S, S, 3].
        sigma: standard deviation of the Gaussian, pixels.
    Returns:
        f32 [N, S, S, 3].
    Raises:
        ValueError: for other shapes or values outside [0, 1].
    References:
        Marra et al. 2019, Do GANs leave artificial fingerprints?, section 2, with a plainer denoiser.
    Lesson 06.
    """
    images = _check(images)
    return np.stack([p - cv2.GaussianBlur(p, (0, 0), sigma, borderType=cv2.BORDER_REFLECT) for p in images])


def fingerprint(images, sigma=1.0):
    """The mean residual of many images by one generator: noise averages out, the common pattern stays.

    Args:
        images: [N, S, S, 3]; hundreds are needed.
        sigma: as for residual.
    Returns:
        f32 [S, S, 3].
    Raises:
        ValueError: as residual.
    References:
        Marra et al. 2019, section 2.
    Lesson 06.
    """
    return residual(images, sigma).mean(0)


def correlation(images, print_, sigma=1.0):
    """The normalised correlation of each image's residual with a fingerprint.

    Args:
        images: [N, S, S, 3].
        print_: fingerprint [S, S, 3].
        sigma: as for residual.
    Returns:
        f64 [N], -1 to 1.
    Raises:
        ValueError: as residual, and when the sizes differ.
    References:
        Marra et al. 2019, equation 3.
    Lesson 06.
    """
    noise = residual(images, sigma).reshape(len(images), -1).astype(np.float64)
    if noise.shape[1] != np.size(print_):
        raise ValueError(f"images {np.shape(images)[1:]} and fingerprint {np.shape(print_)} differ in size")
    pattern = np.ravel(print_).astype(np.float64)
    noise, pattern = noise - noise.mean(1, keepdims=True), pattern - pattern.mean()
    return noise @ pattern / np.maximum(np.linalg.norm(noise, axis=1) * np.linalg.norm(pattern), 1e-12)


def radial_spectrum(images):
    """The radial power spectrum (azimuthal average) of each colour, under a Hann window, the mean subtracted.

    Args:
        images: [N, S, S, 3].
    Returns:
        (frequency f64 [B] in cycles a pixel, from 1 / S to the corner at 0.7; log10 of the mean power on each ring, f64
        [N, 3, B]). Above 0.5 there are only diagonals.
    Raises:
        ValueError: as residual.
    References:
        Durall et al. 2020, Watch your up-convolution, section 3.
    Lesson 06.
    """
    images = _check(images).astype(np.float64)
    side = images.shape[1]
    window = np.hanning(side + 2)[1:-1]
    planes = (images - images.mean((1, 2), keepdims=True)).transpose(0, 3, 1, 2).reshape(-1, side, side)
    power = np.abs(np.fft.fft2(planes * window[:, None] * window)) ** 2
    f = np.fft.fftfreq(side)
    ring = np.rint(np.hypot(f[:, None], f) * side).astype(int).ravel()
    counts = np.bincount(ring)
    means = np.stack([np.bincount(ring, p.ravel()) for p in power]) / counts
    return np.arange(1, len(counts)) / side, np.log10(means[:, 1:] + 1e-12).reshape(len(images), 3, -1)


def spectrum_detector(real, fake):
    """A detector from the radial spectrum alone: logistic regression on the standardised spectra.

    Args:
        real, fake: images [N, S, S, 3] and [M, S, S, 3] to fit it on, at least 10 each.
    Returns:
        A function from images [N, S, S, 3] to P(fake) f64 [N].
    Raises:
        ValueError: when the sizes differ or a set holds fewer than 10.
    References:
        Durall et al. 2020, section 4.
    Lesson 06.
    """
    if min(len(real), len(fake)) < 10 or np.shape(real)[1:] != np.shape(fake)[1:]:
        raise ValueError(f"two sets of at least 10 images of one size are wanted; got {np.shape(real)} and "
                         f"{np.shape(fake)}")

    def features(images):
        return radial_spectrum(images)[1].reshape(len(images), -1)

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
    model.fit(np.concatenate([features(real), features(fake)]), np.r_[np.zeros(len(real)), np.ones(len(fake))])
    return lambda images: model.predict_proba(features(images))[:, 1]


def _check(images):
    images = np.asarray(images, np.float32)
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3 or not len(images):
        raise ValueError(f"images [N, S, S, 3] are wanted, at least one; got {images.shape}")
    return unit_range(images)
