"""Right and wrong answers to the exercises of lesson 05."""
import numpy as np
from keras import ops

from course_lib.models import faceswap_gan
from course_lib.training import faceswap
from course_lib.training.gan_losses import mixup_discriminator


def half_tanh(x):
    return (ops.tanh(x) + 1) / 2


def composed(raw, picture, alpha=ops.sigmoid, colour=half_tanh, other=1.0, first=True, turn=False):
    a, c = (raw[..., :1], raw[..., 1:]) if first else (raw[..., 3:], raw[..., :3])
    a, c = alpha(a), colour(c)
    a = 1 - a if turn else a
    return a * c + other * (1 - a) * picture


def edges(picture, wanted, ways=(0, 1), strength=ops.abs, apart=ops.abs, total=ops.mean, early=False):
    def steps(x):
        here = x[:, :-1, :-1]
        return [strength(d) for d in (here - x[:, :-1, 1:], here - x[:, 1:, :-1])]

    def one(a, b):
        return apart(total(a) - total(b)) if early else total(apart(a - b))

    pairs = list(zip(steps(picture), steps(wanted), strict=True))
    return sum(one(*pairs[k]) for k in ways)


def looks(network, picture, wanted, weights, axes=(1, 2, 3), centre=True, scale=True, apart=ops.square, total=ops.mean,
          order=1):
    def standard(x):
        x = x - ops.mean(x, axis=axes, keepdims=True) if centre else x
        return x / ops.sqrt(ops.mean(ops.square(x), axis=axes, keepdims=True) + 1e-5) if scale else x

    pairs = zip(weights[::order], network(picture), network(wanted), strict=True)
    return sum(w * total(apart(standard(a) - standard(b))) for w, a, b in pairs)


def mixed(discriminator, real, fake, share, mix=None, target=None, apart=ops.square, total=ops.mean):
    mix, target = share if mix is None else mix, share if target is None else target
    return total(apart(discriminator(mix * real + (1 - mix) * fake) - target))


def scores_mixed(discriminator, real, fake, share):
    return ops.mean((share * discriminator(real) + (1 - share) * discriminator(fake) - share) ** 2)


def plain(discriminator, real, fake, share, a=1.0, b=1.0):
    return a * ops.mean((discriminator(real) - 1) ** 2) + b * ops.mean(discriminator(fake) ** 2)


def better(scores, t, ddof=1, root=True, both=False, first=False, rule=None):
    d = scores[1:] - scores[:1] if first else np.diff(scores, axis=0)
    error = t * d.std(axis=1, ddof=ddof) / (np.sqrt(d.shape[1]) if root else 1)
    kept = rule(d) if rule else (abs(d.mean(1)) if both else d.mean(1)) > error
    return [k for k, yes in enumerate(kept, 1) if yes]


def welch(scores, t):
    variance = scores.var(axis=1, ddof=1) / scores.shape[1]
    rise = np.diff(scores.mean(1))
    return 1 + np.flatnonzero(rise > t * np.sqrt(variance[1:] + variance[:-1]))


def both(a, b):
    return sum(ops.mean(x) for x in faceswap.first_differences(ops.convert_to_tensor(a)))


