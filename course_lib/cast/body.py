"""Bodies of the cast: their measures, their clothes, and the skeleton that dances. Lesson 07.

Lengths are in metres. A body's own axes are left (its own), up and forward; the world's are x to the right of the
image, y up and z away from the camera, and a body with yaw 0 looks into the camera.
"""
from dataclasses import dataclass

import numpy as np

from .anatomy import SKIN_TONES

JOINTS = ("head", "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow",
          "left_wrist", "pelvis", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
          "right_toe", "left_toe")
ANGLES = {  # what a dance moves: (mean, standard deviation, low, high), radians; x and v are the place on the floor
    "yaw": (0.0, 0.35, -0.9, 0.9), "lean": (0.0, 0.10, -0.3, 0.3), "bend": (0.05, 0.12, -0.2, 0.5),
    "twist": (0.0, 0.15, -0.4, 0.4), "head_yaw": (0.0, 0.3, -0.8, 0.8), "head_tilt": (0.0, 0.12, -0.3, 0.3),
    "right_arm_out": (0.9, 0.75, 0.1, 2.6), "right_arm_forward": (0.25, 0.5, -0.6, 1.3),
    "right_elbow": (0.9, 0.6, 0, 2.3),
    "left_arm_out": (0.9, 0.75, 0.1, 2.6), "left_arm_forward": (0.25, 0.5, -0.6, 1.3),
    "left_elbow": (0.9, 0.6, 0, 2.3),
    "right_leg_out": (0.12, 0.15, 0.0, 0.5), "right_leg_forward": (0.15, 0.3, -0.3, 0.9),
    "right_knee": (0.4, 0.35, 0, 1.4),
    "left_leg_out": (0.12, 0.15, 0.0, 0.5), "left_leg_forward": (0.15, 0.3, -0.3, 0.9),
    "left_knee": (0.4, 0.35, 0, 1.4),
    "x": (0.0, 0.45, -1.0, 1.0), "v": (0.5, 0.35, 0.0, 1.0),
}


@dataclass(frozen=True)
class Body:
    """Who dances: measures in metres and fractions, colours as linear reflectances.

    Args:
        height: From the sole to the top of the head, metres.
        legs: Height of the hips, as a fraction of the height.
        arms: Length of an arm without the hand, as a fraction of the height.
        shoulders, hips: Widths between the joints, as fractions of the height.
        girth: Factor on every thickness.
        skin, hair, shirt, trousers, shoes: (r, g, b).
        sleeves: Whether they reach the wrist.
        long_hair: Whether it reaches the shoulders.
    """

    height: float = 1.72
    legs: float = 0.50
    arms: float = 0.31
    shoulders: float = 0.21
    hips: float = 0.11
    girth: float = 1.0
    skin: tuple = (0.42, 0.22, 0.14)
    hair: tuple = (0.05, 0.023, 0.01)
    shirt: tuple = (0.5, 0.06, 0.05)
    trousers: tuple = (0.04, 0.06, 0.2)
    shoes: tuple = (0.6, 0.6, 0.6)
    sleeves: bool = False
    long_hair: bool = False


@dataclass(frozen=True)
class Stage:
    """Where somebody dances: the camera, the part of the floor that is used, and the room.

    Args:
        camera: Height of the camera above the floor, metres; it looks straight ahead.
        focal: Focal length in heights of the image.
        horizon: Row of the horizon, as a fraction of the height of the image.
        near, far: Distances from the camera between which the dancer moves, metres.
        width: Half the width of that part of the floor, metres.
        wall, floor: Linear colours.
        light: Direction to the lamp: angle to the right of the camera, angle upwards, radians.
    """

    camera: float = 1.2
    focal: float = 1.5
    horizon: float = 0.5
    near: float = 4.3
    far: float = 5.6
    width: float = 0.25
    wall: tuple = (0.35, 0.38, 0.42)
    floor: tuple = (0.22, 0.15, 0.09)
    light: tuple = (0.5, 0.8)


