"""Face2Face's mouth: not rendered, but taken from the frame of the target's own video that fits best. Lesson 07."""
from dataclasses import dataclass

import cv2
import numpy as np

from .face2face import SPREAD, parameters_of

MOUTH = slice(48, 68)  # of the 68 landmarks
PAIRS = [(a, b) for a, b in ((60, 64), (61, 67), (62, 66), (63, 65), (48, 54), (50, 58), (51, 57), (52, 56))]
LIPS, ALIKE = 20.0, 0.2  # weights of D_m and D_a beside D_p, so that none of the three is lost in the sum
PATCH = (24, 16)  # width and height of a mouth that is compared by its texture, pixels
_EXPRESSION = [k for k, name in enumerate(SPREAD) if name.startswith("expression")]
_ROTATION = [k for k, name in enumerate(SPREAD) if name.startswith("pose")]
_SPREAD = np.array(list(SPREAD.values()))


@dataclass(frozen=True)
class Mouth:
    """What is known of a frame of the target when mouths are compared.

    Args:
        image: f32 RGB [S, S, 3] in [0, 1].
        landmarks: f32 [68, 2], pixels.
        parameters: f64 [P], of the fitted scene, in the order of face2face.SPREAD.
    """

    image: np.ndarray
    landmarks: np.ndarray
    parameters: np.ndarray


def mouths_of(images, landmarks, scenes):
    """The frames of a clip as Mouths.

    Args:
        images: f32 RGB [T, S, S, 3] in [0, 1].
        landmarks: [T, 68, 2], pixels.
        scenes: T Scenes, as fitted.
    Returns:
        List of Mouth.
    Lesson 07.
    """
    return [Mouth(*row) for row in zip(images, landmarks, map(parameters_of, scenes), strict=True)]


def parameter_distance(a, b):
    """D_p: squared differences of expression and rotation, in units of their spreads.

    Args:
        a, b: Mouth.
    Returns:
        A float.
    References:
        Thies et al. 2016, section 6.
    Lesson 07.
    """
    off = ((a.parameters - b.parameters) / _SPREAD) ** 2
    return float(off[_EXPRESSION].mean() + off[_ROTATION].mean())


def landmark_distance(a, b):
    """D_m: squared differences of the distances between lip landmarks, in units of the outer eye corners' distance.

    Args:
        a, b: Mouth.
    Returns:
        A float.
    References:
        Thies et al. 2016, section 6.
    Lesson 07.
    """
    def distances(mouth):
        pairs = np.array([mouth.landmarks[i] - mouth.landmarks[j] for i, j in PAIRS])
        return np.linalg.norm(pairs, axis=1) / np.linalg.norm(mouth.landmarks[45] - mouth.landmarks[36])

    return float(np.sum((distances(a) - distances(b)) ** 2))


def appearance_distance(a, b, weight):
    """D_a: do two neighbouring frames look alike? Chi-squared of local binary patterns, and cross-correlation.

    Args:
        a, b: Mouth: the frame chosen before, and a candidate.
        weight: of the cross-correlation, exp(-D_m^2): only similar mouths have to correlate.
    Returns:
        A float.
    References:
        Thies et al. 2016, section 6; Ojala et al. 2002 for the patterns.
    Lesson 07.
    """
    p, q = (cv2.cvtColor(mouth_patch(m), cv2.COLOR_RGB2GRAY) for m in (a, b))
    h, g = map(binary_patterns, (p, q))
    chi = 0.5 * np.sum((h - g) ** 2 / np.maximum(h + g, 1e-9))
    p, q = p - p.mean(), q - q.mean()
    correlation = np.sum(p * q) / np.sqrt(np.sum(p * p) * np.sum(q * q) + 1e-9)
    return float(chi + weight * (1 - correlation))


def binary_patterns(grey):
    """The histogram of local binary patterns: which of the eight neighbours are at least as bright.

    Args:
        grey: f32 [H, W].
    Returns:
        f64 [256], sums to 1.
    Lesson 07.
    """
    h, w = grey.shape
    middle, code = grey[1:-1, 1:-1], 0
    for k, (y, x) in enumerate(((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))):
        code = code + (grey[y:h - 2 + y, x:w - 2 + x] >= middle) * 2**k
    return np.bincount(code.ravel(), minlength=256) / code.size


