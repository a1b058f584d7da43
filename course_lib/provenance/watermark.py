"""The watermark: invisible, and detected by whoever knows the key, after JPEG, resizing and video coding too.

It has two layers. The first, here, is the one that every image carries. From 224 pixels on a second one is added
(spread.py), which survives crops, small turns and mirroring and carries a payload of 32 bits. Files that were written
before it existed have the first alone and are detected by it as ever.

Method. An image's luma is described by its lowest DCT frequencies, which hardly change when it is resized or
compressed. For each of them the key gives a phase, and the detector sums cos(2 pi (c / step - phase)): in an image that
is independent of the key these cosines cancel; the embedder changes the image along the gradient of that sum, most in
textured areas where the eye sees least. The change is a smooth function of the image, so a watermarked video does not
flicker.

Significance. With phases drawn at random the score has mean 0 and standard deviation 1 in any image without the
watermark, and reaches z with a probability of at most exp(-z^2 / 2) (each cosine has a moment generating function I0(t)
<= exp(t^2 / 4)): 3.1e-7 for THRESHOLD = 5.6 and two steps, 8.1e-7 with the second layer. It does not resist an
attacker: who knows the key can remove or forge it. Cropping or turning an image moves its frequencies and destroys this
layer; a mirror image keeps half of them.

Sources: quantisation index modulation (Chen and Wornell 2001), here with a smooth lattice; spread spectrum in the DCT
domain (Cox et al. 1997). Lesson 14.
"""

import hashlib
from functools import lru_cache

import cv2
import numpy as np

from course_lib.values import unit_range

from . import clip_mark, spread

KEY = "deepfake course"
SMALLEST = 64  # pixels on the shorter side: below it, JPEG at half the quality leaves too few frequencies
THRESHOLD = 5.6
PAYLOAD_FROM = spread.SMALLEST  # pixels on the shorter side

FREQUENCIES, LOWEST = 22, 5  # half waves across the image; below LOWEST its own content is too strong
STEPS = (0.0026, 0.0013)  # the fine one for images of FINE pixels and more, where noise averages out: about 45 dB
FINE = 224
ITERATIONS, RATE = 3, 0.8
BUDGET, WEAKEST = 10 ** (-42.2 / 20), 10 ** (-46 / 20)  # root mean square of both layers, and of the second at least
CALM, BUSY, COARSE = 0.2, 0.05, 128  # strength in flat areas, standard deviation of textured ones, the grid for both


def embed(image, key=KEY, payload=0):
    """The image with the watermark; PSNR of at least 38 dB to the original (about 42 dB from 224 px on).

    ValueError for a smaller image, or a payload of more than 32 bits.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1], at least 64 px on its shorter side.
        key: Any string; only who knows it can detect the watermark.
        payload: int of 32 bits, carried from 224 px on the shorter side on, unless all is strong texture; 0 for none.
    Returns:
        f32 RGB [H, W, 3] in [0, 1].
    Lesson 14.
    """
    height, width = unit_range(image).shape[:2]
    check_size(height, width)
    luma = _luma(image)
    small = min(height, COARSE), min(width, COARSE)
    strength = _strength(cv2.resize(luma, small[::-1], interpolation=cv2.INTER_AREA))
    pattern = _pattern(luma, strength, key)
    if min(height, width) >= PAYLOAD_FROM:
        left = np.sqrt(max(BUDGET**2 - np.mean(pattern**2), WEAKEST**2))
        pattern += spread.pattern(luma + pattern, strength, payload, key, left)
    return np.clip(image + pattern[..., None], 0, 1)


def _pattern(luma, strength, key):
    """What the first layer adds to the luma, f32 [H, W]."""
    height, width = luma.shape
    step = STEPS[min(height, width) >= FINE]
    band, phase, values = _band(), _phases(key), _coefficients(luma)
    total = np.zeros_like(values)
    for _ in range(ITERATIONS):
        gradient = np.zeros_like(values)
        gradient[band] = -RATE * step / (2 * np.pi) * np.sin(2 * np.pi * (values[band] / step - phase))
        total += gradient
        values = values + _coefficients(strength * _image(gradient, *strength.shape))
    return cv2.resize(strength, (width, height)) * _image(total, height, width)


def check_size(height, width):
    """Check that an image of that size can carry the watermark.

    Args:
        height, width: Pixels.
    Raises:
        ValueError: When the shorter side is below 64.
    Lesson 14.
    """
    if min(height, width) < SMALLEST:
        raise ValueError(f"an image of {width} x {height} pixels is too small to carry the watermark; "
                         f"enlarge it to at least {SMALLEST} pixels on its shorter side")


