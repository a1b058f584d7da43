"""From parameters to measures of a face, and the curves of lids, lips and brows.

`measures` runs once for each image in NumPy and packs everything that the renderer's compiled stages need into one
matrix; `unpack` gives it back by name. Head frame: x to the image's right, y up, z towards the viewer, the eyes at y =
0; 1 unit is 10 cm. In what follows, q is such an unpacked matrix: the measures of N images as attributes [N, 1].
"""

from types import SimpleNamespace

import numpy as np
import tensorflow as tf

from course_lib.cast.algebra import bump, hash01, mix, saturate, smoothstep, square
from course_lib.cast.measure import MeasureTable
from course_lib.cast.parameters import NAMES, Person, Scene, to_vector

CAMERA_DISTANCE = 11.0
VIEW_HEIGHT, VIEW_MIDDLE = 2.90, -0.22  # height and middle of the image in the head's plane, at scale 1
PIVOT = (0.0, -0.55, -0.1)  # the head turns about this point
LAMPS = 7
SKIN_TONES = np.array(  # linear reflectance, from light to dark
    [[0.74, 0.48, 0.37], [0.64, 0.365, 0.25], [0.48, 0.24, 0.135], [0.24, 0.105, 0.052], [0.085, 0.038, 0.022]],
    np.float32,
)


def _short(name: str) -> str:
    """'person.face_w' -> 'face_w'; camera, lighting and background keep a prefix, because their names recur."""
    record, field = name.split(".")
    prefix = {"lighting": "light_", "camera": "cam_", "background": "bg_"}.get(record, "")
    return prefix + field


