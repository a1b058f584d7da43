"""The watermark in a whole clip: all frames are read, and what each still carries is added up. Lesson 14.

A video codec keeps the mark in the frames that it codes by themselves (key frames). The frames between are predicted
from them: the prediction drags the old mark along with whatever moves, and the codec has no bits to spare for the new
one. So a plain mean over frames can be worse than its best frame. Here a few single frames are searched, key frames
first, and the mean of all. At the place that was found, every frame's soft bits are added up, weighted by the square of
the statistic of the frequencies that carry no payload: these say how much of the mark a frame still has, without
looking at the payload.

Significance. TRIES searches multiply the rate of false positives by TRIES. The score is lowered to make up for it: z
becomes sqrt(z^2 - 2 ln TRIES), so that it can be compared with the same threshold as an image's. The first layer's
score is treated in the same way: the largest of three means, over all frames, the key frames and the first frame.
Lesson 14.
"""

from dataclasses import replace

import numpy as np

from . import payload, spread

TRIES = 8  # searches in a clip: the mean of all frames and up to seven single ones
MEANS = 3  # of the first layer's score: over all frames, the key frames, the first frame


def find_in_clip(details, key, first=()):
    """Search for the second layer in a clip.

    Args:
        details: List of f16 or f32 [h, w], of spread.normalised_detail, all frames in order.
        key: Text.
        first: Numbers of the frames to be searched, key frames for instance; filled up by others, evenly spread.
    Returns:
        spread.Found, with the payload read from all frames.
    Lesson 14.
    """
    best = None
    for number in (*chosen(len(details), first), None):
        found = spread.find_in(np.mean(details, 0, np.float32) if number is None else np.float32(details[number]), key)
        if best is None or found.score > best.score:
            best = found
        if _lowered(best.score) >= spread.THRESHOLD and best.payload is not None:
            break
    return replace(_added_up(details, key, best), score=_lowered(best.score))


def chosen(count, first=()):
    """The single frames that are searched: the given ones, thinned out evenly, then others, evenly spread.

    Args:
        count: Of frames.
        first: Numbers of frames.
    Returns:
        List of int, TRIES - 1 at most.
    Lesson 14.
    """
    given = sorted({int(k) for k in first if 0 <= k < count} | {0})
    places = np.linspace(0, len(given) - 1, min(len(given), TRIES - 1)).round().astype(int)
    wanted = [given[k] for k in places]
    others = [int(k) for k in np.linspace(0, count - 1, TRIES).round()]
    return [*wanted, *(k for k in dict.fromkeys(others) if k not in wanted)][:min(count, TRIES - 1)]


def lowered_mean(each, first=()):
    """The first layer's score of a clip: the largest of MEANS means over frames, lowered to make up for their number.

    Args:
        each: f64 [T, 2], every frame's statistic for each step.
        first: Numbers of the key frames, where known.
    Returns:
        float.
    Lesson 14.
    """
    keys = [k for k in first if k < len(each)] or [0]
    return _lowered(max(each.mean(0).max(), each[keys].mean(0).max(), each[0].max()), MEANS)


def _lowered(score, tries=TRIES):
    return float(np.sqrt(max(max(score, 0.0) ** 2 - 2 * np.log(tries), 0.0)))


def _added_up(details, key, best):
    """The place that was found, with the soft bits of all frames."""
    statistics, soft = zip(*(spread.at(np.float32(detail), key, best) for detail in details), strict=True)
    weights = np.maximum(statistics, 0) ** 2
    if not weights.any():
        return best
    summed = weights @ np.array(soft) / weights.sum()
    value, corrected = payload.read(summed) if _lowered(best.score) >= spread.THRESHOLD else (None, 0)
    return replace(best, payload=value or None, corrected=corrected, soft=summed)
