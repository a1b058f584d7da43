"""Head pose twice: from all landmarks, and from those of the inner face, which a swap replaces. Lesson 11."""
import cv2
import numpy as np

from .evidence import Evidence, checked, too_small

OUTER = [*range(36), 48, 54]  # jaw, brows, nose and mouth corners: the published points 1-36, 49, 55
INNER = [*range(17, 36), 48, 54]  # without the jaw
LARGEST_YAW = 0.6  # radians, beyond which the jaw's landmarks are not those of the fixed head any more
# the neutral adult head of the cast: x to the right of the image, y up, z to the viewer, in units of 10 cm
HEAD = np.array([
    (-0.640, -0.180, 0.109), (-0.616, -0.308, 0.210), (-0.593, -0.433, 0.309), (-0.545, -0.554, 0.401),
    (-0.466, -0.658, 0.482), (-0.369, -0.745, 0.549), (-0.278, -0.863, 0.599), (-0.164, -1.013, 0.630),
    (0.000, -1.062, 0.640), (0.164, -1.013, 0.630), (0.278, -0.863, 0.599), (0.369, -0.745, 0.549),
    (0.466, -0.658, 0.482), (0.545, -0.554, 0.401), (0.593, -0.433, 0.309), (0.616, -0.308, 0.210),
    (0.640, -0.180, 0.109), (-0.540, 0.231, 0.550), (-0.428, 0.241, 0.735), (-0.315, 0.235, 0.803),
    (-0.203, 0.213, 0.842), (-0.090, 0.175, 0.860), (0.090, 0.175, 0.860), (0.203, 0.213, 0.842),
    (0.315, 0.235, 0.803), (0.428, 0.241, 0.735), (0.540, 0.231, 0.550), (0.000, 0.050, 0.884),
    (0.000, -0.084, 0.933), (0.000, -0.218, 1.007), (0.000, -0.352, 1.101), (-0.115, -0.417, 0.972),
    (-0.058, -0.442, 0.909), (0.000, -0.457, 0.845), (0.058, -0.442, 0.909), (0.115, -0.417, 0.972),
    (-0.499, 0.010, 0.639), (-0.391, 0.071, 0.755), (-0.259, 0.076, 0.771), (-0.151, -0.010, 0.763),
    (-0.259, -0.049, 0.762), (-0.391, -0.050, 0.753), (0.151, -0.010, 0.763), (0.259, 0.076, 0.771),
    (0.391, 0.071, 0.755), (0.499, 0.010, 0.639), (0.391, -0.050, 0.753), (0.259, -0.049, 0.762),
    (-0.265, -0.661, 0.721), (-0.164, -0.605, 0.838), (-0.074, -0.570, 0.858), (0.000, -0.604, 0.873),
    (0.074, -0.570, 0.858), (0.164, -0.605, 0.838), (0.265, -0.661, 0.721), (0.164, -0.731, 0.831),
    (0.074, -0.750, 0.856), (0.000, -0.764, 0.860), (-0.074, -0.750, 0.856), (-0.164, -0.731, 0.831),
    (-0.238, -0.660, 0.757), (-0.111, -0.657, 0.881), (0.000, -0.668, 0.898), (0.111, -0.657, 0.881),
    (0.238, -0.660, 0.757), (0.111, -0.657, 0.888), (0.000, -0.668, 0.902), (-0.111, -0.657, 0.888),
])


def pose(points, which, shape):
    """Rotation and translation of the head, from some of its landmarks.

    Args:
        points: [68, 2], pixels.
        which: Indices of the landmarks used.
        shape: (H, W) of the image; the focal length is taken as its width, as published.
    Returns:
        (rotation f64 [3, 3], translation f64 [3]), from HEAD to the camera (x right, y down, z away).
    References:
        Yang, Li & Lyu 2019, section 3.
    Lesson 11.
    """
    height, width = shape
    camera = np.array([[width, 0, width / 2], [0, width, height / 2], [0, 0, 1.0]])
    model = HEAD[which] * (1, -1, -1)
    _, turn, shift = cv2.solvePnP(model, np.asarray(points, np.float64)[which], camera, None,
                                  flags=cv2.SOLVEPNP_SQPNP)
    _, turn, shift = cv2.solvePnP(model, np.asarray(points, np.float64)[which], camera, None, turn, shift, True,
                                  flags=cv2.SOLVEPNP_ITERATIVE)
    return cv2.Rodrigues(turn)[0], shift[:, 0]


def differences(points, shape):
    """Twelve numbers: how rotation and translation differ between the whole and the inner face.

    Args:
        points: [68, 2], pixels.
        shape: (H, W) of the image.
    Returns:
        f64 [12]: R_all - R_inner row by row, then t_all - t_inner.
    References:
        Yang, Li & Lyu 2019, section 3.2.
    Lesson 11.
    """
    (r1, t1), (r2, t2) = (pose(points, which, shape) for which in (OUTER, INNER))
    return np.r_[(r1 - r2).ravel(), t1 - t2]


def head_pose(image, landmarks):
    """Do the whole face and its inner part point in one direction?

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        landmarks: [68, 2], pixels.
    Returns:
        Evidence whose score is the angle between both rotations, radians. It is a property of the landmarks: what a
        forger leaves in place (in the cast's forgeries: all of them) it cannot see.
    References:
        Yang, Li & Lyu 2019, Exposing deep fakes using inconsistent head poses.
    Lesson 11.
    """
    image, landmarks = checked(image, landmarks)
    (r1, t1), (r2, t2) = (pose(landmarks, which, image.shape[:2]) for which in (OUTER, INNER))
    angle = float(np.arccos(np.clip((np.trace(r1 @ r2.T) - 1) / 2, -1, 1)))
    yaw = float(np.arctan2(r1[0, 2], r1[2, 2]))
    drawing, length = image.copy(), 0.5 * float(np.ptp(landmarks[:, 1]))
    for r, colour in ((r1, (1.0, 0.8, 0.1)), (r2, (0.2, 0.8, 1.0))):
        nose = landmarks[30]
        end = nose + length * (r @ np.array([0, 0, -1.0]))[:2]
        cv2.arrowedLine(drawing, tuple(map(int, nose)), tuple(map(int, end)), colour, 2)
    turned = "" if abs(yaw) <= LARGEST_YAW else f"the head is turned by {abs(np.rad2deg(yaw)):.0f} degrees"
    why = too_small(landmarks) or turned
    features = {"angle": angle, "yaw": yaw, "translation": float(np.linalg.norm(t1 - t2))}
    return Evidence("head pose", angle, features, not why, why, drawing)
