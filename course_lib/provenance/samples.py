"""A capture fingerprint: keyed samples of an image, a few hundred bytes, from which it can be checked later. Lesson 14.

Nothing of the picture leaves the device but the samples. Whoever wants to forge a picture that agrees with them does
not know where they were taken. The idea is that of the start-up Serelay, which kept some hundred values of a photograph
at the moment of capture.
"""

import hashlib
from dataclasses import dataclass

import cv2
import numpy as np

from .fingerprints import luma

COUNT, SIDE, TOLERANCE = 300, 1 / 24, 0.03  # samples; a block's side, of the shorter one; largest change of a mean
SCALED = 256  # pixels on the shorter side when it is sampled, so that the blocks are the same in every size


@dataclass(frozen=True)
class Comparison:
    """What keyed samples say about an image.

    Args:
        places: Centres of the blocks, f64 [N, 2], x then y, as fractions of width and height.
        changes: f64 [N], mean of the block now minus then.
        agree: bool [N].
    """

    places: np.ndarray
    changes: np.ndarray
    agree: np.ndarray


def places(key, count=COUNT):
    """Where the key samples an image.

    Args:
        key: Text that only the holder of the record knows.
        count: Samples.
    Returns:
        f64 [count, 2], x then y, each from 0 to 1.
    Lesson 14.
    """
    numbers = np.frombuffer(hashlib.shake_256(key.encode()).digest(8 * count), "<u4") / 2.0**32
    return numbers.reshape(count, 2)


def take(image, key, count=COUNT):
    """Sample an image: the mean luma of small blocks at keyed places.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        key, count: As for `places`.
    Returns:
        uint8 [count].
    Lesson 14.
    """
    grey = luma(image)
    by = SCALED / min(grey.shape)
    height, width = (round(n * by) for n in grey.shape)
    grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA if by < 1 else cv2.INTER_LINEAR)
    half = round(SIDE * SCALED / 2)
    total = cv2.integral(np.pad(grey, half, "edge"), sdepth=cv2.CV_64F)
    x, y = (places(key, count) * [width, height]).astype(int).T
    side = 2 * half + 1
    sums = total[y + side, x + side] - total[y, x + side] - total[y + side, x] + total[y, x]
    return np.round(np.clip(sums / side**2, 0, 1) * 255).astype(np.uint8)


def compare(image, key, record):
    """Compare an image with the samples taken at its capture.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1]; another size is no harm, another crop or brightness is.
        key: Of the record.
        record: uint8 [N], of `take`.
    Returns:
        Comparison.
    Lesson 14.
    """
    now = take(image, key, len(record))
    changes = (now.astype(float) - record) / 255
    return Comparison(places(key, len(record)), changes, np.abs(changes) <= TOLERANCE)