def random_body(seed, person=None):
    """A body with its clothes.

    Args:
        seed: Integer.
        person: A Person whose skin, hair and clothes it has; random ones when left out.
    Returns:
        Body.
    Lesson 07.
    """
    rng = np.random.default_rng([77, seed])
    tone = rng.uniform(0, 4) if person is None else 4 * person.skin
    weights = np.maximum(1 - np.abs(tone - np.arange(5)), 0)
    hair = rng.uniform(0.01, 0.3) * np.array([1, 0.55, 0.3])
    shirt, trousers = _bright(rng, 0.05, 0.6), _bright(rng, 0.02, 0.25)
    long_hair = bool(rng.random() < 0.5)
    if person is not None:
        hair, long_hair = (person.hair_r, person.hair_g, person.hair_b), person.hair_long > 0.3
        shirt = (person.cloth_r, person.cloth_g, person.cloth_b)
    return Body(rng.uniform(1.52, 1.95), rng.uniform(0.46, 0.54), rng.uniform(0.29, 0.33), rng.uniform(0.19, 0.24),
                rng.uniform(0.10, 0.125), rng.uniform(0.85, 1.3), tuple(weights @ SKIN_TONES), tuple(hair),
                tuple(shirt), trousers, _bright(rng, 0.1, 0.8), bool(rng.random() < 0.5), long_hair)


def random_stage(seed):
    """A room with its camera.

    Args:
        seed: Integer.
    Returns:
        Stage.
    Lesson 07.
    """
    rng = np.random.default_rng([78, seed])
    camera, focal, near = rng.uniform(0.9, 1.6), rng.uniform(1.45, 1.65), rng.uniform(4.2, 5.0)
    horizon = rng.uniform(0.90, 0.95) - focal * camera / near  # the nearest feet are just inside the image
    return Stage(camera, focal, horizon, near, near + rng.uniform(0.9, 1.6), rng.uniform(0.15, 0.3),
                 _bright(rng, 0.2, 0.6, 0.7), _bright(rng, 0.08, 0.3, 0.6),
                 (rng.uniform(-0.8, 0.8), rng.uniform(0.5, 1.0)))


def _bright(rng, low, high, grey=0.25):
    """A random colour; grey: the smallest of its channels, as a fraction of the largest."""
    return tuple(float(c) for c in rng.uniform(low, high) * rng.permutation([1.0, rng.uniform(grey, 1), grey]))


