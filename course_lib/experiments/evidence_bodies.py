"""The transferred dance of lesson 07 as pictures: a body whose face is too small for evidence about faces.

Every pixel of a forged frame is painted. The control is the target's own dance, the same one, through a camera. The
kinds of evidence that look at a face are told exactly where the head is, so that it is their validity flags that make
them abstain and not a detector that finds no face. Lesson 11.
"""
from types import SimpleNamespace

import numpy as np

from course_lib.cast.body_rendering import BODY_LABELS
from course_lib.degradation import degrade, random_camera
from course_lib.faces import canonical
from course_lib.forensics import whole
from course_lib.forensics.examine import KINDS
from course_lib.forgeries.bodies import DANCES, transfer

DANCING = 16  # dances, each by another driver; the target is always the same
FRAMES = (8, 24)  # of a dance, which are examined
TOOLS = KINDS | whole.KINDS


def dancing(dances=range(DANCES["test"], DANCES["test"] + DANCING)):
    """Frames of dances, real and transferred.

    Args:
        dances: Their numbers.
    Returns:
        (a stand-in for Photographs with person, the number of the dance, seed and landmarks; forged: method -> (images
        f32 [N, 96, 64, 3], weights f32 [N, 96, 64])), as experiments.evidence.measure takes them.
    Lesson 11.
    """
    from course_lib.models.everybody_dance_inference import dancer  # here, because TensorFlow comes with it

    model, which, rows = dancer(), list(FRAMES), {"real": [], "body": [], "landmarks": []}
    for number in dances:
        truth, forged = transfer(number, FRAMES[-1] + 1, model)
        rows["real"] += [degrade(image, [random_camera(number)]) for image in truth.rgb[which]]
        rows["body"] += list(np.clip(forged[which], 0, 1))
        rows["landmarks"] += [head_landmarks(labels) for labels in truth.labels[which]]
    real, body, points = (np.stack(part).astype(np.float32) for part in rows.values())
    shape = real.shape[:3]
    numbers = np.repeat(list(dances), len(FRAMES))
    stand_in = SimpleNamespace(person=numbers, seed=numbers, landmarks=points)
    return stand_in, {"real": (real, np.zeros(shape, np.float32)), "body": (body, np.ones(shape, np.float32))}


def head_landmarks(labels):
    """The mean face's landmarks, laid over the head of a body.

    Args:
        labels: uint8 [H, W], see cast.body_rendering.BODY_LABELS.
    Returns:
        f32 [68, 2], pixels.
    Raises:
        ValueError: Where the body shows no face.
    Lesson 11.
    """
    rows, columns = np.nonzero(labels == BODY_LABELS["face"])
    if not len(rows):
        raise ValueError("no pixel is labelled as face; expected a body that faces the camera")
    points = canonical(100, 1.0)
    points = (points - points.min(0)) / np.ptp(points, 0)
    low, high = (np.array([f(columns), f(rows)]) for f in (np.min, np.max))
    return (low + points * (high - low)).astype(np.float32)
