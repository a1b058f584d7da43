"""Exact backward flow and occlusion between any two rendered frames of one person. Lesson 07."""
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import tensorflow as tf
from scipy.interpolate import RBFInterpolator

from . import geometry
from .anatomy import CAMERA_DISTANCE, PIVOT, VIEW_HEIGHT, VIEW_MIDDLE, measures, pack, to_head
from .frames import LABELS
from .parameters import to_vector
from .rendering import _landmarks, render

SLACK = 0.12  # 12 mm: how far behind the surface that is seen there a point may lie and still be the same surface
GROUPS = {0: "background", 1: "skin", 2: "eyes", 3: "mouth", 4: "hair", 5: "clothes", 6: "skin", 7: "glasses"}
_ANCHORS = np.array([[x, y, z] for x in (-0.72, 0.72) for y in (-0.6, 0.0, 0.5) for z in (-0.5, 0.1)]
                    + [[0, 1.1, 0], [-0.4, 0.85, 0.5], [0.4, 0.85, 0.5], [0, 0.2, -1.0]]
                    + [[x, 0.42, 0.8 - 0.3 * abs(x)] for x in (-0.5, -0.25, 0, 0.25, 0.5)])  # skull: no expression


@dataclass(frozen=True)
class Motion:
    """Where each pixel of a frame comes from in another frame of the same person.

    Args:
        flow: f32 [H, W, 2], backward: the pixel (x, y) of frame b shows what frame a shows at (x, y) + flow.
        visible: bool [H, W], whether frame a shows it at all; the rest is occluded there.
    """

    flow: np.ndarray
    visible: np.ndarray


def flow(person, scene_a, scene_b, size=64):
    """The exact backward flow from frame b to frame a, and what of b is occluded in a: for an animation, a is the
    source and b the perfect result.

    Args:
        person: a Person.
        scene_a, scene_b: Scenes.
        size: pixels, see render.
    Returns:
        Motion.
    Lesson 07.
    """
    return flow_between(render([person, person], [scene_a, scene_b], size))


def flow_between(pair):
    """As `flow`, from two rendered frames.

    Every visible point is lifted by its depth and carried with the part that it belongs to. The head turns as a solid;
    its skin also follows the expression, exactly at the 68 landmarks and smoothly between them; the eyes follow the
    gaze, the lower teeth the jaw. Clothes and neck turn with the body. The background stands still.

    Args:
        pair: Frames a and b of one person.
    Returns:
        Motion.
    Raises:
        ValueError: for another number of frames.
    Lesson 07.
    """
    if len(pair) != 2:
        raise ValueError(f"flow_between takes two frames, the source first; got {len(pair)}")
    size = pair.rgb.shape[1]
    vectors = np.stack([to_vector(p, s) for p, s in zip(pair.persons, pair.scenes, strict=True)])
    a, b = (_Frame(pair, k, vectors[k:k + 1]) for k in (0, 1))
    rows, columns = np.nonzero(np.isfinite(pair.depth[1]))
    label = pair.labels[1][rows, columns]
    world = b.lift(columns, rows, pair.depth[1][rows, columns])
    part = np.array([GROUPS[k] for k in range(len(GROUPS))])[label]
    head_share = np.where(part == "clothes", 0.0, np.where(part == "skin", b.head_share(world), 1.0))[:, None]
    inside = b.to_head(world)
    with_head = a.from_head(inside + _expression(a, b, inside, part))
    with_body = a.from_body(b.to_body(world))
    target, far = a.project(head_share * with_head + (1 - head_share) * with_body)
    motion = np.zeros((size, size, 2), np.float32)
    motion[rows, columns] = target - np.stack([columns, rows], -1)
    visible = _same_part(pair.labels, motion)
    at = np.rint(target).astype(int)
    surface = _nearby(np.where(np.isfinite(pair.depth[0]), pair.depth[0], 99.0), at, np.max)
    visible[rows, columns] &= far < surface + SLACK
    return Motion(motion, visible)


def _expression(a, b, points, part):
    """How far the expression moves points of b's head on the way to a, in the head frame [M, 3]."""
    skin = RBFInterpolator(np.concatenate([b.landmarks[:68], _ANCHORS]),
                           np.concatenate([(a.landmarks - b.landmarks)[:68], np.zeros_like(_ANCHORS)]), kernel="linear")
    moved = np.zeros_like(points)
    soft = part == "skin"
    if soft.any():
        moved[soft] = skin(points[soft])
    gaze = (a.landmarks - b.landmarks)[68:]
    moved[part == "eyes"] = gaze[(points[part == "eyes", 0] > 0).astype(int)]
    lower = (part == "mouth") & (points[:, 1] < b.q.my - 0.035)
    moved[lower] = [0.0, -0.95 * (a.q.jd - b.q.jd), a.q.jz - b.q.jz]
    return moved


