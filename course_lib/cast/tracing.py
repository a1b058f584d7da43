"""The renderer's stages: sphere tracing and painting of rays, in TensorFlow; `stages` has XLA compile them.

They are separate programs on purpose: XLA on a CPU computes shared values again for each output of one large program.

Names throughout: q, the transposed packed matrix; u, v, a ray's position in the image, in [-1, 1], v upwards; t, its
length so far; cover, how much of its pixel the solid covers. Source: Hart, "Sphere tracing" (1996). Lesson 00.
"""

from functools import lru_cache

import numpy as np
import tensorflow as tf

from course_lib.cast import shading, surface
from course_lib.cast.algebra import saturate, unit
from course_lib.cast.anatomy import CAMERA_DISTANCE, VIEW_HEIGHT, VIEW_MIDDLE, unpack
from course_lib.cast.geometry import nearest, parts
from course_lib.cast.landmarks import landmark_positions
from course_lib.cast.measure import loop_variant

FAR = CAMERA_DISTANCE + 1.6
COARSE_STEPS = 24
TURNS = 4, 10, 20  # steps of a fine ray; after each of these numbers the rays that have converged are left out
CONVERGED = 3e-4  # a ray this close to the solid stops: 0.03 mm


# -------------------------------------------------------- the stages; q is a packed matrix, u and v place the ray
def ray(q, u, v):
    """Unit direction of the ray through (u, v).

    Args:
        q: Measures.
        u, v: Position in the image, in [-1, 1].
    Returns:
        (x, y, z).
    """
    k = VIEW_HEIGHT * 0.5 / q.cam_scale
    return unit((u - q.cam_x) * k, (v - q.cam_y) * k + VIEW_MIDDLE, 0.0 * u - CAMERA_DISTANCE)


def _along(d, t):
    return d[0] * t, d[1] * t, d[2] * t + CAMERA_DISTANCE


@lru_cache(None)
def _solid():
    """(x, y, z, q) -> (distance to the solid, distances to its parts): traced once and used by three stages."""
    def distances(x, y, z, q):
        each = parts((x, y, z), unpack(q))
        return nearest(each), each
    return tf.function(distances, autograph=False)


def march(q, u, v, t, g, before, best, where, beyond, inside, first, last):
    """Steps number first to last of sphere tracing.

    From its second part on, a ray that has passed an edge (its distance grows again) jumps to `beyond`, the far side of
    the edge. A ray that missed keeps the point where it came closest, covered by how close that was, which gives a soft
    edge (unless it is `inside`).

    Args:
        q, u, v, t: The rays, see the module.
        g, before: Distance to the solid at t and one step earlier.
        best, where: The closest distance so far, and its t.
        beyond: t of the far side of an edge.
        inside: 1 where the ray certainly meets the solid.
        first, last: Numbers of the steps.
    Returns:
        (t, g, before, best, where), the state to continue from, and (t, closest distance, cover).
    """
    m = unpack(q)
    d = ray(m, u, v)

    def step(i, q, t, g, before, best, where):  # g belongs to t: the solid is evaluated once a step, as a loop's output
        closer = (g < best) & (i > 0)
        best, where = tf.where(closer, g, best), tf.where(closer, t, where)
        past_edge = (first > 0) & (i < TURNS[-1] - 3) & (g > before) & (g > 0.008)
        t = tf.minimum(tf.where(past_edge, tf.maximum(t + 0.95 * g, beyond), t + 0.95 * g), FAR)
        return i + 1, loop_variant(q, i), t, _solid()(*_along(d, t), q)[0], g, best, where

    state = [first, q, t, g, before, best, where]
    _, _, t, g, before, best, where = tf.while_loop(lambda i, *_: i < last, step, state)
    closest = tf.minimum(g, best)
    cover = tf.maximum(inside, saturate(1.0 - (closest - 0.004) * (1.0 / (0.7 * m.pixel))))
    return t, g, before, best, where, tf.where((cover < 1.0) & (best <= g), where, t), closest, cover