def mouth_patch(mouth):
    """The mouth of a frame at a size of its own, by the similarity that takes its corners to fixed places.

    Args:
        mouth: Mouth.
    Returns:
        f32 RGB [16, 24, 3] in [0, 1].
    Lesson 07.
    """
    return cv2.warpAffine(np.float32(mouth.image), _to_patch(mouth), PATCH, flags=cv2.INTER_LINEAR,
                          borderMode=cv2.BORDER_REPLICATE)


def _to_patch(mouth):
    corners = mouth.landmarks[[48, 54]].astype(np.float64)
    width, height = PATCH
    to = np.array([[0.2 * width, 0.5 * height], [0.8 * width, 0.5 * height]])
    (ax, ay), (bx, by) = corners[1] - corners[0], to[1] - to[0]
    turn = np.array([[ax * bx + ay * by, ax * by - ay * bx], [-(ax * by - ay * bx), ax * bx + ay * by]]).T
    turn = turn / (ax * ax + ay * ay)
    return np.c_[turn, to[0] - turn @ corners[0]]


def retrieve(wanted, library, last=None, terms=("parameters", "landmarks", "appearance")):
    """The frame of the target's own video with the most fitting mouth.

    Args:
        wanted: Mouth with the landmarks and parameters that are asked for.
        library: list of Mouth, the target's frames.
        last: Mouth that was chosen for the frame before; without it appearance says nothing.
        terms: which distances are added; with none, the first frame is as good as any.
    Returns:
        Index in the library, int.
    References:
        Thies et al. 2016, section 6: D = D_p + D_m + D_a; there over clusters, with a graph between frames. The
        weights are the course's.
    Lesson 07.
    """
    def distance(candidate):
        total = parameter_distance(wanted, candidate) if "parameters" in terms else 0.0
        total += LIPS * landmark_distance(wanted, candidate) if "landmarks" in terms else 0.0
        if last is not None and "appearance" in terms:
            similar = np.exp(-landmark_distance(last, candidate) ** 2)
            total += ALIKE * appearance_distance(last, candidate, similar)
        return total

    return int(np.argmin([distance(candidate) for candidate in library]))


def insert_mouth(image, landmarks, mouth):
    """Lays a retrieved mouth into a frame, lip landmarks on lip landmarks, with a soft edge.

    Args:
        image: f32 RGB [S, S, 3] in [0, 1].
        landmarks: [68, 2], of the image, where the mouth belongs.
        mouth: Mouth.
    Returns:
        f32 RGB [S, S, 3] in [0, 1].
    Lesson 07.
    """
    side = image.shape[0]
    source, target = (np.float32(p[MOUTH]) for p in (mouth.landmarks, landmarks))
    design = np.c_[source, np.ones(len(source))]
    affine = np.linalg.lstsq(design, target, rcond=None)[0].T
    warped = cv2.warpAffine(np.float32(mouth.image), affine, (side, side), flags=cv2.INTER_LINEAR,
                            borderMode=cv2.BORDER_REPLICATE)
    mask = mouth_mask(landmarks, side)[..., None]
    return image + mask * (warped - image)


def mouth_mask(landmarks, side):
    """Where the mouth is, with a margin and a soft edge.

    Args:
        landmarks: [68, 2], pixels.
        side: of the image, pixels.
    Returns:
        f32 [side, side] in [0, 1].
    Lesson 07.
    """
    mask = np.zeros((side, side), np.float32)
    points = np.rint(np.asarray(landmarks)[MOUTH]).astype(np.int32)
    cv2.fillConvexPoly(mask, cv2.convexHull(points), 1.0)
    grow = max(1, round(side / 32))
    mask = cv2.dilate(mask, np.ones((2 * grow + 1,) * 2, np.uint8))
    return cv2.GaussianBlur(mask, (0, 0), side / 64)
