"""Checks of lesson 12: a hidden eye, too few blinks, frames in order, POS, the pulse, and a use of time."""
import math

import numpy as np

from course_lib.forensics import blinks, pulse

from .verdict import Wrong, array, explain, names, near


def one_eye(rng, answer):
    """Check `one_eye`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (landmarks f64 [T, 68, 2], visible bool [T, 68]) -> f64 [T]: the eye aspect ratio, the mean of
            the eyes of which all six points are visible; nan where there is none.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    landmarks = rng.normal(0, 3, (12, 68, 2))
    visible = np.ones((12, 68), bool)
    visible[2:5, rng.integers(36, 42)] = False
    visible[5:8, rng.integers(42, 48)] = False
    visible[8:10, [37, 46]] = False
    both = _each(landmarks)
    whole = np.stack([visible[:, list(eye)].all(1) for eye in (blinks.RIGHT, blinks.LEFT)], 1)
    right = np.array([row[seen].mean() if seen.any() else np.nan for row, seen in zip(both, whole)])
    got = answer(landmarks.copy(), visible.copy())
    if np.shape(got) != (12,):
        raise Wrong(f"one_eye gave the shape {np.shape(got)}; one number for each of the 12 frames is wanted.")
    got = np.asarray(got, float)
    if np.array_equal(np.isnan(got), np.isnan(right)) and near(got[~np.isnan(right)], right[~np.isnan(right)], 1e-9):
        return
    if not np.isnan(got[8:10]).all():
        raise Wrong("in frames 8 and 9 a point of either eye is hidden, so nothing is known: nan is wanted there. "
                    "Hint: "
                    "an eye counts when visible[:, points].all(1).")
    seen = ~np.isnan(right)
    explain(got[seen], [
        (both.mean(1)[seen], "hidden eyes are averaged in. Hint: their landmarks are guesses; leave such an eye out."),
        (np.where(whole, both, 0).sum(1)[seen] / 2, "a hidden eye counts as closed: that looks like a blink. Hint: "
                                                    "divide by the number of visible eyes, not by two."),
    ], 1e-9)
    raise Wrong(f"frame 0 should be {right[0]:.4f}, yours is {got[0]:.4f}. Hint: (|p2 - p6| + |p3 - p5|) / (2 |p1 - "
                "p4|) "
                "with the points 36 to 41 and 42 to 47 in this order, then the mean of the two eyes.")


def _each(landmarks):
    """f64 [T, 2]: the ratio of either eye."""
    out = []
    for eye in (blinks.RIGHT, blinks.LEFT):
        p = landmarks[:, list(eye)]
        length = lambda a, b, p=p: np.linalg.norm(p[:, a] - p[:, b], axis=1)  # noqa: E731
        out.append((length(1, 5) + length(2, 4)) / (2 * length(0, 3)))
    return np.stack(out, 1)


def few_blinks(rng, answer):
    """Check `few_blinks`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (count, seconds, per_minute) -> the probability of at most count blinks, for a Poisson process.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for _ in range(4):
        count, seconds, rate = int(rng.integers(1, 6)), float(rng.uniform(10, 60)), float(rng.uniform(5, 25))
        mean = rate * seconds / 60
        term = lambda k, m: math.exp(-m) * m**k / math.factorial(k)  # noqa: E731
        right = sum(term(k, mean) for k in range(count + 1))
        got = float(array(answer(count, seconds, rate), (), "few_blinks"))
        if near(got, right, 1e-9):
            continue
        explain(got, [
            (term(count, mean), "that is the probability of exactly so many. Hint: fewer would be as suspicious: add "
                                "up "
                                "0, 1, ..., count."),
            (right - term(count, mean), "the count itself is missing from the sum. Hint: at most count, so "
                                        "range(count + 1)."),
            (1 - right, "that is the probability of more blinks than these. Hint: at most count."),
            (sum(term(k, rate * seconds) for k in range(count + 1)), "the rate is per minute and the time in seconds. "
                                                                     "Hint: the mean is rate * seconds / 60."),
        ], 1e-9)
        raise Wrong(f"{count} blinks in {seconds:.1f} s at {rate:.1f} per minute: {right:.4f} is right, yours is "
                    f"{got:.4f}. "
                    "Hint: the number of events of a Poisson process with mean m is k with probability exp(-m) m^k / "
                    "k!.")


