"""Quality rules for training faces: one number and one limit each. Lesson 01."""
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from course_lib.values import unit_range

from .measure import eye_opening

FIXED = 64  # pixels at which quality is measured, so that the limits do not depend on the crop size
OPEN = 0.2  # eye_opening by a mesh, below which an eye is closed or nearly so
SKIN = np.array((0.95, 0.70))  # log2 of linear red over green and green over blue of skin in ordinary light


@dataclass(frozen=True)
class Rule:
    """A quality rule: faces whose score is below `lowest` or above `highest` are dropped.

    Args:
        reason: Why, for the report.
        score: Function of a FaceSet that returns one number per face.
        lowest, highest: The limits. A rule that compares faces with each other must come last.
    """

    reason: str
    score: Callable
    lowest: float = -np.inf
    highest: float = np.inf

    def passes(self, scores):
        """Which faces pass.

        Args:
            scores: [N].
        Returns:
            bool [N].
        """
        return (scores >= self.lowest) & (scores <= self.highest)


def people(faces):
    """Faces detected in the frame: with more than one, the set could mix two people.

    Args:
        faces: FaceSet.
    Returns:
        f64 [N].
    """
    return faces.people.astype(float)


def eyes_found(faces):
    """1 where both eyes were detected (or the truth is known), otherwise 0: covered, closed, or turned far away.

    Which of these it is cannot be known, and without eyes the alignment relies on the box alone. A mesh has eyes also
    where they are closed; there, both must be open by the mesh.

    Args:
        faces: FaceSet.
    Returns:
        f64 [N].
    """
    opening = eye_opening(faces.landmarks).min(-1)
    return np.array([float(how != "box" and (how != "mesh" or wide > OPEN))
                     for how, wide in zip(faces.points, opening, strict=True)])


def enlargement(faces):
    """Frame pixels per crop pixel: below 1 the face was smaller than its crop and had to be enlarged.

    Args:
        faces: FaceSet.
    Returns:
        f64 [N].
    """
    return faces.footprint() / faces.size


def sharpness(faces):
    """Variance of the Laplacian of brightness inside the mask at 64 px, over the
    variance of brightness there.

    The plain variance of the Laplacian grows with contrast, so that one limit drops
    more dark faces and faces in soft light than others; the ratio does not.

    Args:
        faces: FaceSet.
    Returns:
        f64 [N].
    References:
        Pech-Pacheco et al., ICPR 2000 (the variance; the ratio is ours).
    """
    out = []
    for luma, inside in _gray(faces):
        inside = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        laplacian = cv2.Laplacian(luma, cv2.CV_32F)
        variance = luma[inside].var() + 4e-4 if inside.any() else 1.0
        out.append(laplacian[inside].var() / variance if inside.any() else 0.0)
    return np.array(out)


def highlights(faces):
    """Fraction of the face that is overexposed (brightness above 0.97).

    Args:
        faces: FaceSet.
    Returns:
        f64 [N].
    """
    return np.array([(luma[inside] > 0.97).mean() if inside.any() else 1.0 for luma, inside in _gray(faces)])


def brightest(faces):
    """Brightness that only 5 % of the face exceed. Even the darkest skin has highlights in a well exposed photograph.

    Args:
        faces: FaceSet.
    Returns:
        f64 [N].
    """
    return np.array([np.percentile(luma[inside], 95) if inside.any() else 0.0 for luma, inside in _gray(faces)])


def colour_cast(faces):
    """How far the face's colour is from skin of any tone in ordinary light.

    Args:
        faces: FaceSet.
    Returns:
        f64 [N]: the larger deviation of log2(R/G) and log2(G/B), in linear light; 1 means that one channel is twice too
            strong against the next.
    """
    out = []
    for image, mask in zip(*_fixed(faces), strict=True):
        inside = mask > 0.5
        out.append(np.abs(_tone(np.median(image[inside], 0)) - SKIN).max() if inside.any() else np.inf)
    return np.array(out)


