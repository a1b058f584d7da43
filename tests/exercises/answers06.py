"""Right and wrong answers to the exercises of lesson 06."""
import numpy as np

from course_lib.models import stylegan


def styled(x, style, axes=(1, 2), one=1, swap=False, every=False, centred=True, spread=np.std, first=False):
    c = x.shape[-1]
    scale, bias = (style[:, ::2], style[:, 1::2]) if every else (style[:, :c], style[:, c:])
    scale, bias = (y[:, None, None] for y in ((bias, scale) if swap else (scale, bias)))
    plain = (x - (x.mean(axes, keepdims=True) if centred else 0)) / spread(x, axis=axes, keepdims=True)
    return (plain + bias) * (one + scale) if first else plain * (one + scale) + bias


def pulled(styles, mean, psi, coarse, which=None, share=None, middle=None):
    out = styles.copy()
    which, share = slice(None, coarse) if which is None else which(coarse), psi if share is None else share(psi)
    middle = mean if middle is None else middle(styles)
    out[:, which] = middle + share * (out[:, which] - middle)
    return out


def in_place(styles, mean, psi, coarse):
    styles[:, :coarse] = mean + psi * (styles[:, :coarse] - mean)
    return styles


def mixed(first, second, crossover, layers, shift=0):
    chosen = (np.arange(layers) < crossover + shift)[None, :, None]
    return np.where(chosen, first[:, None], second[:, None])


def blended(first, second, crossover, layers):
    share = crossover / layers
    return np.repeat((share * first + (1 - share) * second)[:, None], layers, 1)


def cut(first, second, crossover, layers):
    both = np.concatenate([first[:, :crossover], second[:, crossover:]], 1)
    return np.repeat(both[:, None], layers, 1)


def weights(w, values, centre=True):
    if centre:
        w, values = w - w.mean(0), values - values.mean()
    return np.linalg.lstsq(w, values, rcond=None)[0]


def found(w, values, centre=True):
    b = weights(w, values, centre)
    return b / (b @ b)


def with_ones(w, values):
    b = np.linalg.lstsq(np.c_[w, np.ones(len(w))], values, rcond=None)[0][:-1]
    return b / (b @ b)


def gap(w, values):
    return w[values > np.median(values)].mean(0) - w[values <= np.median(values)].mean(0)


def crooked(w, values):
    b = weights(w, values)
    aside = np.eye(len(b))[0] - b[0] * b / (b @ b)
    return b / (b @ b) + 3 * aside


def kernels(kernel, scales, axes=(1, 2, 3), power=0.5, scaled=True):
    modulated = kernel * scales[:, None, None, :, None]
    whole = modulated if scaled else kernel[None] + 0 * modulated
    return modulated / (whole**2).sum(axes, keepdims=True) ** power


RIGHT = {
    "06.adain": [styled, lambda x, s: np.asarray(stylegan.adain(x, s)), stylegan.adain],
    "06.truncate": [pulled],
    "06.mixing": [mixed, lambda a, b, k, n: np.asarray([[x] * k + [y] * (n - k) for x, y in zip(a, b, strict=True)])],
    "06.direction": [found, with_ones],
    "06.demodulate": [kernels, lambda k, s: np.stack([k * row[:, None] / np.linalg.norm(
        (k * row[:, None]).reshape(-1, k.shape[-1]), axis=0) for row in s])],
}
WRONG = [
    ("06.adain", lambda x, s: styled(x, s, one=0), "1 is missing"),
    ("06.adain", lambda x, s: styled(x, s, axes=(0, 1, 2)), "whole batch"),
    ("06.adain", lambda x, s: styled(x, s, axes=(1, 2, 3)), "over the channels too"),
    ("06.adain", lambda x, s: styled(x, s, axes=3), "channels of each pixel"),
    ("06.adain", lambda x, s: styled(x, s, spread=np.var), "variance"),
    ("06.adain", lambda x, s: styled(x, s, spread=lambda x, **_: 1), "divided by the standard deviation"),
    ("06.adain", lambda x, s: styled(x, s, centred=False), "mean is not taken away"),
    ("06.adain", lambda x, s: styled(x, s, swap=True), "exchanged"),
    ("06.adain", lambda x, s: styled(x, s, every=True), "scale, bias, scale"),
    ("06.adain", lambda x, s: styled(x, s, first=True), "before the scaling"),
    ("06.adain", lambda x, s: x, "not normalised"),
    ("06.truncate", lambda *a: pulled(*a, share=lambda psi: 1 - psi), "wrong way round"),
    ("06.truncate", lambda *a: pulled(*a, which=lambda k: slice(None)), "all layers"),
    ("06.truncate", lambda *a: pulled(*a, which=lambda k: slice(k, None)), "fine layers are pulled"),
    ("06.truncate", lambda *a: pulled(*a, which=lambda k: slice(k + 1)), "one layer too many"),
    ("06.truncate", lambda *a: pulled(*a, middle=lambda s: 0), "to zero"),
    ("06.truncate", lambda *a: pulled(*a, middle=lambda s: s.mean((0, 1))), "own mean"),
    ("06.truncate", in_place, "changed the styles"),
    ("06.mixing", lambda a, b, *rest: mixed(b, a, *rest), "exchanged"),
    ("06.mixing", lambda a, b, k, n: mixed(a, b, n - k, n), "fine end"),
    ("06.mixing", lambda *a: mixed(*a, shift=1), "wrong side"),
    ("06.mixing", blended, "interpolation"),
    ("06.mixing", cut, "cut the layers"),
    ("06.mixing", lambda a, b, k, n: mixed(a, b, k, n - 1), "shape"),
    ("06.direction", weights, "weights of the regression"),
    ("06.direction", lambda w, v: -found(w, v), "goes down"),
    ("06.direction", lambda w, v: weights(w, v) / np.linalg.norm(weights(w, v)), "length 1"),
    ("06.direction", lambda w, v: found(w, v, centre=False), "no constant"),
    ("06.direction", gap, "difference of the means"),
    ("06.direction", crooked, "times as long"),
    ("06.direction", lambda w, v: 3 * found(w, v), "by 3"),
    ("06.demodulate", lambda k, s: k * s[:, None, None, :, None], "modulation alone"),
    ("06.demodulate", lambda k, s: np.repeat(k[None] / np.sqrt((k**2).sum((0, 1, 2))), len(s), 0), "without its"),
    ("06.demodulate", lambda k, s: kernels(k, s, scaled=False), "before it is scaled"),
    ("06.demodulate", lambda k, s: kernels(k, s, power=1), "variance"),
    ("06.demodulate", lambda k, s: kernels(k, s, axes=(1, 2, 3, 4)), "all output channels"),
    ("06.demodulate", lambda k, s: kernels(k, s, axes=(1, 2)), "one by one"),
    ("06.demodulate", lambda k, s: kernels(k, s, axes=3), "by itself"),
    ("06.demodulate", lambda k, s: kernels(k, s, axes=(1, 2, 4)), "output channels"),
    ("06.demodulate", lambda k, s: kernels(k, s) + 1, "keepdims"),
]  # fmt: skip
