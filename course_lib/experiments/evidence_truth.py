"""Dose and response of every written kind of evidence, and whether its validity flag agrees with the truth. Lesson 11.

In a dose only one thing is varied: the same photographs, camera and place, and more or less of one artifact.
"""
from dataclasses import replace

import cv2
import numpy as np

from course_lib import cast
from course_lib.blending.masks import feather, hull
from course_lib.cast.looks import IRIS
from course_lib.degradation import degrade, jpeg, random_camera, resize
from course_lib.forensics import eyes, head_pose
from course_lib.forensics.compression import face_and_around
from course_lib.forensics.examine import KINDS
from course_lib.forgeries.odd_eyes import odd_eyes
from course_lib.forgeries.photographs import SIZE, portrait_scene

DOSES = {  # kind -> (what is varied, its unit, the doses); the first dose is none
    "eye colour": ("another iris colour in one eye", "share", (0.0, 0.25, 0.5, 0.75, 1.0)),
    "highlights": ("another reflection in one eye", "share", (0.0, 0.25, 0.5, 0.75, 1.0)),
    "gaze": ("another gaze of one eye", "share", (0.0, 0.25, 0.5, 0.75, 1.0)),
    "texture": ("blur of the face", "pixels", (0.0, 0.5, 1.0, 1.5, 2.0)),
    "noise": ("blur of the face", "pixels", (0.0, 0.5, 1.0, 1.5, 2.0)),
    "spectrum": ("blur of the face", "pixels", (0.0, 0.5, 1.0, 1.5, 2.0)),
    "warping": ("blur of the face", "pixels", (0.0, 0.5, 1.0, 1.5, 2.0)),
    "CFA": ("resampling of the face", "share taken off", (0.0, 0.02, 0.05, 0.1, 0.2)),
    "blending": ("another face at the same place", "share", (0.0, 0.25, 0.5, 0.75, 1.0)),
    "JPEG ghost": ("earlier quality of the face", "below 92", (0, 8, 16, 24, 32)),
    "error level": ("earlier quality of the face", "below 92", (0, 8, 16, 24, 32)),
    "light": ("another direction of the light on the face", "radians", (0.0, 0.4, 0.8, 1.2, 1.6)),
    "light colour": ("a warmer light on the face", "gain of red, loss of blue", (0.0, 0.1, 0.2, 0.3, 0.4)),
    "head pose": ("turn of the inner face", "radians", (0.0, 0.1, 0.2, 0.3, 0.4)),
}
ODD = {"eye colour": "iris colour", "highlights": "odd highlight", "gaze": "odd gaze"}


def doses(photos, kinds=tuple(DOSES)):
    """The score of every kind while one artifact grows.

    Args:
        photos: Photographs.
        kinds: Keys of DOSES.
    Returns:
        kind -> {"doses": [D], "scores": [D, N], None where not valid}.
    Lesson 11.
    """
    out, swapped = {}, None
    for kind in kinds:
        _, _, amounts = DOSES[kind]
        if kind in ODD:
            images = odd_eyes(photos.seed, photos.person, ODD[kind], amounts)[0]
            pairs = [list(zip(row, photos.landmarks, strict=True)) for row in images]
        elif kind == "light":
            pairs = [list(zip(row, photos.landmarks, strict=True)) for row in _relit(photos, amounts)]
        elif kind == "blending":
            swapped = _another_face(photos) if swapped is None else swapped
            pairs = [[(x + np.float32(a) * (y - x), p) for x, y, p in zip(photos.rgb, swapped, photos.landmarks,
                                                                       strict=True)] for a in amounts]
        else:
            pairs = [[_changed(kind, x, p, a) for x, p in zip(photos.rgb, photos.landmarks, strict=True)]
                     for a in amounts]
        found = [[KINDS[kind](image, points) for image, points in row] for row in pairs]
        out[kind] = {"doses": list(amounts), "scores": [[round(float(e.score), 4) if e.valid and np.isfinite(e.score)
                                                         else None for e in row] for row in found]}
    return out


def _changed(kind, image, points, amount):
    """(image, landmarks) with one artifact in the face, of the given amount."""
    weight = feather(hull(points, image.shape[:2]), percent=6)[..., None]
    if kind == "head pose":
        return image, turned_inside(points, amount, image.shape[:2])
    if kind in ("JPEG ghost", "error level"):
        inside = face_and_around(points, image.shape[:2])[0][..., None]
        return jpeg(np.where(inside, jpeg(image, 92 - amount), image), 92), points
    if not amount:
        return image, points
    if kind == "CFA":
        face = resize(resize(image, scale=1 - amount, filter="linear"), size=image.shape[:2], filter="linear")
    elif kind == "light colour":
        face = np.clip(image ** 2.2 * np.float32([1 + amount, 1, 1 - amount]), 0, 1) ** np.float32(1 / 2.2)
    else:
        face = cv2.GaussianBlur(image, (0, 0), amount)
    return image + weight * (face - image), points