def visible_skin(faces):
    """Fraction of the landmarks' hull that lies in the mask and has about the colour of the cheeks beside the nose.

    Hair, a scarf, a mask or a microphone lower it, and so does what covers the cheeks themselves. A hand has the colour
    of the face and cannot be distinguished from it, and with estimated landmarks the hull is the mean face's.

    Args:
        faces: FaceSet.
    Returns:
        f64 [N].
    """
    out = []
    images, masks = _fixed(faces)
    for image, mask, points in zip(images, masks, (faces.landmarks + 0.5) * (FIXED / faces.size) - 0.5, strict=True):
        hull, cheeks = _inside(points), _inside(points[[36, 45, 35, 31]]) & (mask > 0.5)
        if cheeks.sum() < 10:
            out.append(0.0)
            continue
        skin = np.abs(_tone(image) - np.median(_tone(image[cheeks]), 0)).max(-1) < 0.5
        out.append((hull & (mask > 0.5) & skin).sum() / hull.sum())
    return np.array(out)


def novelty(faces):
    """Hamming distance, in bits of 63, of a face's perceptual hash from the nearest earlier face that was new itself.

    Args:
        faces: FaceSet.
    Returns:
        f64 [N].
    """
    hashes, new, out = [perceptual_hash(image) for image in faces.images], [], []
    for bits in hashes:
        distance = min((int((bits != other).sum()) for other in new), default=63)  # Hamming distance
        out.append(float(distance))
        if distance >= RULES["novelty"].lowest:
            new.append(bits)
    return np.array(out)


def perceptual_hash(image):
    """63 bits that a little noise, blur or light does not change: the signs, against their median, of the 8 x 8 lowest
    frequencies of the cosine transform at 32 px.

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        bool [63].
    Lesson 01.
    """
    small = cv2.resize(_luma(unit_range(image)), (32, 32), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small)[:8, :8].ravel()[1:]  # without the mean, which is only brightness
    return low > np.median(low)


def _luma(image):
    return image @ np.array((0.299, 0.587, 0.114), np.float32)


def _fixed(faces):
    """Images [N, 64, 64, 3] and masks [N, 64, 64]."""
    if faces.size == FIXED:
        return faces.images, faces.masks
    filter = cv2.INTER_AREA if faces.size > FIXED else cv2.INTER_LINEAR
    return tuple(
        np.stack([cv2.resize(a, (FIXED, FIXED), interpolation=filter) for a in b]) for b in (faces.images, faces.masks)
    )


def _gray(faces):
    """(brightness [64, 64], where the face is bool [64, 64]) of each face."""
    for image, mask in zip(*_fixed(faces), strict=True):
        yield _luma(image), mask > 0.5


def _inside(points):
    """Where an image [64, 64] lies inside the convex hull of points [M, 2]."""
    area = np.zeros((FIXED, FIXED), np.uint8)
    cv2.fillConvexPoly(area, np.round(cv2.convexHull(points.astype(np.float32))).astype(np.int32), 1)
    return area > 0


def _tone(colour):
    linear = (np.clip(colour, 0, 1) + 0.02) ** 2.2
    return np.log2(linear[..., :2] / linear[..., 1:])


# The limits were read off rendered faces of 160 people in random light and the photograph of Grace Hopper, all of
# which pass, and off the same faces with each fault simulated (tests/faces/test_clean.py).
RULES = {
    "people": Rule("more than one person in the frame", people, highest=1),
    "eyes_found": Rule("eyes not found (covered, closed or turned away)", eyes_found, lowest=1),
    "enlargement": Rule("face too small in its frame", enlargement, lowest=0.7),
    "sharpness": Rule("blurred", sharpness, lowest=0.15),
    "highlights": Rule("overexposed", highlights, highest=0.2),
    "brightest": Rule("underexposed", brightest, lowest=0.2),
    "colour_cast": Rule("colour cast", colour_cast, highest=0.75),
    "visible_skin": Rule("partly covered", visible_skin, lowest=0.58),
    "novelty": Rule("near duplicate of an earlier image", novelty, lowest=5),
}
