"""Portraits of random people of the cast, 64 x 64 on grey, with hair: the training set of the generators. Lesson 04."""
from dataclasses import dataclass

import numpy as np

from course_lib.cast import random_person, random_scene, render
from course_lib.data.cache import cached_chunks
from course_lib.faces.align import align, warp
from course_lib.profile import cache_dir

ATTRIBUTES = ("yaw", "pitch", "jaw", "smile", "skin", "glasses", "beard", "long", "bald", "fair")
COVERAGE = 1.3  # the crop shows the head with its hair
PEOPLE_SEED, SCENE_SEED = 20_000, 500_000  # none of the named cast, nobody of data.pairs
WILD = 0.7  # scale of the poses, see cast.random_scene
CHUNK, RENDERED, PAD = 125, 96, 24  # portraits in a file of the cache; side and margin of a rendering, pixels
VERSION = 2


@dataclass
class Portraits:
    """N portraits of N different people.

    Args:
        images: uint8 [N, 64, 64, 3].
        truth: f32 [N, 10], see ATTRIBUTES.
    """

    images: np.ndarray
    truth: np.ndarray

    def __len__(self):
        return len(self.images)

    def pictures(self, which=slice(None)):
        """The chosen portraits as floats.

        Args:
            which: Slice, integer list or mask.
        Returns:
            f32 RGB [n, 64, 64, 3] in [0, 1].
        """
        return self.images[which].astype(np.float32) / 255


def portraits(count=6000, first=0, quiet=False):
    """Portraits first to first + count, each of another random person in a scene of its own.

    Rendered once, 3 minutes for 6000 on 2 cores, and cached in chunks of 125.

    Args:
        count, first: At least 1 and 0, with a sum of at most 80,000.
        quiet: Whether to print no progress.
    Returns:
        Portraits.
    Raises:
        ValueError: For another count or first.
    Lesson 04.
    """
    if count < 1 or first < 0 or first + count > 80_000:
        raise ValueError(f"portraits wants count >= 1, first >= 0 and a sum of at most 80000; got {count} and {first}")
    folder = cache_dir() / "portraits" / f"v{VERSION}"
    return Portraits(**cached_chunks(folder, first, count, CHUNK, _render_chunk, quiet, "portraits"))


def attributes_of(person, scene):
    """The values of ATTRIBUTES.

    Args:
        person: A Person.
        scene: A Scene.
    Returns:
        f32 [10]: two angles in radians, then amounts from 0 to 1; fair is the hair's lightness, 0 where bald.
    """
    p, e = person, scene.expression
    bald = float(p.hair_top < -0.1)
    fair = (1 - bald) * (p.hair_r + p.hair_g + p.hair_b) / 3
    return np.array([scene.pose.yaw, scene.pose.pitch, e.jaw, e.smile, p.skin, p.glasses, p.beard, p.hair_long, bald,
                     fair ** (1 / 2.2)], np.float32)


def _render_chunk(seeds):
    persons = [random_person(PEOPLE_SEED + k) for k in seeds]
    scenes = [random_scene(SCENE_SEED + k, wild=WILD) for k in seeds]
    images = crop(render(persons, scenes, size=RENDERED))
    truth = np.stack([attributes_of(p, s) for p, s in zip(persons, scenes, strict=True)])
    return {"images": (images * 255 + 0.5).astype(np.uint8), "truth": truth}


def crop(frames):
    """The portraits in rendered frames: head and hair on grey, upright.

    Args:
        frames: The cast's Frames.
    Returns:
        f32 RGB [N, 64, 64, 3] in [0, 1].
    Lesson 04.
    """
    images = []
    for image, alpha, points in zip(frames.rgb, frames.alpha, frames.landmarks, strict=True):
        on_grey = image * alpha[..., None] + 0.5 * (1 - alpha[..., None])
        padded = np.pad(on_grey.astype(np.float32), ((PAD, 0), (PAD, PAD), (0, 0)), constant_values=0.5)
        matrix = align(padded, points + PAD, 64, COVERAGE).matrix
        images.append(warp(padded, matrix, 64).clip(0, 1))
    return np.stack(images)
