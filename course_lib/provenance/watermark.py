"""The invisible mark: says "made by this course" to whoever knows the key, after JPEG, resizing and video coding.

How it works. A picture's luma is described by its lowest cosine frequencies, which hardly change when it is resized or
compressed. For each of them the key gives a phase, and the detector adds up cos(2 pi (c / step - phase)): in a picture
that knows nothing of the key these cosines cancel; the embedder nudges the picture uphill on that very sum, most where
it is busy and the eye sees least. The nudge is a smooth function of the picture, so a marked video does not flicker.

How sure it is. With phases drawn at random the score has mean 0 and deviation 1 in any unmarked picture, and reaches z
with a probability of at most exp(-z^2 / 2) (each cosine has a moment generating function I0(t) <= exp(t^2 / 4)): 7.5e-6
for THRESHOLD = 5 and two steps. It is no proof against an attacker: who knows the key can remove or forge it, and
cropping, turning or mirroring a picture moves its frequencies and loses the mark.

Sources: quantisation index modulation (Chen and Wornell 2001), here with a smooth lattice; spread spectrum in the
cosine domain (Cox et al. 1997). Lesson 14.
"""

import hashlib
from functools import lru_cache

import cv2
import numpy as np

KEY = "deepfake course"
SMALLEST = 64  # pixels on the shorter side: below it, JPEG at half the quality leaves too few frequencies
THRESHOLD = 5.0

FREQUENCIES, LOWEST = 22, 5  # half waves across the picture; below LOWEST its own content is too strong
STEPS = (0.0026, 0.0013)  # the fine one for pictures of FINE pixels and more, where noise averages out: about 45 dB
FINE = 224
NUDGES, NUDGE = 3, 0.8
CALM, BUSY, COARSE = 0.2, 0.05, 128  # the mark's share in flat places, the deviation of busy ones, the grid for both


def embed(image, key=KEY):
    """The picture with the mark in it; at least 38 dB from the picture as it was (about 45 dB from 224 px on).

    image: f32 RGB [H, W, 3] in [0, 1], at least 64 px on its shorter side. key: any string; only who knows it can
    find the mark. Returns the same shape and range. Raises ValueError for a smaller picture. Lesson 14.
    """
    height, width = image.shape[:2]
    check_size(height, width)
    step = STEPS[min(height, width) >= FINE]
    luma = _luma(image)
    small = min(height, COARSE), min(width, COARSE)
    share = _share(cv2.resize(luma, small[::-1], interpolation=cv2.INTER_AREA))
    band, phase, found = _band(), _phases(key), _coefficients(luma)
    total = np.zeros_like(found)
    for _ in range(NUDGES):
        uphill = np.zeros_like(found)
        uphill[band] = -NUDGE * step / (2 * np.pi) * np.sin(2 * np.pi * (found[band] / step - phase))
        total += uphill
        found = found + _coefficients(share * _picture(uphill, *small))
    nudge = cv2.resize(share, (width, height)) * _picture(total, height, width)
    return np.clip(image + nudge[..., None], 0, 1)


def check_size(height, width):
    """Raises ValueError when a picture of that size cannot carry the mark. Lesson 14."""
    if min(height, width) < SMALLEST:
        raise ValueError(f"a picture of {width} x {height} pixels is too small to carry the invisible mark; "
                         f"enlarge it to at least {SMALLEST} pixels on its shorter side")


def score(pictures, key=KEY):
    """How surely the mark is there: about normal(0, 1) without it, above 5 (THRESHOLD) with it.

    pictures: one f32 RGB picture [H, W, 3] in [0, 1] at any size, or an iterable of frames, whose scores are averaged
    (the bound on false alarms holds for the average too). Raises ValueError when there are no frames or one is too
    small to hold the frequencies (under 22 px). Lesson 14.
    """
    frames = [pictures] if isinstance(pictures, np.ndarray) and pictures.ndim == 3 else pictures
    each = [[_score(_coefficients(_luma(frame)), step, key) for step in STEPS] for frame in frames]
    if not each:
        raise ValueError("mark.score got no frames: give one picture, or at least one frame")
    return float(np.mean(each, 0).max())


def detect(pictures, key=KEY):
    """True when the mark is found: score(pictures) >= 5. Arguments and errors: as for score. Lesson 14."""
    return score(pictures, key) >= THRESHOLD


def _score(coefficients, step, key):
    phase = _phases(key)
    return np.sqrt(2 / len(phase)) * np.cos(2 * np.pi * (coefficients[_band()] / step - phase)).sum()


@lru_cache(16)
def _waves(n):
    """The cosine waves of FREQUENCIES half waves over n pixels, f32 [FREQUENCIES, n]; the mean square of each is 1."""
    if n < FREQUENCIES:
        raise ValueError(f"a side of {n} pixels is too small to look for the mark; expected at least {FREQUENCIES}")
    waves = np.cos(np.pi * np.arange(FREQUENCIES)[:, None] * (np.arange(n) + 0.5) / n) * np.sqrt(2)
    waves[0] = 1
    return waves.astype(np.float32)


def _luma(image):
    return cv2.cvtColor(np.ascontiguousarray(image, np.float32), cv2.COLOR_RGB2GRAY)  # ITU-R BT.601, as in JPEG


def _coefficients(luma):
    # cv2.gemm: numpy's threaded product takes 60 times as long where training has the cores
    height, width = luma.shape
    return cv2.gemm(cv2.gemm(_waves(height), luma, 1 / (height * width), None, 0), _waves(width), 1, None, 0,
                    flags=cv2.GEMM_2_T)


def _picture(coefficients, height, width):
    return cv2.gemm(cv2.gemm(_waves(height), coefficients, 1, None, 0, flags=cv2.GEMM_1_T), _waves(width), 1, None, 0)


@lru_cache(1)
def _band():
    y, x = np.mgrid[:FREQUENCIES, :FREQUENCIES]
    radius = np.hypot(y, x)
    return (radius >= LOWEST) & (radius < FREQUENCIES)


@lru_cache(16)
def _phases(key):
    """A phase in [0, 1) for each frequency of the band, from the key; the same on every machine and for all time."""
    n = int(_band().sum())
    return np.frombuffer(hashlib.shake_256(key.encode()).digest(4 * n), "<u4") / 2.0**32


def _share(luma):
    """Where the eye would not notice: more in busy places, less in flat ones, f32 [H, W], mean 1."""
    k = max(3, min(luma.shape) // 16)

    def mean(a):
        return cv2.blur(a, (k, k), borderType=cv2.BORDER_REFLECT)

    deviation = np.sqrt(np.maximum(mean(luma * luma) - mean(luma) ** 2, 0))
    share = mean(np.minimum(CALM + deviation / BUSY, 1))
    return share / share.mean()
