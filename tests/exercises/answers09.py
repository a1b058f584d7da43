"""Right and wrong answers to the exercises of lesson 09."""
import numpy as np
from keras import ops

from course_lib.exercises import references09 as ours


def dense(x, weights):
    def conv(y, kernel, bias):
        return ops.conv(y, kernel, padding="same") + bias

    views = [x]
    for kernel, bias in weights[:4]:
        views.append(ops.leaky_relu(conv(ops.concatenate(views, -1), kernel, bias), 0.2))
    return 0.2 * conv(ops.concatenate(views, -1), *weights[4]) + x


def narrow(x, weights):
    """Each convolution sees x and the newest result alone, the rest zeros."""
    views = [x]
    for kernel, bias in weights[:4]:
        seen = [v * (k in (0, len(views) - 1)) for k, v in enumerate(views)]
        y = ours._convolve(np.concatenate(seen, -1), kernel, bias)
        views.append(np.where(y > 0, y, 0.2 * y))
    return 0.2 * ours._convolve(np.concatenate(views, -1), *weights[4]) + x


def relative(real, fake):
    r, f = real - ops.mean(fake), fake - ops.mean(real)
    return (ops.mean(ops.softplus(-r)) + ops.mean(ops.softplus(f)),
            ops.mean(ops.softplus(r)) + ops.mean(ops.softplus(-f)))


def by_sigmoid(real, fake):
    def s(x):
        return 1 / (1 + np.exp(-x))

    with np.errstate(over="ignore", divide="ignore"):
        r, f = s(real - fake.mean()), s(fake - real.mean())
        return (-np.log(r).mean() - np.log(1 - f).mean(), -np.log(1 - r).mean() - np.log(f).mean())


def game(**mistake):
    return lambda r, f: tuple(ours.relativistic_reference(r, f, **mistake))


def one_sided(real, fake):
    return game()(real, fake)[0], np.mean(np.logaddexp(0, -(fake - real.mean())))


def matched(feature, atoms, owner, person, before=False, worst=False, take=None, safe=1e-5, anyone=False,
            least=-np.inf):
    mean, std = atoms.mean((1, 2), keepdims=True), atoms.std((1, 2), keepdims=True) + safe
    with np.errstate(invalid="ignore"):
        new = (atoms - mean) / std * (feature.std((0, 1)) + safe) + feature.mean((0, 1))
    product = ((atoms if before else new) * feature).sum((1, 2, 3))
    barred = np.zeros(len(atoms), bool) if anyone else owner == person
    score = np.where(barred, least, -product if worst else product)
    k = int(score.argmax())
    return k, new[k] if take is None else take(feature, atoms[k])


def adapted_wrong(feature, atoms, owner, person, **how):
    new = ours.adapted(atoms, feature, **how)
    k = int(np.where(owner == person, -np.inf, (new * feature).sum((1, 2, 3))).argmax())
    return k, new[k]


def among_others(feature, atoms, owner, person, whole=True):
    others = np.flatnonzero(owner != person)
    k, atom = matched(feature, atoms[others], owner[others], person)
    return others[k] if whole else k, atom


def measured(picture, truth, border, window):
    p, t = (((x @ [65.481, 128.553, 24.966] + 16) / 255)[border:-border, border:-border] for x in (picture, truth))
    psnr = 10 * np.log10(1 / np.mean((p - t) ** 2))
    a, b = window(p), window(t)
    va, vb, ab = window(p * p) - a * a, window(t * t) - b * b, window(p * t) - a * b
    return psnr, np.mean((2 * a * b + 1e-4) * (2 * ab + 9e-4) / ((a * a + b * b + 1e-4) * (va + vb + 9e-4)))


def mistaken(**change):
    return lambda p, t, border, window: ours.quality_reference(p, t, border, **change)


def with_psnr(change):
    def answer(*given):
        psnr, ssim = measured(*given)
        return change(psnr, given), ssim
    return answer


