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
from course_lib.cast.algebra import unit
from course_lib.cast.anatomy import CAMERA_DISTANCE, COLUMNS, VIEW_HEIGHT, VIEW_MIDDLE, unpack
from course_lib.cast.geometry import head, nearest, parts

ROWS, POINTS = 32, 1024
FAR = CAMERA_DISTANCE + 1.6
COARSE_STEPS, FINE_STEPS = 24, 15


# -------------------------------------------------------- the stages; q is a packed matrix, u and v place the ray
def ray(q, u, v):
    """Unit direction of the ray through (u, v) in [-1, 1], v upwards."""
    k = VIEW_HEIGHT * 0.5 / q.cam_scale
    return unit((u - q.cam_x) * k, (v - q.cam_y) * k + VIEW_MIDDLE, 0.0 * u - CAMERA_DISTANCE)


def along(d, t):
    return d[0] * t, d[1] * t, d[2] * t + CAMERA_DISTANCE


def march(q, u, v, start, beyond, steps):
    """Walk each ray by its distance to the solid -> (t, closest distance met, where it was met).

    A ray that has passed an edge (its distance grows again) jumps to `beyond`, the far side of the edge.
    """
    q = unpack(q)
    d = ray(q, u, v)

    def step(i, t, g, before, best, where):  # g belongs to t: the solid is evaluated once a step, as a loop's output
        closer = (g < best) & (i > 0)
        best, where = tf.where(closer, g, best), tf.where(closer, t, where)
        past_edge = (i > 3) & (i < steps - 3) & (g > before) & (g > 0.008)
        t = tf.minimum(tf.where(past_edge, tf.maximum(t + 0.95 * g, beyond), t + 0.95 * g), FAR)
        return i + 1, t, nearest(parts(along(d, t), q)), g, best, where

    state = [0, start, 0.0 * start, 0.0 * start, 0.0 * start + 9.0, start]
    _, t, g, _, best, where = tf.while_loop(lambda i, *_: i < steps, step, state)
    return t, tf.minimum(g, best), tf.where(g < best, t, where)


def distance(q, x, y, z):
    """Distance from world points to the solid, through the compiled stage (as every loop below, to compile it once)."""
    return np.minimum.reduce([d.numpy() for d in stage("distances")(q, x, y, z)])


TETRAHEDRON = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], np.float32)


def normals(q, u, v, t, e=0.004):
    """Gradient of the distance by four samples on a tetrahedron."""
    x, y, z = (a.numpy() for a in stage("point")(q, u, v, t))
    g = [distance(q, x + i, y + j, z + k) for i, j, k in np.float32(e) * TETRAHEDRON]
    n = np.stack([sum(TETRAHEDRON[j, i] * g[j] for j in range(4)) for i in range(3)])
    return n / np.sqrt((n * n).sum(0) + np.float32(1e-9))


def occlusion(q, u, v, t, nx, ny, nz):
    """-> (openness to the sky, openness to the key light). Three samples along the normal: does the distance grow as
    fast as the step? Then eight steps towards the light: how close does the path come to the solid?"""
    p, n = [a.numpy() for a in stage("point")(q, u, v, t)], [nx.numpy(), ny.numpy(), nz.numpy()]
    light = [q.numpy()[COLUMNS[c]][:, None] for c in ("lx", "ly", "lz")]
    sky = np.zeros_like(p[0])
    for h, weight in ((0.06, 0.55), (0.16, 0.45), (0.34, 0.35)):
        h = np.float32(h)
        g = distance(q, *(a + b * h for a, b in zip(p, n, strict=True)))
        sky += np.maximum(h - g, 0) / h * np.float32(weight)
    p = [a + b * np.float32(0.03) for a, b in zip(p, n, strict=True)]
    way, shadow = np.full_like(sky, 0.04), np.ones_like(sky)
    for _ in range(8):
        g = distance(q, *(a + b * way for a, b in zip(p, light, strict=True)))
        shadow = np.minimum(shadow, np.float32(0.5) + np.float32(4.5) * g / way)
        way += np.clip(g, 0.04, 0.2)
    return 1 - np.clip(sky, 0, 1), np.clip(shadow, 0, 1)