def turned_inside(points, angle, shape):
    """Landmarks of a head whose inner face is turned further to the side than its outline.

    Args:
        points: [68, 2], pixels.
        angle: Radians, about the vertical axis.
        shape: (H, W) of the image.
    Returns:
        f32 [68, 2].
    Lesson 11.
    """
    turn, shift = head_pose.pose(points, head_pose.OUTER, shape)
    cos, sin = np.cos(angle), np.sin(angle)
    further = turn @ np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    model, width = head_pose.HEAD * (1, -1, -1), shape[1]

    def seen(rotation):
        x = model @ rotation.T + shift
        return width * x[:, :2] / x[:, 2:] + (shape[1] / 2, shape[0] / 2)

    out, inner = np.array(points, np.float32), list(head_pose.INNER)
    out[inner] += (seen(further) - seen(turn))[inner].astype(np.float32)
    return out


def _relit(photos, angles):
    """Photographs [angles, N] whose face is lit from another side: two renderings of a scene, mixed before a camera."""
    people, scenes = [cast.random_person(int(n)) for n in photos.person], [portrait_scene(int(s)) for s in photos.seed]
    frames = cast.render(people, scenes, size=SIZE)
    for angle in angles:
        moved = [replace(s, lighting=replace(s.lighting, azimuth=_wrapped(
            s.lighting.azimuth - np.copysign(angle, s.lighting.azimuth)))) for s in scenes]
        other = cast.render(people, moved, size=SIZE).rgb if angle else frames.rgb
        row = []
        for first, second, points, seed in zip(frames.rgb, other, frames.landmarks, photos.seed, strict=True):
            inner = cv2.erode(hull(points, first.shape[:2], forehead=0.35), np.ones((13, 13), np.float32))
            weight = cv2.GaussianBlur(inner, (0, 0), 3.0)[..., None]
            row.append(degrade(np.float32(first + weight * (second - first)), [random_camera(int(seed))]))
        yield row


def _wrapped(angle):
    return float((angle + np.pi) % (2 * np.pi) - np.pi)


def _another_face(photos):
    """Every photograph with the swapped face of another person, fully blended."""
    from course_lib.experiments.evidence import forgeries_of  # here, since that module calls this one

    return forgeries_of(photos, eyes=False)["swap"][0]


def flags(photos):
    """Do the validity flags of eyes and light agree with the truth?

    The truth of the eyes is where another iris colour changes the rendering: the found irises are right where both
    overlap it by more than half. That of the light is the direction of the scene's lamp.

    Args:
        photos: Photographs.
    Returns:
        {"eyes": {"iou" [N], the worse of both irises; "valid" [N]}, "light": {"error" [N] of the direction of the inner
        face, degrees; "valid" [N]}}.
    Lesson 11.
    """
    out = {"eyes": {"iou": [], "valid": []}, "light": {"error": [], "valid": []}}
    for image, points, iris, towards in zip(photos.rgb, photos.landmarks, true_irises(photos), photos.light,
                                            strict=True):
        *pair, why = eyes.both_eyes(image, points)
        overlaps = []
        for eye, which in zip(pair, (eyes.RIGHT, eyes.LEFT), strict=True):
            truth = eyes.enlarged(np.repeat(iris[..., None], 3, -1).astype(np.float32), points[which])[0][..., 0] > 0.5
            truth = _filled(truth)  # with the pupil
            overlaps.append((eye.iris & truth).sum() / max((eye.iris | truth).sum(), 1))
        out["eyes"]["iou"].append(round(float(min(overlaps)), 3))
        out["eyes"]["valid"].append(int(not why))
        found = KINDS["light"](image, points)
        apart = found.features.get("inner face, azimuth", np.nan) - np.arctan2(towards[0], towards[2])
        out["light"]["error"].append(round(abs(np.rad2deg(_wrapped(apart))), 1) if np.isfinite(apart) else None)
        out["light"]["valid"].append(int(found.valid))
    return out


def _filled(mask):
    out = np.zeros(mask.shape, np.uint8)
    if mask.any():
        corners = cv2.convexHull(np.argwhere(mask)[:, ::-1].astype(np.int32))
        cv2.fillConvexPoly(out, corners, 1)
    return out > 0


def true_irises(photos):
    """The visible irises, exactly: the pixels that another iris colour changes.

    Args:
        photos: Photographs.
    Returns:
        bool [N, S, S].
    Lesson 11.
    """
    scenes, pair = [portrait_scene(int(s)) for s in photos.seed], []
    for colour in (IRIS["dark"], IRIS["blue"]):
        people = [replace(cast.random_person(int(n)), iris_r=colour[0], iris_g=colour[1], iris_b=colour[2])
                  for n in photos.person]
        pair.append(cast.render(people, scenes, size=SIZE).rgb)
    return np.abs(pair[0] - pair[1]).max(-1) > 0.02
