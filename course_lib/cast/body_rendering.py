"""Images of dancing bodies with their exact joints and part labels, by numpy alone. Lesson 07.

A body is a set of tapered capsules. Each is projected with its own perspective, shaded as a round surface and hidden by
what is nearer; anti-aliasing by rendering larger and averaging.
"""
from dataclasses import dataclass

import numpy as np

from .body import JOINTS, project, skeleton

BODY_LABELS = {"background": 0, "face": 1, "hair": 2, "torso": 3, "arms": 4, "hands": 5, "legs": 6, "feet": 7}
SIZE, SUPERSAMPLE = (96, 64), 2  # height and width of an image, pixels
_AT = {name: k for k, name in enumerate(JOINTS)}


@dataclass
class BodyFrames:
    """T frames of a dancing body with their ground truth.

    Args:
        rgb: f32 [T, H, W, 3] in [0, 1].
        labels: uint8 [T, H, W], see BODY_LABELS.
        joints: f32 [T, 18, 2], pixels (x, y), in the order of JOINTS.
        depth: f32 [T, 18], distance of the joints from the camera, metres.
    Lesson 07.
    """

    rgb: np.ndarray
    labels: np.ndarray
    joints: np.ndarray
    depth: np.ndarray

    def __len__(self):
        return len(self.rgb)


def render_body(body, stage, angles, size=SIZE, supersample=SUPERSAMPLE):
    """A clip of one body on one stage.

    Args:
        body: Body.
        stage: Stage.
        angles: [T, len(ANGLES)], a dance.
        size: (height, width), pixels.
        supersample: The image is rendered this many times larger and averaged.
    Returns:
        BodyFrames.
    Lesson 07.
    """
    fine = tuple(supersample * s for s in size)
    room, frames = _room(stage, fine), []
    lamp = np.array([np.sin(stage.light[0]) * np.cos(stage.light[1]), np.sin(stage.light[1]),
                     -np.cos(stage.light[0]) * np.cos(stage.light[1])])
    for row in np.asarray(angles):
        joints, head = skeleton(body, stage, row)
        colour, depth = room * _shadow(stage, joints, fine)[..., None], np.full(fine, np.inf)
        labels = np.zeros(fine, np.uint8)
        for a, b, radius, albedo, label in capsules(body, joints, head):
            _paint(colour, depth, labels, stage, lamp, a, b, radius, albedo, BODY_LABELS[label])
        h, w = size
        small = colour.reshape(h, supersample, w, supersample, 3).mean((1, 3))
        frames.append((small.clip(0, 1) ** (1 / 2.2), labels[::supersample, ::supersample],
                       project(stage, joints, size), joints[:, 2]))
    rgb, labels, joints, depth = (np.stack(x) for x in zip(*frames, strict=True))
    return BodyFrames(rgb.astype(np.float32), labels, joints.astype(np.float32), depth.astype(np.float32))


def capsules(body, joints, head):
    """The surface of a body: limbs, torso and head as tapered capsules.

    Args:
        body: Body.
        joints: [18, 3], metres, from skeleton.
        head: Its directions face, side and up.
    Returns:
        List of (start [3], end [3], (radius at start, at end), linear colour, name of the part).
    Lesson 07.
    """
    g, h = body.girth * body.height, body.height
    p = {name: joints[k] for name, k in _AT.items()}
    parts = [(p["right_shoulder"], p["left_shoulder"], (0.036 * g, 0.036 * g), body.shirt, "torso"),
             (0.97 * p["neck"] + 0.03 * p["pelvis"], 0.1 * p["neck"] + 0.9 * p["pelvis"], (0.045 * g, 0.056 * g),
              body.shirt, "torso"),
             (p["right_hip"], p["left_hip"], (0.054 * g, 0.054 * g), body.trousers, "legs"),
             (p["neck"] - 0.02 * h * head["up"], p["neck"] + 0.05 * h * head["up"], (0.03 * g, 0.03 * g), body.skin,
              "face")]
    for side in ("right", "left"):
        j = {name: p[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "toe")}
        hand = j["wrist"] + 0.045 * h * _unit(j["wrist"] - j["elbow"])
        middle = j["shoulder"] + 0.45 * (j["elbow"] - j["shoulder"])
        parts += [(0.9 * j["shoulder"] + 0.1 * p["neck"], j["hip"], (0.05 * g, 0.052 * g), body.shirt, "torso"),
                  (j["shoulder"], middle, (0.032 * g, 0.030 * g), body.shirt, "arms"),
                  (middle, j["elbow"], (0.029 * g, 0.024 * g), body.shirt if body.sleeves else body.skin, "arms"),
                  (j["elbow"], j["wrist"], (0.024 * g, 0.018 * g), body.shirt if body.sleeves else body.skin, "arms"),
                  (j["wrist"], hand, (0.020 * g, 0.020 * g), body.skin, "hands"),
                  (j["hip"], j["knee"], (0.050 * g, 0.036 * g), body.trousers, "legs"),
                  (j["knee"], j["ankle"], (0.036 * g, 0.026 * g), body.trousers, "legs"),
                  (j["ankle"], j["toe"], (0.027 * g, 0.020 * g), body.shoes, "feet")]
    middle, r = p["neck"] + 0.105 * h * head["up"], 0.068 * h
    face, side, up = (head[name] for name in ("face", "side", "up"))
    parts += [(middle - 0.2 * r * up, middle + 0.12 * r * up, (0.92 * r, r), body.skin, "face"),
              (middle - 0.30 * r * face + 0.25 * r * up, middle - 0.1 * r * face + 0.3 * r * up, (1.08 * r, 1.02 * r),
               body.hair, "hair")]
    for sign in (-1, 1):
        eye = middle + r * (0.84 * face + sign * 0.42 * side + 0.12 * up)
        parts.append((eye, eye, (0.17 * r, 0.17 * r), (0.01, 0.01, 0.012), "face"))
    lips = middle + r * (0.82 * face - 0.48 * up)
    parts.append((lips - 0.2 * r * side, lips + 0.2 * r * side, (0.12 * r, 0.12 * r), (0.25, 0.03, 0.03), "face"))
    if body.long_hair:
        nape = middle - 0.55 * r * face
        parts.append((nape, nape - 1.6 * r * up, (0.95 * r, 0.8 * r), body.hair, "hair"))
    return parts