def _point(q, u, v, t):
    d = ray(q, u, v)
    return d, along(d, t)


def _named(values):
    return dict(zip(surface.LAYERS, tf.unstack(values), strict=True))


STAGES = dict(
    march=march,
    point=lambda q, u, v, t: _point(unpack(q), u, v, t)[1],
    skin=lambda q, x, y, z: head(x, y, z, unpack(q))[0],
    distances=lambda q, x, y, z: parts((x, y, z), unpack(q)),
    noise=lambda q, u, v, t: surface.noise_layers(_point(unpack(q), u, v, t)[1], unpack(q)),
    curves=lambda q, u, v, t: surface.curves(_point(unpack(q), u, v, t)[1], unpack(q)),
    masks=lambda q, c, noise, d, cover: surface.masks(c, _named(noise), d, cover, unpack(q)),
    albedo=lambda q, m, noise: shading.albedo(m, _named(noise), unpack(q)),
    light=lambda q, u, v, t, n, m: shading.light_terms(
        _point(unpack(q), u, v, t)[1], ray(unpack(q), u, v), n, m, unpack(q)
    ),
    shade=lambda q, alb, m, t, sky, shadow: [
        shading.expose(c) for c in shading.shade(alb, m, t, sky, shadow, unpack(q))
    ],
    background=lambda q, u, v: [shading.expose(c) for c in shading.background(u, v, unpack(q))],
)


@lru_cache(None)
def stage(name: str):
    """One compiled stage, called with tensors of the shapes that `warm` gives."""
    return tf.function(STAGES[name], jit_compile=True, autograph=False)


@lru_cache(None)
def warm() -> None:
    """Compile all stages, two at a time; the first `render` in a kernel does it."""
    q, z = tf.zeros((len(COLUMNS), ROWS)) + 0.5, tf.zeros((ROWS, POINTS)) + 0.5
    first = {
        "march": (q, z, z, z, z, tf.constant(1)),
        "distances": (q, z, z, z),
        "skin": (q, z[:, :68], z[:, :68], z[:, :68]),
        "point": (q, z, z, z),
        "noise": (q, z, z, z),
        "curves": (q, z, z, z),
        "background": (q, z, z),
    }
    jobs = {name: workers().submit(stage(name), *given) for name, given in first.items()}
    d, noise, c = (jobs[name].result() for name in ("distances", "noise", "curves"))
    shapes = tf.function(STAGES["masks"], autograph=False).get_concrete_function(q, c, noise, d, z).structured_outputs
    m = dict.fromkeys(shapes, z)
    terms = dict.fromkeys(("nl", "fill", "sky", "rim", "glare", "gloss", "wet", "sheen"), z)
    then = {
        "masks": (q, c, noise, d, z),
        "light": (q, z, z, z, (z, z, z), m),
        "albedo": (q, m, noise),
        "shade": (q, [z] * 3, m, terms, z, z),
    }
    jobs.update({name: workers().submit(stage(name), *given) for name, given in then.items()})
    for job in jobs.values():
        job.result()


def paint(q, u, v, t, cover, nx, ny, nz, sky, shadow):
    """-> (red, green, blue, label) of a tile, from its traced rays."""
    d = stage("distances")(q, *stage("point")(q, u, v, t))
    noise, c = stage("noise")(q, u, v, t), stage("curves")(q, u, v, t)
    m = stage("masks")(q, c, noise, d, cover)
    terms = stage("light")(q, u, v, t, (nx, ny, nz), m)
    rgb = stage("shade")(q, stage("albedo")(q, m, noise), m, terms, sky, shadow)
    return *rgb, m["label"]


@lru_cache(None)
def workers():
    return ThreadPoolExecutor(2)
