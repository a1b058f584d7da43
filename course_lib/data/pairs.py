"""The exact pairs that only a renderer can give: many people of the cast, several of them in each scene. Lesson 02."""
import hashlib
import time
import warnings
from dataclasses import dataclass, replace

import numpy as np

from course_lib.cast import random_person, random_scene, render
from course_lib.data.cache import cached
from course_lib.faces import FaceSet, faceset_from_frames
from course_lib.profile import cache_dir

PEOPLE, SCENES, TOGETHER = 320, 1280, 10  # persons, scenes, persons in each scene
CHUNK = 40  # scenes in one file of the cache
PICTURE = 128  # side of the rendered picture, pixels
PEOPLE_SEED, SCENE_SEED = 10_000, 100_000  # random people and scenes; the named cast is drawn by hand
VERSION = 2  # raise it when the look of the cast changes: pictures of older versions are not read any more


@dataclass
class Pairs:
    """S scenes with K people each: images uint8 [S, K, 64, 64, 3], masks uint8 [S, K, 64, 64], who int [S, K] (numbers
    of the persons), reads f32 [S, 6] (yaw, pitch, jaw, smile, brow, blink of the scene)."""

    images: np.ndarray
    masks: np.ndarray
    who: np.ndarray
    reads: np.ndarray

    def faces(self, scene, k):
        """Faces on grey f32 [N, 64, 64, 3] and their masks f32 [N, 64, 64]; scene and k are int [N]."""
        alpha = self.masks[scene, k].astype(np.float32)[..., None] / 255
        return self.images[scene, k] * (alpha / 255) + 0.5 * (1 - alpha), alpha[..., 0]


def scene(seed):
    """A random scene of the cast (a fifth are in hard light), a quarter of them turned evenly up to 46 degrees."""
    rng, made = np.random.default_rng(seed), random_scene(seed)
    if rng.random() < 0.25:
        made = replace(made, pose=replace(made.pose, yaw=float(rng.uniform(-0.8, 0.8))))
    return made


def reads(scenes):
    """What models.evaluators.POSE_AND_EXPRESSION names, f32 [N, 6]."""
    return np.array([[s.pose.yaw, s.pose.pitch, s.expression.jaw, s.expression.smile, s.expression.brow,
                      max(s.expression.blink_left, s.expression.blink_right)] for s in scenes], np.float32)


def faces_of(person, seeds, size=64, coverage=1.0):
    """A FaceSet of one person in the scenes with these seeds, kept in the cache."""
    key = hashlib.sha256(repr((VERSION, person, list(seeds), size, coverage)).encode()).hexdigest()[:16]
    file = cache_dir() / "swap_faces" / f"{key}.npz"
    try:
        return FaceSet.load(file)
    except (OSError, ValueError):  # absent or damaged
        made = faceset_from_frames(render(person, [scene(s) for s in seeds], size=PICTURE), size, coverage)
    try:
        return FaceSet.load(made.save(file))
    except OSError as error:
        warnings.warn(f"faces could not be cached ({error.strerror or error}); the lesson goes on without",
                      stacklevel=2)
        return made


def training_pairs(people=PEOPLE, scenes=SCENES, together=TOGETHER, quiet=False):
    """Renders the pairs, or reads them from the cache; a run that was stopped goes on where it was. Returns Pairs.

    About 4 minutes for 12,800 pictures on 2 cores, 200 MB.
    """
    folder = cache_dir() / "swap_pairs" / f"v{VERSION}_{people}_{together}"
    persons = [random_person(PEOPLE_SEED + k) for k in range(people)]
    parts, began = [], time.monotonic()
    for first in range(0, scenes, CHUNK):
        seeds = range(first, min(first + CHUNK, scenes))
        new = not (file := folder / f"{first:06d}.npz").is_file()
        parts.append(cached(file, lambda seeds=seeds: _render_chunk(persons, seeds, together)))
        if new and not quiet:
            print(f"rendered {seeds.stop} of {scenes} scenes, {time.monotonic() - began:.0f} s", flush=True)
    return Pairs(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _render_chunk(persons, seeds, together):
    scenes = [scene(SCENE_SEED + seed) for seed in seeds]
    who = np.stack([np.random.default_rng(SCENE_SEED + seed).permutation(len(persons))[:together] for seed in seeds])
    frames = render([persons[k] for k in who.ravel()], [s for s in scenes for _ in range(together)], size=PICTURE)
    faces = faceset_from_frames(frames)
    shape = (len(scenes), together, 64, 64)
    return dict(images=(faces.images * 255 + 0.5).clip(0, 255).astype(np.uint8).reshape(*shape, 3),
                masks=(faces.masks * 255 + 0.5).clip(0, 255).astype(np.uint8).reshape(shape), who=who,
                reads=reads(scenes))
