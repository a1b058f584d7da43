"""Attacks on a fingerprint whose formula is known: an image moved to another hash, or to a given one. Lesson 14.

pHash is a linear map of the image followed by a comparison with the median, so its gradient is known without a network.

References: Dolhansky and Canton Ferrer 2020, "Adversarial collision attacks on image hashing functions"; Jain et al.
2022, "Adversarial detection avoidance attacks", sections 4 and 5.
"""

import cv2
import numpy as np

from .fingerprints import _dct, dct_hash, distance, shrink

MARGIN = 0.02  # how far beyond the median a steered frequency is pushed


def steer(image, wanted, steps=60, rate=0.3, stop=0):
    """Change an image by gradient descent until its pHash is the wanted one.

    The loss is half the sum over the bits of max(0, margin - s (c - median))^2, with s = 1 for a bit that should be set
    and -1 for the others; its gradient is carried back through the DCT and the shrinking.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        wanted: bool [64].
        steps: At most.
        rate: Length of a step, relative to the violation.
        stop: The distance to the wanted bits at which it ends.
    Returns:
        (image f32 RGB [H, W, 3] in [0, 1], distance to the wanted bits).
    Lesson 14.
    """
    height, width = image.shape[:2]
    sign, rows, out = np.where(wanted, 1.0, -1.0).reshape(8, 8), _dct(8, 32, 0), image.copy()
    best = out, distance(dct_hash(out), wanted)
    for _ in range(steps):
        low = rows @ shrink(out, 32, 32) @ rows.T
        gap = np.maximum(MARGIN - sign * (low - np.median(low)), 0)
        change = (rows.T @ (rate * sign * gap) @ rows).astype(np.float32)
        smooth = cv2.resize(change, (width, height), interpolation=cv2.INTER_CUBIC)
        out = np.clip(out + smooth[..., None], 0, 1)
        far = distance(dct_hash(out), wanted)
        best = min(best, (out, far), key=lambda pair: pair[1])
        if far <= stop:
            break
    return best


def evade(image, flips=20, steps=60):
    """Change an image a little so that its pHash no longer matches: flip the bits nearest to the median.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        flips: How many bits.
        steps: As for `steer`.
    Returns:
        (image f32 RGB [H, W, 3] in [0, 1], distance to the pHash of the original).
    Lesson 14.
    """
    rows = _dct(8, 32, 0)
    low = (rows @ shrink(image, 32, 32) @ rows.T).ravel()
    before = low > np.median(low)
    wanted = before.copy()
    for side in (True, False):  # as many up as down: the median stays where it is
        members = np.flatnonzero(before == side)
        cheap = members[np.argsort(np.abs(low[members] - np.median(low)))[:flips // 2]]
        wanted[cheap] = not side
    out, _ = steer(image, wanted, steps)
    return out, distance(dct_hash(out), before)
