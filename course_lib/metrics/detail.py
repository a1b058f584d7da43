"""How a swap differs from its truth beyond its pixels: in a face network's features, its edges, its detail, its mask.

Images are f32 [N, S, S, 3] in [0, 1], masks f32 [N, S, S]; every function gives f64 [N]. Lesson 05.
"""
import numpy as np

from course_lib.values import unit_range


def perceptual_distance(network, images, truth):
    """The distance of two faces in a face network's features at four depths; 0 when they are the same.

    Each feature vector is scaled to length 1 at each place; the squared differences are summed over channels, averaged
    over places and added over depths, as in LPIPS with all weights 1. The network is the course's own: compare its
    numbers only with each other.

    Args:
        network: models.evaluators.feature_pyramid.
        images, truth: f32 [N, S, S, 3] in [0, 1], faces on grey.
    Returns:
        f64 [N].
    Raises:
        ValueError: when the shapes differ.
    References:
        Zhang et al. 2018, LPIPS, equation 1.
    Lesson 05.
    """
    _same(images, truth)

    def unit_features(x):
        features = [np.asarray(f, np.float64) for f in network.predict(np.asarray(x, np.float32), verbose=0)]
        return [f / (np.linalg.norm(f, axis=-1, keepdims=True) + 1e-10) for f in features]

    pairs = zip(unit_features(images), unit_features(truth), strict=True)
    return sum(((a - b) ** 2).sum(-1).mean((1, 2)) for a, b in pairs)


def edge_error(images, truth, masks):
    """The mean absolute difference of both first differences, right and down, where a mask is above 0.5.

    Args:
        images, truth: [N, S, S, 3] in [0, 1].
        masks: [N, S, S].
    Returns:
        f64 [N].
    Raises:
        ValueError: when shapes do not fit, or a mask is empty.
    Lesson 05.
    """
    _same(images, truth, masks)
    inside = (np.asarray(masks) > 0.5)[:, :-1, :-1]
    area = inside.sum((1, 2)) * images.shape[-1]
    if not area.all():
        raise ValueError(f"the mask of image {int(np.argmin(area))} is empty: there is no edge to compare")
    apart = np.asarray(images, np.float64) - truth
    corner = apart[:, :-1, :-1]
    change = np.abs(corner - apart[:, :-1, 1:]) + np.abs(corner - apart[:, 1:, :-1])
    return (change * inside[..., None]).sum((1, 2, 3)) / area


def sharpness(images, truth, low=0.35):
    """How much of the truth's finest detail an image has: 1 as sharp, below 1 blurred, above 1 too much.

    The power spectrum of the grey image under a Hann window, summed over high frequencies and divided by the truth's;
    its square root, so that it is a ratio of amplitudes. It says how much detail there is, not whether it is the right
    one: read it beside a distance. `spectrum` shows all frequencies.

    Args:
        images, truth: [N, S, S, 3] in [0, 1].
        low: lowest frequency that counts, cycles a pixel; 0.35 is detail of less than 3 pixels, which swaps lack.
    Returns:
        f64 [N].
    Raises:
        ValueError: when the shapes differ, or the truth has no detail.
    Lesson 05.
    """
    _same(images, truth)
    power, truth_power = _fine(images, low), _fine(truth, low)
    if not truth_power.all():
        raise ValueError(f"truth {int(np.argmin(truth_power))} has no detail at all to compare with")
    return np.sqrt(power / truth_power)


def mask_iou(masks, truth):
    """Intersection over union of masks and their truth, both thresholded at 0.5; 1 where both are empty.

    Args:
        masks, truth: [N, S, S] in [0, 1].
    Returns:
        f64 [N].
    Raises:
        ValueError: when the shapes differ.
    Lesson 05.
    """
    _same(masks, truth)
    a, b = np.asarray(masks) > 0.5, np.asarray(truth) > 0.5
    union = (a | b).sum((1, 2))
    return np.where(union, (a & b).sum((1, 2)) / np.maximum(union, 1), 1.0)


def spectrum(images):
    """The power spectrum averaged over directions, of the grey image under a Hann window, its mean subtracted.

    Args:
        images: [N, S, S, 3] in [0, 1].
    Returns:
        (frequencies f64 [S / 2] in cycles a pixel, the middles of bands of 1 / S from 0 to 1/2;
        power f64 [N, S / 2]). Amplitudes are its square root.
    Lesson 05.
    """
    power, distance = _power(images)
    count = images.shape[1] // 2
    band = np.minimum((distance * 2 * count).astype(int), count)
    mean_power = np.stack([power[:, band == k].mean(1) for k in range(count)], 1)
    return (np.arange(count) + 0.5) / (2 * count), mean_power


def _fine(images, low):
    power, distance = _power(images)
    return power[:, distance > low].sum(1)


def _power(images):
    """The power [N, S, S] of each frequency, and how high it is [S, S] in cycles a pixel."""
    side = images.shape[1]
    grey = unit_range(np.asarray(images, np.float64)) @ [0.299, 0.587, 0.114]
    window = np.hanning(side + 2)[1:-1]
    grey = (grey - grey.mean((1, 2), keepdims=True)) * window[:, None] * window
    f = np.fft.fftfreq(side)
    return np.abs(np.fft.fft2(grey)) ** 2, np.hypot(f[:, None], f)


def _same(images, truth, masks=None):
    if np.shape(images) != np.shape(truth) or (masks is not None and np.shape(masks) != np.shape(truth)[:3]):
        given = [np.shape(x) for x in (images, truth, *([] if masks is None else [masks]))]
        raise ValueError(f"each image is compared with a truth of its own size; got {', '.join(map(str, given))}")
    unit_range(images)
    unit_range(truth, "the truth")