# samples around a point: 4 on a tetrahedron, 3 along the normal, 8 towards the light
NORMAL, SKY, SHADOW = 4, 7, 15  # the last sample of each kind; sample 0 is not used
AROUND = np.float32([[0, 0, 0], [1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]] + 11 * [[0, 0, 0]])
HEIGHT = np.float32([0] * 5 + [0.06, 0.16, 0.34] + [0.03] * 8)
WEIGHT = np.float32([0] * 5 + [0.55 / 0.06, 0.45 / 0.16, 0.35 / 0.34] + [0] * 8)


def normals_and_visibility(q, u, v, t, nx, ny, nz, first, last):
    """Samples number first to last around the points of the rays.

    The normal is the gradient of the distance. Sky: does the distance grow as fast as the step along the normal?
    Shadow: how close does the path to the light come to the solid?

    Args:
        q, u, v, t: The rays, see the module.
        nx, ny, nz: The normal, where first is beyond the samples that compute it.
        first, last: Numbers of the samples.
    Returns:
        (normal x, y, z, visibility of the sky, visibility of the key light).
    References:
        Quilez, "Raymarching distance fields".
    """
    m = unpack(q)
    p, light = _along(ray(m, u, v), t), (m.lx, m.ly, m.lz)
    around, height, weight = tf.constant(AROUND), tf.constant(HEIGHT), tf.constant(WEIGHT)

    def accumulate(i, g, n, sky, travelled, shadow):  # sample i, whose distance is g; XLA takes x[i] for a constant i
        n = [a + tf.gather(around[:, k], i) * g for k, a in enumerate(n)]
        n = [tf.where(i == NORMAL, b, a) for a, b in zip(n, unit(*n), strict=True)]
        sky = sky + tf.nn.relu(tf.gather(height, i) - g) * tf.gather(weight, i)
        shadow = tf.where(i > SKY, tf.minimum(shadow, 0.5 + 4.5 * g / travelled), shadow)
        return n, sky, tf.where(i > SKY, travelled + tf.clip_by_value(g, 0.04, 0.2), travelled), shadow

    def step(i, q, g, n, sky, travelled, shadow):
        n, sky, travelled, shadow = accumulate(i - 1, g, n, sky, travelled, shadow)
        offset = tf.where(i > SKY, travelled, 0.0)
        at = [p[k] + 0.004 * around[i, k] + height[i] * n[k] + offset * light[k] for k in range(3)]
        return i + 1, loop_variant(q, i), _solid()(*at, q)[0], n, sky, travelled, shadow

    start = [tf.where(first > NORMAL, n, 0.0) for n in (nx, ny, nz)]
    state = [first, q, 0.0 * t, start, 0.0 * t, 0.0 * t + 0.04, 0.0 * t + 1.0]
    _, _, g, *known = tf.while_loop(lambda i, *_: i <= last, step, state)
    n, sky, _, shadow = accumulate(last, g, *known)
    return *n, 1.0 - saturate(sky), saturate(shadow)


def _point(q, u, v, t):
    d = ray(q, u, v)
    return d, _along(d, t)


def _named(values):
    return dict(zip(surface.LAYERS, tf.unstack(values), strict=True))


STAGES = dict(
    march=march,
    normals_and_visibility=normals_and_visibility,
    landmarks=landmark_positions,
    distances=lambda q, u, v, t: _solid()(*_point(unpack(q), u, v, t)[1], q)[1],
    noise=lambda q, u, v, t: surface.noise_layers(_point(unpack(q), u, v, t)[1], unpack(q)),
    curves=lambda q, u, v, t: surface.curves(_point(unpack(q), u, v, t)[1], unpack(q)),
    masks=lambda q, c, noise, d, cover: surface.masks(c, _named(noise), d, cover, unpack(q)),
    light=lambda q, u, v, t, n, m: shading.light_terms(
        _point(unpack(q), u, v, t)[1], ray(unpack(q), u, v), n, m, unpack(q)
    ),
    shade=lambda q, m, noise, lit, sky, shadow: [
        shading.expose(c) for c in shading.shade(m, _named(noise), lit, sky, shadow, unpack(q))
    ],
    background=lambda q, u, v: [shading.expose(c) for c in shading.background(u, v, unpack(q))],
)