RIGHT = {
    "05.composite": [composed, lambda r, p: faceswap_gan.composite(ops.sigmoid(r[..., :1]),
                                                                   half_tanh(r[..., 1:]), p)],
    "05.edge_loss": [edges, faceswap.edge_loss, lambda a, b: float(edges(a, b))],
    "05.perceptual_loss": [looks, faceswap.perceptual_loss],
    "05.mixup_loss": [mixed, lambda d, r, f, s: mixup_discriminator(d(s * r + (1 - s) * f), [s] * len(r))],
    "05.improvements": [better, lambda s, t: set(better(s, t))],
}
WRONG = [
    ("05.composite", lambda r, p: composed(r, p, turn=True), "exchanged"),
    ("05.composite", lambda r, p: composed(r, p, alpha=lambda x: x), "through the sigmoid"),
    ("05.composite", lambda r, p: composed(r, p, colour=ops.tanh), "still a tanh"),
    ("05.composite", lambda r, p: composed(r, p, colour=ops.sigmoid), "colour is a sigmoid"),
    ("05.composite", lambda r, p: composed(r, p, colour=lambda x: x), "colour is raw"),
    ("05.composite", lambda r, p: composed(r, p, first=False), "last channel"),
    ("05.composite", lambda r, p: half_tanh(r[..., 1:]), "colour alone"),
    ("05.composite", lambda r, p: composed(r, p, other=0.0), "goes dark"),
    ("05.composite", lambda r, p: p, "the pixels are not"),
    ("05.composite", lambda r, p: composed(r, p)[0], "shape"),
    ("05.edge_loss", lambda a, b: edges(a, b, (0,)), "to the right are compared"),
    ("05.edge_loss", lambda a, b: edges(a, b, (1,)), "below are compared"),
    ("05.edge_loss", lambda a, b: edges(a, b) / 2, "mean of the two"),
    ("05.edge_loss", lambda a, b: edges(a, b, strength=lambda d: d), "with their signs"),
    ("05.edge_loss", lambda a, b: edges(a, b, apart=ops.square), "by squares"),
    ("05.edge_loss", lambda a, b: edges(a, b, total=ops.sum), "sum over the pixels"),
    ("05.edge_loss", lambda a, b: ops.mean(ops.abs(a - b)), "compares pixels"),
    ("05.edge_loss", both, "takes no part"),
    ("05.edge_loss", lambda a, b: edges(a, b, early=True), "before the comparison"),
    ("05.edge_loss", lambda a, b: 3 * edges(a, b), "not the edge loss"),
    ("05.edge_loss", lambda a, b: None, "return"),
    ("05.perceptual_loss", lambda *a: looks(*a, centre=False, scale=False), "not standardised"),
    ("05.perceptual_loss", lambda *a: looks(*a, scale=False), "not divided"),
    ("05.perceptual_loss", lambda *a: looks(*a, axes=(0, 1, 2, 3)), "whole batch"),
    ("05.perceptual_loss", lambda *a: looks(*a, axes=(1, 2)), "each channel"),
    ("05.perceptual_loss", lambda *a: looks(*a, axes=(3,)), "each place"),
    ("05.perceptual_loss", lambda n, p, w, _: looks(n, p, w, (1, 1)), "not used"),
    ("05.perceptual_loss", lambda *a: looks(*a, order=-1), "wrong order"),
    ("05.perceptual_loss", lambda *a: looks(*a, apart=ops.abs), "absolute"),
    ("05.perceptual_loss", lambda *a: looks(*a, total=ops.sum), "sum over the features"),
    ("05.perceptual_loss", lambda *a: looks(*a) / 2, "mean over the depths"),
    ("05.perceptual_loss", lambda n, p, w, _: ops.mean((p - w) ** 2), "those are pixels"),
    ("05.perceptual_loss", lambda *a: 5 * looks(*a), "not the perceptual"),
    ("05.mixup_loss", lambda d, r, f, s: mixed(d, r, f, s, mix=1 - s), "mix is the wrong way"),
    ("05.mixup_loss", lambda d, r, f, s: mixed(d, r, f, s, target=1 - s), "target is the wrong way"),
    ("05.mixup_loss", lambda d, r, f, s: mixed(d, r, f, s, target=1.0), "target is 1"),
    ("05.mixup_loss", scores_mixed, "mix the scores"),
    ("05.mixup_loss", lambda d, r, f, s: plain(d, r, f, s, s, 1 - s), "two plain losses"),
    ("05.mixup_loss", plain, "plain game"),
    ("05.mixup_loss", lambda *a: mixed(*a, apart=lambda x: x) ** 2, "before the square"),
    ("05.mixup_loss", lambda *a: mixed(*a, apart=ops.abs), "absolute"),
    ("05.mixup_loss", lambda *a: mixed(*a, total=ops.sum), "sum over the patches"),
    ("05.mixup_loss", lambda *a: mixed(*a) / 2, "half"),
    ("05.mixup_loss", lambda *a: 7 * mixed(*a), "not mixup"),
    ("05.improvements", lambda s, t: better(s, t, rule=lambda d: d.mean(1) > 0), "every stage whose mean rose"),
    ("05.improvements", welch, "belong together"),
    ("05.improvements", lambda s, t: better(s, t, ddof=0), "divides by n"),
    ("05.improvements", lambda s, t: better(s, t, root=False), "spread of single seeds"),
    ("05.improvements", lambda s, t: better(s, 1), "one standard error"),
    ("05.improvements", lambda s, t: better(s, t, both=True), "made it worse"),
    ("05.improvements", lambda s, t: better(s, t, rule=lambda d: (d > 0).all(1)), "every seed improved"),
    ("05.improvements", lambda s, t: better(s, t, first=True), "with the first stage"),
    ("05.improvements", lambda s, t: [1, 2, 3], "not the right ones"),
    ("05.improvements", lambda s, t: [0], "1 to 5"),
    ("05.improvements", lambda s, t: 0.5, "list of stage numbers"),
    ("05.improvements", lambda s, t: None, "return"),
]
