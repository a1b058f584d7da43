"""The renderer: sphere tracing in TensorFlow, compiled by XLA. This is the course's only TensorFlow-only room.

Every compiled stage works on tiles of `ROWS` x `POINTS` rays whatever the picture's size, so each is compiled once in a
kernel and serves all sizes, supersamplings and batches. The stages are separate programs on purpose: XLA on a CPU
computes shared values again for each output of one large program. Source: Hart, "Sphere tracing" (1996). Lesson 00.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import tensorflow as tf

from course_lib.cast import shading, surface
from course_lib.cast.algebra import saturate, unit
from course_lib.cast.anatomy import CAMERA_DISTANCE, COLUMNS, VIEW_HEIGHT, VIEW_MIDDLE, pack, unpack
from course_lib.cast.frames import Frames
from course_lib.cast.geometry import parts, solid
from course_lib.cast.landmarks import landmark_places, visible
from course_lib.cast.parameters import Person, Scene, to_vector

ROWS, POINTS = 32, 1024
FAR = CAMERA_DISTANCE + 1.6
COARSE_STEPS, FINE_STEPS = 24, 15


# ------------------------------------------------------------------ the stages; q is a packed matrix, u and v place the ray
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
        return i + 1, t, solid(along(d, t), q), g, best, where

    state = [0, start, 0.0 * start, 0.0 * start, 0.0 * start + 9.0, start]
    _, t, g, _, best, where = tf.while_loop(lambda i, *_: i < steps, step, state)
    return t, tf.minimum(g, best), tf.where(g < best, t, where)


TETRAHEDRON = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], np.float32)


def normals(q, u, v, t, e=0.004):
    """Gradient of the distance by four samples on a tetrahedron."""
    q = unpack(q)
    p, corners = along(ray(q, u, v), t), tf.constant(TETRAHEDRON)

    def corner(i, out):
        k = corners[i]
        return i + 1, out.write(i, solid((p[0] + e * k[0], p[1] + e * k[1], p[2] + e * k[2]), q))

    out = tf.TensorArray(tf.float32, 4, element_shape=t.shape)
    g = tf.while_loop(lambda i, _: i < 4, corner, [0, out], maximum_iterations=4)[1].stack()
    return unit(*(sum(TETRAHEDRON[j, i] * g[j] for j in range(4)) for i in range(3)))


def occlusion(q, u, v, t, nx, ny, nz):
    """-> (openness to the sky, openness to the key light). Three samples along the normal: does the distance grow as
    fast as the step? Then eight steps towards the light: how close does the path come to the solid? One loop for both."""
    q = unpack(q)
    p, heights = along(ray(q, u, v), t), tf.constant([0.06, 0.16, 0.34] + [0.03] * 8)

    def take(i, g, sky, way, shadow):  # what sample i says; samples 0 to 2 are the sky's
        h = heights[i]
        return (
            tf.where(i < 3, sky + tf.nn.relu(h - g) / h * (0.55 - 0.1 * tf.cast(i, tf.float32)), sky),
            tf.where(i < 3, way, way + tf.clip_by_value(g, 0.04, 0.2)),
            tf.where(i < 3, shadow, tf.minimum(shadow, 0.5 + 4.5 * g / way)),
        )

    def step(i, g, sky, way, shadow):
        sky, way, shadow = (
            tf.where(i > 0, new, old)
            for new, old in zip(take(tf.maximum(i - 1, 0), g, sky, way, shadow), (sky, way, shadow))
        )
        h, w = heights[i], tf.where(i < 3, 0.0 * way, way)
        return i + 1, solid(tuple(p[j] + n[j] * h + light[j] * w for j in range(3)), q), sky, way, shadow

    n, light = (nx, ny, nz), (q.lx, q.ly, q.lz)
    state = [0, 0.0 * t, 0.0 * t, 0.0 * t + 0.04, 0.0 * t + 1.0]
    _, g, sky, way, shadow = tf.while_loop(lambda i, *_: i < 11, step, state)
    sky, _, shadow = take(10, g, sky, way, shadow)
    return 1.0 - saturate(sky), saturate(shadow)


def _point(q, u, v, t):
    d = ray(q, u, v)
    return d, along(d, t)


def _named(values):
    return dict(zip(surface.LAYERS, tf.unstack(values)))


STAGES = dict(
    march=march,
    normals=normals,
    occlusion=occlusion,
    distances=lambda q, u, v, t: parts(_point(unpack(q), u, v, t)[1], unpack(q)),
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
    landmarks=lambda q: landmark_places(unpack(q)),
)


@lru_cache(None)
def stage(name: str):
    """One compiled stage; tracing and compiling happen at its first call."""
    return tf.function(STAGES[name], jit_compile=True, autograph=False)


@lru_cache(None)
def warm() -> None:
    """Compile all stages, two at a time; the first `render` in a kernel does it."""
    q, z = tf.zeros((len(COLUMNS), ROWS)) + 0.5, tf.zeros((ROWS, POINTS)) + 0.5
    first = {
        "march": (q, z, z, z, z, tf.constant(1)),
        "occlusion": (q,) + (z,) * 6,
        "normals": (q, z, z, z),
        "landmarks": (q,),
        "distances": (q, z, z, z),
        "noise": (q, z, z, z),
        "curves": (q, z, z, z),
        "background": (q, z, z),
    }
    jobs = {name: _workers().submit(stage(name), *given) for name, given in first.items()}
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
    jobs.update({name: _workers().submit(stage(name), *given) for name, given in then.items()})
    for job in jobs.values():
        job.result()


def paint(q, u, v, t, cover, nx, ny, nz, sky, shadow):
    """-> (red, green, blue, label) of a tile, from its traced rays."""
    d, noise, c = stage("distances")(q, u, v, t), stage("noise")(q, u, v, t), stage("curves")(q, u, v, t)
    m = stage("masks")(q, c, noise, d, cover)
    terms = stage("light")(q, u, v, t, (nx, ny, nz), m)
    rgb = stage("shade")(q, stage("albedo")(q, m, noise), m, terms, sky, shadow)
    return *rgb, m["label"]


def tiled(function, q: np.ndarray, *arrays):
    """Apply a function of tiles to arrays [N, P] (any P) of N pictures with measures q [N, K]; two tiles at a time."""
    n, p = arrays[0].shape
    chunks = -(-p // POINTS)
    rows = -(-n * chunks // ROWS) * ROWS

    def cut(a):
        a = np.pad(np.asarray(a, np.float32), [(0, 0), (0, chunks * POINTS - p)], mode="edge").reshape(
            n * chunks, POINTS
        )
        return np.pad(a, [(0, rows - len(a)), (0, 0)], mode="edge")

    q = np.repeat(q, chunks, 0)
    q = np.pad(q, [(0, rows - len(q)), (0, 0)], mode="edge")
    cuts = [cut(a) for a in arrays]
    jobs = [
        [tf.constant(a) for a in (q[i : i + ROWS].T, *(c[i : i + ROWS] for c in cuts))] for i in range(0, rows, ROWS)
    ]
    done = list(_workers().map(lambda job: [o.numpy() for o in function(*job)], jobs))
    return [np.concatenate(out)[: n * chunks].reshape(n, chunks * POINTS)[:, :p] for out in zip(*done)]


@lru_cache(None)
def _workers():
    return ThreadPoolExecutor(2)


def _grid(size: int):
    g = ((np.arange(size, dtype=np.float32) + 0.5) / size * 2.0 - 1.0).astype(np.float32)
    u, v = np.meshgrid(g, -g)
    return u.reshape(1, -1), v.reshape(1, -1)


def _pool(a, size: int, times: int, largest: bool):
    """3x3 maximum (or minimum) of [N, size*size], then each value repeated times x times."""
    a = tf.reshape(a if largest else -a, [-1, size, size, 1])
    a = tf.nn.max_pool2d(a, 3, 1, "SAME").numpy()[..., 0]
    return (a if largest else -a).repeat(times, 1).repeat(times, 2).reshape(len(a), -1)


def _forward(q, u, v):
    """How far one unit along each ray leads away from the camera (the cosine to its axis) [N, P]."""
    k = VIEW_HEIGHT * 0.5 / q[:, [COLUMNS["cam_scale"]]]
    x, y = (u - q[:, [COLUMNS["cam_x"]]]) * k, (v - q[:, [COLUMNS["cam_y"]]]) * k + VIEW_MIDDLE
    return CAMERA_DISTANCE / np.sqrt(x * x + y * y + CAMERA_DISTANCE**2)


def _landmarks(q, size: int):
    """-> (pixels [N,70,2], distance from the camera [N,70])."""
    rows = -(-len(q) // ROWS) * ROWS
    padded = np.pad(q, [(0, rows - len(q)), (0, 0)], mode="edge")
    tiles = [[o.numpy() for o in stage("landmarks")(tf.constant(padded[i : i + ROWS].T))] for i in range(0, rows, ROWS)]
    places, distance = (np.concatenate(a)[: len(q)] for a in zip(*tiles))
    return (places * size - 0.5).astype(np.float32), distance


def _render(vectors: np.ndarray, size: int, ss: int):
    """Arrays of `Frames.ARRAYS` for parameter vectors [N, len(NAMES)]."""
    count, fine, coarse = len(vectors), size * ss, size // 2
    q = pack(vectors, fine)
    full = lambda grid: [np.broadcast_to(a, (count, a.shape[1])) for a in grid]  # noqa: E731
    # trace at half resolution, then start the fine rays just before what their neighbours met
    uv = full(_grid(coarse))
    steps = lambda n: lambda *a: stage("march")(*a, tf.constant(n))  # noqa: E731
    first = np.full_like(uv[0], CAMERA_DISTANCE - 1.75)
    t, best, _ = tiled(steps(COARSE_STEPS), q, *uv, first, np.zeros_like(first))
    near, far = _pool(t, coarse, fine // coarse, False) - 0.02, _pool(t, coarse, fine // coarse, True) - 0.12
    inside = _pool(np.where(best < 0.01, t, FAR), coarse, fine // coarse, True) < CAMERA_DISTANCE + 1.0
    uv = full(_grid(fine))
    t, best, where = tiled(steps(FINE_STEPS), q, *uv, near, far)
    # a ray that missed keeps the point where it came closest, covered by how close that was (a soft edge)
    cover = np.where(inside, 1.0, np.clip(1.0 - (best - 0.004) / (0.7 * q[:, COLUMNS["pixel"]][:, None]), 0, 1)).astype(
        np.float32
    )
    t = np.where(cover < 1, where, t)
    nrm = tiled(stage("normals"), q, *uv, t)
    pick = np.arange(fine * fine).reshape(fine, fine)[ss // 2 :: ss, ss // 2 :: ss].reshape(-1)  # one ray in each pixel
    spread = lambda a: a.reshape(count, size, size).repeat(ss, 1).repeat(ss, 2).reshape(count, -1)  # noqa: E731
    light = [spread(a) for a in tiled(stage("occlusion"), q, *(a[:, pick] for a in (*uv, t, *nrm)))]
    *rgb, label = tiled(paint, q, *uv, t, cover, *nrm, *light)
    mean = lambda a: a.reshape(count, size, ss, size, ss).mean((2, 4))  # noqa: E731
    alpha = mean(cover)
    back = tiled(stage("background"), q, *full(_grid(size)))
    linear = [mean(c * cover) + b.reshape(alpha.shape) * (1.0 - alpha) for c, b in zip(rgb, back)]
    one = lambda a: a[:, pick].reshape(count, size, size)  # noqa: E731
    seen = one(cover) >= 0.5
    depth = np.where(seen, one(t) * _forward(q, *(a[:, pick] for a in uv)).reshape(count, size, size), np.inf)
    pixels, distance = _landmarks(q, size)
    shown = visible(pixels, distance, depth)
    rgb = np.clip(np.stack(linear, -1), 1e-5, 1.0) ** np.float32(1 / 2.2)
    return (
        rgb,
        alpha,
        depth.astype(np.float32),
        np.stack([one(a) for a in nrm], -1) * seen[..., None],
        np.where(seen, one(label) + 0.5, 0).astype(np.uint8),
        pixels[:, :68],
        shown[:, :68],
        pixels[:, 68:],
        shown[:, 68:],
    )


def _as_list(records, kind, name: str):
    records = [records] if isinstance(records, kind) else list(records)
    if not records or not all(isinstance(r, kind) for r in records):
        raise ValueError(
            f"{name}: expected a cast.{kind.__name__} or a list of them, got "
            f"{[type(r).__name__ for r in records[:3]] or 'an empty list'}."
        )
    return records


def pair_up(persons, scenes) -> tuple[list[Person], list[Scene]]:
    """Lists of equal length from records or lists; a single one is repeated. ValueError if they do not fit."""
    persons, scenes = _as_list(persons, Person, "persons"), _as_list(scenes, Scene, "scenes")
    n = max(len(persons), len(scenes))
    if {len(persons), len(scenes)} - {1, n}:
        raise ValueError(f"{len(persons)} persons and {len(scenes)} scenes: expected equal numbers, or one of either.")
    return (persons * n if len(persons) == 1 else persons), (scenes * n if len(scenes) == 1 else scenes)


def render(persons, scenes, size: int = 128, supersample: int = 1) -> Frames:
    """Pictures of persons in scenes, with exact truth.

    persons, scenes: one record or a list; a single one is used for all. size: pixels a side, even, 32 to 1024.
    supersample: rays a side in each pixel, 1 to 4. Returns `Frames`. The same input gives the same picture bit for bit
    on one machine, whatever else is rendered beside it. Raises ValueError for anything else. Lesson 00.
    """
    persons, scenes = pair_up(persons, scenes)
    if size not in range(32, 1025, 2) or supersample not in (1, 2, 3, 4):
        raise ValueError(
            f"size={size}, supersample={supersample}: expected an even size from 32 to 1024 and a "
            "supersample from 1 to 4."
        )
    warm()
    vectors = np.stack([to_vector(p, s) for p, s in zip(persons, scenes)])
    group = max(1, 2**20 // (size * supersample) ** 2)  # keeps the memory below about 1 GB
    made = [_render(vectors[i : i + group], size, supersample) for i in range(0, len(vectors), group)]
    return Frames(*(np.concatenate(a) for a in zip(*made)), persons, scenes)
