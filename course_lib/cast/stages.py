"""The renderer's stages, compiled: loaded or traced once in a kernel, and chained into what is done to a tile of rays.

Every stage works on tiles of `ROWS` x `POINTS` rays whatever the image's size, so each is compiled once in a kernel and
serves all sizes, supersamplings and batches. Lesson 00.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import tensorflow as tf

from course_lib.cast import modules, shading, surface
from course_lib.cast.anatomy import column_texts, restore
from course_lib.cast.measure import MAX_COLUMNS
from course_lib.cast.tracing import NORMAL, SHADOW, STAGES
from course_lib.compiled import numbered, ready

ROWS, POINTS = 64, 512


@lru_cache(None)
def _stored():
    """Stages that were traced and compiled ahead; none where there are none, or where a graphics card renders."""
    folder = None if tf.config.list_physical_devices("GPU") else ready()
    return {} if folder is None else modules.load(folder, restore)


@lru_cache(None)
def stage(name: str):
    """One compiled stage, called with tensors of the shapes that `arguments` gives.

    Args:
        name: Key of STAGES.
    Returns:
        A tf.function.
    """
    return _stored().get(name) or tf.function(STAGES[name], jit_compile=True, autograph=False)


def arguments():
    """What each stage is called with, in an order that gives each the same name every time.

    Returns:
        Dict of stage -> tuple of tensors.
    """
    q, z = tf.zeros((MAX_COLUMNS, ROWS)) + 0.5, tf.zeros((ROWS, POINTS)) + 0.5
    noise, m = tf.stack([z] * len(surface.LAYERS)), dict.fromkeys(surface.MASKS, z)
    lit, one = dict.fromkeys(shading.LIGHT_TERMS, z), tf.constant(1)
    return {
        "normals_and_visibility": (q, z, z, z, z, z, z, one, one),
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


def compile_all(stages):
    """Trace stages and compile them, two at a time.

    Args:
        stages: Dict of name -> tf.function.
    """
    jobs = []
    with numbered():
        for name, given in arguments().items():
            stages[name].get_concrete_function(*given)
            jobs.append(workers().submit(stages[name], *given))
    for job in jobs:
        job.result()


@lru_cache(None)
def warm() -> None:
    """Make all stages ready. The first `render` in a kernel does it.

    What was traced and compiled ahead is loaded instead (`course_lib.compiled`, `modules`).
    """
    compile_all({name: stage(name) for name in STAGES})


def build(folder) -> None:
    """Store all stages, and have XLA keep their programs in the folder that its flags name.

    Args:
        folder: Path of an empty folder.
    """
    traced = {name: tf.function(function, autograph=False, jit_compile=True) for name, function in STAGES.items()}
    modules.store(folder, traced, arguments(), column_texts)
    compile_all(modules.load(folder, restore))


# ------------------------------------------------------ what is done to a tile of rays: chains of stages
@lru_cache(None)
def _all(value):
    return tf.fill((ROWS, POINTS), value)


def start_march(steps):
    """The first steps of `march`.

    Args:
        steps: How many.
    Returns:
        Function of a tile of rays that begin at t.
    """
    first, last = tf.constant(0), tf.constant(steps)
    return lambda q, u, v, t, *ends: stage("march")(q, u, v, t, _all(0.0), _all(0.0), _all(9.0), t, *ends, first, last)


def continue_march(first, last):
    """Later steps of `march`.

    Args:
        first, last: Numbers of the steps.
    Returns:
        Function of a tile of rays in the state that `march` returned.
    """
    return lambda *tile: stage("march")(*tile, tf.constant(first), tf.constant(last))


def normal(q, u, v, t):
    """Surface normals.

    Args:
        q, u, v, t: The rays, see the module.
    Returns:
        x, y, z.
    """
    return stage("normals_and_visibility")(q, u, v, t, t, t, t, tf.constant(1), tf.constant(NORMAL))[:3]


def visibility(q, u, v, t, nx, ny, nz):
    """How much of the sky and of the key light every point sees.

    Args:
        q, u, v, t: The rays, see the module.
        nx, ny, nz: The normals.
    Returns:
        (sky, key light) in [0, 1].
    """
    return stage("normals_and_visibility")(q, u, v, t, nx, ny, nz, tf.constant(NORMAL + 1), tf.constant(SHADOW))[3:]


def paint(q, u, v, t, cover, nx, ny, nz, sky, shadow):
    """Colours and labels of the points.

    Args:
        q, u, v, t, cover: The rays, see the module.
        nx, ny, nz: The normals.
        sky, shadow: What `visibility` returns.
    Returns:
        (red, green, blue, label).
    """
    noise = stage("noise")(q, u, v, t)
    m = stage("masks")(q, stage("curves")(q, u, v, t), noise, stage("distances")(q, u, v, t), cover)
    lit = stage("light")(q, u, v, t, [nx, ny, nz], m)
    return *stage("shade")(q, m, noise, lit, sky, shadow), m["label"]


def normal_and_colour(q, u, v, t, cover):
    """Everything about the points in one call.

    Args:
        q, u, v, t, cover: The rays, see the module.
    Returns:
        (normal x, y, z, red, green, blue, label).
    """
    traced = stage("normals_and_visibility")(q, u, v, t, t, t, t, tf.constant(1), tf.constant(SHADOW))
    return *traced[:3], *paint(q, u, v, t, cover, *traced)


@lru_cache(None)
def workers():
    """The two threads that run the tiles.

    Returns:
        A ThreadPoolExecutor.
    """
    return ThreadPoolExecutor(2)
