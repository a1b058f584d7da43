"""What a face does, measured on its landmarks: pose, opening of eyes and mouth, gaze. Lesson 01."""
import numpy as np

from .frontal import FLIP, fit_pose

# openings by Face Mesh: medians over rendered people at jaw 0 and 1, and with open and closed eyes
SHUT_MOUTH, WIDE_MOUTH, OPEN_EYE, SHUT_EYE = 0.05, 0.26, 0.37, 0.15


def head_pose(landmarks, shape, focal=None):
    """How the head is turned: the rotation under which a mean head's landmarks are projected onto those of the image.

    Args:
        landmarks: [68, 2], pixels.
        shape: Of the image, (H, W, ...).
        focal: Focal length in pixels; twice the longer side when left out, which is a portrait's. It matters little:
            a face is small against its distance.
    Returns:
        f64 [3]: yaw, pitch and roll in radians; positive: nose to the right of the image, nose down, counter-clockwise.
    Raises:
        ValueError: For landmarks of another shape or not finite.
    Lesson 01.
    """
    landmarks = np.asarray(landmarks, np.float64)
    if landmarks.shape != (68, 2) or not np.isfinite(landmarks).all():
        raise ValueError(f"head_pose expects 68 finite landmarks [68, 2]; got {landmarks.shape}")
    return angles(FLIP @ fit_pose(landmarks, shape, focal).turn @ FLIP)


def angles(rotation):
    """Yaw, pitch and roll of a rotation that is roll * yaw * pitch (x right, y up, z to the viewer).

    Args:
        rotation: [3, 3].
    Returns:
        f64 [3], radians.
    Lesson 01.
    """
    yaw = np.arcsin(np.clip(-rotation[2, 0], -1, 1))
    pitch = np.arctan2(rotation[2, 1], rotation[2, 2])
    roll = np.arctan2(rotation[1, 0], rotation[0, 0])
    return np.array([yaw, pitch, roll])


def eye_opening(landmarks):
    """How far each eye is open: the height of its lids' opening over its width, the eye aspect ratio.

    Args:
        landmarks: [..., 68, 2].
    Returns:
        f64 [..., 2], the person's right eye first; about 0.3 when open.
    References:
        Soukupova and Cech, "Real-time eye blink detection using facial landmarks", CVWW 2016.
    Lesson 01.
    """
    landmarks = np.asarray(landmarks, np.float64)
    ratios = []
    for first in (36, 42):
        eye = landmarks[..., first:first + 6, :]
        height = _length(eye[..., 1, :] - eye[..., 5, :]) + _length(eye[..., 2, :] - eye[..., 4, :])
        ratios.append(height / (2 * _length(eye[..., 0, :] - eye[..., 3, :])))
    return np.stack(ratios, -1)


def mouth_opening(landmarks):
    """How far the mouth is open: the distance of the lips' inner edges over the distance of the eyes.

    Args:
        landmarks: [..., 68, 2].
    Returns:
        f64 [...].
    Lesson 01.
    """
    landmarks = np.asarray(landmarks, np.float64)
    gap = _length(landmarks[..., 61:64, :] - landmarks[..., [67, 66, 65], :]).mean(-1)
    return gap / eye_distance(landmarks)


def eye_distance(landmarks):
    """The distance between the centres of the eyes, in which errors of landmarks are given.

    Args:
        landmarks: [..., 68, 2].
    Returns:
        f64 [...], pixels.
    Lesson 01.
    """
    landmarks = np.asarray(landmarks, np.float64)
    return _length(landmarks[..., 36:42, :].mean(-2) - landmarks[..., 42:48, :].mean(-2))


def _length(vectors):
    return np.linalg.norm(vectors, axis=-1)


def expression_of(landmarks):
    """What can be read off a mesh's landmarks of a FaceSet's expression; smile and brows stay nan.

    Args:
        landmarks: [68, 2].
    Returns:
        f64 [4]: jaw, smile, brow and blink, jaw and blink from 0 to 1.
    Lesson 01.
    """
    jaw = np.clip((mouth_opening(landmarks) - SHUT_MOUTH) / (WIDE_MOUTH - SHUT_MOUTH), 0, 1)
    blink = np.clip((OPEN_EYE - eye_opening(landmarks).min()) / (OPEN_EYE - SHUT_EYE), 0, 1)
    return np.array([jaw, np.nan, np.nan, blink])