RIGHT = {
    "09.residual_dense": [dense, lambda x, w: ours.dense_reference(x, w)],
    "09.relativistic": [relative, lambda r, f: [float(v) for v in relative(r, f)]],
    "09.match": [matched, among_others],
    "09.quality": [measured, lambda *a: list(measured(*a))],
}
WRONG = [
    ("09.residual_dense", lambda x, w: ours.dense_reference(x, w, skip=False), "what went in"),
    ("09.residual_dense", lambda x, w: ours.dense_reference(x, w, beta=1.0), "added whole"),
    ("09.residual_dense", lambda x, w: ours.dense_reference(x, w, last=True), "fifth"),
    ("09.residual_dense", lambda x, w: ours.dense_reference(x, w, slope=0.0), "plain ReLU"),
    ("09.residual_dense", lambda x, w: ours.dense_reference(x, w, slope=0.01), "0.01"),
    ("09.residual_dense", lambda x, w: ours.dense_reference(x, w, slope=0.1), "is 0.1"),
    ("09.residual_dense", lambda x, w: ours.dense_reference(x, w, activate=False), "no activation"),
    ("09.residual_dense", lambda x, w: ours.dense_reference(x, w, order=-1), "other order"),
    ("09.residual_dense", lambda x, w: ours.dense_reference(x, [(k, 0 * b) for k, b in w]), "biases"),
    ("09.residual_dense", narrow, "all results before"),
    ("09.residual_dense", lambda x, w: dense(x, w)[:, 1:-1, 1:-1], "shape"),
    ("09.relativistic", lambda r, f: relative(r, f)[::-1], "exchanged"),
    ("09.relativistic", lambda r, f: tuple(-v for v in relative(r, f)), "wrong sign"),
    ("09.relativistic", lambda r, f: tuple(8 * v for v in relative(r, f)), "sum over"),
    ("09.relativistic", game(half=True), "halved"),
    ("09.relativistic", game(own=True), "own kind"),
    ("09.relativistic", game(plain=True), "ordinary game"),
    ("09.relativistic", game(pairs=True), "with one of the other"),
    ("09.relativistic", one_sided, "leaves out the real"),
    ("09.relativistic", lambda r, f: (game()(r, f)[0], -game()(r, f)[0]), "minus the discriminator"),
    ("09.relativistic", lambda r, f: (game()(r, f)[0], 7.0), "generator's is not"),
    ("09.relativistic", lambda r, f: (7.0, game()(r, f)[1]), "discriminator's is not"),
    ("09.relativistic", by_sigmoid, "inf or nan"),
    ("09.relativistic", lambda r, f: game()(r, f)[0], "two numbers"),
    ("09.match", lambda *a: matched(*a, before=True), "before it is adapted"),
    ("09.match", lambda *a: matched(*a, worst=True), "least"),
    ("09.match", lambda *a: matched(*a, take=lambda f, a: a), "as it was"),
    ("09.match", lambda *a: matched(*a, take=lambda f, a: f), "feature itself"),
    ("09.match", lambda *a: matched(*a, take=lambda f, a: ours.adapted(f, a)), "wrong way"),
    ("09.match", lambda *a: matched(*a, take=lambda f, a: ours.adapted(a, f, std=np.var)), "variance"),
    ("09.match", lambda *a: matched(*a, take=lambda f, a: ours.adapted(a, f, axes=(0, 1, 2))), "all channels"),
    ("09.match", lambda *a: matched(*a, take=lambda f, a: ours.adapted(a, f, axes=(-1,))), "of each place"),
    ("09.match", lambda *a: matched(*a, take=lambda f, a: ours.adapted(a, f, shift=False)), "means are left"),
    ("09.match", lambda *a: adapted_wrong(*a, axes=(-3, -2, -1)), "all channels"),
    ("09.match", lambda *a: adapted_wrong(*a, axes=(-1,)), "of each place"),
    ("09.match", lambda *a: adapted_wrong(*a, shift=False), "means are left"),
    ("09.match", lambda *a: (99, matched(*a)[1]), "no atom 99"),
    ("09.match", lambda *a: matched(*a, safe=0.0), "constant"),
    ("09.match", lambda *a: matched(*a)[0], "not a pair"),
    ("09.match", lambda *a: matched(*a, anyone=True), "that very person"),
    ("09.match", lambda *a: matched(*a, least=0.0), "only product"),
    ("09.match", lambda *a: among_others(*a, whole=False), "counts only"),
    ("09.quality", lambda *a: measured(*a)[::-1], "exchanged"),
    ("09.quality", mistaken(crop=False), "border"),
    ("09.quality", mistaken(grey=lambda x: x.mean(-1)), "three channels"),
    ("09.quality", mistaken(grey=lambda x: x @ [0.299, 0.587, 0.114]), "16/255"),
    ("09.quality", with_psnr(lambda v, _: v / 2), "half"),
    ("09.quality", with_psnr(lambda v, _: 2 * v), "twice"),
    ("09.quality", with_psnr(lambda v, _: -v), "wrong sign"),
    ("09.quality", with_psnr(lambda v, _: v * np.log(10)), "natural"),
    ("09.quality", with_psnr(lambda v, _: v + 20 * np.log10(255)), "not 255"),
    ("09.quality", mistaken(c=(0, 0)), "two constants"),
    ("09.quality", mistaken(c=(0.01, 0.03)), "not squared"),
    ("09.quality", mistaken(centred=False), "not subtracted"),
    ("09.quality", mistaken(contrast=False), "first factor"),
    ("09.quality", lambda *a: (measured(*a)[0], 0.5), "SSIM is not"),
]