def measures(vectors: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """The measures that follow from parameters, by name.

    Args:
        vectors: f32 [N, len(NAMES)], see `to_vector`.
        size: Rays per side of an image.
    Returns:
        Dict of name -> f32 [N, 1].
    """
    v = np.asarray(vectors, np.float32)
    q = {_short(n): v[:, i : i + 1] for i, n in enumerate(NAMES)}
    p = SimpleNamespace(**q)
    q["pixel"] = VIEW_HEIGHT / (size * p.cam_scale)
    q["fw"] = 1.0 + 0.075 * p.face_w
    q["low"] = low = 0.94 * (1.0 + 0.07 * p.face_l)  # length of the lower face
    q["jd"], q["jz"] = 0.185 * p.jaw, -0.06 * p.jaw  # how far the chin goes down and back
    # eyes: radius of the ball, position, half width and half heights of the opening, slant
    q["re"] = 0.156 * (1.0 + 0.06 * p.eye_size)
    q["ex"] = 0.325 * (1.0 + 0.06 * p.eye_sep) * (1 + 0.03 * p.face_w)
    q["ez"] = 0.605 + 0.0 * p.jaw
    q["ew"] = 0.174 * (1.0 + 0.08 * p.eye_size)
    q["hu"] = 0.086 * (1.0 + 0.20 * p.eye_open) * (1 + 0.05 * p.eye_size) * (1 + 0.18 * p.brow - 0.12 * p.frown)
    q["hl"] = 0.058 * (1.0 + 0.12 * p.eye_open) * (1 - 0.35 * p.smile)
    q["et"] = 0.11 * p.eye_tilt + 0.06
    # nose: tip's height and depth, width
    q["ny"] = -0.375 * (1.0 + 0.08 * p.nose_l) * low
    q["nz"] = 1.015 + 0.06 * p.nose_z
    q["nw"] = 1.0 + 0.20 * p.nose_w
    # mouth: height, half width, lips, corners, opening up and down
    q["my"] = -0.700 * low - 0.02 * p.nose_l
    q["mw"] = 0.265 * (1.0 + 0.12 * p.mouth_w) * (1 + 0.20 * p.smile - 0.38 * p.pucker - 0.06 * p.jaw)
    q["lu"] = 0.070 * (1.0 + 0.32 * p.lip_u) * (1 - 0.25 * p.smile + 0.3 * p.pucker)
    q["ll"] = 0.096 * (1.0 + 0.28 * p.lip_l) * (1 - 0.15 * p.smile + 0.2 * p.pucker)
    q["corner"] = 0.085 * p.smile - 0.027 * p.frown - 0.005
    q["ou"] = 0.022 * p.jaw + 0.045 * p.teeth + 0.03 * p.pucker * p.jaw
    q["ol"] = 0.200 * p.jaw + 0.055 * p.teeth
    q["lipz"] = 0.03 + 0.05 * p.pucker
    q["by"] = 0.205 + 0.03 * p.brow_y + 0.075 * p.brow - 0.03 * p.frown
    q["folds"] = np.maximum(p.age - 0.3, 0) / 0.7
    # rotation Rz(roll) Ry(yaw) Rx(pitch), head to world, row by row; the body follows a third of the yaw
    cy, sy, cp, sp = np.cos(p.yaw), np.sin(p.yaw), np.cos(p.pitch), np.sin(p.pitch)
    cr, sr = np.cos(p.roll), np.sin(p.roll)
    rotation = [
        [cr * cy, cr * sy * sp - sr * cp, cr * sy * cp + sr * sp],
        [sr * cy, sr * sy * sp + cr * cp, sr * sy * cp - cr * sp],
        [-sy, cy * sp, cy * cp],
    ]
    q.update({f"r{i}{j}": rotation[i][j] for i in range(3) for j in range(3)})
    q["body_cos"], q["body_sin"] = np.cos(0.3 * p.yaw), np.sin(0.3 * p.yaw)
    # gaze and key light as unit vectors
    gx, gy = 0.45 * p.gaze_x, 0.35 * p.gaze_y
    gaze = np.stack([np.sin(gx), np.sin(gy), np.cos(gx) * np.cos(gy)])
    q.update(zip(("gx", "gy", "gz"), gaze / np.linalg.norm(gaze, axis=0), strict=True))
    ce = np.cos(p.light_elevation)
    q["lx"], q["ly"], q["lz"] = np.sin(p.light_azimuth) * ce, np.sin(p.light_elevation), np.cos(p.light_azimuth) * ce
    fill = np.stack([-0.8 * q["lx"], 0.15 + 0 * ce, 0.6 + 0 * ce])
    q.update(zip(("fx", "fy", "fz"), fill / np.linalg.norm(fill, axis=0), strict=True))
    q["texture"] = np.floor(p.seed * 1000.0)
    weights = [np.maximum(1 - np.abs(p.skin * 4 - i), 0) for i in range(len(SKIN_TONES))]
    q.update({f"skin_{c}": sum(w * SKIN_TONES[i, k] for i, w in enumerate(weights)) for k, c in enumerate("rgb")})
    # background: the direction of its gradient, lamps (place and size) and windows, drawn by its seed
    q["bg_lamps"], q["bg_windows"] = (p.bg_kind > 1 / 3) & (p.bg_kind < 2 / 3), p.bg_kind >= 2 / 3
    q["bg_sin"], q["bg_cos"] = np.sin(p.bg_seed * 6), np.cos(p.bg_seed * 6)
    q["bg_draw"] = draw = (p.bg_seed * 1000).astype(np.int32)
    drawn = hash01(draw + np.int32([31 * i + k for i in range(LAMPS) for k in range(3)] + [3, 5, 8])).numpy()
    names = [f"lamp{i}_{c}" for i in range(LAMPS) for c in "xyr"] + ["window_x", "window_wide", "window_high"]
    q.update({name: drawn[:, i : i + 1] for i, name in enumerate(names)})
    return {k: np.asarray(x, np.float32) for k, x in q.items()}


_TABLE = MeasureTable(measures(to_vector(Person(), Scene())[None], 128))
COLUMNS, unpack = _TABLE.names, _TABLE.unpack  # named columns of the packed matrix; the matrix inside a stage, by name
column_texts, restore = _TABLE.texts, _TABLE.restore  # all columns, to store them beside the stages, and back


def pack(vectors: np.ndarray, size: int) -> np.ndarray:
    """What the compiled stages read, as one matrix; the stages must have been traced or loaded.

    Args:
        vectors: f32 [N, len(NAMES)], see `to_vector`.
        size: Rays per side of an image.
    Returns:
        f32 [N, MAX_COLUMNS].
    """
    return _TABLE.pack(measures(vectors, size))


# ------------------------------------------------------------------ frames of reference
def _bend(y, q):
    return 0.030 * q.asym_bend * square(tf.minimum(y - 0.25, 0.0))


def to_head(p, q):
    """World point to head frame.

    After the rotation, a shear and a bend undo the person's asymmetry, so that the geometry can be written for a
    symmetric face.

    Args:
        p: (x, y, z), tensors [N, M].
        q: Measures.
    Returns:
        (x, y, z).
    """
    x, y, z = (p[i] - PIVOT[i] for i in range(3))
    x, y, z = (
        q.r00 * x + q.r10 * y + q.r20 * z + PIVOT[0],
        q.r01 * x + q.r11 * y + q.r21 * z + PIVOT[1],
        q.r02 * x + q.r12 * y + q.r22 * z + PIVOT[2],
    )
    y = y - 0.018 * q.asym_tilt * x
    return x - _bend(y, q), y, z


def to_world(p, q):
    """Head frame to world: the inverse of `to_head`.

    Args:
        p: (x, y, z), tensors [N, M].
        q: Measures.
    Returns:
        (x, y, z).
    """
    x, y, z = p
    x = x + _bend(y, q)
    y = y + 0.018 * q.asym_tilt * x
    x, y, z = x - PIVOT[0], y - PIVOT[1], z - PIVOT[2]
    return (
        q.r00 * x + q.r01 * y + q.r02 * z + PIVOT[0],
        q.r10 * x + q.r11 * y + q.r12 * z + PIVOT[1],
        q.r20 * x + q.r21 * y + q.r22 * z + PIVOT[2],
    )


def project(p, q):
    """Perspective projection of world points into the image.

    Args:
        p: (x, y, z), tensors [N, M].
        q: Measures.
    Returns:
        [N, M, 2] in [0, 1], x to the right and y down; pixel = value * size - 0.5.
    """
    k = VIEW_HEIGHT * 0.5 / q.cam_scale
    w = CAMERA_DISTANCE / (CAMERA_DISTANCE - p[2])
    x, y = p[0] * w / k + q.cam_x, (p[1] * w - VIEW_MIDDLE) / k + q.cam_y
    return tf.stack([(x + 1.0) * 0.5, (1.0 - y) * 0.5], -1)


# ------------------------------------------------------------------ curves of the face, y over x in the head frame
def eye_curves(x, q):
    """The edges of the lids over x, in the head frame.

    Args:
        x: Tensor [N, M].
        q: Measures.
    Returns:
        (u, c, upper, lower, open, blink): position along the eye in [-1, 1], height profile, y of the lids' edges, y of
            the upper lid's edge with the eye open, and how far the eye is closed.
    """
    side = tf.cast(x > 0, tf.float32)
    blink = mix(q.blink_right, q.blink_left, side)
    hu = q.hu * (1.0 + 0.10 * q.asym_eye * (2.0 * side - 1.0))
    u = (tf.abs(x) - q.ex) / q.ew
    c = tf.nn.relu(1.0 - u * u) + 0.25 * tf.minimum(1.0 - u * u, 0.0)
    base = q.et * u * q.ew
    lower = base - q.hl * c * (1.0 + 0.25 * u)
    upper = base + hu * c * (1.0 - 0.22 * u) * (1.0 + 0.22 * q.gaze_y)
    closed = base - q.hl * c * 0.75
    return u, c, mix(upper, closed, blink), mix(lower, closed, blink), upper, blink


def mouth_curves(x, q):
    """The edges of the lips over x, in the head frame.

    Args:
        x: Tensor [N, M].
        q: Measures.
    Returns:
        (t, c, middle, inner upper, inner lower, outer upper, outer lower): position along the mouth in [-1, 1], height
            profile, and y of the lips' edges.
    """
    t = x / q.mw
    c = tf.nn.relu(1.0 - tf.minimum(t * t, 1.6))
    lift = q.corner * (1.0 + 0.5 * q.asym_smile * tf.clip_by_value(t, -1.0, 1.0) * tf.sign(q.corner))
    middle = q.my + lift * (tf.minimum(t * t, 1.6) - 0.35) - 0.012 * bump(t * 5.0) * (1.0 - q.jaw)
    inner_up, inner_low = middle + q.ou * c, middle - q.ol * c
    full = c * (1.6 - 0.6 * c)
    bow = 1.0 + 0.30 * bump((tf.abs(t) - 0.28) * 4.5) - 0.12 * bump(t * 7.0)  # Cupid's bow
    return t, c, middle, inner_up, inner_low, inner_up + q.lu * full * bow, inner_low - q.ll * full


def brow_curve(x, q):
    """The eyebrow over x, in the head frame.

    Args:
        x: Tensor [N, M].
        q: Measures.
    Returns:
        (u, y, thickness): position along the eyebrow in [-1, 1], its height and half thickness.
    """
    u = (tf.abs(x) - 0.315 * (1 + 0.04 * q.eye_sep)) / 0.225
    y = (
        q.by
        + (0.032 + 0.022 * q.brow_arch) * (1.0 - square(u - 0.25))
        + 0.012 * u
        - q.frown * 0.05 * tf.nn.relu(0.3 - u)
        + q.brow * 0.015 * (1 - u * u)
        + 0.012 * q.asym_brow * tf.sign(x)
    )
    th = 0.036 * (1.0 + 0.35 * q.brow_th) * (1.0 - 0.62 * saturate((u + 0.2) / 1.2)) * smoothstep(-1.25, -0.8, u)
    return u, y, th


def beard_region(x, y, z, q, outer_up, outer_low):
    """How much a full beard would cover a point.

    Args:
        x, y, z: Point in the head frame.
        q: Measures.
        outer_up, outer_low: y of the lips' outer edges at x.
    Returns:
        Tensor in [0, 1].
    """
    ax = tf.abs(x)
    edge = -0.64 * q.low + 0.95 * tf.nn.relu(ax - 0.28)  # from the sideburn to the corner of the mouth
    cheek = smoothstep(0.04, -0.10, y - edge)
    chin = smoothstep(-0.02, -0.06, y - outer_low + 0.10 * saturate((ax - 0.12) * 6.0))
    chin = mix(chin, 1.0, smoothstep(0.22, 0.30, ax))
    moustache = smoothstep(-0.01, 0.015, y - outer_up) * smoothstep(0.02, -0.03, y - q.ny + 0.105)
    moustache = moustache * smoothstep(0.38, 0.22, ax)
    covered = saturate(cheek * chin + moustache) * smoothstep(-0.1, 0.2, z)
    return covered * smoothstep(-1.28, -1.04, y / q.low + 0.6 * q.jd)
