"""The upright square around a head that image animation works on. Lesson 07."""
import numpy as np

TIGHT, ABOVE = 5.47, 0.29  # side of the crop, and how far its middle lies above the landmarks', in their own size


def head_square(landmarks, size=64):
    """The upright square around a head, framed as the animator's training clips are.

    Args:
        landmarks: [68, 2], pixels.
        size: side of the crop, pixels.
    Returns:
        f64 [2, 3], from the picture's pixels to the crop's.
    Lesson 07.
    """
    points = np.asarray(landmarks, np.float64)
    middle = points.mean(0)
    spread = np.sqrt(np.sum((points - middle) ** 2, -1).mean())
    side = TIGHT * spread
    corner = middle - [side / 2, side / 2 + ABOVE * spread]
    scale = size / side
    return np.array([[scale, 0, -scale * corner[0]], [0, scale, -scale * corner[1]]])
