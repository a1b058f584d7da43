"""Face Mesh: 468 points with depth on a face, and its irises, each read off a small upright crop. Lesson 01.

Region of interest, crop, network, projection back: the same four steps for the face and for each eye. In a video the
region comes from the last frame's points instead of a detector's box (`live`).

References:
    Kartynnik et al., "Real-time facial surface geometry from monocular video on mobile GPUs", 2019 (Face Mesh).
    Ablavatski et al., "Real-time pupil tracking from monocular video for digital puppetry", 2020 (iris).
"""
from dataclasses import dataclass

import cv2
import numpy as np

from . import tflite
from .align import invert, transform
from .ibug import landmarks_68

FACE, EYE = "face_landmark", "iris_landmark"
FACE_MARGIN, EYE_MARGIN = 1.5, 2.3  # side of the region in sizes of what it is laid around
RIGHT_EYE, LEFT_EYE = (33, 133), (362, 263)  # corners of the person's own eyes, left to right as seen
# the 16 points of an eye's outline in the iris network's order, as points of the mesh: lower lid, then upper lid
RIGHT_OUTLINE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173)
LEFT_OUTLINE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398)


@dataclass(frozen=True)
class Mesh:
    """A face as the networks see it, in pixels of the image.

    Args:
        points: f32 [468, 3]: x, y, and depth in pixels, smaller towards the viewer, about 0 in the middle of the head.
        landmarks: f32 [68, 2], iBUG order.
        irises: f32 [2, 5, 2]: the pupil's centre and four points on the iris's rim; the person's right eye first.
        confidence: P(there is a face in the region), by the network.
    """

    points: np.ndarray
    landmarks: np.ndarray
    irises: np.ndarray
    confidence: float

    @property
    def pupils(self):
        """f32 [2, 2], the person's right one first."""
        return self.irises[:, 0]

    @property
    def box(self):
        """x, y, width and height around all points."""
        low, high = self.points[:, :2].min(0), self.points[:, :2].max(0)
        return (*low.tolist(), *(high - low).tolist())


@dataclass(frozen=True)
class Region:
    """A rotated square in an image.

    Args:
        centre: (x, y), pixels.
        side: Pixels.
        angle: Of its upper edge, radians, positive: clockwise as seen.
    """

    centre: tuple
    side: float
    angle: float

    def matrix(self, size):
        """The similarity from image pixels to those of a crop that shows the region.

        Args:
            size: Side of the crop, pixels.
        Returns:
            f64 [2, 3]; the region's corner comes to the crop's corner, half a pixel outside its first pixel's centre.
        Lesson 01.
        """
        cos, sin = (f(self.angle) * size / self.side for f in (np.cos, np.sin))
        turn = np.array([[cos, sin], [-sin, cos]])
        return np.c_[turn, (size - 1) / 2 - turn @ np.asarray(self.centre, np.float64)]


def region_of(box, right, left, margin=FACE_MARGIN):
    """The region of interest around a face or an eye: a square around its box, upright by two points.

    Args:
        box: x, y, width, height.
        right, left: (x, y) of two points that lie level in an upright face, the person's right one first.
        margin: Side of the square, in longer sides of the box.
    Returns:
        Region.
    Lesson 01.
    """
    across, down = np.subtract(left, right)
    centre = np.add(box[:2], np.divide(box[2:], 2))
    return Region(tuple(centre.tolist()), float(margin * max(box[2:])), float(np.arctan2(down, across)))


def region_of_detection(detection):
    """The region that a detection of BlazeFace proposes.

    Args:
        detection: blazeface.Detection, in pixels from the image's corner.
    Returns:
        Region, whose centre is in pixels, (0, 0) the centre of the first one.
    Lesson 01.
    """
    box = detection.box - (0.5, 0.5, 0, 0)
    return region_of(box, detection.points[0], detection.points[1])


