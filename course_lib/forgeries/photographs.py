"""Photographs of the cast: rendered scenes that went through a camera, with the truth kept, and their forgeries.

Every picture, real or forged, has the same camera before it and the same codec behind it. Lesson 11.
"""
import hashlib
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from course_lib import cast
from course_lib.compiled import renderer_version
from course_lib.degradation import degrade, random_camera
from course_lib.profile import cache_dir

from .people import EVERYBODY

VERSION = 1  # raise it when what is built changes
SIZE = 256  # pixels; an iris is then about 14 pixels wide


@dataclass
class Photographs:
    """N photographs of single faces.

    Args:
        images: uint8 RGB [N, S, S, 3].
        landmarks: f32 [N, 68, 2], pixels.
        labels: uint8 [N, S, S], see cast.LABELS.
        normals: f16 [N, S, S, 3], unit vectors in the camera's frame, 0 in the background.
        light: f32 [N, 3], direction of the key light in the camera's frame (x right, y up, z to the viewer).
        pose: f32 [N, 3], yaw, pitch, roll, radians.
        person: int [N], cast.random_person(number).
        seed: int [N], of scene and camera.
    """

    images: np.ndarray
    landmarks: np.ndarray
    labels: np.ndarray
    normals: np.ndarray
    light: np.ndarray
    pose: np.ndarray
    person: np.ndarray
    seed: np.ndarray

    def __len__(self):
        return len(self.images)

    def __getitem__(self, which):
        rows = np.atleast_1d(np.arange(len(self))[which])
        return Photographs(*(getattr(self, f.name)[rows] for f in fields(self)))

    @cached_property
    def rgb(self):
        """f32 RGB [N, S, S, 3] in [0, 1]."""
        return self.images.astype(np.float32) / 255

    @property
    def face_mask(self):
        """bool [N, S, S]: what a face swap may change."""
        return np.isin(self.labels, [cast.LABELS[name] for name in ("skin", "eyes", "mouth", "lips", "glasses")])


def photographs(numbers=EVERYBODY, each=1, *, seed=0, size=SIZE, wild=0.4, taken=True):
    """Photographs of people of the cast, each in a scene and by a camera of its own, from the cache where they are.

    Args:
        numbers: The people, cast.random_person(number).
        each: Photographs of each person.
        seed: Of scenes and cameras.
        size: Pixels per side.
        wild: How far heads turn, see cast.random_scene.
        taken: Whether a camera took them; otherwise the images are the rendered scenes.
    Returns:
        Photographs.
    Lesson 11.
    """
    from course_lib.data.cache import cached  # here, because TensorFlow comes with it

    numbers = [int(number) for number in numbers]
    job = (numbers, each, seed, size, wild, taken)
    key = hashlib.sha256(repr((VERSION, renderer_version(), job)).encode()).hexdigest()[:16]
    return Photographs(**cached(cache_dir() / "photographs" / f"{key}.npz", lambda: _made(*job)))


def _made(numbers, each, seed, size, wild, taken):
    seeds = [(number * 100 + k) * 1000 + seed for number in numbers for k in range(each)]
    people = [number for number in numbers for _ in range(each)]
    scenes = [portrait_scene(s, wild) for s in seeds]
    frames = cast.render([cast.random_person(p) for p in people], scenes, size=size)
    images = [degrade(image, [random_camera(s)] * taken) for image, s in zip(frames.rgb, seeds, strict=True)]
    return dict(images=(np.stack(images) * 255 + 0.5).astype(np.uint8), landmarks=frames.landmarks,
                labels=frames.labels, normals=frames.normals.astype(np.float16),
                light=np.stack([light_direction(s.lighting) for s in scenes]),
                pose=np.float32([(s.pose.yaw, s.pose.pitch, s.pose.roll) for s in scenes]),
                person=np.array(people), seed=np.array(seeds))


def portrait_scene(seed, wild=0.4):
    """A random scene for a portrait: close, both eyes open.

    Args:
        seed: Integer or numpy Generator.
        wild: As for cast.random_scene.
    Returns:
        cast.Scene.
    Lesson 11.
    """
    rng = np.random.default_rng(seed)
    scene = cast.random_scene(rng, wild)
    return replace(scene, camera=replace(scene.camera, scale=float(rng.uniform(1.1, 1.3))),
                   expression=replace(scene.expression, blink_left=0, blink_right=0))


def light_direction(lighting):
    """The unit vector towards the key light.

    Args:
        lighting: cast.Lighting.
    Returns:
        f32 [3], x right, y up, z to the viewer.
    Lesson 11.
    """
    a, e = lighting.azimuth, lighting.elevation
    return np.float32([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)])
