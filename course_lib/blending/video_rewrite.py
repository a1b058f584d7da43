"""Video Rewrite: the mouth for new words, cut from labelled footage triphone by triphone. Lesson 08."""
from functools import cache
from typing import NamedTuple

import numpy as np

from course_lib.audio.visemes import DIPHTHONGS, OF_PHONE

PARTS = (0.25, 0.5, 0.25)  # how much the left, middle and right phone of a triphone count
SAME_VISEME = 0.3  # distance of two phones that look alike, between 0 (the same) and 1 (they look different)
ALPHA, KEPT, SAMPLES = 0.8, 25, 5  # weight of the context; candidates for each triphone; shapes in an overlap


class Triphone(NamedTuple):
    """A phone with its neighbours, from the middle of the left one to the middle of the right one.

    Args:
        names: three phones, ARPAbet.
        times: f64 [3], seconds: the middles of the three.
        clip: of the footage, from 0.
    """

    names: tuple[str, str, str]
    times: np.ndarray
    clip: int = 0


def triphones(phones, clip=0):
    """The triphones of timed phones; before the first phone and after the last one there is silence.

    Args:
        phones: [(ARPAbet, start, end)], seconds.
        clip: number of the clip in the footage.
    Returns:
        List of Triphone, one for each phone: each overlaps with the next from the middle of its phone on.
    References:
        Bregler, Covell & Slaney 1997, section 3.
    Lesson 08.
    """
    first, last = phones[0][1], phones[-1][2]
    padded = [("SIL", first - 0.1, first), *phones, ("SIL", last, last + 0.1)]
    middles = np.array([(a + b) / 2 for _, a, b in padded])
    return [Triphone(tuple(name for name, _, _ in padded[k:k + 3]), middles[k:k + 3], clip)
            for k in range(len(phones))]


@cache
def phone_distance(one, other):
    """How different two phones look: 0 for the same, SAME_VISEME for the same viseme, otherwise 1.

    Args:
        one, other: ARPAbet.
    Returns:
        A float.
    Lesson 08.
    """
    if one == other:
        return 0.0
    first, second = (DIPHTHONGS.get(phone) or (OF_PHONE[phone],) for phone in (one, other))
    return SAME_VISEME if first == second else 1.0


def context_distance(one, other):
    """How little a triphone of the footage fits a wanted one: the weighted distances of its three phones.

    Args:
        one, other: tuples of three phones.
    Returns:
        A float, 0 for the same triphone to 1.
    References:
        Bregler, Covell & Slaney 1997, section 4.1.
    Lesson 08.
    """
    return sum(w * phone_distance(a, b) for w, a, b in zip(PARTS, one, other, strict=True))


def shapes_at(shapes, times, rate):
    """Lip shapes at any time, by linear interpolation; the first and the last one are held.

    Args:
        shapes: f [T, 36].
        times: f [N], seconds.
        rate: shapes per second.
    Returns:
        f64 [N, 36].
    Lesson 08.
    """
    at = np.clip(np.asarray(times, float) * rate, 0, len(shapes) - 1)
    low = np.minimum(at.astype(int), len(shapes) - 2) if len(shapes) > 1 else np.zeros(len(at), int)
    part = (at - low)[:, None]
    return (1 - part) * shapes[low] + part * shapes[np.minimum(low + 1, len(shapes) - 1)]


