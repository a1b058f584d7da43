"""Checks of lesson 08: MFCC, delayed targets, weighted median, retiming, bad closures, triphones, sound windows."""
import numpy as np

from .verdict import Wrong, array, explain, near


def cepstrum(rng, answer):
    """Check `cepstrum`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (energies f64 [T, 26], mel energies above 0) -> f64 [T, 13]: the first 13 coefficients of the
            orthonormal DCT-II of their logarithm, times 1 + 11 sin(pi n / 22).
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    energies = rng.uniform(0.1, 20, (5, 26))
    n, k = np.arange(26), np.arange(13)
    basis = np.sqrt(2 / 26) * np.cos(np.pi * (n[:, None] + 0.5) * k / 26)
    basis[:, 0] /= np.sqrt(2)
    lifter = 1 + 11 * np.sin(np.pi * k / 22)
    right = np.log(energies) @ basis * lifter
    got = array(answer(energies.copy()), (5, 13), "cepstrum")
    if near(got, right, 1e-6):
        return
    plain = basis / np.sqrt(2 / 26)
    plain[:, 0] *= np.sqrt(2)
    explain(got, [
        (energies @ basis * lifter, "the logarithm is missing. Hint: the DCT is of np.log(energies)."),
        (np.log(energies) @ basis, "the lifter is missing. Hint: multiply coefficient n by 1 + 11 sin(pi n / 22)."),
        (2 * np.log(energies) @ plain * lifter, "that is scipy's DCT without a norm. Hint: norm=\"ortho\"."),
        (np.log10(energies) @ basis * lifter, "that is the logarithm to base 10. Hint: np.log."),
    ], 1e-6)
    raise Wrong(f"the first row should begin {np.round(right[0, :3], 3).tolist()}, yours {np.round(got[0, :3], 3)}. "
                "Hint: scipy.fft.dct(..., type=2, axis=1, norm=\"ortho\")[:, :13].")


def delayed(rng, answer):
    """Check `delayed_targets`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (targets f64 [T, K], delay) -> f64 [T, K]: row t is what the network should say at step t when
            it is `delay` steps late; rows without a target are nan.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for delay in (int(rng.integers(2, 6)), 0):
        targets = rng.normal(size=(12, 3))
        right = np.full((12, 3), np.nan)
        right[delay:] = targets[:12 - delay]
        got = answer(targets.copy(), delay)
        if np.shape(got) != (12, 3):
            raise Wrong(f"delayed_targets gave the shape {np.shape(got)}; as many rows as the targets have are wanted.")
        got = np.asarray(got, float)
        if np.array_equal(np.isnan(got), np.isnan(right)) and np.allclose(got, right, equal_nan=True):
            continue
        early = np.full((12, 3), np.nan)
        early[:12 - delay] = targets[delay:]
        if np.allclose(got, early, equal_nan=True):
            raise Wrong("that network would have to speak before it hears. Hint: what it says at step t is the mouth "
                        "of step t - delay.")
        if np.allclose(got, np.roll(targets, delay, 0)):
            raise Wrong("the end of the sentence has come round to the beginning. Hint: np.roll wraps; the first "
                        "rows have no target: nan.")
        if delay == 0:
            raise Wrong("with a delay of 0 the targets stay as they are. Hint: beware of the slice [:-0], which is "
                        "empty.")
        raise Wrong(f"with a delay of {delay}, row {delay} should be targets[0], and the {delay} rows before it nan.")


