"""Right and wrong answers to the exercises of lesson 08."""
import numpy as np
from scipy.fft import dct

LIFTER = 1 + 11 * np.sin(np.pi * np.arange(13) / 22)


def cepstrum(energies, *, log=np.log, norm="ortho", lifter=LIFTER):
    return dct(log(energies), type=2, axis=1, norm=norm)[:, :13] * lifter


def delayed(targets, delay):
    out = np.full(targets.shape, np.nan)
    out[delay:] = targets[:len(targets) - delay]
    return out


def early(targets, delay):
    out = np.full(targets.shape, np.nan)
    out[:len(targets) - delay] = targets[delay:]
    return out


def empty_slice(targets, delay):
    out = np.full(targets.shape, np.nan)
    if delay:
        out[delay:] = targets[:-delay]
    return out


def median(values, weights, *, by=np.argsort):
    order = by(values)
    reach = np.cumsum(weights[order])
    return values[order][np.argmax(reach >= reach[-1] / 2)]


def step(cost, motion, speaks, *, before=lambda c: c.min(1), repeat=lambda c: c[:, 0], quiet=1.0, first=np.inf):
    here = quiet * motion * (not speaks)
    return np.stack([np.r_[first, before(cost)[:-1] + here[1:]], repeat(cost) + 2 * motion + here], 1)


def closures(opening, rate, phones, *, around=0.02, names="PBM", of=np.min):
    times = np.arange(len(opening)) / rate
    return [k for k, (name, a, b) in enumerate(phones) if name in names
            and of(opening[(times >= a - around) & (times <= b + around)]) > 0.05]


def cost(wanted, stored, viseme_of, *, weights=(0.25, 0.5, 0.25), alike=0.3):
    apart = [0 if a == b else alike if viseme_of[a] == viseme_of[b] else 1
             for a, b in zip(wanted, stored, strict=True)]
    return float(np.dot(weights, apart))


def windows(mel, *, earlier=2, rows=4, clip=True):
    at = rows * (np.arange(len(mel) // 4)[:, None] - earlier) + np.arange(20)
    return mel[np.clip(at, 0, len(mel) - 1) if clip else at % len(mel)]


RIGHT = {
    "08.cepstrum": [cepstrum],
    "08.delayed": [delayed],
    "08.weighted_median": [median],
    "08.retiming_step": [step],
    "08.bad_closures": [closures],
    "08.triphone_cost": [cost],
    "08.sound_windows": [windows],
}
WRONG = [
    ("08.cepstrum", lambda e: cepstrum(e, log=lambda x: x), "logarithm is missing"),
    ("08.cepstrum", lambda e: cepstrum(e, lifter=1.0), "lifter is missing"),
    ("08.cepstrum", lambda e: cepstrum(e, norm=None), "without a norm"),
    ("08.cepstrum", lambda e: cepstrum(e, log=np.log10), "base 10"),
    ("08.cepstrum", lambda e: 2 * cepstrum(e), "should begin"),
    ("08.delayed", early, "before it hears"),
    ("08.delayed", lambda t, d: np.roll(t, d, 0), "come round"),
    ("08.delayed", empty_slice, "which is empty"),
    ("08.delayed", lambda t, d: t[d:], "as many rows"),
    ("08.delayed", lambda t, d: t, "should be targets"),
    ("08.weighted_median", lambda v, w: np.median(v), "plain median"),
    ("08.weighted_median", lambda v, w: np.average(v, weights=w), "which blurs"),
    ("08.weighted_median", lambda v, w: median(v, w, by=lambda x: np.arange(len(x))), "not sorted"),
    ("08.weighted_median", lambda v, w: v.max() + 1, "reaches half"),
    ("08.retiming_step", lambda c, m, s: step(c, m, s, first=0.0), "frame 0"),
    ("08.retiming_step", lambda c, m, s: step(c, m, s, repeat=lambda x: x.min(1)), "third time"),
    ("08.retiming_step", lambda c, m, s: step(c, m, s, before=lambda x: x[:, 0]), "go on"),
    ("08.retiming_step", lambda c, m, s: step(c, m, s, quiet=0.0), "costs nothing yet"),
    ("08.retiming_step", lambda c, m, s: step(c, m, s) + 1, "should be"),
    ("08.retiming_step", lambda c, m, s: c[:3], "is wanted"),
    ("08.bad_closures", lambda o, r, p: closures(o, r, p, around=0.0), "before it begins"),
    ("08.bad_closures", lambda o, r, p: closures(o, r, p, names="PBMFV"), "need not close"),
    ("08.bad_closures", lambda o, r, p: closures(o, r, p, of=np.mean), "not its mean"),
    ("08.bad_closures", lambda o, r, p: closures(o, r, p)[::-1], "not sorted"),
    ("08.bad_closures", lambda o, r, p: None, "list of indices"),
    ("08.triphone_cost", lambda a, b, v: cost(a, b, v, weights=(1 / 3,) * 3), "count the same"),
    ("08.triphone_cost", lambda a, b, v: cost(a, b, v, weights=(1, 1, 1)), "weights are missing"),
    ("08.triphone_cost", lambda a, b, v: cost(a, b, v, alike=1), "look alike"),
    ("08.triphone_cost", lambda a, b, v: cost(a, b, v, alike=0), "not the same phone"),
    ("08.triphone_cost", lambda a, b, v: 7.0, "should cost"),
    ("08.sound_windows", lambda m: windows(m, earlier=1), "one frame before it"),
    ("08.sound_windows", lambda m: windows(m, earlier=0), "at the frame itself"),
    ("08.sound_windows", lambda m: windows(np.roll(m, 2, 0), earlier=0), "two rows before"),
    ("08.sound_windows", lambda m: windows(m, clip=False), "negative index"),
    ("08.sound_windows", lambda m: windows(m, rows=5), "rows 12 to 31"),
]
