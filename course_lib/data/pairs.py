"""The exact pairs that only a renderer can provide: many people of the cast, several of them in each scene. Lesson 02.
"""
import hashlib
import warnings
from dataclasses import dataclass, replace

import numpy as np

from course_lib.cast import random_person, random_scene, render
from course_lib.data.cache import cached_chunks
from course_lib.faces import FaceSet, faceset_from_frames
from course_lib.profile import cache_dir

PEOPLE, SCENES, TOGETHER = 320, 1280, 10  # people, scenes, people rendered in each scene
CHUNK = 40  # scenes in one file of the cache
RENDERED = 128  # side of a rendering, pixels
PEOPLE_SEED, SCENE_SEED = 10_000, 100_000  # random people and scenes; the named cast is drawn by hand
VERSION = 2  # increase it when the look of the cast changes: files of older versions are then not read


@dataclass
class Pairs:
    """S scenes with K people each.

    Args:
        images: uint8 [S, K, 64, 64, 3].
        masks: uint8 [S, K, 64, 64].
        who: int [S, K], the people's numbers.
        reads: f32 [S, 6], pose and expression of the scene (see `pose_and_expression`).
    """

    images: np.ndarray
    masks: np.ndarray
    who: np.ndarray
    reads: np.ndarray

    def faces(self, scene, k):
        """Some of the faces, on grey.

        Args:
            scene, k: int [N], the scenes and the places of the people in them.
        Returns:
            Faces f32 RGB [N, 64, 64, 3] and masks f32 [N, 64, 64], in [0, 1].
        """
        alpha = self.masks[scene, k].astype(np.float32)[..., None] / 255
        return self.images[scene, k] * (alpha / 255) + 0.5 * (1 - alpha), alpha[..., 0]


def scene(seed):
    """A random scene of the cast (a fifth are in hard light), a quarter of them with a yaw that is uniform up to 46
    degrees.

    Args:
        seed: Integer.
    Returns:
        A Scene.
    """
    rng, drawn = np.random.default_rng(seed), random_scene(seed)
    if rng.random() < 0.25:
        drawn = replace(drawn, pose=replace(drawn.pose, yaw=float(rng.uniform(-0.8, 0.8))))
    return drawn


def pose_and_expression(scenes):
    """Pose and expression as training targets.

    Args:
        scenes: N scenes.
    Returns:
        f32 [N, 6]: yaw and pitch in radians; jaw, smile, brow and blink from 0 to 1.
    """
    return np.array([[s.pose.yaw, s.pose.pitch, s.expression.jaw, s.expression.smile, s.expression.brow,
                      max(s.expression.blink_left, s.expression.blink_right)] for s in scenes], np.float32)


def faces_of(person, seeds, size=64, coverage=1.0):
    """The faces of one person in several scenes, cached.

    Args:
        person: A Person.
        seeds: Of the scenes, see `scene`.
        size, coverage: As for faces.align.
    Returns:
        FaceSet.
    """
    key = hashlib.sha256(repr((VERSION, person, list(seeds), size, coverage)).encode()).hexdigest()[:16]
    file = cache_dir() / "swap_faces" / f"{key}.npz"
    try:
        return FaceSet.load(file)
    except (OSError, ValueError):  # absent or damaged
        faces = faceset_from_frames(render(person, [scene(s) for s in seeds], size=RENDERED), size, coverage)
    try:
        return FaceSet.load(faces.save(file))
    except OSError as error:
        warnings.warn(f"faces could not be cached ({error.strerror or error}); the lesson goes on without",
                      stacklevel=2)
        return faces


def training_pairs(people=PEOPLE, scenes=SCENES, together=TOGETHER, quiet=False):
    """The pairs, rendered or read from the cache: about 4 minutes for 12,800 images on 2 cores, 200 MB.

    Args:
        people: How many random people there are.
        scenes: How many scenes.
        together: How many people are rendered in each scene.
        quiet: Whether to print no progress.
    Returns:
        Pairs.
    """
    folder = cache_dir() / "swap_pairs" / f"v{VERSION}_{people}_{together}"
    persons = [random_person(PEOPLE_SEED + k) for k in range(people)]
    return Pairs(**cached_chunks(folder, 0, scenes, CHUNK, lambda seeds: _render_chunk(persons, seeds, together), quiet,
                                 "scenes"))


def _render_chunk(persons, seeds, together):
    scenes = [scene(SCENE_SEED + seed) for seed in seeds]
    who = np.stack([np.random.default_rng(SCENE_SEED + seed).permutation(len(persons))[:together] for seed in seeds])
    frames = render([persons[k] for k in who.ravel()], [s for s in scenes for _ in range(together)], size=RENDERED)
    faces = faceset_from_frames(frames)
    shape = (len(scenes), together, 64, 64)
    return dict(images=(faces.images * 255 + 0.5).clip(0, 255).astype(np.uint8).reshape(*shape, 3),
                masks=(faces.masks * 255 + 0.5).clip(0, 255).astype(np.uint8).reshape(shape), who=who,
                reads=pose_and_expression(scenes))
