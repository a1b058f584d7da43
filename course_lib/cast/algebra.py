"""Small functions that geometry and shading are written with: blends, shapes and noise, for TensorFlow tensors.

Everything here is cheap on purpose (no pow, no exp): the renderer calls it some hundred times for each ray.
"""

import tensorflow as tf

from course_lib.cast.measure import Measure


def saturate(x):
    """x clipped to [0, 1].

    Args:
        x: Tensor, or a Measure.
    Returns:
        The same kind.
    """
    if isinstance(x, Measure):
        return x.clipped()
    return tf.clip_by_value(x, 0.0, 1.0)


def square(x):
    """x * x; XLA compiles it to one multiplication.

    Args:
        x: Tensor, or a Measure.
    Returns:
        The same kind.
    """
    return x * x


def smoothstep(a, b, x):
    """Cubic smooth step from 0 at a to 1 at b.

    Args:
        a, b: The edges; a may be larger than b.
        x: Tensor.
    Returns:
        Tensor in [0, 1].
    """
    t = saturate((x - a) / (b - a))
    return t * t * (3.0 - 2.0 * t)


def mix(a, b, t):
    """Linear interpolation from a to b.

    Args:
        a, b: The values at t = 0 and t = 1.
        t: The weight of b.
    Returns:
        a + (b - a) t.
    """
    return a + (b - a) * t


def bump(x):
    """Bell curve of height 1, close to exp(-x*x), zero beyond |x| = 2.

    Args:
        x: Tensor.
    Returns:
        Tensor in [0, 1].
    """
    return square(square(tf.nn.relu(1.0 - 0.25 * x * x)))


def union(a, b, k):
    """Smooth minimum of two distances: the union of two solids, blended over a width k.

    Args:
        a, b: Signed distances to the solids.
        k: Width of the blend, in the unit of the distances.
    Returns:
        Signed distance to the union.
    References:
        Quilez, "Smooth minimum", polynomial form.
    """
    h = tf.nn.relu(k - tf.abs(a - b))
    return tf.minimum(a, b) - h * h * (0.25 / k)


def carve(a, b, k):
    """The solid a without the solid b, blended over a width k.

    Args:
        a, b: Signed distances to the solids.
        k: Width of the blend, in the unit of the distances.
    Returns:
        Signed distance to the difference.
    """
    return -union(-a, b, k)


def length(x, y, z):
    """Euclidean length of a vector, never exactly 0.

    Args:
        x, y, z: Its components.
    Returns:
        Tensor.
    """
    return tf.sqrt(x * x + y * y + z * z + 1e-9)


def unit(x, y, z):
    """A vector scaled to length 1.

    Args:
        x, y, z: Its components.
    Returns:
        (x, y, z).
    """
    r = tf.math.rsqrt(x * x + y * y + z * z + 1e-9)
    return x * r, y * r, z * r


def dot(a, b):
    """Scalar product of two vectors.

    Args:
        a, b: (x, y, z) each.
    Returns:
        Tensor.
    """
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def ellipsoid(x, y, z, a, b, c):
    """Approximate signed distance to an ellipsoid: s (s - 1) / |p / r^2| with s = |p / r|.

    Args:
        x, y, z: Point relative to the centre.
        a, b, c: Half axes.
    Returns:
        Tensor, negative inside.
    """
    a, b, c = 1.0 / a, 1.0 / b, 1.0 / c
    x, y, z = x * a, y * b, z * c
    s = tf.sqrt(x * x + y * y + z * z + 1e-9)
    return s * (s - 1.0) * tf.math.rsqrt(square(x * a) + square(y * b) + square(z * c) + 1e-9)


def wave(x):
    """A sine-like wave of period 1 and height 1 made of parabolas.

    Args:
        x: Tensor.
    Returns:
        Tensor in [-1, 1].
    """
    x = x - tf.floor(x) - 0.5
    return x * (16.0 * tf.abs(x) - 8.0)


def hash01(i):
    """A pseudo-random number that depends on an integer alone.

    Args:
        i: int32 tensor.
    Returns:
        f32 in [0, 1).
    """
    i = i * 747796405 + 289133645
    i = tf.bitwise.bitwise_xor(i, tf.bitwise.right_shift(i, 15)) * 277803737
    i = tf.bitwise.bitwise_xor(i, tf.bitwise.right_shift(i, 13))
    return tf.cast(tf.bitwise.bitwise_and(i, 0xFFFF), tf.float32) * (1.0 / 65536.0)


def value_noise(x, y, seed=0):
    """Smooth value noise over the plane, one random value at each integer point.

    Args:
        x, y: Coordinates, in points of the lattice.
        seed: Integer, or an int32 tensor.
    Returns:
        f32 in [0, 1).
    """
    xi, yi = tf.floor(x), tf.floor(y)
    fx, fy = x - xi, y - yi
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    n = tf.cast(xi, tf.int32) + tf.cast(yi, tf.int32) * 5741 + seed
    a, b, c, d = hash01(n), hash01(n + 1), hash01(n + 5741), hash01(n + 5742)
    return mix(mix(a, b, fx), mix(c, d, fx), fy)
