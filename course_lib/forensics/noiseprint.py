"""The noise residual of a picture, fixed or learned, and the part whose residual is of another kind. Lesson 11."""
from functools import cache

import cv2
import numpy as np

from course_lib.checkpoints import load

from .evidence import checked, grey

WINDOW, STRIDE, WORD = 48, 8, 4  # pixels of a window, between windows, and in a word of the co-occurrences
KINDS = ("high-pass", "noiseprint")


@cache
def _network():
    import course_lib.models  # noqa: F401  (registers the layer; here, because Keras comes with it)

    return load("noiseprint_cast")


def residual(image, kind="noiseprint", network=None):
    """What is left of a picture when the scene is taken away.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        kind: "high-pass", the third difference along both axes; or "noiseprint", a network that learned to keep what is
            the same in all pictures of a camera.
        network: keras.Model for "noiseprint"; the shipped one when left out.
    Returns:
        f32 [H, W].
    Raises:
        ValueError: For another kind.
    References:
        Cozzolino, Poggi & Verdoliva 2015, SpliceBuster (the fixed filter); Cozzolino & Verdoliva 2020, Noiseprint.
    Lesson 11.
    """
    image, _ = checked(image)
    if kind == "high-pass":
        third = np.float32([[1, -3, 3, -1]])
        return cv2.filter2D(grey(image), -1, third) + cv2.filter2D(grey(image), -1, third.T)
    if kind != "noiseprint":
        raise ValueError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
    return np.asarray((network or _network()).predict_on_batch(grey(image)[None, ..., None]))[0, ..., 0]


def cooccurrences(values):
    """How often each word of four neighbouring levels occurs in every window.

    The residual is quantised to three levels (below, near and above 0); words along rows and along columns are counted,
    and a word, its mirror image and its negative count as one.

    Args:
        values: f32 [H, W], of `residual`.
    Returns:
        f32 [rows, columns, 25], square roots of frequencies.
    References:
        Cozzolino, Poggi & Verdoliva 2015, section 2.1.
    Lesson 11.
    """
    step = np.median(np.abs(values)) + 1e-9
    level = np.clip(np.rint(values / (2 * step)), -1, 1).astype(int) + 1
    words = _merged()
    counts = 0.0
    for turned in (level, level.T):
        wide = turned.shape[1] - WORD + 1
        code = sum(turned[:, k:k + wide] * 3 ** k for k in range(WORD))
        plane = np.pad(words[code], ((0, 0), (0, WORD - 1)), mode="edge")
        counts = counts + np.eye(words.max() + 1, dtype=np.float32)[plane if turned is level else plane.T]
    mean = cv2.blur(counts, (WINDOW, WINDOW)) / 2
    half = WINDOW // 2
    return np.sqrt(mean[half:-half + 1:STRIDE, half:-half + 1:STRIDE])


@cache
def _merged():
    """The class of each of the 81 words."""
    digits = np.stack([np.arange(3 ** WORD) // 3 ** k % 3 for k in range(WORD)], 1)
    forms = [digits, digits[:, ::-1], 2 - digits, 2 - digits[:, ::-1]]
    least = np.min([f @ 3 ** np.arange(WORD) for f in forms], 0)
    return np.unique(least, return_inverse=True)[1]


def odd_part(features, seed=0):
    """Which windows have another kind of residual: a mixture of two Gaussians, fitted by EM.

    Args:
        features: f32 [rows, columns, F], of `cooccurrences`.
        seed: Of the start.
    Returns:
        f32 [rows, columns], the probability of the smaller group.
    References:
        Cozzolino, Poggi & Verdoliva 2015, section 2.3.
    Lesson 11.
    """
    from sklearn.decomposition import PCA
    from sklearn.mixture import GaussianMixture

    flat = features.reshape(-1, features.shape[-1]).astype(np.float64)
    points = PCA(min(6, flat.shape[1]), random_state=seed).fit_transform(flat)
    points /= points.std() + 1e-9
    mixture = GaussianMixture(2, reg_covar=1e-3, n_init=3, random_state=seed).fit(points)
    odd = mixture.predict_proba(points)[:, mixture.weights_.argmin()]
    return odd.reshape(features.shape[:2]).astype(np.float32)


def noise_map_of(image, kind="noiseprint", network=None):
    """Where the residual of a picture differs from that of most of it.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1], at least 64 pixels a side.
        kind, network: As for `residual`.
    Returns:
        f32 [H, W] in [0, 1].
    Lesson 11.
    """
    odd = odd_part(cooccurrences(residual(image, kind, network)))
    height, width = image.shape[:2]
    half = WINDOW // 2
    large = cv2.resize(odd, (odd.shape[1] * STRIDE, odd.shape[0] * STRIDE), interpolation=cv2.INTER_LINEAR)
    around = half - STRIDE // 2
    pads = [(around, max(0, side - around - have)) for side, have in zip((height, width), large.shape, strict=True)]
    return np.pad(large, pads, mode="edge")[:height, :width]
