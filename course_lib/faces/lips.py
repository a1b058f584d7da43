"""Lips as a shape: 18 points in the face's own units. Lesson 08."""
import numpy as np

LIPS = np.r_[48:60, 61:64, 65:68]  # 12 outer and 6 inner points; the inner corners say nothing new
REST = 0.1  # the part of a clip's frames with the least open mouth that shows the person at rest


def lip_shape(landmarks):
    """The lips in face units: relative to the eyes, upright, whatever the size and the tilt of the head.

    Args:
        landmarks: f [T, 68, 2], pixels.
    Returns:
        f32 [T, 36]: x and y of LIPS in turn; the middle of the eyes is 0, their distance 1.
    Lesson 08.
    """
    landmarks = np.asarray(landmarks, np.float64)
    right, left = landmarks[:, 36:42].mean(1), landmarks[:, 42:48].mean(1)
    axis, middle = left - right, (left + right) / 2
    across = axis / (axis**2).sum(-1, keepdims=True)
    down = np.stack([-across[:, 1], across[:, 0]], -1)
    points = landmarks[:, LIPS] - middle[:, None]
    return np.stack([(points * across[:, None]).sum(-1), (points * down[:, None]).sum(-1)], -1).reshape(
        len(landmarks), -1).astype(np.float32)


def lips_in_image(shapes, landmarks):
    """Where lips lie in an image: the inverse of lip_shape, at a face's eyes.

    Args:
        shapes: f [T, 36], face units.
        landmarks: f [T, 68, 2], pixels, of which the eyes are used.
    Returns:
        f64 [T, 18, 2], pixels, in the order of LIPS.
    Lesson 08.
    """
    landmarks = np.asarray(landmarks, np.float64)
    right, left = landmarks[:, 36:42].mean(1), landmarks[:, 42:48].mean(1)
    across, middle = (left - right)[:, None], ((left + right) / 2)[:, None]
    down = np.stack([-across[..., 1], across[..., 0]], -1)
    points = np.asarray(shapes, np.float64).reshape(-1, 18, 2)
    return middle + points[..., :1] * across + points[..., 1:] * down


def head_place(landmarks):
    """How each head is turned, as two numbers: where the nose lies relative to the eyes.

    Args:
        landmarks: f [T, 68, 2], pixels.
    Returns:
        f64 [T, 2], face units.
    Lesson 08.
    """
    points = np.asarray(landmarks, np.float64)
    middle = (points[:, 36:42].mean(1) + points[:, 42:48].mean(1)) / 2
    across = points[:, 42:48].mean(1) - points[:, 36:42].mean(1)
    nose, length = points[:, 30] - middle, (across**2).sum(-1)
    down = np.stack([-across[:, 1], across[:, 0]], -1)
    return np.stack([(nose * across).sum(-1), (nose * down).sum(-1)], 1) / length[:, None]


def rest_shape(shapes):
    """The lips of somebody who says nothing: the mean of the frames in which they are least apart.

    Args:
        shapes: f [T, 36], face units.
    Returns:
        f32 [36].
    Lesson 08.
    """
    points = np.asarray(shapes, np.float32).reshape(-1, 18, 2)
    gap = np.linalg.norm(points[:, 12:15] - points[:, [17, 16, 15]], axis=-1).mean(-1)
    return points[np.argsort(gap, kind="stable")[:max(1, round(REST * len(gap)))]].mean(0).ravel()


def retarget(shapes, rest, own_rest):
    """One person's lips as another's: the movement away from rest, in the size of the other mouth.

    Args:
        shapes: f [T, 36], of the first person.
        rest: f [36], theirs at rest.
        own_rest: f [36], the other person's at rest.
    Returns:
        f32 [T, 36].
    Lesson 08.
    """
    width = lambda shape: np.linalg.norm(np.reshape(shape, (18, 2))[6] - np.reshape(shape, (18, 2))[0])  # noqa: E731
    return (own_rest + (np.asarray(shapes) - rest) * width(own_rest) / width(rest)).astype(np.float32)