def _same_part(labels, motion):
    """Whether the target of each pixel of b shows the same part in a, or a neighbouring pixel does."""
    size = labels.shape[1]
    groups = sorted(set(GROUPS.values()))
    numbers = np.array([groups.index(GROUPS[k]) for k in range(len(LABELS))])
    in_a, in_b = numbers[labels[0]], numbers[labels[1]]
    rows, columns = np.mgrid[:size, :size]
    at = np.rint(np.stack([columns, rows], -1) + motion).astype(int)
    inside = ((at >= 0) & (at < size)).all(-1)
    reach = np.stack([in_a[np.clip(at[..., 1] + dy, 0, size - 1), np.clip(at[..., 0] + dx, 0, size - 1)]
                      for dy in (-1, 0, 1) for dx in (-1, 0, 1)], -1)
    same = np.where((in_b == groups.index("background"))[..., None], reach[..., 4:5] == in_b[..., None],
                    reach == in_b[..., None])
    return inside & same.any(-1)


def _nearby(image, at, function):
    size = len(image)
    taken = [image[np.clip(at[:, 1] + dy, 0, size - 1), np.clip(at[:, 0] + dx, 0, size - 1)]
             for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return function(taken, axis=0)


class _Frame:
    """The frames of reference of one rendered frame; points are f64 [M, 3]."""

    def __init__(self, frames, k, vector):
        self.size = frames.rgb.shape[1]
        named = measures(vector, self.size)
        self.q = SimpleNamespace(**{name: float(value[0, 0]) for name, value in named.items()})
        self.tensors = SimpleNamespace(**{name: tf.constant(value) for name, value in named.items()})
        self.rotation = np.array([[named[f"r{i}{j}"][0, 0] for j in range(3)] for i in range(3)], np.float64)
        pixels, distance = _landmarks(pack(vector, self.size), self.size)
        self.landmarks = self.to_head(self.lift(pixels[0, :, 0], pixels[0, :, 1], distance[0]))

    def lift(self, x, y, distance):
        k = VIEW_HEIGHT / 2 / self.q.cam_scale
        u, v = (np.float64(x) + 0.5) / self.size * 2 - 1, 1 - (np.float64(y) + 0.5) / self.size * 2
        near = np.float64(distance) / CAMERA_DISTANCE
        return np.stack([(u - self.q.cam_x) * k * near, ((v - self.q.cam_y) * k + VIEW_MIDDLE) * near,
                         CAMERA_DISTANCE * (1 - near)], -1)

    def project(self, points):
        far = CAMERA_DISTANCE - points[:, 2]
        k = VIEW_HEIGHT / 2 / self.q.cam_scale
        u = points[:, 0] * CAMERA_DISTANCE / far / k + self.q.cam_x
        v = (points[:, 1] * CAMERA_DISTANCE / far - VIEW_MIDDLE) / k + self.q.cam_y
        return np.stack([(u + 1) / 2 * self.size - 0.5, (1 - v) / 2 * self.size - 0.5], -1), far

    def to_head(self, points):
        return (points - PIVOT) @ self.rotation + PIVOT

    def from_head(self, points):
        return (points - PIVOT) @ self.rotation.T + PIVOT

    def to_body(self, points):
        c, s = self.q.body_cos, self.q.body_sin
        return np.stack([c * points[:, 0] - s * points[:, 2], points[:, 1], s * points[:, 0] + c * points[:, 2]], -1)

    def from_body(self, points):
        c, s = self.q.body_cos, self.q.body_sin
        return np.stack([c * points[:, 0] + s * points[:, 2], points[:, 1], -s * points[:, 0] + c * points[:, 2]], -1)

    def head_share(self, points):
        """1 on the head, 0 on the neck, by the distances to both solids: where they are blended, in between."""
        world = [tf.constant(points[None, :, i], tf.float32) for i in range(3)]
        head = geometry.head(*to_head(world, self.tensors), self.tensors)[0]
        neck = geometry._body(world, self.tensors)[0]
        head, neck = (np.abs(d.numpy()[0]).astype(np.float64) for d in (head, neck))
        return np.where(np.isfinite(head + neck), neck**2 / (head**2 + neck**2 + 1e-9), 1.0)
