"""Attributes of a portrait of the cast, in numbers: true ones from the parameters, predicted ones from the image.

The card of the checkpoint attribute_regressor says how far each predicted number can be trusted. Lesson 06.
"""
import cv2
import numpy as np

import course_lib.models  # noqa: F401  (registers the layers that a checkpoint may hold)
from course_lib.checkpoints import load
from course_lib.data.portraits import COVERAGE
from course_lib.values import unit_range

SIDE = 64
SAME = 0.5  # cosine of two portraits' identity vectors above which they count as one person, see identify


def _blink(p, s):
    return (s.expression.blink_left + s.expression.blink_right) / 2


def _bald(p, s):
    return float(p.hair_top < -0.1)


def _fair(p, s):
    return (1 - _bald(p, s)) * ((p.hair_r + p.hair_g + p.hair_b) / 3) ** (1 / 2.2)


def _eyes(p, s):
    return ((p.iris_r + p.iris_g + p.iris_b) / 3) ** (1 / 2.2)


def _side(p, s):
    return np.sin(s.lighting.azimuth) * np.cos(s.lighting.elevation)


def _hard(p, s):
    light = s.lighting
    return light.intensity / (light.intensity + light.fill + light.ambient)


# name -> (its true value from person and scene, what it is): all that the regressor was trained to predict
CANDIDATES = {
    "yaw": (lambda p, s: s.pose.yaw, "turn, radians, positive: nose to the right of the picture"),
    "pitch": (lambda p, s: s.pose.pitch, "nod, radians, positive: nose down"),
    "jaw": (lambda p, s: s.expression.jaw, "open jaw, 0 to 1"),
    "smile": (lambda p, s: s.expression.smile, "smile, 0 to 1"),
    "teeth": (lambda p, s: s.expression.teeth, "lips drawn back from the teeth, 0 to 1"),
    "brow": (lambda p, s: s.expression.brow, "raised eyebrows, -0.3 to 1"),
    "blink": (_blink, "closed eyes, mean of both, 0 to 1"),
    "gaze_x": (lambda p, s: s.expression.gaze_x, "gaze, positive: to the right of the picture; 1 is 0.45 rad"),
    "gaze_y": (lambda p, s: s.expression.gaze_y, "gaze, positive: up; 1 is 0.35 rad"),
    "age": (lambda p, s: p.age, "age and its wrinkles, 0 is 20 years and 1 is 80"),
    "skin": (lambda p, s: p.skin, "skin tone, 0 lightest, 1 darkest"),
    "freckle": (lambda p, s: p.freckle, "freckles, 0 to 1"),
    "stubble": (lambda p, s: p.stubble, "stubble, 0 to 1"),
    "beard": (lambda p, s: p.beard, "beard, 0 to 1"),
    "lipstick": (lambda p, s: p.lipstick, "lipstick, 0 to 1"),
    "glasses": (lambda p, s: p.glasses, "glasses, 0 or 1"),
    "long": (lambda p, s: p.hair_long, "long hair, 0 to 1"),
    "bald": (_bald, "no hair on top, 0 or 1"),
    "fair": (_fair, "fair hair, 0 (black, or none) to 1"),
    "curl": (lambda p, s: p.hair_curl, "curly hair, 0 to 1"),
    "fringe": (lambda p, s: p.hair_fringe, "fringe, 0 to 1"),
    "jaw_w": (lambda p, s: p.jaw_w, "width of the jaw, standard deviations"),
    "nose_w": (lambda p, s: p.nose_w, "width of the nose, standard deviations"),
    "lips": (lambda p, s: (p.lip_u + p.lip_l) / 2, "height of the lips, standard deviations"),
    "brows": (lambda p, s: p.brow_th, "thickness of the eyebrows, standard deviations"),
    "eyes": (_eyes, "pale eyes, 0 to 1"),
    "light_side": (_side, "where the key light comes from: -1 left, 1 right of the picture"),
    "light_height": (lambda p, s: s.lighting.elevation, "height of the key light, radians"),
    "hard": (_hard, "hard light: the key light's share of all light, 0 to 1"),
    "warm": (lambda p, s: s.lighting.warmth, "warmth of the key light, -1 bluish to 1 orange"),
}
MIRRORED = ("yaw", "gaze_x", "light_side")  # what changes its sign in the mirror image
# UNPREDICTABLE: correlation below PREDICTABLE on unseen people at 64 pixels; they are not offered
PREDICTABLE = 0.7
UNPREDICTABLE = ("brow", "gaze_y", "age", "freckle", "jaw_w", "nose_w", "lips", "brows")
ATTRIBUTES = tuple(name for name in CANDIDATES if name not in UNPREDICTABLE)