def region_of_mesh(points):
    """The region around a mesh, for a second look and for the next frame of a video.

    Args:
        points: [468, 2 or more].
    Returns:
        Region.
    Lesson 01.
    """
    flat = np.asarray(points, np.float64)[:, :2]
    right, left = flat[list(RIGHT_EYE)].mean(0), flat[list(LEFT_EYE)].mean(0)
    # the box in the face's own upright frame: around a tilted head an upright box would be too large
    angle = np.arctan2(*(left - right)[::-1])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    upright = flat @ turn.T
    low, high = upright.min(0), upright.max(0)
    return Region(tuple((turn.T @ ((low + high) / 2)).tolist()), float(FACE_MARGIN * (high - low).max()), float(angle))


def look(image, matrix, size):
    """What a network sees of a region.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        matrix: [2, 3], from image to crop pixels.
        size: Side of the crop, pixels.
    Returns:
        f32 [size, size, 3]; black beyond the image.
    Lesson 01.
    """
    scale = np.hypot(*matrix[0, :2])
    if scale < 0.5:  # shrink the image first, by averaging: plain interpolation would skip pixels
        height, width = image.shape[:2]
        small = max(1, round(width * 2 * scale)), max(1, round(height * 2 * scale))
        ratio = np.divide(small, (width, height))
        image = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
        matrix = np.c_[matrix[:, :2] / ratio, matrix[:, 2] + matrix[:, :2] @ ((0.5 / ratio) - 0.5)]
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)


def project_back(points, matrix):
    """A network's points in its crop, back into the image; depth is scaled like the rest.

    Args:
        points: [N, 3]: x, y and depth, in crop pixels.
        matrix: [2, 3], from image to crop pixels.
    Returns:
        f64 [N, 3].
    Lesson 01.
    """
    points = np.asarray(points, np.float64)
    return np.c_[transform(points[:, :2], invert(matrix)), points[:, 2] / np.hypot(*matrix[0, :2])]


def read_mesh(image, region, looks=2, irises=True):
    """The mesh of the face in a region.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        region: Region around the face, 1.5 times its size.
        looks: 2 looks again at the region around the first look's points, which is more exact than the detector's box.
        irises: False leaves the eyes as Face Mesh gives them, and their irises nan: a third of the time.
    Returns:
        Mesh.
    Lesson 01.
    """
    side = tflite.input_side(FACE)
    for _ in range(looks):
        matrix = region.matrix(side)
        raw, logit = tflite.run(FACE, look(image, matrix, side))
        points = project_back(raw.reshape(468, 3), matrix)
        region = region_of_mesh(points)
    confidence = float(1 / (1 + np.exp(-np.clip(logit.ravel()[-1], -80, 80))))
    rims = np.full((2, 5, 2), np.nan)
    if irises:
        for eye, (corners, outline) in enumerate(((RIGHT_EYE, RIGHT_OUTLINE), (LEFT_EYE, LEFT_OUTLINE))):
            lids, rims[eye] = read_eye(image, points[list(corners), :2], mirrored=eye == 1)
            points[list(outline), :2] = lids
    points = points.astype(np.float32)
    return Mesh(points, landmarks_68(points), rims.astype(np.float32), confidence)


def read_eye(image, corners, mirrored):
    """The outline of an eye's lids and its iris.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        corners: [2, 2], left to right as seen.
        mirrored: True for the person's left eye: the network has learned right ones.
    Returns:
        (outline f64 [16, 2] in the order of RIGHT_OUTLINE, iris f64 [5, 2]).
    Lesson 01.
    """
    side = tflite.input_side(EYE)
    low, high = corners.min(0), corners.max(0)
    matrix = region_of((*low, *(high - low)), *corners, EYE_MARGIN).matrix(side)
    crop = look(image, matrix, side)
    outputs = tflite.run(EYE, crop[:, ::-1] if mirrored else crop)
    places = [np.array(out, np.float64).reshape(-1, 3) for out in outputs]
    if mirrored:
        for place in places:
            place[:, 0] = side - 1 - place[:, 0]
    return project_back(places[0][:16], matrix)[:, :2], project_back(places[1], matrix)[:, :2]
