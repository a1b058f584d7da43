"""Do both eyes look at one point? The place of each iris between the corners of its eye. Lesson 11."""
import numpy as np

from .evidence import Evidence, checked
from .eyes import WIDE, both_eyes, drawn


def offsets(eye_a, eye_b):
    """Where the irises lie in their eyes.

    Args:
        eye_a, eye_b: Eye.
    Returns:
        f64 [2, 2], (x, y) from the middle of each eye's opening in half widths of the eye.
    Lesson 11.
    """
    return np.array([(e.centre - np.argwhere(e.opening).mean(0)[::-1]) / (WIDE / 2) for e in (eye_a, eye_b)])


def gaze(image, landmarks):
    """How far the two eyes look apart.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels; guessed ones give a guess.
    Returns:
        Evidence whose score is the distance of both offsets, in half widths of an eye. Each iris is sought by itself. A
        turned head, a squint and a near object do the same as a generator that draws each eye for itself.
    References:
        Demir & Ciftci 2021, Where do deep fakes look? (there, a network on forty features of eyes and gaze).
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    a, b, why = both_eyes(image, landmarks, together=False)
    (ax, ay), (bx, by) = offsets(a, b)
    features = {"right x": float(ax), "right y": float(ay), "left x": float(bx), "left y": float(by)}
    return Evidence("gaze", float(np.hypot(ax - bx, ay - by)), features, not why, why,
                    drawn(a, b, [e.iris for e in (a, b)], (0.2, 0.8, 1.0)))
