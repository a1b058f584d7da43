"""The colour of the light on a face against that on the scene around it. Lesson 11."""
import cv2
import numpy as np

from .compression import face_and_around
from .evidence import Evidence, checked

POWER, SIGMA = 6, 1.5  # of the Minkowski norm; of the smoothing before the derivative, pixels


def illuminant(image, where):
    """The colour of the light by the grey-edge assumption: the mean edge of a scene has the colour of its light.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        where: bool [H, W], the part of the scene.
    Returns:
        f64 [3], a unit vector; (1, 1, 1) / sqrt(3) is white.
    Raises:
        ValueError: For an empty part.
    References:
        van de Weijer, Gevers & Gijsenij 2007, equation 6, with one derivative and p = 6.
    Lesson 11.
    """
    if not np.any(where):
        raise ValueError("the part of the scene holds no pixel")
    smooth = cv2.GaussianBlur(np.asarray(image, np.float32) ** np.float32(2.2), (0, 0), SIGMA)
    edges = np.hypot(cv2.Sobel(smooth, -1, 1, 0), cv2.Sobel(smooth, -1, 0, 1))[where].astype(np.float64)
    colour = (edges ** POWER).mean(0) ** (1 / POWER) + 1e-9
    return colour / np.linalg.norm(colour)


def light_colour(image, landmarks):
    """Is the light on the face of the colour of the light around it?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        Evidence whose score is the angle between both colours, radians. Skin and clothes have colours of their own, so
        clean pictures score far above 0: only the place among them says something.
    References:
        Riess & Angelopoulou 2010, Scene illumination as an indicator of image manipulation; Carvalho et al. 2013.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    face, around = face_and_around(landmarks, image.shape[:2])
    if min(face.sum(), around.sum()) < 400:
        return Evidence("light colour", float("nan"), {}, False, "the face or its surroundings are too small", image)
    inside, outside = (illuminant(image, m) for m in (face, around))
    angle = float(np.arccos(np.clip(inside @ outside, -1, 1)))
    features = {"angle": angle, "face red over blue": float(inside[0] / inside[2]),
                "scene red over blue": float(outside[0] / outside[2])}
    drawing = image.copy()
    side = max(8, image.shape[0] // 6)
    drawing[:side, :side], drawing[:side, side:2 * side] = inside / inside.max(), outside / outside.max()
    return Evidence("light colour", angle, features, True, "", drawing.astype(np.float32))
