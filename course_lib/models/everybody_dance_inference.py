"""From joints to a dancing picture: stick figures, pose normalisation, smoothing, frame after frame. Lesson 07."""
import colorsys

import cv2
import numpy as np
from scipy.ndimage import median_filter

from course_lib.cast.body import JOINTS
from course_lib.checkpoints import load
from course_lib.models import everybody_dance
from course_lib.models.full_precision import rebuilt_in_float32

_AT = {name: k for k, name in enumerate(JOINTS)}
BONES = [(_AT[a], _AT[b]) for a, b in (
    ("head", "nose"), ("nose", "neck"), ("neck", "pelvis"), ("neck", "right_shoulder"),
    ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"), ("neck", "left_shoulder"),
    ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"), ("pelvis", "right_hip"), ("right_hip", "right_knee"),
    ("right_knee", "right_ankle"), ("right_ankle", "right_toe"), ("pelvis", "left_hip"), ("left_hip", "left_knee"),
    ("left_knee", "left_ankle"), ("left_ankle", "left_toe"))]
COLOURS = [colorsys.hsv_to_rgb(k / len(BONES), 1.0, 1.0) for k in range(len(BONES))]
ANKLES = [_AT["right_ankle"], _AT["left_ankle"]]
_FINE = 4  # sticks are drawn this many times larger, so that they move by fractions of a pixel


def stick_figure(joints, size=(96, 64)):
    """A skeleton as an image: a coloured line for each bone on black.

    Args:
        joints: [18, 2], pixels.
        size: (height, width), pixels.
    Returns:
        f32 [H, W, 3] in [0, 1].
    Lesson 07.
    """
    canvas = np.zeros((size[0] * _FINE, size[1] * _FINE, 3), np.float32)
    at = np.rint(((np.asarray(joints) + 0.5) * _FINE - 0.5) * 16).astype(int)  # 4 bits of fractions
    for (a, b), colour in zip(BONES, COLOURS, strict=True):
        cv2.line(canvas, at[a].tolist(), at[b].tolist(), colour, 6, cv2.LINE_8, 4)
    return cv2.resize(canvas, size[::-1], interpolation=cv2.INTER_AREA)


def conditions(joints, size=(96, 64)):
    """The input of the generator: the stick figure, and two channels that say where each pixel lies.

    Args:
        joints: [T, 18, 2], pixels.
        size: (height, width), pixels.
    Returns:
        f32 [T, H, W, 5]; the last two run from -1 to 1, to the right and downwards.
    Lesson 07.
    """
    where = np.stack(np.meshgrid(np.linspace(-1, 1, size[1]), np.linspace(-1, 1, size[0])), -1).astype(np.float32)
    return np.stack([np.concatenate([stick_figure(row, size), where], -1) for row in joints])


def ankle_range(joints):
    """What pose normalisation needs of a clip: the ankles' rows when far and near, and how tall the body is there.

    The heights are those of the farthest and the nearest quarter of the frames, nearly the largest: standing upright.

    Args:
        joints: [T, 18, 2], pixels.
    Returns:
        Dict of far, near (rows), far_height, near_height (pixels from the top of the head to the ankles) and column
        (pixels, where the ankles are on average).
    References:
        Chan et al. 2019, section 3.2 and the appendix on global pose normalisation.
    Lesson 07.
    """
    ankles = joints[:, ANKLES, 1].max(1)
    heights = ankles - joints[:, _AT["head"], 1]
    far, near = np.quantile(ankles, [0.05, 0.95])
    tall = [np.quantile(heights[where], 0.9) for where in (ankles <= np.quantile(ankles, 0.25),
                                                            ankles >= np.quantile(ankles, 0.75))]
    return dict(far=far, near=near, far_height=tall[0], near_height=tall[1],
                column=np.median(joints[:, ANKLES, 0]))


def normalise(joints, own, target):
    """The driver's skeletons, moved and scaled to where and how large the target would be: the ankle rule.

    p = (y - far) / (near - far) says where the driver's ankles are between far and near; the target's ankles get the
    row far' + p (near' - far'), and the skeleton is scaled around them by the ratio of the heights, which is itself
    interpolated between far and near.

    Args:
        joints: [T, 18, 2], the driver's, pixels.
        own, target: ankle_range of the driver's and of the target's clips.
    Returns:
        f32 [T, 18, 2], pixels.
    References:
        Chan et al. 2019, section 3.2.
    Lesson 07.
    """
    ankles = joints[:, ANKLES, 1].max(1)
    p = (ankles - own["far"]) / (own["near"] - own["far"])
    rows = target["far"] + p * (target["near"] - target["far"])
    ratios = [target[f"{end}_height"] / own[f"{end}_height"] for end in ("far", "near")]
    scale = ratios[0] + p.clip(0, 1) * (ratios[1] - ratios[0])
    middle = joints[:, ANKLES, 0].mean(1)
    columns = target["column"] + scale * (middle - own["column"])
    moved = (joints - np.stack([middle, ankles], -1)[:, None]) * scale[:, None, None]
    return (moved + np.stack([columns, rows], -1)[:, None]).astype(np.float32)


def smooth(joints, window=7):
    """The median over time of every coordinate: a detector's outliers vanish, fast moves are cut.

    Args:
        joints: [T, 18, 2], pixels.
        window: frames, odd.
    Returns:
        f32 [T, 18, 2].
    References:
        graph_posenorm.py of the code published with Chan et al. 2019.
    Lesson 07.
    """
    return median_filter(np.asarray(joints, np.float32), (window, 1, 1), mode="nearest")


def detected(joints, rng, jitter=0.5):
    """Joints as a pose detector finds them: each with an error of its own in every frame.

    Args:
        joints: [T, 18, 2], pixels.
        rng: numpy Generator.
        jitter: standard deviation, pixels.
    Returns:
        f32 [T, 18, 2].
    Lesson 07.
    """
    return (joints + rng.normal(0, jitter, joints.shape)).astype(np.float32)


def perform(model, conditions, first=None, remember=True):
    """A clip, frame after frame: every image is made from its condition and from the image made before.

    Training begins half of its rows with a black frame before, so the network knows both cases.

    Args:
        model: what generator gives.
        conditions: f32 [T, H, W, C].
        first: f32 [H, W, 3], the frame before the first; black when left out.
        remember: False to make every frame from its condition alone, with black as the frame before.
    Returns:
        f32 [T, H, W, 3] in [0, 1].
    Lesson 07.
    """
    conditions = np.asarray(conditions, np.float32)
    before = np.zeros((1, *conditions.shape[1:3], 3), np.float32) if first is None else np.float32(first)[None]
    images = []
    for condition in conditions:
        image = np.asarray(model.predict_on_batch([condition[None], before]), np.float32)
        before = image if remember else 0 * image
        images.append(image[0])
    return np.stack(images)


def in_float32(model, **options):
    """A generator's weights in a network that computes in float32: the files hold float16, too coarse to compute with.

    Args:
        model: from everybody_dance.generator, in any precision.
        options: of everybody_dance.generator, where they are not the default.
    Returns:
        keras.Model.
    Lesson 07.
    """
    return rebuilt_in_float32(model, lambda: everybody_dance.generator(**options))


def dancer():
    """The shipped dancer, ready to compute.

    Returns:
        keras.Model.
    Lesson 07.
    """
    return in_float32(load("dancer"))
