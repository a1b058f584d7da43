"""Small functions that geometry and shading are written with: blends, shapes and noise, for TensorFlow tensors.

Everything here is cheap on purpose (no pow, no exp): the renderer calls it some hundred times for each ray.
"""

import tensorflow as tf

from course_lib.cast.measure import Measure


def saturate(x):
    if isinstance(x, Measure):
        return x.clipped()
    return tf.clip_by_value(x, 0.0, 1.0)


def square(x):
    return x * x


def ramp(a, b, x):
    """Smooth step from 0 at a to 1 at b; a may be larger than b."""
    t = saturate((x - a) / (b - a))
    return t * t * (3.0 - 2.0 * t)


def mix(a, b, t):
    return a + (b - a) * t


def bump(x):
    """Bell curve of height 1, close to exp(-x*x), zero beyond |x| = 2."""
    return square(square(tf.nn.relu(1.0 - 0.25 * x * x)))


def union(a, b, k):
    """Smooth minimum of two distances: the union of two solids, blended over a width k (Quilez' polynomial form)."""
    h = tf.nn.relu(k - tf.abs(a - b))
    return tf.minimum(a, b) - h * h * (0.25 / k)


def carve(a, b, k):
    """The solid a without the solid b, blended over a width k."""
    return -union(-a, b, k)


def length(x, y, z):
    return tf.sqrt(x * x + y * y + z * z + 1e-9)


def unit(x, y, z):
    r = tf.math.rsqrt(x * x + y * y + z * z + 1e-9)
    return x * r, y * r, z * r


def dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def ellipsoid(x, y, z, a, b, c):
    """Approximate distance to an ellipsoid with half axes a, b, c: s (s - 1) / |p / r^2| with s = |p / r|."""
    a, b, c = 1.0 / a, 1.0 / b, 1.0 / c
    x, y, z = x * a, y * b, z * c
    s = tf.sqrt(x * x + y * y + z * z + 1e-9)
    return s * (s - 1.0) * tf.math.rsqrt(square(x * a) + square(y * b) + square(z * c) + 1e-9)


def wave(x):
    """A sine-like wave of period 1 and height 1 made of parabolas."""
    x = x - tf.floor(x) - 0.5
    return x * (16.0 * tf.abs(x) - 8.0)


def hash01(i):
    """int32 -> [0, 1): the same number for the same integer."""
    i = i * 747796405 + 289133645
    i = tf.bitwise.bitwise_xor(i, tf.bitwise.right_shift(i, 15)) * 277803737
    i = tf.bitwise.bitwise_xor(i, tf.bitwise.right_shift(i, 13))
    return tf.cast(tf.bitwise.bitwise_and(i, 0xFFFF), tf.float32) * (1.0 / 65536.0)


def value_noise(x, y, seed=0):
    """Smooth noise in [0, 1) over the plane, one random value at each integer point."""
    xi, yi = tf.floor(x), tf.floor(y)
    fx, fy = x - xi, y - yi
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    n = tf.cast(xi, tf.int32) + tf.cast(yi, tf.int32) * 5741 + seed
    a, b, c, d = hash01(n), hash01(n + 1), hash01(n + 5741), hash01(n + 5742)
    return mix(mix(a, b, fx), mix(c, d, fx), fy)
