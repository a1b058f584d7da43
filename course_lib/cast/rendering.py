"""From parameters to images: tiles of rays go through the compiled stages and come back as images.

With `tracing`, `stages`, `geometry` and `shading` this is the course's only TensorFlow-only code. Lesson 00.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf

from course_lib.cast import stages
from course_lib.cast.anatomy import CAMERA_DISTANCE, COLUMNS, VIEW_HEIGHT, VIEW_MIDDLE, pack
from course_lib.cast.frames import Frames
from course_lib.cast.landmarks import visible
from course_lib.cast.parameters import Person, Scene, to_vector
from course_lib.cast.stages import POINTS, ROWS, warm, workers
from course_lib.cast.tracing import COARSE_STEPS, CONVERGED, FAR, TURNS


def tiled(function, q: np.ndarray, *arrays, active=None, fill=0.0):
    """Apply a function of tiles to the rays of N images; two tiles at a time.

    Args:
        function: Of measures and tiles [ROWS, POINTS] to a list of tiles.
        q: f32 [N, MAX_COLUMNS].
        arrays: [N, P] each, any P.
        active: bool [N, P]: only these points are computed.
        fill: The value of the others.
    Returns:
        List of arrays [N, P].
    """
    n, p = arrays[0].shape
    image, point = [], []  # which rays make up each row of POINTS
    for k in range(n):
        chosen = np.arange(p) if active is None else np.flatnonzero(active[k])
        rows = np.resize(chosen, (-(-len(chosen) // POINTS), POINTS)) if len(chosen) else np.zeros((0, POINTS), int)
        point.append(rows)  # the last row is filled up by beginning again
        image += [k] * len(rows)
    image, point = np.array(image or [0]), np.concatenate(point if image else [np.zeros((1, POINTS), int)])
    short = -len(point) % ROWS  # so is the last tile
    image, point = np.pad(image, (0, short), mode="edge"), np.pad(point, [(0, short), (0, 0)], mode="edge")
    ray, q = image[:, None] * p + point, np.ascontiguousarray(q.T)
    same = [a.strides[0] == 0 for a in arrays]  # the same for all images
    arrays = [np.ascontiguousarray(a[0] if one else a, np.float32).ravel() for a, one in zip(arrays, same, strict=True)]

    def run(i):
        tile = [a.take((point if one else ray)[i : i + ROWS]) for a, one in zip(arrays, same, strict=True)]
        return [o.numpy() for o in function(*map(tf.constant, (q.take(image[i : i + ROWS], axis=1), *tile)))]

    out = []
    for parts in zip(*workers().map(run, range(0, len(point), ROWS)), strict=True):
        full = np.full(n * p, fill, np.float32)
        full[ray.ravel()] = np.concatenate(parts).ravel()
        out.append(full.reshape(n, p))
    return out


def _grid(size: int):
    g = ((np.arange(size, dtype=np.float32) + 0.5) / size * 2.0 - 1.0).astype(np.float32)
    u, v = np.meshgrid(g, -g)
    return u.reshape(1, -1), v.reshape(1, -1)


def _repeat(a, times: int):
    """Each value of [N, size, size] repeated times x times -> [N, P]."""
    return a.repeat(times, 1).repeat(times, 2).reshape(len(a), -1)


def _pool(a, size: int, times: int, largest: bool):
    """3x3 maximum (or minimum) of [N, size*size], then each value repeated times x times."""
    a = tf.reshape(a if largest else -a, [-1, size, size, 1])
    a = tf.nn.max_pool2d(a, 3, 1, "SAME").numpy()[..., 0]
    return _repeat(a if largest else -a, times)


def _forward(q, u, v):
    """How far one unit along each ray leads away from the camera (the cosine to its axis) [N, P]."""
    k = VIEW_HEIGHT * 0.5 / q[:, [COLUMNS["cam_scale"]]]
    x, y = (u - q[:, [COLUMNS["cam_x"]]]) * k, (v - q[:, [COLUMNS["cam_y"]]]) * k + VIEW_MIDDLE
    return CAMERA_DISTANCE / np.sqrt(x * x + y * y + CAMERA_DISTANCE**2)


def _landmarks(q, size: int):
    """-> (pixels [N,70,2], distance from the camera [N,70])."""
    rows = -(-len(q) // ROWS) * ROWS
    padded = np.pad(q, [(0, rows - len(q)), (0, 0)], mode="edge").reshape(-1, ROWS, q.shape[1])
    tiles = [[o.numpy() for o in stages.stage("landmarks")(tf.constant(tile.T))] for tile in padded]
    positions, distance = (np.concatenate(a)[: len(q)] for a in zip(*tiles, strict=True))
    return (positions * size - 0.5).astype(np.float32), distance


def render_landmarks(vectors, size: int):
    """The landmarks and pupils of many faces without their images, some 10 ms for 64 of them.

    Args:
        vectors: f32 [N, len(NAMES)], see `to_vector`; values inside their ranges.
        size: Pixels per side.
    Returns:
        f32 [N, 70, 2], pixels: the 68 landmarks, then both pupils, the person's right one first.
    Lesson 16.
    """
    warm()
    return _landmarks(pack(np.asarray(vectors, np.float32), size), size)[0]


def _render(vectors: np.ndarray, size: int, ss: int):
    """Arrays of `Frames.ARRAYS` for parameter vectors [N, len(NAMES)]."""
    count, fine, half = len(vectors), size * ss, size // 2
    q = pack(vectors, fine)
    full = lambda grid: [np.broadcast_to(a, (count, a.shape[1])) for a in grid]  # noqa: E731
    # trace at half resolution, then start the fine rays just before what their neighbours met
    uv, start = full(_grid(half)), np.full((count, half * half), CAMERA_DISTANCE - 1.75, np.float32)
    t, best, _ = tiled(stages.start_march(COARSE_STEPS), q, *uv, start, 0 * start, 0 * start + 1)[5:]
    close = best < 0.8 * VIEW_HEIGHT / half / q[:, [COLUMNS["cam_scale"]]]  # in reach of the rays beside this one
    near, far = _pool(t, half, fine // half, False) - 0.02, _pool(t, half, fine // half, True) - 0.12
    far[far > FAR - 0.2] = 0.0  # nothing lies behind the outline: a ray that grazes it goes on from bump to bump
    inside = _pool(np.where(best < 0.01, t, FAR), half, fine // half, True) < CAMERA_DISTANCE + 1.0
    uv = full(_grid(fine))
    active = (near < FAR - 0.1) & _repeat(close.reshape(count, half, half), fine // half)
    *state, t, best, cover = tiled(stages.start_march(TURNS[0]), q, *uv, near, far, inside, active=active)
    for turns in zip(TURNS, TURNS[1:], strict=False):
        active &= best > CONVERGED
        updated = tiled(stages.continue_march(*turns), q, *uv, *state, far, inside, active=active)
        for a, b in zip((*state, t, best, cover), updated, strict=True):
            a[active] = b[active]
    active = cover > 0
    if ss == 1:
        *nrm, r, g, b, label = tiled(stages.normal_and_colour, q, *uv, t, cover, active=active)
    else:
        spread = lambda a: _repeat(a.reshape(count, size, size), ss)  # noqa: E731
        pixels = active.reshape(count, size, ss, size, ss).any((2, 4)).reshape(count, -1)
        nrm = tiled(stages.normal, q, *uv, t, active=spread(pixels))
        pick = np.arange(fine * fine).reshape(fine, fine)[ss // 2 :: ss, ss // 2 :: ss].ravel()  # one ray in each pixel
        light = tiled(stages.visibility, q, *(a[:, pick] for a in (*uv, t, *nrm)), active=pixels)
        r, g, b, label = tiled(stages.paint, q, *uv, t, cover, *nrm, *map(spread, light), active=active)
    back = tiled(stages.stage("background"), q, *full(_grid(size)))
    part = lambda a, i, j: a.reshape(count, fine, fine)[:, i::ss, j::ss]  # noqa: E731
    mean = lambda a: sum(part(a, i, j) for i in range(ss) for j in range(ss)) * np.float32(ss**-2)  # noqa: E731
    one = lambda a: part(a, ss // 2, ss // 2)  # noqa: E731
    alpha = mean(cover)
    linear = [mean(c * cover) + d.reshape(alpha.shape) * (1.0 - alpha) for c, d in zip((r, g, b), back, strict=True)]
    seen = one(cover) >= 0.5
    depth = np.where(seen, one(t) * _forward(q, *_grid(size)).reshape(count, size, size), np.inf)
    points, distance = _landmarks(q, size)
    shown = visible(points, distance, depth)
    rgb = np.clip(np.stack(linear, -1), 1e-5, 1.0) ** np.float32(1 / 2.2)
    return (
        rgb,
        alpha,
        depth.astype(np.float32),
        np.stack([one(a) for a in nrm], -1) * seen[..., None],
        np.where(seen, one(label) + 0.5, 0).astype(np.uint8),
        points[:, :68],
        shown[:, :68],
        points[:, 68:],
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
    """Lists of equal length from records or lists; a single record is repeated.

    Args:
        persons, scenes: One record or a list.
    Returns:
        (persons, scenes).
    Raises:
        ValueError: If the lengths do not fit.
    """
    persons, scenes = _as_list(persons, Person, "persons"), _as_list(scenes, Scene, "scenes")
    n = max(len(persons), len(scenes))
    if {len(persons), len(scenes)} - {1, n}:
        raise ValueError(f"{len(persons)} persons and {len(scenes)} scenes: expected equal numbers, or one of either.")
    return (persons * n if len(persons) == 1 else persons), (scenes * n if len(scenes) == 1 else scenes)


def render(persons, scenes, size: int = 128, supersample: int = 1) -> Frames:
    """Images of persons in scenes, with exact ground truth.

    The same input gives the same image bit for bit on one machine, whatever else is rendered beside it.

    Args:
        persons, scenes: One record or a list; a single one is used for all.
        size: Pixels per side, even, 32 to 1024.
        supersample: Rays per side of a pixel, 1 to 4.
    Returns:
        Frames.
    Raises:
        ValueError: For anything else.
    Lesson 00.
    """
    persons, scenes = pair_up(persons, scenes)
    if size not in range(32, 1025, 2) or supersample not in (1, 2, 3, 4):
        raise ValueError(
            f"size={size}, supersample={supersample}: expected an even size from 32 to 1024 and a "
            "supersample from 1 to 4."
        )
    warm()
    vectors = np.stack([to_vector(p, s) for p, s in zip(persons, scenes, strict=True)])
    group = max(1, 2**19 // (size * supersample) ** 2)  # keeps the memory below about 1 GB
    groups = [vectors[i : i + group] for i in range(0, len(vectors), group)]
    with ThreadPoolExecutor(2) as pool:  # while one group is gathered and put together, the other is traced
        rendered = list(pool.map(lambda rows: _render(rows, size, supersample), groups))
    return Frames(*(np.concatenate(a) for a in zip(*rendered, strict=True)), persons, scenes)