def frame_order(rng, answer):
    """Check `frame_order`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (names: list of str such as "clip07_12.png") -> the names in the order of the frames: by the
            last number in the name.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    clip, count = int(rng.integers(2, 99)), int(rng.integers(21, 40))
    right = [f"clip{clip:02d}_{k}.png" for k in range(1, count)]
    given = [right[k] for k in rng.permutation(count - 1)]
    got = answer(list(given))
    if got is None:
        raise Wrong("frame_order gave None. list.sort() sorts in place and returns nothing: use sorted(...).")
    got = list(got)
    if got == right:
        return
    if sorted(got) != sorted(right):
        raise Wrong(f"{len(right)} names went in and {len(got)} came out, or they changed. Hint: sorted(names, "
                    "key=...).")
    if got == sorted(given):
        raise Wrong(f"sorted as text: {', '.join(got[:4])}. Hint: compare numbers: key=lambda name: int(...).")
    if got == right[::-1]:
        raise Wrong("that runs backwards.")
    if got == given:
        raise Wrong(f"it begins with {got[0]}, as before. Hint: the first number in the name is the clip's, the same "
                    "for all frames; take the last one.")
    raise Wrong(f"it begins with {', '.join(got[:4])}. Hint: key=lambda name: the last number in it, as an int.")


def lasting(rng, answer):
    """Check `lasting`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (signal f64 [T], rate) -> the fraction of windows of 8 s, one every second, in which
            pulse.heart_rate is within 5 beats of the median over the windows.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    rate, seconds = 25.0, 24
    time = np.arange(int(seconds * rate)) / rate
    beats = rng.uniform(60, 90) + np.where(time > 9, rng.uniform(25, 40), 0)
    signal = np.sin(2 * np.pi * np.cumsum(beats) / 60 / rate) + rng.normal(0, 0.3, len(time))
    windows = [signal[s:s + 200] for s in range(0, len(signal) - 199, 25)]
    rates = np.array([pulse.heart_rate(w, rate) for w in windows])
    fraction = lambda r, middle: float((np.abs(r - middle) <= 5).mean())  # noqa: E731
    right = fraction(rates, np.median(rates))
    got = float(array(answer(signal.copy(), rate), (), "lasting"))
    if near(got, right, 1e-9):
        return
    apart = np.array([pulse.heart_rate(signal[s:s + 200], rate) for s in range(0, len(signal) - 199, 200)])
    explain(got, [
        (fraction(rates, rates[0]), "compared with the rate of the first window. Hint: np.median of all rates."),
        (fraction(rates, rates.mean()), "compared with the mean. Hint: one window that is far off moves the mean; the "
                                        "median stays."),
        (fraction(apart, np.median(apart)), "the windows do not overlap. Hint: one begins every second: step rate."),
        (fraction(rates[:-1], np.median(rates[:-1])), "the last window is missing. Hint: range(0, T - length + 1, "
                                                      "step)."),
    ], 1e-9)
    raise Wrong(f"{right:.3f} of {len(rates)} windows agree with their median; yours is {got:.3f}. Hint: windows of "
                "8 * rate values, one beginning every `rate` values; heart_rate of each; abs(rates - median) <= 5.")


def uses_time(rng, answer):
    """Check `uses_time`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (results: {network: {order: (low, high)}}) -> sorted list of the networks for which the
            experiment shows a use of time: the interval of "original" lies above those of "shuffled" and "frozen".
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    shift = float(rng.uniform(0, 0.02))
    results = {
        "resnet": {"original": (0.91, 0.96), "shuffled": (0.91, 0.96), "frozen": (0.90, 0.95)},
        "gru": {"original": (0.80, 0.90), "shuffled": (0.76, 0.84), "frozen": (0.48, 0.60)},
        "r3d": {"original": (0.88, 0.94), "shuffled": (0.60, 0.72), "frozen": (0.50, 0.62)},
        "tcn": {"original": (0.70, 0.80), "shuffled": (0.52, 0.64), "frozen": (0.71, 0.81)},
        "flow": {"original": (0.66, 0.74), "shuffled": (0.45, 0.57), "frozen": (0.44, 0.58)},
    }
    results = {name: {o: (low - shift, high - shift) for o, (low, high) in r.items()} for name, r in results.items()}
    above = lambda r, order: r["original"][0] > r[order][1]  # noqa: E731
    right = sorted(n for n, r in results.items() if above(r, "shuffled") and above(r, "frozen"))
    got = names(answer({name: dict(r) for name, r in results.items()}), right, "uses_time")
    if got == right:
        return
    if "gru" in got:
        raise Wrong("gru: its intervals for the original and the shuffled order overlap, so nothing is shown. Hint: "
                    "the lower end of one above the upper end of the other.")
    if "tcn" in got:
        raise Wrong("tcn scores as much on one frame repeated eight times, in which there is no time at all: whatever "
                    "shuffling disturbs, it was not needed. Hint: compare with both controls.")
    if "resnet" in got:
        raise Wrong("resnet has the highest score, and the same one without any time. Hint: a high score shows no use "
                    "of time; a difference from the controls does.")
    raise Wrong(f"found {got}; {right} are right. Hint: low of original > high of shuffled, and > high of frozen.")


def pos_window(rng, answer):
    """Check `pos_window`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (colours f64 [R, T, 3], one window of the mean colours of R regions) -> f64 [R, T]: the POS
            signal of each region.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    time = np.arange(40) / 25
    beat = np.sin(2 * np.pi * (1.2 * time + rng.uniform()))[None, :, None] * np.array([0.3, 1.0, 0.6])
    light = 1 + rng.normal(0, 0.02, (4, 40, 1))
    tones = rng.uniform(0.3, 0.8, (4, 1, 3))
    colours = tones * light * (1 - rng.uniform(0.002, 0.02, (4, 1, 1)) * beat) + rng.normal(0, 5e-4, (4, 40, 3))
    right = _pos(colours)
    got = array(answer(colours.copy()), (4, 40), "pos_window")
    if near(got, right, 1e-9):
        return
    explain(got, [
        (_pos(colours, divide=False), "the colours are not divided by their means. Hint: without it the light does not "
                                      "move all channels alike: colours / colours.mean(axis=1, keepdims=True)."),
        (_pos(colours, over=(0, 1)), "all regions are divided by one mean colour. Hint: each region by its own, over "
                                     "the axis of time."),
        (_pos(colours, sign=-1), "the second signal is subtracted, as in CHROM. Hint: in POS the pulse has the same "
                                 "sign in S1 and S2: add."),
        (_pos(colours, together=True), "one ratio of standard deviations serves all regions. Hint: std(axis=1, "
                                       "keepdims=True)."),
        (_pos(colours, upside_down=True), "the ratio is upside down. Hint: S2 is scaled to the size of S1: "
                                          "std(S1) / std(S2)."),
    ], 1e-9)
    raise Wrong(f"region 0 begins with {right[0, 0]:.5f}, yours with {got[0, 0]:.5f}. Hint: S1 = G - B and "
                "S2 = G + B - 2R of the normalised colours; S1 + std(S1) / std(S2) S2.")