class Footage:
    """Labelled footage: its triphones, and the lips in the two halves in which each overlaps with its neighbours.

    Args:
        phones: list of lists of (ARPAbet, start, end), one for each clip.
        shapes: list of f [T, 36], the lips in each clip.
        rate: shapes per second.
    Attributes:
        triphones: list of Triphone.
        first, second: f64 [N, SAMPLES, 18, 2], the lips in their halves.
        usual: mismatch of the lips between random triphones, its mean, above 0.
    Lesson 08.
    """

    def __init__(self, phones, shapes, rate):
        self.shapes, self.rate = list(shapes), rate
        self.triphones = [unit for clip, spoken in enumerate(phones) for unit in triphones(spoken, clip)]
        lips = lambda unit, times: shapes_at(self.shapes[unit.clip], times, rate)  # noqa: E731
        self.first, self.second = (
            np.stack([lips(unit, np.linspace(unit.times[k], unit.times[k + 1], SAMPLES)) for unit in self.triphones])
            .reshape(-1, SAMPLES, 18, 2) for k in (0, 1))
        every = np.arange(len(self.triphones))
        self.usual = max(float(self.mismatch(every, every[::-1]).mean()), 1e-9)

    def mismatch(self, one, other):
        """How far the lips of one triphone's end are from those of another one's beginning.

        Args:
            one, other: indices of triphones, arrays of shapes that fit together.
        Returns:
            f64: mean distance of the points, face units.
        Lesson 08.
        """
        away = self.second[one] - self.first[other]
        return np.sqrt(away[..., 0] ** 2 + away[..., 1] ** 2).mean((-1, -2))


def retrieve(wanted, footage, alpha=ALPHA, kept=KEPT):
    """The triphones of the footage that fit best: a shortest path, in their context and where each meets the next.

    Args:
        wanted: list of N Triphones, of the new words.
        footage: Footage.
        alpha: weight of context_distance; 1 - alpha is that of the lips' mismatch, divided by what it is between random
            triphones.
        kept: candidates for each triphone, those of the nearest context.
    Returns:
        (list of N indices of footage.triphones, the cost of the path).
    References:
        Bregler, Covell & Slaney 1997, section 4.2.
    Lesson 08.
    """
    stored = footage.triphones
    names = sorted({name for unit in [*wanted, *stored] for name in unit.names})
    row = {name: k for k, name in enumerate(names)}
    table = np.array([[phone_distance(a, b) for b in names] for a in names])
    spelled = np.array([[row[name] for name in unit.names] for unit in stored])
    cost, came, choice = None, [], []
    for unit in wanted:
        context = sum(w * table[row[name], spelled[:, k]] for k, (w, name) in enumerate(zip(PARTS, unit.names)))
        near = np.argsort(context, kind="stable")[:kept]
        here = alpha * context[near]
        if cost is None:
            cost = here
        else:
            joined = cost[:, None] + (1 - alpha) * footage.mismatch(choice[-1][:, None], near[None]) / footage.usual
            came.append(joined.argmin(0))
            cost = joined.min(0) + here
        choice.append(near)
    at, path = int(cost.argmin()), []
    for k in range(len(wanted) - 1, -1, -1):
        path.append(int(choice[k][at]))
        at = int(came[k - 1][at]) if k else at
    return path[::-1], float(cost.min())


def stitch(wanted, path, footage, times):
    """The lips of the new words: chosen triphones, stretched to the wanted times and cross-faded where they overlap.

    Args:
        wanted: list of N Triphones.
        path: N indices of footage.triphones, from retrieve.
        footage: Footage.
        times: f [M], seconds at which the lips are wanted.
    Returns:
        f32 [M, 36].
    Lesson 08.
    """
    times = np.asarray(times, float)
    total, weight = np.zeros((len(times), 36)), np.zeros((len(times), 1))
    for k, (unit, at) in enumerate(zip(wanted, path, strict=True)):
        found = footage.triphones[at]
        begins, ends = k == 0, k + 1 == len(wanted)  # outside its words the first and the last shape are held
        ramp = np.interp(times, unit.times, [float(begins), 1.0, float(ends)])
        inside = ((times > unit.times[0]) | begins) & ((times < unit.times[2]) | ends)
        ramp = np.where(inside, ramp, 0.0)[:, None]
        total += ramp * shapes_at(footage.shapes[found.clip], np.interp(times, unit.times, found.times), footage.rate)
        weight += ramp
    return (total / np.maximum(weight, 1e-9)).astype(np.float32)
