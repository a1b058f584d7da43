"""BlazeFace: a single-shot face detector for mobile phones, from its anchors to its faces. Lesson 01.

The network looks at an image once and answers at every anchor, a point of a regular grid: with a score, and with a box
and six points relative to the anchor. The rest is written out here: the grid, the decoding, and the suppression that
makes one face of the many anchors which see it.

References:
    Bazarevsky et al., "BlazeFace: Sub-millisecond neural face detection on mobile GPUs", 2019.
    Liu et al., "SSD: Single shot multibox detector", ECCV 2016.
"""
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from . import tflite

NETWORK = "face_detection_full_range"  # faces up to about five metres away
STRIDES = {"face_detection_short_range": (8, 16, 16, 16), "face_detection_full_range": (4,)}
PER_LAYER = {"face_detection_short_range": 2, "face_detection_full_range": 1}
MIN_SCORE, MIN_OVERLAP = 0.5, 0.3
POINTS = ("right eye", "left eye", "nose tip", "mouth", "right ear", "left ear")  # the person's own sides
TILED = 384  # pixels of the longer side from which on an image is searched in tiles as well
OVERLAP = 0.25  # of the tiles


@dataclass(frozen=True)
class Detection:
    """A detected face.

    Args:
        box: f64 [4]: x, y of the upper left corner, width, height.
        points: f64 [6, 2], see POINTS.
        score: P(face), by the network.
    """

    box: np.ndarray
    points: np.ndarray
    score: float


@cache
def anchors(network=NETWORK):
    """The centres of the anchors: for each layer of the network the centres of its cells, row by row.

    Args:
        network: A key of STRIDES.
    Returns:
        f64 [A, 2], x then y, in units of the input's side: 2,304 (full range) or 896 (short range).
    Lesson 01.
    """
    side, centres = tflite.input_side(network), []
    layers = STRIDES[network]
    for stride in dict.fromkeys(layers):  # layers of one size are interleaved, cell by cell
        cells = side // stride
        y, x = np.mgrid[:cells, :cells]
        grid = np.stack([x, y], -1).reshape(-1, 2)
        centres.append(np.repeat((grid + 0.5) / cells, PER_LAYER[network] * layers.count(stride), axis=0))
    return np.concatenate(centres)


def decode(regressors, logits, centres, side):
    """The network's answers at its anchors as boxes and points.

    Args:
        regressors: [A, 16] in pixels of the input: the box's centre relative to the anchor, its width and height, then
            six points relative to the anchor.
        logits: [A].
        centres: [A, 2] of `anchors`.
        side: Of the input, pixels.
    Returns:
        (boxes f64 [A, 4] as x, y, width, height; points f64 [A, 6, 2]; scores f64 [A]), in units of the input's side.
    Lesson 01.
    """
    values = np.asarray(regressors, np.float64).reshape(len(centres), 8, 2) / side
    centre, size = values[:, 0] + centres, values[:, 1]
    points = values[:, 2:] + centres[:, None]
    scores = 1 / (1 + np.exp(-np.clip(np.asarray(logits, np.float64).ravel(), -80, 80)))
    return np.concatenate([centre - size / 2, size], 1), points, scores


def weighted_suppression(detections, min_overlap=MIN_OVERLAP):
    """One face from the many anchors that see it: their mean, weighted by score, instead of the best one alone.

    The mean jitters less from frame to frame than any single answer.

    Args:
        detections: List of Detection.
        min_overlap: Intersection over union with the best one from which on another is taken for the same face.
    Returns:
        List of Detection, by falling score; a mean keeps the best one's score.
    References:
        Bazarevsky et al. 2019, section 3.3.
    Lesson 01.
    """
    remaining, merged = sorted(detections, key=lambda d: -d.score), []
    while remaining:
        best = remaining[0]
        same = [d for d in remaining if overlap(d.box, best.box) > min_overlap] or [best]
        remaining = [d for d in remaining[1:] if not any(d is other for other in same)]
        weights = np.array([d.score for d in same])
        mean = [np.average([getattr(d, name) for d in same], axis=0, weights=weights) for name in ("box", "points")]
        merged.append(Detection(*mean, best.score))
    return merged


def overlap(a, b):
    """Intersection over union of two boxes.

    Args:
        a, b: x, y, width, height.
    Returns:
        0 to 1.
    Lesson 01.
    """
    across = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    down = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(across, 0) * max(down, 0)
    return float(both / max(a[2] * a[3] + b[2] * b[3] - both, 1e-12))


def letterbox(image, side):
    """An image scaled into a square, centred, with black bars.

    Args:
        image: f32 [H, W, 3].
        side: Pixels.
    Returns:
        (f32 [side, side, 3], scale, (left, top)): a point p of the image, measured from its corner, lies at
            p * scale + (left, top).
    Lesson 01.
    """
    height, width = image.shape[:2]
    scale = side / max(height, width)
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    left, top = (side - small[0]) // 2, (side - small[1]) // 2
    square = np.zeros((side, side, 3), np.float32)
    filter = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square[top:top + small[1], left:left + small[0]] = cv2.resize(image, small, interpolation=filter)
    return square, scale, (left, top)


def search(image, network=NETWORK):
    """The answers of all anchors that see a face in one look at an image, not yet merged.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        network: A key of STRIDES.
    Returns:
        List of Detection, in pixels from the image's corner.
    Lesson 01.
    """
    side = tflite.input_side(network)
    square, scale, corner = letterbox(image, side)
    boxes, points, scores = decode(*tflite.run(network, 2 * square - 1), anchors(network), side)
    seen = (scores > MIN_SCORE) & (boxes[:, 2:] > 0).all(1)
    boxes, points = boxes[seen] * side, (points[seen] * side - corner) / scale
    boxes[:, :2] -= corner
    return [Detection(box / scale, six, float(score)) for box, six, score in zip(boxes, points, scores[seen])]


def tiles(height, width):
    """The parts in which a large image is searched: the whole, and overlapping squares of about half its longer side.

    Args:
        height, width: Pixels.
    Returns:
        List of (x, y, width, height), the whole image first.
    Lesson 01.
    """
    parts, longest = [(0, 0, width, height)], max(height, width)
    if longest < TILED:
        return parts
    side = round(longest / (2 - OVERLAP))
    starts = [np.unique([0, max(0, length - side)]) for length in (height, width)]
    return parts + [(int(x), int(y), min(side, width), min(side, height)) for y in starts[0] for x in starts[1]]


def detect(image, network=NETWORK):
    """The faces in an image.

    The network's input has 192 pixels: in a large image, small faces are found only in its parts.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
        network: A key of STRIDES.
    Returns:
        List of Detection by falling score, in pixels from the image's corner.
    Lesson 01.
    """
    height, width = image.shape[:2]
    detections = []
    for x, y, wide, high in tiles(height, width):
        for found in search(image[y:y + high, x:x + wide], network):
            box = found.box + (x, y, 0, 0)
            if not _cut(box, (x, y, wide, high), (width, height)):
                detections.append(Detection(box, found.points + (x, y), found.score))
    return weighted_suppression(detections)


def _cut(box, part, size):
    """Whether a box reaches over an edge of its part that is no edge of the image: another part shows it whole."""
    low, high = box[:2] < part[:2], box[:2] + box[2:] > np.add(part[:2], part[2:])
    inner_low, inner_high = np.array(part[:2]) > 0, np.add(part[:2], part[2:]) < size
    return bool((low & inner_low | high & inner_high).any())
