"""Right and wrong answers to the exercises of lesson 12."""
import math
import re

import numpy as np

from course_lib.exercises.lesson12 import _each, _pos
from course_lib.forensics import pulse


def one_eye(landmarks, visible, *, hidden="leave out", none=np.nan):
    ratios = _each(landmarks)
    whole = np.stack([visible[:, 36:42].all(1), visible[:, 42:48].all(1)], 1)
    if hidden == "keep":
        return np.where(whole.any(1), ratios.mean(1), none)
    if hidden == "closed":
        return np.where(whole.any(1), np.where(whole, ratios, 0).mean(1), none)
    return np.array([r[w].mean() if w.any() else none for r, w in zip(ratios, whole)])


def few_blinks(count, seconds, per_minute, *, first=0, last=1, unit=60):
    mean = per_minute * seconds / unit
    return sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(first, count + last))


def last_number(name):
    return int(re.findall(r"\d+", name)[-1])


def lasting(signal, rate, *, middle=np.median, step=25, drop=0):
    starts = range(0, len(signal) - 199 - drop, step)
    rates = np.array([pulse.heart_rate(signal[s:s + 200], rate) for s in starts])
    return (np.abs(rates - middle(rates)) <= 5).mean()


def pos_window(colours):
    r, g, b = np.moveaxis(colours / colours.mean(axis=1, keepdims=True), -1, 0)
    s1, s2 = g - b, g + b - 2 * r
    return s1 + s1.std(axis=1, keepdims=True) / s2.std(axis=1, keepdims=True) * s2


def read_spectrum(signal, controls, noises, rate, *, controls_matter=True, noise_first=True, low=5, high=95):
    own, real, none = (np.array([pulse.snr(x, rate) for x in xs]) for xs in ([signal], controls, noises))
    tells = np.percentile(real, low) > np.percentile(none, high) or not controls_matter
    if not noise_first and not tells:
        return "cannot tell"
    if own[0] > np.percentile(none, high):
        return "pulse"
    return "no pulse" if tells else "cannot tell"


def uses_time(results, orders=("shuffled", "frozen"), better=lambda a, b: a[0] > b[1]):
    return sorted(n for n, r in results.items() if all(better(r["original"], r[o]) for o in orders))


RIGHT = {
    "12.one_eye": [one_eye],
    "12.few_blinks": [few_blinks],
    "12.frame_order": [lambda names: sorted(names, key=last_number), lambda n: tuple(sorted(n, key=last_number))],
    "12.pos_window": [pos_window],
    "12.lasting": [lasting],
    "12.read_spectrum": [read_spectrum],
    "12.uses_time": [uses_time],
}
WRONG = [
    ("12.one_eye", lambda p, v: one_eye(p, v, hidden="keep"), "averaged in"),
    ("12.one_eye", lambda p, v: one_eye(p, v, hidden="closed"), "counts as closed"),
    ("12.one_eye", lambda p, v: one_eye(p, v, none=0.0), "nan is wanted"),
    ("12.one_eye", lambda p, v: 2 * one_eye(p, v), "should be"),
    ("12.one_eye", lambda p, v: _each(p), "one number for each"),
    ("12.few_blinks", lambda n, s, r: few_blinks(n, s, r, first=n), "exactly"),
    ("12.few_blinks", lambda n, s, r: few_blinks(n, s, r, last=0), "missing from the sum"),
    ("12.few_blinks", lambda n, s, r: 1 - few_blinks(n, s, r), "more blinks"),
    ("12.few_blinks", lambda n, s, r: few_blinks(n, s, r, unit=1), "per minute"),
    ("12.few_blinks", lambda n, s, r: 0.5, "Poisson process with mean"),
    ("12.frame_order", sorted, "sorted as text"),
    ("12.frame_order", lambda names: names.sort(), "in place"),
    ("12.frame_order", lambda names: sorted(names, key=last_number)[::-1], "backwards"),
    ("12.frame_order", lambda names: sorted(names, key=lambda n: int(re.findall(r"\d+", n)[0])), "first number"),
    ("12.frame_order", lambda names: names[:3], "came out"),
    ("12.lasting", lambda x, r: lasting(x, r, middle=np.mean), "with the mean"),
    ("12.lasting", lambda x, r: lasting(x, r, middle=lambda rates: rates[0]), "first window"),
    ("12.lasting", lambda x, r: -1.0, "agree with their median"),
    ("12.pos_window", lambda c: _pos(c, divide=False), "not divided"),
    ("12.pos_window", lambda c: _pos(c, over=(0, 1)), "one mean colour"),
    ("12.pos_window", lambda c: _pos(c, sign=-1), "as in CHROM"),
    ("12.pos_window", lambda c: _pos(c, together=True), "serves all regions"),
    ("12.pos_window", lambda c: _pos(c, upside_down=True), "upside down"),
    ("12.pos_window", lambda c: 2 * pos_window(c), "begins with"),
    ("12.read_spectrum", lambda x, c, n, r: read_spectrum(x, c, n, r, controls_matter=False), "look like noise too"),
    ("12.read_spectrum", lambda x, c, n, r: read_spectrum(x, c, n, r, noise_first=False), "whatever the codec did"),
    ("12.read_spectrum", lambda x, c, n, r: read_spectrum(x, c, n, r, high=100), "stands out from noise"),
    ("12.read_spectrum", lambda x, c, n, r: read_spectrum(x, c, n, r, low=0), "this one does not"),
    ("12.read_spectrum", lambda x, c, n, r: "pulse", "this one does not"),
    ("12.read_spectrum", lambda x, c, n, r: "fake", "is wanted"),
    ("12.uses_time", lambda r: uses_time(r, ("shuffled",)), "one frame repeated"),
    ("12.uses_time", lambda r: uses_time(r, better=lambda a, b: a[1] > b[1]), "overlap"),
    ("12.uses_time", lambda r: ["r3d"], "are right"),
    ("12.uses_time", lambda r: ["resnet"], "highest score"),
    ("12.uses_time", lambda r: uses_time(r)[::-1], "not sorted"),
    ("12.uses_time", lambda r: "r3d", "list of names"),
]
