"""What a generator leaves in every picture it makes: its fingerprint. Lessons 06 and 10.

Pictures are f32 RGB [N, S, S, 3] in [0, 1].
"""
import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def residual(pictures, sigma=1.0):
    """What is left of pictures when their content is taken away: the picture minus its blurred self. Same shape.

    sigma: of the Gaussian, pixels. Content is mostly smooth, so what remains is edges, noise, and what the last
    layers of a generator left there. Raises ValueError for other shapes. Source: Marra et al. 2019, Do GANs leave
    artificial fingerprints?, section 2, with a plainer denoiser. Lesson 06.
    """
    pictures = _check(pictures)
    return np.stack([p - cv2.GaussianBlur(p, (0, 0), sigma, borderType=cv2.BORDER_REFLECT) for p in pictures])


def fingerprint(pictures, sigma=1.0):
    """The mean residual f32 [S, S, 3] of many pictures by one generator: chance averages out, habit stays.

    Some hundreds of pictures are wanted. Source: as residual. Lesson 06.
    """
    return residual(pictures, sigma).mean(0)


def correlation(pictures, print_, sigma=1.0):
    """How much of a fingerprint [S, S, 3] is in each picture's residual: the normalised correlation f64 [N], -1 to 1.

    Source: as residual, equation 3. Raises ValueError when the sizes differ. Lesson 06.
    """
    left = residual(pictures, sigma).reshape(len(pictures), -1).astype(np.float64)
    if left.shape[1] != np.size(print_):
        raise ValueError(f"pictures {np.shape(pictures)[1:]} and fingerprint {np.shape(print_)} differ in size")
    known = np.ravel(print_).astype(np.float64)
    left, known = left - left.mean(1, keepdims=True), known - known.mean()
    return left @ known / np.maximum(np.linalg.norm(left, axis=1) * np.linalg.norm(known), 1e-12)


def radial_spectrum(pictures):
    """How strong each fineness is: (cycles a pixel f64 [B], log10 of the mean power on each ring, f64 [N, 3, B]).

    One spectrum for each colour, under a Hann window, without the mean; rings from 1 / S to the corner at 0.7. What is
    finer than 0.5 lies on the diagonals alone. Source: Durall et al. 2020, Watch your up-convolution, section 3.
    Raises ValueError for other shapes. Lesson 06.
    """
    pictures = _check(pictures).astype(np.float64)
    side = pictures.shape[1]
    window = np.hanning(side + 2)[1:-1]
    planes = (pictures - pictures.mean((1, 2), keepdims=True)).transpose(0, 3, 1, 2).reshape(-1, side, side)
    power = np.abs(np.fft.fft2(planes * window[:, None] * window)) ** 2
    f = np.fft.fftfreq(side)
    ring = np.rint(np.hypot(f[:, None], f) * side).astype(int).ravel()
    counts = np.bincount(ring)
    means = np.stack([np.bincount(ring, p.ravel()) for p in power]) / counts
    return np.arange(1, len(counts)) / side, np.log10(means[:, 1:] + 1e-12).reshape(len(pictures), 3, -1)


def spectrum_detector(real, fake):
    """A detector that looks at nothing but the radial spectrum, fitted on real and generated pictures.

    Logistic regression on the standardised spectra (scikit-learn). Returns a function from pictures [N, S, S, 3] to
    P(fake) f64 [N]. Raises ValueError when the sizes differ or a set holds fewer than 10. Source: Durall et al. 2020,
    section 4. Lessons 06 and 10.
    """
    if min(len(real), len(fake)) < 10 or np.shape(real)[1:] != np.shape(fake)[1:]:
        raise ValueError(f"two sets of at least 10 pictures of one size are wanted; got {np.shape(real)} and "
                         f"{np.shape(fake)}")

    def features(pictures):
        return radial_spectrum(pictures)[1].reshape(len(pictures), -1)

    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
    model.fit(np.concatenate([features(real), features(fake)]), np.r_[np.zeros(len(real)), np.ones(len(fake))])
    return lambda pictures: model.predict_proba(features(pictures))[:, 1]


def _check(pictures):
    pictures = np.asarray(pictures, np.float32)
    if pictures.ndim != 4 or pictures.shape[1] != pictures.shape[2] or pictures.shape[3] != 3 or not len(pictures):
        raise ValueError(f"pictures [N, S, S, 3] are wanted, at least one; got {pictures.shape}")
    return pictures
