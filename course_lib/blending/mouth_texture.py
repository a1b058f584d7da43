"""A mouth from frames in which it looked nearly so: candidates and a weighted median. Lesson 08."""
import numpy as np

CANDIDATES, HELD = 25, 0.9  # frames that hold so much of the weight: fewer flicker; the paper has 100 of 2 million


def candidate_weights(distances, count=CANDIDATES, held=HELD):
    """How much each frame counts: exp(-d / 2 sigma^2), with the sigma at which the nearest `count` hold `held`.

    The distance is not squared, as in the paper; sigma is found by bisection.

    Args:
        distances: f [N], of each frame's mouth from the wanted one, at least 0.
        count: frames.
        held: part of the weight, between 0 and 1.
    Returns:
        (indices of the nearest `count` frames, nearest first; their weights f64 [count], with sum 1).
    Raises:
        ValueError: for fewer frames than `count`, or a count below 1.
    References:
        Suwajanakorn et al. 2017, section 3.2.
    Lesson 08.
    """
    distances = np.asarray(distances, np.float64)
    if not 1 <= count <= len(distances):
        raise ValueError(f"count={count}: expected 1 to the number of frames, {len(distances)}")
    order = np.argsort(distances, kind="stable")
    apart = distances[order] - distances[order[0]]  # a common factor, which the sum takes out again
    low, high = 1e-4, max(10.0, 10 * float(np.sqrt(apart[-1])))
    for _ in range(60):
        sigma = np.sqrt(low * high)
        weights = np.exp(-apart / (2 * sigma**2))
        low, high = (sigma, high) if weights[:count].sum() / weights.sum() > held else (low, sigma)
    return order[:count], weights[:count] / weights[:count].sum()


def weighted_median(values, weights):
    """The weighted median over the first axis: half of the weight lies at or below it.

    Args:
        values: f32 [N, ...].
        weights: f [N], at least 0, with a sum above 0.
    Returns:
        f32 [...].
    References:
        Suwajanakorn et al. 2017, section 3.2: the most accurate of a set of aligned pixels, not their blurred mean.
    Lesson 08.
    """
    values, weights = np.asarray(values, np.float32), np.asarray(weights, np.float64)
    each = np.ascontiguousarray(values.reshape(len(values), -1).T)  # [H W 3, N]
    order = np.argsort(each, axis=1)
    reached = np.cumsum(weights[order], axis=1)
    first = np.argmax(reached >= weights.sum() / 2 - 1e-12, axis=1)
    rows = np.arange(len(each))
    return each[rows, order[rows, first]].reshape(values.shape[1:])


def mouth_textures(crops, codes, wanted, count=CANDIDATES, mean=False):
    """A face for every wanted mouth, made of the crops whose mouths were nearest.

    Args:
        crops: uint8 or f32 RGB [N, S, S, 3], aligned frames of one person.
        codes: f [N, K], what has to fit: mouth coefficients, and the head's pose where it varies.
        wanted: f [T, K].
        count: candidates, of which no more are taken than a third of the frames: a median of nearly all frames of a
            short clip would hardly move. 1 takes the nearest frame.
        mean: the weighted mean instead of the median, for comparison.
    Returns:
        f32 [T, S, S, 3] in [0, 1].
    Lesson 08.
    """
    count = min(count, max(1, len(crops) // 3))
    out = np.empty((len(wanted), *crops.shape[1:]), np.float32)
    for t, code in enumerate(wanted):
        which, weights = candidate_weights(np.linalg.norm(codes - code, axis=-1), count)
        chosen = crops[which].astype(np.float32) / (255 if crops.dtype == np.uint8 else 1)
        out[t] = np.tensordot(weights, chosen, 1) if mean else weighted_median(chosen, weights)
    return out