def _pos(colours, divide=True, over=1, sign=1, together=False, upside_down=False):
    """f64 [R, T]: the POS signal of a window, or what a usual mistake makes of it."""
    r, g, b = np.moveaxis(colours / colours.mean(over, keepdims=True) if divide else colours, -1, 0)
    first, second = g - b, g + b - 2 * r
    a, c = (x.std() if together else x.std(1, keepdims=True) for x in (first, second))
    return first + sign * (c / a if upside_down else a / c) * second


def read_spectrum(rng, answer):
    """Check `read_spectrum`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (signal f64 [T], controls: list of f64 [T], noises: list of f64 [T], rate) -> "pulse", "no
            pulse" or "cannot tell", by the signal-to-noise ratio at the strongest frequency.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    rate, time = 25.0, np.arange(300) / 25.0
    noise = lambda: pulse.band_pass(rng.normal(size=300), rate)  # noqa: E731
    beating = lambda strength: strength * np.sin(  # noqa: E731
        2 * np.pi * (rng.uniform(55, 115) / 60 * time + rng.uniform())) + noise()
    ratio = lambda x: pulse.snr(x, rate)  # noqa: E731
    noises = [beating(6.0), *(noise() for _ in range(39))]  # one in forty looks like a pulse
    high = np.percentile([ratio(x) for x in noises], 95)
    while ratio(silent := noise()) > high - 1:  # a clip whose spectrum is like that of most noise
        pass
    clear = [silent, *(beating(3.0) for _ in range(39))]  # one control does not
    lost = [beating(0.05) for _ in range(20)]
    for signal, controls, right in ((beating(3.0), clear, "pulse"), (silent, clear, "no pulse"),
                                    (silent, lost, "cannot tell"), (beating(3.0), lost, "pulse")):
        got = answer(signal.copy(), [x.copy() for x in controls], [x.copy() for x in noises], rate)
        if got == right:
            continue
        facts = (f"the clip has {ratio(signal):.1f} dB, 95 % of the noises have at most {high:.1f} dB, and 95 % of the "
                 f"real clips at least {np.percentile([ratio(x) for x in controls], 5):.1f} dB")
        if got not in ("pulse", "no pulse", "cannot tell"):
            raise Wrong(f"read_spectrum gave {got!r}; 'pulse', 'no pulse' or 'cannot tell' is wanted.")
        if right == "cannot tell":
            raise Wrong(f"{facts}: after this codec, real clips look like noise too. Hint: a missing pulse says "
                        f"something only where real clips would have shown one; yours says {got!r}.")
        if right == "pulse":
            raise Wrong(f"{facts}: this clip stands out from noise, whatever the codec did to others. Hint: compare "
                        f"with the noises first; yours says {got!r}.")
        raise Wrong(f"{facts}: real clips that went through the same codec do show a pulse, this one does not. Hint: "
                    f"compare the 5th percentile of the controls with the 95th of the noises; yours says {got!r}.")
