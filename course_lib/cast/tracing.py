"""The renderer's compiled stages: sphere tracing and painting of tiles of rays, in TensorFlow compiled by XLA.

Every stage works on tiles of `ROWS` x `POINTS` rays whatever the picture's size, so each is compiled once in a kernel
and serves all sizes, supersamplings and batches. The stages are separate programs on purpose: XLA on a CPU computes
shared values again for each output of one large program. Source: Hart, "Sphere tracing" (1996). Lesson 00.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import tensorflow as tf

from course_lib.cast import shading, surface
from course_lib.cast.algebra import saturate, unit
from course_lib.cast.anatomy import CAMERA_DISTANCE, VIEW_HEIGHT, VIEW_MIDDLE, unpack
from course_lib.cast.geometry import nearest, parts
from course_lib.cast.landmarks import landmark_places
from course_lib.cast.measure import ROOM, kept
from course_lib.compiled import numbered

ROWS, POINTS = 64, 512
FAR = CAMERA_DISTANCE + 1.6
COARSE_STEPS = 24
TURNS = 4, 10, 20  # of a fine ray; after each of these numbers the rays that have arrived are left out
ARRIVED = 3e-4  # a ray this close to the solid need not go on: 0.03 mm


# -------------------------------------------------------- the stages; q is a packed matrix, u and v place the ray
def ray(q, u, v):
    """Unit direction of the ray through (u, v) in [-1, 1], v upwards."""
    k = VIEW_HEIGHT * 0.5 / q.cam_scale
    return unit((u - q.cam_x) * k, (v - q.cam_y) * k + VIEW_MIDDLE, 0.0 * u - CAMERA_DISTANCE)


def along(d, t):
    return d[0] * t, d[1] * t, d[2] * t + CAMERA_DISTANCE


@lru_cache(None)
def _solid():
    """(x, y, z, q) -> (distance to the solid, distances to its parts): traced once and used by three stages."""
    def distances(x, y, z, q):
        found = parts((x, y, z), unpack(q))
        return nearest(found), found
    return tf.function(distances, autograph=False)


def march(q, u, v, t, g, before, best, where, beyond, inside, first, last):
    """Turns number first to last of each ray's walk by its distance to the solid.

    -> (t, g, before, best, where), from which the walk goes on, and what it has found: (t, closest distance, how much
    of the ray is covered). From its second part on a ray that has passed an edge (its distance grows again) jumps to
    `beyond`, the far side of the edge. A ray that missed keeps the point where it came closest, covered by how close
    that was: a soft edge (unless it is `inside`).
    """
    m = unpack(q)
    d = ray(m, u, v)

    def step(i, q, t, g, before, best, where):  # g belongs to t: the solid is evaluated once a step, as a loop's output
        closer = (g < best) & (i > 0)
        best, where = tf.where(closer, g, best), tf.where(closer, t, where)
        past_edge = (first > 0) & (i < TURNS[-1] - 3) & (g > before) & (g > 0.008)
        t = tf.minimum(tf.where(past_edge, tf.maximum(t + 0.95 * g, beyond), t + 0.95 * g), FAR)
        return i + 1, kept(q, i), t, _solid()(*along(d, t), q)[0], g, best, where

    state = [first, q, t, g, before, best, where]
    _, _, t, g, before, best, where = tf.while_loop(lambda i, *_: i < last, step, state)
    closest = tf.minimum(g, best)
    cover = tf.maximum(inside, saturate(1.0 - (closest - 0.004) * (1.0 / (0.7 * m.pixel))))
    return t, g, before, best, where, tf.where((cover < 1.0) & (best <= g), where, t), closest, cover


# the samples that `relief` takes around a point: four on a tetrahedron, three along the normal, eight towards the light
NORMAL, SKY, SHADOW = 4, 7, 15  # the last sample of each kind; sample 0 tells nothing
AROUND = np.float32([[0, 0, 0], [1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]] + 11 * [[0, 0, 0]])
HEIGHT = np.float32([0] * 5 + [0.06, 0.16, 0.34] + [0.03] * 8)
WEIGHT = np.float32([0] * 5 + [0.55 / 0.06, 0.45 / 0.16, 0.35 / 0.34] + [0] * 8)


def relief(q, u, v, t, nx, ny, nz, first, last):
    """Samples number first to last around the points of the rays -> (normal, openness to the sky and to the light).

    nx, ny, nz: the normal, where first is beyond the samples that find it.
    The normal is the gradient of the distance. Sky: does the distance grow as fast as the step along the normal?
    Shadow: how close does the path to the light come to the solid? Source: Quilez, "Raymarching distance fields".
    """
    m = unpack(q)
    p, light = along(ray(m, u, v), t), (m.lx, m.ly, m.lz)
    around, height, weight = tf.constant(AROUND), tf.constant(HEIGHT), tf.constant(WEIGHT)

    def settle(i, g, n, sky, way, shadow):  # what sample i tells
        n = [a + around[i, k] * g for k, a in enumerate(n)]
        n = [tf.where(i == NORMAL, b, a) for a, b in zip(n, unit(*n), strict=True)]
        sky = sky + tf.nn.relu(height[i] - g) * weight[i]
        shadow = tf.where(i > SKY, tf.minimum(shadow, 0.5 + 4.5 * g / way), shadow)
        return n, sky, tf.where(i > SKY, way + tf.clip_by_value(g, 0.04, 0.2), way), shadow

    def step(i, q, g, n, sky, way, shadow):
        n, sky, way, shadow = settle(i - 1, g, n, sky, way, shadow)
        on = tf.where(i > SKY, way, 0.0)
        at = [p[k] + 0.004 * around[i, k] + height[i] * n[k] + on * light[k] for k in range(3)]
        return i + 1, kept(q, i), _solid()(*at, q)[0], n, sky, way, shadow

    start = [tf.where(first > NORMAL, n, 0.0) for n in (nx, ny, nz)]
    state = [first, q, 0.0 * t, start, 0.0 * t, 0.0 * t + 0.04, 0.0 * t + 1.0]
    _, _, g, *known = tf.while_loop(lambda i, *_: i <= last, step, state)
    n, sky, _, shadow = settle(last, g, *known)
    return *n, 1.0 - saturate(sky), saturate(shadow)


def _point(q, u, v, t):
    d = ray(q, u, v)
    return d, along(d, t)


def _named(values):
    return dict(zip(surface.LAYERS, tf.unstack(values), strict=True))


STAGES = dict(
    march=march,
    relief=relief,
    landmarks=landmark_places,
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


@lru_cache(None)
def stage(name: str):
    """One compiled stage, called with tensors of the shapes that `warm` gives."""
    return tf.function(STAGES[name], jit_compile=True, autograph=False)


@lru_cache(None)
def warm() -> None:
    """Trace all stages, in an order that gives each the same name every time, and compile them, two at a time.

    The first `render` in a kernel does it. What was compiled ahead is read instead (`course_lib.compiled`).
    """
    q, z = tf.zeros((ROOM, ROWS)) + 0.5, tf.zeros((ROWS, POINTS)) + 0.5
    noise, m = tf.stack([z] * len(surface.LAYERS)), dict.fromkeys(surface.MASKS, z)
    lit, one = dict.fromkeys(shading.LIGHT_TERMS, z), tf.constant(1)
    given = {
        "relief": (q, z, z, z, z, z, z, one, one),
        "march": (q, *[z] * 9, one, one),
        "distances": (q, z, z, z),
        "masks": (q, [z] * surface.CURVES, noise, [z] * 6, z),
        "light": (q, z, z, z, [z] * 3, m),
        "landmarks": (q,),
        "noise": (q, z, z, z),
        "curves": (q, z, z, z),
        "background": (q, z, z),
        "shade": (q, m, noise, lit, z, z),
    }
    jobs = []
    with numbered():
        for name, arguments in given.items():
            stage(name).get_concrete_function(*arguments)
            jobs.append(workers().submit(stage(name), *arguments))
    for job in jobs:
        job.result()


# ------------------------------------------------------ what is done to a tile of rays: chains of stages
@lru_cache(None)
def _all(value):
    return tf.fill((ROWS, POINTS), value)


def walk(steps):
    """The first turns of `march`, as a function of a tile of rays that begin at t."""
    first, last = tf.constant(0), tf.constant(steps)
    return lambda q, u, v, t, *ends: stage("march")(q, u, v, t, _all(0.0), _all(0.0), _all(9.0), t, *ends, first, last)


def walk_on(first, last):
    """Its turns from first to last, as a function of a tile of rays in the state that it returned."""
    return lambda *tile: stage("march")(*tile, tf.constant(first), tf.constant(last))


def normal(q, u, v, t):
    """-> the normal's x, y, z."""
    return stage("relief")(q, u, v, t, t, t, t, tf.constant(1), tf.constant(NORMAL))[:3]


def openness(q, u, v, t, nx, ny, nz):
    """-> (to the sky, to the key light)."""
    return stage("relief")(q, u, v, t, nx, ny, nz, tf.constant(NORMAL + 1), tf.constant(SHADOW))[3:]


def paint(q, u, v, t, cover, nx, ny, nz, sky, shadow):
    """-> (red, green, blue, label)."""
    noise = stage("noise")(q, u, v, t)
    m = stage("masks")(q, stage("curves")(q, u, v, t), noise, stage("distances")(q, u, v, t), cover)
    lit = stage("light")(q, u, v, t, [nx, ny, nz], m)
    return *stage("shade")(q, m, noise, lit, sky, shadow), m["label"]


def picture(q, u, v, t, cover):
    """All three at once -> (normal x, y, z, red, green, blue, label)."""
    found = stage("relief")(q, u, v, t, t, t, t, tf.constant(1), tf.constant(SHADOW))
    return *found[:3], *paint(q, u, v, t, cover, *found)


@lru_cache(None)
def workers():
    return ThreadPoolExecutor(2)
