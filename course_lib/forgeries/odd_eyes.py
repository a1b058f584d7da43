"""Faces with one odd eye: another iris colour, another reflection or none, another gaze; the truth is exact. Lesson 11.
"""
from dataclasses import replace

import numpy as np

from course_lib import cast
from course_lib.cast.looks import IRIS
from course_lib.degradation import degrade, random_camera

from .photographs import SIZE, portrait_scene

KINDS = ("iris colour", "odd highlight", "missing highlight", "odd gaze")


def odd_eyes(seeds, numbers, kind, strengths=(1.0,), size=SIZE, wild=0.4):
    """Photographs in which the person's left eye comes from a second rendering of the same scene.

    The second rendering has another iris colour, or its key light elsewhere (so that the reflection moves), or no key
    light (so that it is missing), or looks aside. Both renderings are mixed inside that eye alone, before the camera.

    Args:
        seeds: int [N], of scene and camera, as in Photographs.
        numbers: int [N], the people, cast.random_person(number).
        kind: One of KINDS.
        strengths: S amounts of the second rendering, 0 to 1.
        size, wild: As for `photographs`.
    Returns:
        (f32 RGB [S, N, size, size, 3], mask bool [N, size, size] of what was changed).
    Raises:
        ValueError: For another kind.
    Lesson 11.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; expected one of {', '.join(KINDS)}")
    people, scenes = [cast.random_person(int(n)) for n in numbers], [portrait_scene(int(s), wild) for s in seeds]
    changed = [_changed(p, s, kind) for p, s in zip(people, scenes, strict=True)]
    a = cast.render(people, scenes, size=size)
    b = cast.render([p for p, _ in changed], [s for _, s in changed], size=size)
    mask = np.stack([left_eye(labels, points) for labels, points in zip(a.labels, a.landmarks, strict=True)])
    out = []
    for strength in strengths:
        mixed = np.where(mask[..., None], a.rgb + np.float32(strength) * (b.rgb - a.rgb), a.rgb)
        out.append([degrade(image, [random_camera(int(s))]) for image, s in zip(mixed, seeds, strict=True)])
    return np.array(out, np.float32), mask


def left_eye(labels, landmarks):
    """The pixels of the person's left eye.

    Args:
        labels: uint8 [H, W], see cast.LABELS.
        landmarks: [68, 2], pixels.
    Returns:
        bool [H, W].
    Lesson 11.
    """
    points = landmarks[42:48]
    low, high = points.min(0) - 3, points.max(0) + 3
    y, x = np.mgrid[:labels.shape[0], :labels.shape[1]]
    box = (x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1])
    return box & (labels == cast.LABELS["eyes"])


def _changed(person, scene, kind):
    if kind == "iris colour":
        own = np.array([person.iris_r, person.iris_g, person.iris_b])
        other = max(IRIS.values(), key=lambda colour: np.abs(np.array(colour) - own).sum())
        return replace(person, iris_r=other[0], iris_g=other[1], iris_b=other[2]), scene
    if kind == "odd gaze":
        look = scene.expression.gaze_x
        aside = replace(scene.expression, gaze_x=look - np.copysign(0.9, look))
        return person, replace(scene, expression=aside)
    light = scene.lighting
    if kind == "odd highlight":
        return person, replace(scene, lighting=replace(light, azimuth=-light.azimuth or 0.8,
                                                       elevation=max(-1.5, light.elevation - 0.7)))
    return person, replace(scene, lighting=replace(light, azimuth=3.1, fill=0.0, ambient=min(2.0, light.ambient * 1.6)))