def score(images, key=KEY):
    """The larger of the first layer's two statistics, each about normal(0, 1) in an image without the watermark.

    With the watermark it is above 5.6 (THRESHOLD).

    Args:
        images: One f32 RGB image [H, W, 3] in [0, 1] at any size, or an iterable of frames, over which each statistic
            is averaged (the bound on false positives holds for the averages too).
        key: The key of `embed`.
    Returns:
        float.
    Raises:
        ValueError: When there are no frames, or one is too small to hold the frequencies (under 22 px).
    Lesson 14.
    """
    frames = [images] if isinstance(images, np.ndarray) and images.ndim == 3 else images
    each = [_scores(_luma(frame), key) for frame in frames]
    if not each:
        raise ValueError("watermark.score got no frames: give one image, or at least one frame")
    return float(np.mean(each, 0).max())


def detect(images, key=KEY):
    """Whether the watermark is detected, by either layer; P(false positive) <= 1e-6. Errors as for `score`.

    Args:
        images, key: As for `score`.
    Returns:
        bool.
    Lesson 14.
    """
    if isinstance(images, np.ndarray) and images.ndim == 3:
        return score(images, key) >= THRESHOLD or spread.find(_luma(images), key).score >= spread.THRESHOLD
    each, details = _read(images, key)
    return (clip_mark.lowered_mean(each) >= THRESHOLD
            or clip_mark.find_in_clip(details, key).score >= spread.THRESHOLD)


def search(images, key=KEY):
    """The second layer: searched for in crops, turned and mirrored copies (a fifth of a second), with its payload.

    Args:
        images: One f32 RGB image [H, W, 3] in [0, 1], or an iterable of frames, see clip_mark.py.
        key: The key of `embed`.
    Returns:
        spread.Found; the mark is there where its score reaches spread.THRESHOLD.
    Raises:
        ValueError: When there are no frames.
    Lesson 14.
    """
    return examine(images, key)[1]


def examine(images, key=KEY, key_frames=()):
    """Both layers, in one pass over the frames.

    Args:
        images: One f32 RGB image [H, W, 3] in [0, 1] at any size, or an iterable of frames of one size.
        key: The key of `embed`.
        key_frames: Numbers of the frames that the codec coded by themselves, where known; a list that may be filled
            while the frames are read.
    Returns:
        (float, the first layer's score as `score`, of several frames as clip_mark.lowered_mean; spread.Found).
    Raises:
        ValueError: When there are no frames, or one is too small.
    Lesson 14.
    """
    if isinstance(images, np.ndarray) and images.ndim == 3:
        return score(images, key), spread.find(_luma(images), key)
    each, details = _read(images, key)
    return clip_mark.lowered_mean(each, key_frames), clip_mark.find_in_clip(details, key, key_frames)


def _read(frames, key):
    """(the first layer's statistics f64 [T, 2], list of what the second layer looks at) of the frames of a clip."""
    each, details = [], []
    for frame in frames:
        luma = _luma(frame)
        each.append(_scores(luma, key))
        details.append(spread.normalised_detail(luma).astype(np.float16))
    if not each:
        raise ValueError("the watermark was looked for in no frames: give one image, or at least one frame")
    return np.array(each), details


def _scores(luma, key):
    """The first layer's statistic for each step."""
    coefficients = _coefficients(luma)
    return [_score(coefficients, step, key) for step in STEPS]


def _score(coefficients, step, key):
    phase = _phases(key)
    return np.sqrt(2 / len(phase)) * np.cos(2 * np.pi * (coefficients[_band()] / step - phase)).sum()


@lru_cache(16)
def _waves(n):
    """The cosine waves of FREQUENCIES half waves over n pixels, f32 [FREQUENCIES, n]; the mean square of each is 1."""
    if n < FREQUENCIES:
        raise ValueError(f"a side of {n} pixels is too small to detect the watermark; expected at least {FREQUENCIES}")
    waves = np.cos(np.pi * np.arange(FREQUENCIES)[:, None] * (np.arange(n) + 0.5) / n) * np.sqrt(2)
    waves[0] = 1
    return waves.astype(np.float32)


def _luma(image):
    image = np.ascontiguousarray(unit_range(image), np.float32)
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)  # ITU-R BT.601, as in JPEG


def _coefficients(luma):
    # cv2.gemm: numpy's threaded product takes 60 times as long where training has the cores
    height, width = luma.shape
    return cv2.gemm(cv2.gemm(_waves(height), luma, 1 / (height * width), None, 0), _waves(width), 1, None, 0,
                    flags=cv2.GEMM_2_T)


def _image(coefficients, height, width):
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


def _strength(luma):
    """Where the eye would not notice: more in textured areas, less in flat ones, f32 [H, W], mean 1."""
    k = max(3, min(luma.shape) // 16)

    def mean(a):
        return cv2.blur(a, (k, k), borderType=cv2.BORDER_REFLECT)

    std = np.sqrt(np.maximum(mean(luma * luma) - mean(luma) ** 2, 0))
    strength = mean(np.minimum(CALM + std / BUSY, 1))
    return strength / strength.mean()