def dance(seed, frames=48, rate=12.0):
    """A dancing clip: every joint's angle follows beats of half a second; arms often mirror each other.

    Args:
        seed: Integer.
        frames: Their number, at least 1.
        rate: Frames a second.
    Returns:
        f32 [frames, len(ANGLES)], in the order of ANGLES.
    Lesson 07.
    """
    rng = np.random.default_rng([79, seed])
    names, (mean, spread, low, high) = list(ANGLES), np.array(list(ANGLES.values())).T
    beats = np.arange(frames) / rate / 0.5
    knots = rng.normal(mean, spread, (int(beats[-1]) + 2, len(names)))
    left, right = (np.array([names.index(n) for n in names if n.startswith(side)]) for side in ("left", "right"))
    mirrored = rng.random(len(knots)) < 0.5
    knots[mirrored[:, None] & np.isin(np.arange(len(names)), left)] = knots[mirrored][:, right].ravel()
    for place in ("x", "v"):  # walking is slower: a new place every four beats
        k = names.index(place)
        knots[:, k] = np.interp(np.arange(len(knots)), np.arange(0, len(knots) + 4, 4), rng.uniform(
            low[k], high[k], len(knots) // 4 + 1 + (len(knots) % 4 > 0)))
    knots = knots.clip(low, high)
    at, part = beats.astype(int), (1 - np.cos(np.pi * (beats % 1)))[:, None] / 2
    return (knots[at] * (1 - part) + knots[at + 1] * part).astype(np.float32)


def skeleton(body, stage, angles):
    """The joints of a dancing body, in space: forward kinematics, the lower foot on the floor.

    Args:
        body: Body.
        stage: Stage.
        angles: [len(ANGLES)], one frame of a dance.
    Returns:
        (f64 [18, 3], metres, in the order of JOINTS; dict of the directions face, side and up of the head, unit
        vectors).
    Lesson 07.
    """
    a = dict(zip(ANGLES, np.asarray(angles, np.float64), strict=True))
    h, up = body.height, np.array([0.0, 1.0, 0.0])
    left, forward = _facing(a["yaw"])
    spine = _unit(up + np.tan(a["lean"]) * left + np.tan(a["bend"]) * forward)
    chest_left, chest = _facing(a["yaw"] + a["twist"])
    chest_left = _unit(chest_left - (chest_left @ spine) * spine)
    points = dict(pelvis=np.zeros(3), neck=(0.82 - body.legs) * h * spine)
    look_left, look = _facing(a["yaw"] + a["twist"] + a["head_yaw"])
    head_up = _unit(spine + np.tan(a["head_tilt"]) * chest_left)
    look = _unit(look - (look @ head_up) * head_up)
    middle = points["neck"] + 0.105 * h * head_up
    points |= dict(head=middle + 0.075 * h * head_up, nose=middle + 0.06 * h * look)
    ground = []
    for side, sign in (("right", -1), ("left", 1)):
        shoulder = points["neck"] - 0.02 * h * spine + sign * body.shoulders / 2 * h * chest_left
        upper = _swing(-spine, sign * chest_left, chest, a[f"{side}_arm_out"], a[f"{side}_arm_forward"])
        lower = _hinge(upper, 0.7 * chest + 0.7 * spine, a[f"{side}_elbow"])
        elbow = shoulder + 0.52 * body.arms * h * upper
        hip = sign * body.hips / 2 * h * left
        thigh = _swing(-up, sign * left, forward, a[f"{side}_leg_out"], a[f"{side}_leg_forward"])
        knee = hip + 0.49 * (body.legs - 0.045) * h * thigh
        ankle = knee + 0.51 * (body.legs - 0.045) * h * _hinge(thigh, -forward, a[f"{side}_knee"])
        points |= {f"{side}_shoulder": shoulder, f"{side}_elbow": elbow, f"{side}_hip": hip, f"{side}_knee": knee,
                   f"{side}_wrist": elbow + 0.48 * body.arms * h * lower, f"{side}_ankle": ankle,
                   f"{side}_toe": ankle + 0.095 * h * _unit(forward + 0.35 * sign * left) - 0.03 * h * up}
        ground += [ankle[1] - 0.045 * h, knee[1] - 0.03 * h]
    joints = np.stack([points[name] for name in JOINTS])
    return joints - [0, min(ground), 0] + place(stage, a["x"], a["v"]), dict(face=look, side=look_left, up=head_up)


def place(stage, x, v):
    """A place on the floor.

    Args:
        stage: Stage.
        x: From -1, the left end of the used floor, to 1.
        v: From 0, far, to 1, near, and linear in the row in which the feet appear.
    Returns:
        f64 [3], metres.
    Lesson 07.
    """
    return np.array([x * stage.width, 0.0, 1 / (v / stage.near + (1 - v) / stage.far)])


def project(stage, points, size=(96, 64)):
    """The pinhole camera.

    Args:
        stage: Stage.
        points: [..., 3], metres.
        size: (height, width) of the image, pixels.
    Returns:
        f64 [..., 2], pixels (x, y).
    Lesson 07.
    """
    height, width = size
    scale = stage.focal * height / points[..., 2]
    return np.stack([width / 2 - 0.5 + scale * points[..., 0],
                     stage.horizon * height - 0.5 + scale * (stage.camera - points[..., 1])], -1)


def dancing_joints(body, stage, angles, size=(96, 64)):
    """The joints of a dance in the image, without the image.

    Args:
        body: Body.
        stage: Stage.
        angles: [T, len(ANGLES)], a dance.
        size: (height, width) of the image, pixels.
    Returns:
        f32 [T, 18, 2], pixels (x, y).
    Lesson 07.
    """
    return np.stack([project(stage, skeleton(body, stage, row)[0], size) for row in angles]).astype(np.float32)


def _facing(yaw):
    """The body's own left and forward in the world."""
    return np.array([np.cos(yaw), 0, np.sin(yaw)]), np.array([np.sin(yaw), 0, -np.cos(yaw)])


def _swing(down, out, forward, abduction, flexion):
    limb = np.cos(abduction) * down + np.sin(abduction) * out
    return _unit(np.cos(flexion) * limb + np.sin(flexion) * forward)


def _hinge(limb, towards, angle):
    across = _unit(towards - (towards @ limb) * limb)
    return np.cos(angle) * limb + np.sin(angle) * across


def _unit(v):
    return v / np.linalg.norm(v)