def true_attributes(persons, scenes, names=ATTRIBUTES):
    """The true values of N people in N scenes; CANDIDATES says what each is.

    Args:
        persons, scenes: N cast.Person and cast.Scene.
        names: keys of CANDIDATES.
    Returns:
        f32 [N, len(names)].
    Lesson 06.
    """
    return np.array([[CANDIDATES[name][0](p, s) for name in names] for p, s in zip(persons, scenes, strict=True)],
                    np.float32)


def predict_attributes(images, names=ATTRIBUTES, regressor=None, batch=256):
    """The attributes of portraits, as the checkpoint attribute_regressor predicts them; CANDIDATES says what each is.

    Args:
        images: f32 RGB [N, 64 k, 64 k, 3] in [0, 1] or uint8, cut as data.portraits cuts them, on grey; larger ones are
            averaged down to 64.
        names: a choice of ATTRIBUTES.
        regressor: the model, if it is loaded already.
        batch: images in one pass of the network.
    Returns:
        f32 [N, len(names)].
    Raises:
        ValueError: for other shapes or names.
    Lesson 06.
    """
    shape = np.shape(images)
    if len(shape) != 4 or shape[1] != shape[2] or shape[3] != 3 or not shape[1] or shape[1] % SIDE:
        raise ValueError(f"the attribute regressor takes portraits [N, {SIDE} k, {SIDE} k, 3]; got {shape}")
    if unknown := [name for name in names if name not in ATTRIBUTES]:
        raise ValueError(f"the regressor does not predict {', '.join(unknown)}; it predicts {', '.join(ATTRIBUTES)}")
    network, parts = regressor or load("attribute_regressor"), []
    for at in range(0, shape[0], batch):
        chunk = np.asarray(images[at : at + batch])
        chunk = chunk.astype(np.float32) / 255 if chunk.dtype == np.uint8 else unit_range(chunk).astype(np.float32)
        if shape[1] > SIDE:
            chunk = np.stack([cv2.resize(p, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for p in chunk])
        parts.append(np.asarray(network.predict_on_batch(chunk)))
    values = np.concatenate(parts) if parts else np.zeros((0, len(ATTRIBUTES)), np.float32)
    return values[:, [ATTRIBUTES.index(name) for name in names]]


def identify(images, evaluator=None, batch=256):
    """Identity embeddings of portraits by the checkpoint identity_evaluator; cosine above SAME: the same person.

    Args:
        images: f32 RGB [N, 64, 64, 3] in [0, 1], cut as data.portraits cuts them; the evaluator gets their middle,
            without the hair.
        evaluator: the model, if it is loaded already.
        batch: images in one pass of the network.
    Returns:
        Unit vectors f32 [N, 64].
    Raises:
        ValueError: for other shapes or values outside [0, 1].
    Lesson 06.
    """
    if np.ndim(images) != 4 or np.shape(images)[1:] != (SIDE, SIDE, 3):
        raise ValueError(f"the identity evaluator takes portraits [N, {SIDE}, {SIDE}, 3]; got {np.shape(images)}")
    unit_range(images, "a portrait")
    network, middle = evaluator or load("identity_evaluator"), (SIDE - 1) / 2
    zoom = np.array([[1 / COVERAGE, 0, middle - middle / COVERAGE], [0, 1 / COVERAGE, middle - middle / COVERAGE]])
    faces = np.stack([cv2.warpAffine(np.asarray(p, np.float32), zoom, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE,
                                     flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP) for p in images])
    return np.concatenate([np.asarray(network.predict_on_batch(faces[at : at + batch])[0])
                           for at in range(0, len(faces), batch)])
