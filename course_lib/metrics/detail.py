"""How a swap differs from its truth beyond its pixels: to a face network, at its edges, in its detail, in its mask.

Pictures are f32 [N, S, S, 3] in [0, 1], masks f32 [N, S, S]; every function gives f64 [N]. Lesson 05.
"""
import numpy as np

from course_lib.values import unit_range


def perceptual_distance(network, picture, truth):
    """How far apart two faces are in a face network's features at four depths; 0 when they are the same.

    network: models.evaluators.feature_pyramid. Both are faces on grey. Each feature vector is scaled to length 1 at
    each place; the squared differences are summed over channels, averaged over places and added over depths. In the manner
    of LPIPS (Zhang et al. 2018, equation 1, all weights 1), on the course's own network: compare its numbers only with
    each other. Raises ValueError when the shapes differ. Lesson 05.
    """
    _same(picture, truth)
    found, wanted = ([np.asarray(f, np.float64) for f in network.predict(np.asarray(x, np.float32), verbose=0)]
                     for x in (picture, truth))
    unit = [[f / (np.linalg.norm(f, axis=-1, keepdims=True) + 1e-10) for f in features] for features in (found, wanted)]
    return sum(((a - b) ** 2).sum(-1).mean((1, 2)) for a, b in zip(*unit, strict=True))


def edge_error(picture, truth, masks):
    """The mean absolute difference of both first differences, right and down, where a mask is above 0.5.

    Raises ValueError when shapes do not fit or a mask is empty. Lesson 05.
    """
    _same(picture, truth, masks)
    inside = (np.asarray(masks) > 0.5)[:, :-1, :-1]
    area = inside.sum((1, 2)) * picture.shape[-1]
    if not area.all():
        raise ValueError(f"the mask of picture {int(np.argmin(area))} is empty: there is no edge to compare")
    apart = np.asarray(picture, np.float64) - truth
    here = apart[:, :-1, :-1]
    both = np.abs(here - apart[:, :-1, 1:]) + np.abs(here - apart[:, 1:, :-1])
    return (both * inside[..., None]).sum((1, 2, 3)) / area


def sharpness(picture, truth, low=0.35):
    """How much finest detail a picture has, as a share of the truth's: 1 as sharp, below blurred, above too busy.

    The power spectrum of the grey picture under a Hann window, summed over frequencies above `low` cycles a pixel,
    divided by the truth's; its square root, so that it counts amplitude. 0.35 is detail of less than 3 pixels, which
    is what swaps lack; `spectrum` shows all of it. It says how much detail there is, not whether it is the right one:
    read it beside a distance. Raises ValueError when the shapes differ or the truth has
    no detail. Lesson 05.
    """
    _same(picture, truth)
    mine, wanted = _fine(picture, low), _fine(truth, low)
    if not wanted.all():
        raise ValueError(f"truth {int(np.argmin(wanted))} has no detail at all, so no share of it can be told")
    return np.sqrt(mine / wanted)


def mask_iou(masks, truth):
    """Intersection over union of masks [N, S, S] and their truth, both cut at 0.5; 1 where both are empty.

    Raises ValueError when the shapes differ. Lesson 05.
    """
    _same(masks, truth)
    a, b = np.asarray(masks) > 0.5, np.asarray(truth) > 0.5
    union = (a | b).sum((1, 2))
    return np.where(union, (a & b).sum((1, 2)) / np.maximum(union, 1), 1.0)


def spectrum(pictures):
    """The power spectrum, averaged over directions: (frequencies f64 [S / 2] in cycles a pixel, power f64 [N, S / 2]).

    pictures [N, S, S, 3]; the grey picture under a Hann window, its mean taken off; bands of 1 / S from 0 to 1/2,
    each told by its middle. Amplitudes are the square root. Lesson 05.
    """
    power, distance = _power(pictures)
    bands = pictures.shape[1] // 2
    which = np.minimum((distance * 2 * bands).astype(int), bands)
    each = np.stack([power[:, which == k].mean(1) for k in range(bands)], 1)
    return (np.arange(bands) + 0.5) / (2 * bands), each


def _fine(pictures, low):
    power, distance = _power(pictures)
    return power[:, distance > low].sum(1)


def _power(pictures):
    """The power [N, S, S] of each frequency, and how high it is [S, S] in cycles a pixel."""
    side = pictures.shape[1]
    grey = unit_range(np.asarray(pictures, np.float64)) @ [0.299, 0.587, 0.114]
    window = np.hanning(side + 2)[1:-1]
    grey = (grey - grey.mean((1, 2), keepdims=True)) * window[:, None] * window
    f = np.fft.fftfreq(side)
    return np.abs(np.fft.fft2(grey)) ** 2, np.hypot(f[:, None], f)


def _same(picture, truth, masks=None):
    if np.shape(picture) != np.shape(truth) or (masks is not None and np.shape(masks) != np.shape(truth)[:3]):
        given = [np.shape(x) for x in (picture, truth, *([] if masks is None else [masks]))]
        raise ValueError(f"each picture is compared with a truth of its own size; got {', '.join(map(str, given))}")
    unit_range(picture)
    unit_range(truth, "the truth")
