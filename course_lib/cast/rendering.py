"""From parameters to pictures: tiles of rays through the compiled stages, and back to images.

With `tracing`, `geometry` and `shading` this is the course's only TensorFlow-only room. Lesson 00.
"""

from functools import partial

import numpy as np
import tensorflow as tf

from course_lib.cast.anatomy import CAMERA_DISTANCE, COLUMNS, VIEW_HEIGHT, VIEW_MIDDLE, pack, unpack
from course_lib.cast.frames import Frames
from course_lib.cast.landmarks import landmark_places, visible
from course_lib.cast.parameters import Person, Scene, to_vector
from course_lib.cast.tracing import (
    COARSE_STEPS,
    FAR,
    FINE_STEPS,
    POINTS,
    ROWS,
    normals,
    occlusion,
    paint,
    stage,
    warm,
    workers,
)


def tiled(function, q: np.ndarray, *arrays, active=None, rest=0.0):
    """Apply a function of tiles to arrays [N, P] (any P) of N pictures with measures q [N, K]; two tiles at a time.

    active [N, P] bool: only these points are computed, the others get `rest`. Returns a list of arrays [N, P].
    """
    n, p = arrays[0].shape
    picture, point = [], []  # which rays make up each row of POINTS
    for k in range(n):
        chosen = np.arange(p) if active is None else np.flatnonzero(active[k])
        rows = np.resize(chosen, (-(-len(chosen) // POINTS), POINTS)) if len(chosen) else np.zeros((0, POINTS), int)
        point.append(rows)  # the last row is filled up by beginning again
        picture += [k] * len(rows)
    picture, point = np.array(picture, int)[:, None], np.concatenate(point)
    if not len(point):
        picture, point = np.zeros((1, 1), int), np.zeros((1, POINTS), int)

    def run(i):
        some, where = picture[i : i + ROWS], point[i : i + ROWS]
        fill = [(0, ROWS - len(some)), (0, 0)]
        tile = [np.pad(q[some[:, 0]], fill, mode="edge").T]
        tile += [np.pad(np.asarray(a[some, where], np.float32), fill, mode="edge") for a in arrays]
        return [np.asarray(o)[: len(some)] for o in function(*map(tf.constant, tile))]

    done = list(workers().map(run, range(0, len(point), ROWS)))
    out = []
    for parts in zip(*done, strict=True):
        full = np.full((n, p), rest, np.float32)
        full[picture, point] = np.concatenate(parts)
        out.append(full)
    return out


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
    tiles = []
    for i in range(0, rows, ROWS):
        tile = tf.constant(padded[i : i + ROWS].T)
        skin = partial(stage("skin"), tile)
        tiles.append([o.numpy() for o in landmark_places(unpack(tile), skin)])
    places, distance = (np.concatenate(a)[: len(q)] for a in zip(*tiles, strict=True))
    return (places * size - 0.5).astype(np.float32), distance


def _march(steps: int):
    return lambda *rays: stage("march")(*rays, tf.constant(steps))


def _render(vectors: np.ndarray, size: int, ss: int):
    """Arrays of `Frames.ARRAYS` for parameter vectors [N, len(NAMES)]."""
    count, fine, coarse = len(vectors), size * ss, size // 2
    q = pack(vectors, fine)
    full = lambda grid: [np.broadcast_to(a, (count, a.shape[1])) for a in grid]  # noqa: E731
    # trace at half resolution, then start the fine rays just before what their neighbours met
    uv = full(_grid(coarse))
    first = np.full_like(uv[0], CAMERA_DISTANCE - 1.75)
    t, best, _ = tiled(_march(COARSE_STEPS), q, *uv, first, np.zeros_like(first))
    near, far = _pool(t, coarse, fine // coarse, False) - 0.02, _pool(t, coarse, fine // coarse, True) - 0.12
    inside = _pool(np.where(best < 0.01, t, FAR), coarse, fine // coarse, True) < CAMERA_DISTANCE + 1.0
    uv = full(_grid(fine))
    active = near < FAR - 0.1  # the others' neighbours all met nothing
    t, best, where = tiled(_march(FINE_STEPS), q, *uv, near, far, active=active, rest=FAR)
    # a ray that missed keeps the point where it came closest, covered by how close that was (a soft edge)
    cover = np.where(inside, 1.0, np.clip(1.0 - (best - 0.004) / (0.7 * q[:, COLUMNS["pixel"]][:, None]), 0, 1)).astype(
        np.float32
    )
    t = np.where(cover < 1, where, t)
    nrm = tiled(normals, q, *uv, t, active=active)
    pick = np.arange(fine * fine).reshape(fine, fine)[ss // 2 :: ss, ss // 2 :: ss].reshape(-1)  # one ray in each pixel
    spread = lambda a: a.reshape(count, size, size).repeat(ss, 1).repeat(ss, 2).reshape(count, -1)  # noqa: E731
    light = [spread(a) for a in tiled(occlusion, q, *(a[:, pick] for a in (*uv, t, *nrm)), active=active[:, pick])]
    *rgb, label = tiled(paint, q, *uv, t, cover, *nrm, *light, active=active)
    mean = lambda a: a.reshape(count, size, ss, size, ss).mean((2, 4))  # noqa: E731
    alpha = mean(cover)
    back = tiled(stage("background"), q, *full(_grid(size)))
    linear = [mean(c * cover) + b.reshape(alpha.shape) * (1.0 - alpha) for c, b in zip(rgb, back, strict=True)]
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
    vectors = np.stack([to_vector(p, s) for p, s in zip(persons, scenes, strict=True)])
    group = max(1, 2**20 // (size * supersample) ** 2)  # keeps the memory below about 1 GB
    made = [_render(vectors[i : i + group], size, supersample) for i in range(0, len(vectors), group)]
    return Frames(*(np.concatenate(a) for a in zip(*made, strict=True)), persons, scenes)
