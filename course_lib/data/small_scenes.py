"""People of the cast in their scenes, 96 x 96: the training set of the learned watermark. Lesson 14."""
import numpy as np

from course_lib.cast import random_person, random_scene, render
from course_lib.data.cache import cached_chunks
from course_lib.profile import cache_dir

SIDE, SEED, WILD = 96, 6_000_000, 0.7  # people and scenes that nothing else shows
CHUNK, VERSION = 60, 1


def small_scenes(count, first=0, quiet=False):
    """Pictures first to first + count, each of another random person in a scene of its own, with the background.

    Rendered once, a minute for 1200 on 2 cores, and cached in chunks of 60.

    Args:
        count, first: At least 1 and 0.
        quiet: Whether to print no progress.
    Returns:
        uint8 [count, 96, 96, 3].
    Lesson 14.
    """
    folder = cache_dir() / "small_scenes" / f"v{VERSION}"
    return cached_chunks(folder, first, count, CHUNK, _render_chunk, quiet, "scenes")["images"]


def _render_chunk(seeds):
    people, scenes = [random_person(SEED + k) for k in seeds], [random_scene(SEED + k, wild=WILD) for k in seeds]
    return {"images": (render(people, scenes, size=SIDE).rgb * 255 + 0.5).astype(np.uint8)}
