"""Perceptual fingerprints: a few bits that stay almost the same while the file's bytes change. Lesson 14.

A fingerprint finds copies. It does not say which of two similar images was there first, nor which is the fake.

References: Krawetz 2011, "Looks like it" (average and DCT hash) and 2013, "Kind of like that" (difference hash);
Zauner 2010, "Implementation and benchmarking of perceptual image hash functions"; Facebook 2019, "The TMK+PDQF
video-hashing algorithm and the PDQ image-hashing algorithm".
"""

from functools import lru_cache

import cv2
import numpy as np

from course_lib.values import unit_range

PDQ_MATCH, PDQ_QUALITY = 31, 50  # its authors' limits: at most this distance, at least this quality


def luma(image):
    """Y' of ITU-R BT.601.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        f32 [H, W].
    Lesson 14.
    """
    return cv2.cvtColor(np.ascontiguousarray(unit_range(image), np.float32), cv2.COLOR_RGB2GRAY)


def shrink(image, height, width):
    """The luma in a few pixels, each the mean of the area that it covers.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        height, width: Pixels.
    Returns:
        f32 [height, width].
    Lesson 14.
    """
    return cv2.resize(luma(image), (width, height), interpolation=cv2.INTER_AREA)


def average_hash(image):
    """aHash: 8 x 8 pixels, each brighter than their mean or not.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        bool [64].
    References:
        Krawetz 2011.
    Lesson 14.
    """
    small = shrink(image, 8, 8)
    return (small > small.mean()).ravel()


def difference_hash(image):
    """dHash: 8 x 9 pixels, each brighter than its right neighbour or not.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        bool [64].
    References:
        Krawetz 2013.
    Lesson 14.
    """
    small = shrink(image, 8, 9)
    return (small[:, :-1] > small[:, 1:]).ravel()


def dct_hash(image):
    """pHash: the 8 x 8 lowest DCT frequencies of 32 x 32 pixels, each above their median or not.

    Frequency 0, the mean, is among them, as in the package ImageHash; the library pHash takes frequencies 1 to 8.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        bool [64].
    References:
        Zauner 2010, section 3.2.1.
    Lesson 14.
    """
    low = _dct(8, 32, first=0) @ shrink(image, 32, 32) @ _dct(8, 32, first=0).T
    return (low > np.median(low)).ravel()


@lru_cache(8)
def _dct(rows, n, first):
    """Rows first to first + rows of the DCT-II over n samples, f64 [rows, n]."""
    k = np.arange(first, first + rows)[:, None]
    return np.sqrt(2 / n) * np.cos(np.pi * k * (np.arange(n) + 0.5) / n)


def pdq_frequencies(image):
    """The 16 x 16 numbers whose signs against their median are PDQ: DCT frequencies 1 to 16 of 64 x 64 pixels.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        (f64 [16, 16], the 64 x 64 luma f32).
    References:
        Facebook 2019, section 3.
    Lesson 14.
    """
    grey = luma(image)
    height, width = grey.shape
    window = max(1, (width + 127) // 128), max(1, (height + 127) // 128)  # of the Jarosz filter: two box blurs
    for _ in range(2):
        grey = cv2.blur(grey, window, borderType=cv2.BORDER_REPLICATE)
    y, x = (((np.arange(64) + 0.5) * n / 64).astype(int) for n in (height, width))
    small = grey[np.ix_(y, x)]
    return _dct(16, 64, first=1) @ small @ _dct(16, 64, first=1).T, small


def pdq(image):
    """PDQ: 256 bits, and a quality that is low where there is nothing to see.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        (bool [256], int from 0 to 100).
    References:
        Facebook 2019, section 3.
    Lesson 14.
    """
    low, small = pdq_frequencies(image)
    return (low > np.median(low)).ravel(), _quality(small)


def pdq_symmetries(image):
    """PDQ of the image turned and mirrored in all 8 ways, from one DCT: turning changes signs and transposes.

    Exact for 64 x 64 pixels; of larger images PDQ takes pixels a little off the centre, and some 30 of 256 bits differ.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        Dict of name -> bool [256].
    References:
        Facebook 2019, section 3.
    Lesson 14.
    """
    return _views(pdq_frequencies(image)[0])


def pdq_views(image):
    """All that a search needs of an image: PDQ, its quality, and PDQ of the image turned and mirrored in all ways.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        (bool [8, 256], the first one as it is; int from 0 to 100).
    Lesson 14.
    """
    low, small = pdq_frequencies(image)
    return np.array(list(_views(low).values())), _quality(small)


def _quality(small):
    steps = [np.abs(np.trunc(np.diff(small, axis=axis) * 100)).sum() for axis in (0, 1)]
    return min(100, int(sum(steps) / 90))


def _views(low):
    odd = np.where(np.arange(1, 17) % 2, -1.0, 1.0)  # odd frequencies change sign where their axis is reversed
    out = {}
    for turned, a in (("", low), (", transposed", low.T)):
        for name, factor in (("as it is", 1.0), ("mirrored", odd[None]), ("upside down", odd[:, None]),
                             ("both", odd[None] * odd[:, None])):
            b = a * factor
            out[name + turned] = (b > np.median(b)).ravel()
    return out


def distance(a, b):
    """The Hamming distance: how many bits differ.

    Args:
        a, b: bool [..., n].
    Returns:
        int, or int array [...].
    Lesson 14.
    """
    found = np.count_nonzero(np.asarray(a) != np.asarray(b), axis=-1)
    return int(found) if np.ndim(found) == 0 else found


def tiled(image, grid=6, hash=difference_hash):
    """A fingerprint of each tile, which says where an image was changed and not only that it was.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        grid: Tiles on a side.
        hash: Function from an image to bits. In plain tiles, neighbours differ by noise alone, so the difference hash
            of an unchanged one flips by chance; the average hash is steadier there.
    Returns:
        bool [grid, grid, n].
    Lesson 14.
    """
    height, width = image.shape[:2]
    y, x = (np.linspace(0, n, grid + 1).round().astype(int) for n in (height, width))
    return np.array([[hash(image[y[i]:y[i + 1], x[j]:x[j + 1]]) for j in range(grid)] for i in range(grid)])


def video_fingerprint(frames, every=5):
    """PDQ of every few frames, without those of low quality (black, faded).

    Args:
        frames: Iterable of f32 RGB [H, W, 3] in [0, 1].
        every: Frames from one to the next.
    Returns:
        bool [M, 256].
    References:
        vPDQ, in Facebook's ThreatExchange, 2022.
    Lesson 14.
    """
    found = [pdq(frame) for k, frame in enumerate(frames) if k % every == 0]
    return np.array([bits for bits, quality in found if quality >= PDQ_QUALITY]).reshape(-1, 256).astype(bool)


def match_videos(a, b, limit=PDQ_MATCH):
    """How much of each of two videos is in the other.

    Args:
        a, b: bool [M, 256] and [N, 256], of `video_fingerprint`.
        limit: The largest distance of a match.
    Returns:
        (fraction of the frames of a with a match in b, fraction of those of b with one in a).
    Lesson 14.
    """
    if not len(a) or not len(b):
        return 0.0, 0.0
    near = distance(a[:, None], b[None]) <= limit
    return float(near.any(1).mean()), float(near.any(0).mean())