def weighted_median(rng, answer):
    """Check `weighted_median`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (values f64 [N], weights f64 [N] above 0) -> the smallest value at or below which at least half
            of the weight lies.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for count in (9, 12):
        values, weights = rng.normal(size=count), rng.uniform(0.05, 1, count) ** 3
        order = np.argsort(values)
        reach = np.cumsum(weights[order])
        right = values[order][np.argmax(reach >= reach[-1] / 2)]
        got = float(array(answer(values.copy(), weights.copy()), (), "weighted_median"))
        if near(got, right, 1e-9):
            continue
        unsorted = np.cumsum(weights)
        explain(got, [
            (np.median(values), "that is the plain median. Hint: every value counts by its weight."),
            ((values * weights).sum() / weights.sum(), "that is the weighted mean, which blurs. Hint: sort, add up the "
                                                       "weights, stop at half."),
            (values[np.argmax(unsorted >= unsorted[-1] / 2)], "the values were not sorted. Hint: sort the values and "
                                                              "take the weights along: order = np.argsort(values)."),
        ], 1e-9)
        raise Wrong(f"it should be {right:.4f}, yours is {got:.4f}. Hint: the first index at which the sum of the "
                    "sorted weights reaches half of their total.")


def retiming_step(rng, answer):
    """Check `retiming_step`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (cost f64 [M, 2], motion f64 [M], speaks bool) -> f64 [M, 2], the costs one sound frame later:
            new[j, 0] = min(cost[j - 1]) + g[j] and new[j, 1] = cost[j, 0] + 2 motion[j] + g[j], with g = 0 while
            somebody speaks and motion otherwise; new[0, 0] is inf.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    for speaks in (True, False):
        cost, motion = rng.uniform(0, 3, (6, 2)), rng.uniform(0.1, 1, 6)
        here = motion * (not speaks)
        right = np.stack([np.r_[np.inf, cost[:-1].min(1) + here[1:]], cost[:, 0] + 2 * motion + here], 1)
        got = answer(cost.copy(), motion.copy(), speaks)
        if np.shape(got) != (6, 2):
            raise Wrong(f"retiming_step gave the shape {np.shape(got)}; [6, 2] is wanted, as cost has.")
        got = np.asarray(got, float)
        if np.isfinite(got[0, 0]):
            raise Wrong("frame 0 cannot be shown for the first time in a later step. Hint: new[0, 0] = np.inf.")
        if np.allclose(got, right):
            continue
        again = np.stack([right[:, 0], cost.min(1) + 2 * motion + here], 1)
        if np.allclose(got, again):
            raise Wrong("a frame was shown a third time. Hint: a repeat comes after a first showing: cost[j, 0] alone.")
        if np.allclose(got[1:, 0], cost[:-1, 0] + here[1:]):
            raise Wrong("after a repeat the video must be able to go on. Hint: the minimum over both columns of "
                        "cost[j - 1].")
        if not speaks and np.allclose(got + np.stack([motion, motion], 1), right):
            raise Wrong("motion in silence costs nothing yet. Hint: g is motion where nobody speaks.")
        raise Wrong(f"with speaks={speaks}, new[1] should be {np.round(right[1], 3).tolist()}, yours is "
                    f"{np.round(got[1], 3).tolist()}.")


