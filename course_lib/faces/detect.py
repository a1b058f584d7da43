"""Face detection in real images: BlazeFace and Face Mesh, OpenCV's Haar cascades, or YuNet once it is downloaded.
Lesson 01.
"""
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from course_lib.values import unit_range

from . import blazeface, tflite
from .align import estimate_68, five_points, transform, umeyama
from .mean_face import MEAN_FACE
from .mesh import Mesh, read_mesh, region_of_detection

METHODS = ("mesh", "haar", "yunet")
MIN_CONFIDENCE = 0.5  # of a mesh, below which the region shows no face
LARGEST = 800  # longer side, in pixels, at which Haar and YuNet search an image
# Where the five points lie in a cascade's box, as fractions of its side: medians over rendered faces of the cast,
# frontal and turned by 35 to 70 degrees. The profile cascade knows faces that look to the left of the image.
FRONTAL_FIVE = np.array([(0.286, 0.396), (0.699, 0.396), (0.494, 0.628), (0.314, 0.809), (0.672, 0.809)])
PROFILE_FIVE = np.array([(0.189, 0.454), (0.434, 0.454), (0.128, 0.674), (0.227, 0.835), (0.404, 0.849)])
MIRRORED = [1, 0, 2, 4, 3]


@dataclass(frozen=True)
class Face:
    """A detected face.

    Args:
        box: (x, y, width, height) in pixels.
        score: The detector's own, comparable only between faces of one `detector`.
        points: f32 [5, 2], eyes, nose tip and mouth corners, left to right as seen.
        detector: "blazeface", "frontal", "profile" or "yunet".
        points_from: "mesh" (measured by Face Mesh), "five" (measured by YuNet), "eyes" (the eyes measured, the rest
            from the mean face) or "box" (all from the box's proportions: the eyes were not detected).
        mesh: Mesh, None unless the face was found by it.
    """

    box: tuple
    score: float
    points: np.ndarray
    detector: str
    points_from: str
    mesh: Mesh | None = None

    @property
    def landmarks(self):
        """f32 [68, 2]: the mesh's, or else an estimate from the five points (see `estimate_68`)."""
        return self.mesh.landmarks if self.mesh else estimate_68(self.points)


def detect_faces(image, method="mesh", model=None):
    """The faces in an image, by falling score; Haar's frontal faces before those in profile.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1]; Haar and YuNet search it at 800 pixels at most.
        method: "mesh" (BlazeFace, then Face Mesh: 468 points, irises, 68 landmarks), "haar" (a box and the eyes), or
            "yunet" (five points), which needs its model file.
        model: Path of YuNet's file.
    Returns:
        List of Face, empty when there is none.
    Raises:
        ValueError: For another shape or method.
        FileNotFoundError: When YuNet's file, or the package that carries the meshes' networks, is absent.
    References:
        Bazarevsky et al. 2019 and Kartynnik et al. 2019 (mesh); Viola and Jones, CVPR 2001 (haar); Wu, Peng and Yu,
            "YuNet", Machine Intelligence Research 2023.
    Lesson 01.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype.kind != "f":
        raise ValueError(f"detect_faces expects float RGB [H, W, 3] in [0, 1]; got {image.dtype} {image.shape}")
    unit_range(image)
    if method not in METHODS:
        raise ValueError(f"detect_faces knows the methods {', '.join(METHODS)}; got {method!r}")
    image = np.nan_to_num(np.clip(image, 0, 1)).astype(np.float32)
    if method == "mesh":
        return _mesh(image)
    scale = min(1.0, LARGEST / max(image.shape[:2]))
    if scale < 1:
        width, height = (max(1, round(n * scale)) for n in image.shape[1::-1])
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    pixels = (image * 255 + 0.5).astype(np.uint8)
    detections = _haar(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)) if method == "haar" else _yunet(pixels, model)
    # centres of pixels: a frame pixel's centre is half a pixel into it at either size
    return [
        replace(
            face,
            box=tuple(float(v / scale) for v in face.box),
            points=((face.points + 0.5) / scale - 0.5).astype(np.float32),
        )
        for face in detections
    ]


def require_method(method="mesh", model=None):
    """Say now, and without TensorFlow, whether `detect_faces` can work by a method.

    Args:
        method, model: As for `detect_faces`.
    Raises:
        ValueError, FileNotFoundError: As `detect_faces`.
    """
    if method == "mesh":
        for name in tflite.SHA256:
            tflite.model_bytes(name)
    else:
        detect_faces(np.zeros((64, 64, 3), np.float32), method, model)


def _mesh(image):
    """Two detections may grow into one face's mesh: boxes of meshes that overlap are suppressed once more."""
    faces = []
    for detection in blazeface.detect(image) or blazeface.detect(image, "face_detection_short_range"):
        mesh = read_mesh(image, region_of_detection(detection))
        if mesh.confidence >= MIN_CONFIDENCE:
            points = five_points(mesh.landmarks).astype(np.float32)
            faces.append(Face(mesh.box, detection.score, points, "blazeface", "mesh", mesh))
    return non_maximum_suppression(faces)