def _paint(colour, depth, labels, stage, lamp, a, b, radius, albedo, label):
    """One capsule into the buffers: the nearest point of its axis in the image decides radius, depth and normal."""
    height, width = depth.shape
    (ax, ay), (bx, by) = project(stage, np.stack([a, b]), depth.shape)
    scale = [stage.focal * height / q[2] for q in (a, b)]
    ra, rb = (r * s for r, s in zip(radius, scale, strict=True))
    margin = max(ra, rb) + 1
    left, right = int(max(0, min(ax, bx) - margin)), int(min(width, max(ax, bx) + margin + 2))
    top, bottom = int(max(0, min(ay, by) - margin)), int(min(height, max(ay, by) + margin + 2))
    if left >= right or top >= bottom:
        return
    x, y = np.arange(left, right)[None], np.arange(top, bottom)[:, None]
    along = (bx - ax) ** 2 + (by - ay) ** 2
    t = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / max(along, 1e-6)
    t = t.clip(0, 1) if along > 1e-6 else np.full(t.shape, float(b[2] < a[2]))
    r = ra + t * (rb - ra)
    nx, ny = (x - ax - t * (bx - ax)) / r, (y - ay - t * (by - ay)) / r
    inside = nx**2 + ny**2 < 1
    front = np.sqrt(np.maximum(1 - nx**2 - ny**2, 0))
    z = a[2] + t * (b[2] - a[2]) - (radius[0] + t * (radius[1] - radius[0])) * front
    window = np.s_[top:bottom, left:right]
    seen = inside & (z < depth[window])
    if label == BODY_LABELS["torso"]:  # cloth that spans several capsules is flatter than they are
        nx, ny, front = 0.4 * nx, 0.4 * ny, np.sqrt(1 - 0.16 * (1 - front**2))
    light = 0.35 + 0.75 * np.maximum(nx * lamp[0] - ny * lamp[1] - front * lamp[2], 0)
    colour[window][seen] = (light[..., None] * np.asarray(albedo))[seen]
    depth[window][seen], labels[window][seen] = z[seen], label


def _room(stage, size):
    """A wall, a floor of boards and the line between them, linear colours [H, W, 3]."""
    height, width = size
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    below = (rows + 0.5 - stage.horizon * height) / (stage.focal * height)
    distance = stage.camera / np.maximum(below, 1e-6)
    back = stage.far + 1.2
    across = (columns + 0.5 - width / 2) * distance / (stage.focal * height)
    boards = 1 - 0.25 * (np.abs(across / 0.45 - np.rint(across / 0.45)) < 0.04)
    floor = (1.15 - 0.08 * (distance - stage.near))[..., None] * boards[..., None] * np.asarray(stage.floor)
    wall = (0.75 + 0.35 * rows / height + 0.1 * columns / width)[..., None] * np.asarray(stage.wall)
    skirting = np.abs(distance - back) < 0.12
    room = np.where((distance < back)[..., None], floor, wall)
    return np.where(skirting[..., None], 0.4 * np.asarray(stage.wall), room)


def _shadow(stage, joints, size):
    """How much light reaches the floor around both feet [H, W]."""
    height, width = size
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    shade = np.ones(size)
    for name in ("right_ankle", "left_ankle", "pelvis"):
        foot = joints[_AT[name]] * [1, 0, 1]
        x, y = project(stage, foot, size)
        r = 0.16 * stage.focal * height / foot[2]
        flat = r * stage.camera / foot[2] + 1
        shade *= 1 - 0.45 * np.exp(-((columns - x) / r) ** 2 - ((rows - y) / flat) ** 2)
    return shade


def _unit(v):
    return v / np.linalg.norm(v)