def bad_closures(rng, answer):
    """Check `bad_closures`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (opening f64 [T], rate, phones: list of (name, start, end)) -> sorted list of the indices in
            `phones` of every P, B or M during which the lips never come closer than 0.05; 20 ms before and after count
            too.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    names, rate = ["AX", "P", "AE", "S", "M", "IY", "F", "B", "AA", "M", "EH", "V", "P", "OW", "B", "IY"], 100.0
    ends = np.cumsum(rng.uniform(0.07, 0.12, len(names)))
    phones = [(n, float(b - w), float(b)) for n, b, w in zip(names, ends, np.diff(np.r_[0, ends]))]
    lips = [k for k, n in enumerate(names) if n in "PBM"]
    right = sorted(rng.choice(lips[1:], 2, replace=False).tolist())
    times = np.arange(int(ends[-1] * rate) + 1) / rate
    opening = np.full(len(times), 0.22)
    for k in lips:
        _, a, b = phones[k]
        if k not in right:  # the first one only touches, for a moment before it begins
            middle = a - 0.01 if k == lips[0] else (a + b) / 2
            opening[np.abs(times - middle).argmin()] = 0.01
        else:
            opening[(times > a) & (times < b)] = 0.08
    got = answer(opening.copy(), rate, list(phones))
    try:
        got = [int(k) for k in got]
    except TypeError:
        raise Wrong("bad_closures should give a list of indices in phones.") from None
    if got == right:
        return
    if sorted(got) == right:
        raise Wrong("these are the two, but not sorted.")
    if set(got) == {*right, lips[0]}:
        raise Wrong(f"phone {lips[0]} closes 10 ms before it begins, as stops do. Hint: 20 ms before and after count.")
    if any(k not in lips for k in got):
        raise Wrong(f"phone {[k for k in got if k not in lips][0]} need not close the lips. Hint: P, B and M alone; F "
                    "and V touch the teeth.")
    raise Wrong(f"{right} are the two during which the lips stay apart; you found {got}. Hint: the minimum of the "
                "opening in the span, not its mean.")


def triphone_cost(rng, answer):
    """Check `triphone_cost`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (wanted, stored, viseme_of: dict of phone -> viseme) -> float: the distances of the three
            phones, with weights 1/4, 1/2 and 1/4; a distance is 0 for the same phone, 0.3 for another one of the same
            viseme, otherwise 1.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    viseme_of = {"P": "PP", "B": "PP", "M": "PP", "F": "FF", "V": "FF", "S": "SS", "Z": "SS", "AA": "AA", "IY": "IY"}
    names, weights = list(viseme_of), np.array([0.25, 0.5, 0.25])
    cases = [(("P", "AA", "S"), ("B", "AA", "IY")), (("P", "F", "S"), ("P", "V", "Z"))]
    cases += [tuple(tuple(rng.choice(names, 3).tolist()) for _ in range(2)) for _ in range(20)]
    for wanted, stored in cases:
        pairs = list(zip(wanted, stored))
        apart = np.array([0.0 if a == b else 0.3 if viseme_of[a] == viseme_of[b] else 1.0 for a, b in pairs])
        right = float(weights @ apart)
        got = float(array(answer(wanted, stored, dict(viseme_of)), (), "triphone_cost"))
        if near(got, right, 1e-9):
            continue
        alike = np.array([0.0 if viseme_of[a] == viseme_of[b] else 1.0 for a, b in pairs])
        explain(got, [
            (apart.mean(), "all three phones count the same. Hint: the middle one counts 1/2, its neighbours 1/4."),
            (apart.sum(), "the weights are missing. Hint: 1/4, 1/2 and 1/4."),
            (weights @ (apart > 0), "phones of one viseme look alike. Hint: 0.3 where viseme_of gives the same."),
            (weights @ alike, "two phones of one viseme are not the same phone. Hint: 0.3, not 0."),
        ], 1e-9)
        raise Wrong(f"{wanted} against {stored} should cost {right:.3f}, yours is {got:.3f}.")


def sound_windows(rng, answer):
    """Check `sound_windows`.

    Args:
        rng: numpy Generator of the inputs.
        answer: function (mel f64 [4 T, B]) -> f64 [T, 20, B]: what frame t hears, 20 rows that begin two frames before
            it; rows beyond the ends repeat the first and the last one.
    Raises:
        Wrong: when the answer is wrong; the message says why and gives a hint.
    """
    mel = rng.normal(size=(4 * 12, 3))
    rows = 4 * (np.arange(12)[:, None] - 2) + np.arange(20)
    right = mel[np.clip(rows, 0, len(mel) - 1)]
    got = array(answer(mel.copy()), right.shape, "sound_windows")
    if near(got, right, 1e-9):
        return
    inside = np.s_[3:8]
    for begin, word in ((1, "one frame before it"), (0, "at the frame itself")):
        if near(got[inside], mel[rows[inside] + 4 * (2 - begin)], 1e-9):
            raise Wrong(f"those windows begin {word}: the public code's off-by-one is of this kind. Hint: two frames, "
                        "8 rows, before frame t, so that t lies in the middle.")
    if near(got[inside], mel[rows[inside] + 6], 1e-9):
        raise Wrong("those windows begin two rows before the frame. Hint: a frame lasts four rows.")
    if near(got[inside], right[inside], 1e-9):
        raise Wrong("the first or the last windows are wrong. Hint: clip the row numbers to 0 ... len(mel) - 1; a "
                    "negative index takes rows from the end.")
    raise Wrong("the window of frame 5 should hold the rows 12 to 31 of mel. Hint: 4 * (t - 2) + np.arange(20).")