def non_maximum_suppression(faces, max_iou=0.3):
    """Drop every face whose box overlaps that of an earlier one.

    Args:
        faces: In order of confidence.
        max_iou: Intersection over union above which a box is dropped; it also is when 60 % of the smaller box is inside
            the other.
    Returns:
        The remaining faces.
    Lesson 01.
    """
    kept = []
    for face in faces:
        if not any(_iou(face.box, other.box) > max_iou or _inside(face.box, other.box) > 0.6 for other in kept):
            kept.append(face)
    return kept


def _intersection(a, b):
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(across, 0) * max(down, 0)


def _iou(a, b):
    return _intersection(a, b) / (a[2] * a[3] + b[2] * b[3] - _intersection(a, b))


def _inside(a, b):
    return _intersection(a, b) / min(a[2] * a[3], b[2] * b[3])


@cache
def _cascade(name):
    cascade = cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / f"haarcascade_{name}.xml"))
    if cascade.empty():
        raise RuntimeError(f"OpenCV {cv2.__version__} lacks the cascade {name}: "
                           "install opencv-python-headless>=4.13,<5")
    return cascade


def _search(gray, name, neighbours, smallest, largest=None):
    """(box [4], level weight) of every detection of a cascade."""
    boxes, _, weights = _cascade(name).detectMultiScale3(
        gray,
        scaleFactor=1.1,
        minNeighbors=neighbours,
        minSize=(smallest, smallest),
        maxSize=(largest, largest) if largest else None,
        outputRejectLevels=True,
    )
    return [(np.array(box, np.float64), float(weight)) for box, weight in zip(boxes, np.ravel(weights), strict=True)]


def _haar(gray):
    smallest = max(30, round(0.08 * min(gray.shape)))
    faces = []
    for name, neighbours in (("frontalface_alt2", 3), ("frontalface_default", 5)):
        detections = [_frontal(gray, box, weight) for box, weight in _search(gray, name, neighbours, smallest)]
        faces += sorted(detections, key=lambda face: -face.score)
    profiles = []
    for mirrored in (False, True):
        view = np.ascontiguousarray(gray[:, ::-1]) if mirrored else gray
        for box, weight in _search(view, "profileface", 3, smallest):
            points = box[:2] + PROFILE_FIVE * box[2]
            if mirrored:
                box[0] = gray.shape[1] - box[0] - box[2]
                points = (points * (-1, 1) + (gray.shape[1] - 1, 0))[MIRRORED]
            profiles.append(Face(tuple(box), weight, points, "profile", "box"))
    return non_maximum_suppression(faces + sorted(profiles, key=lambda face: -face.score))


def _frontal(gray, box, weight):
    eyes = _eyes(gray, box)
    if eyes is None:
        return Face(tuple(box), weight, box[:2] + FRONTAL_FIVE * box[2], "frontal", "box")
    mean = five_points(MEAN_FACE)
    return Face(tuple(box), weight, transform(mean, umeyama(mean[:2], eyes)), "frontal", "eyes")


def _eyes(gray, box):
    """The centres of both eyes [2, 2] in a frontal box; None unless both are detected, level and far enough apart."""
    x, y, side = (int(v) for v in box[:3])
    top = y + int(0.15 * side)
    strip = gray[top : y + int(0.6 * side), x : x + side]
    zoom = 200 / side
    strip = cv2.resize(strip, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR)
    eyes = [[], []]
    for name in ("eye_tree_eyeglasses", "eye"):  # the first is more precise, the second has the higher recall
        centres = np.array([(box[:2] + box[2:] / 2) / zoom for box, _ in _search(strip, name, 0, 28, 80)])
        for side_eyes, (low, high) in zip(eyes, ((0.08, 0.48), (0.52, 0.92)), strict=True):
            candidates = [c for c in centres if low < c[0] / side < high]
            if len(candidates) >= 3:
                side_eyes.append(np.median(candidates, 0))
    if not eyes[0] or not eyes[1]:
        return None
    eyes = np.array([e[0] for e in eyes]) + (x - 0.5, top - 0.5)
    across, down = eyes[1] - eyes[0]
    return eyes if 0.25 * side < across < 0.6 * side and abs(down) < 0.5 * across else None


def _yunet(pixels, model):
    if model is None or not Path(model).is_file():
        raise FileNotFoundError(
            f"YuNet's model file is not at {model}. Fetch it once with `course checkpoints fetch yunet` and pass its "
            'path as model=..., or use method="haar", which needs no download.'
        )
    height, width = pixels.shape[:2]
    try:
        detector = cv2.FaceDetectorYN.create(str(model), "", (width, height), 0.7, 0.3, 100)
    except cv2.error as error:
        raise ValueError(f"{model} is not a YuNet model that OpenCV {cv2.__version__} can read: {error}") from error
    rows = detector.detect(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1]
    rows = np.zeros((0, 15)) if rows is None else np.asarray(rows, np.float64)
    # a row is x, y, width, height, five points (the person's right eye first, which is the left one as seen), score
    faces = [Face(tuple(r[:4]), float(r[14]), r[4:14].reshape(5, 2), "yunet", "five") for r in rows]
    return non_maximum_suppression(sorted(faces, key=lambda face: -face.score))
