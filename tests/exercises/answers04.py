"""Right and wrong answers to the exercises of lesson 04."""
import numpy as np
from keras import ops

from course_lib.training.gradients import input_gradient


def s(x):
    return 1 / (1 + np.exp(-x))


def gradient(theta, psi, real, z, mean=np.mean, fakes=-1, inner=True, sign=1, saturating=True, factor=True):
    fake = theta + z
    points = (real, fake) if inner else (1.0, 1.0)
    d_psi = mean((1 - s(psi * real)) * points[0]) + fakes * mean(s(psi * fake) * points[1])
    slope = s(psi * fake) if saturating else 1 - s(psi * fake)
    return d_psi, -sign * (psi if factor else 1) * mean(slope)


def penalty(critic, real, fake, mix, between=None, norm=None, centre=1.0, late=False, total=ops.mean):
    x = (mix * real + (1 - mix) * fake) if between is None else between(real, fake, mix)
    steep = input_gradient(critic, x)
    lengths = ops.sqrt(ops.sum(steep**2, axis=(1, 2, 3))) if norm is None else norm(steep)
    return (ops.mean(lengths) - centre) ** 2 if late else total((lengths - centre) ** 2)


def averaged(average, weights, decay, old=None, new=None):
    old, new = decay if old is None else old, 1 - decay if new is None else new
    return [old * a + new * w for a, w in zip(average, weights, strict=True)]


def meddling(average, weights, decay):
    result = averaged(average, weights, decay)
    for w in weights:
        w *= 0
    return result


RIGHT = {
    "04.minimax_gradient": [gradient, lambda *a: list(gradient(*a))],
    "04.gradient_penalty": [penalty, lambda *a: float(penalty(*a))],
    "04.moving_average": [averaged, lambda a, w, d: [x + (1 - d) * (y - x) for x, y in zip(a, w, strict=True)]],
}
WRONG = [
    ("04.minimax_gradient", lambda *a: gradient(*a)[::-1], "exchanged"),
    ("04.minimax_gradient", lambda *a: gradient(*a, mean=np.sum), "sum over the points"),
    ("04.minimax_gradient", lambda *a: tuple(-g for g in gradient(*a)), "gradients of -V"),
    ("04.minimax_gradient", lambda *a: gradient(*a, fakes=1), "fakes' part"),
    ("04.minimax_gradient", lambda *a: gradient(*a, fakes=0), "leaves out the fakes"),
    ("04.minimax_gradient", lambda *a: gradient(*a, inner=False), "in d_psi the inner"),
    ("04.minimax_gradient", lambda *a: gradient(*a, sign=-1), "d_theta has the wrong sign"),
    ("04.minimax_gradient", lambda *a: gradient(*a, saturating=False), "non-saturating"),
    ("04.minimax_gradient", lambda *a: gradient(*a, factor=False), "factor psi"),
    ("04.minimax_gradient", lambda *a: (gradient(*a)[0], 7.0), "d_theta is not right"),
    ("04.minimax_gradient", lambda *a: gradient(*a)[0], "two numbers"),
    ("04.gradient_penalty", lambda *a: penalty(*a, between=lambda r, f, m: m * f + (1 - m) * r), "wrong way round"),
    ("04.gradient_penalty", lambda *a: penalty(*a, between=lambda r, f, m: r), "at the real"),
    ("04.gradient_penalty", lambda *a: penalty(*a, between=lambda r, f, m: f), "at the fakes"),
    ("04.gradient_penalty", lambda *a: penalty(*a, centre=0.0), "compared with 1"),
    ("04.gradient_penalty", lambda *a: penalty(*a, norm=lambda g: ops.sum(g**2, axis=(1, 2, 3))), "square root"),
    ("04.gradient_penalty", lambda *a: penalty(*a, norm=lambda g: ops.sqrt(ops.sum(g**2, axis=-1))), "each pixel"),
    ("04.gradient_penalty", lambda *a: penalty(*a, norm=lambda g: ops.sqrt(ops.sum(g**2))), "whole batch"),
    ("04.gradient_penalty", lambda *a: penalty(*a, late=True), "before the square"),
    ("04.gradient_penalty", lambda *a: penalty(*a, total=ops.sum), "sum over the images"),
    ("04.gradient_penalty", lambda *a: 1.5 * penalty(*a), "not the penalty"),
    ("04.moving_average", lambda a, w, d: averaged(a, w, 1 - d), "exchanged"),
    ("04.moving_average", lambda a, w, d: averaged(a, w, 0.5), "plain mean"),
    ("04.moving_average", lambda a, w, d: averaged(a, w, d, new=1), "whole"),
    ("04.moving_average", lambda a, w, d: w, "as it was"),
    ("04.moving_average", lambda a, w, d: averaged(a, w, d, new=-1), "not decay"),
    ("04.moving_average", lambda a, w, d: averaged(a, w, d)[0], "gave ndarray"),
    ("04.moving_average", meddling, "changed the weights"),
]
