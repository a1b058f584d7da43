"""Augmentation of detectors for use elsewhere: blur and JPEG, and the cut-outs of the DFDC winner. Lesson 13."""
import cv2
import numpy as np

from course_lib.degradation import blur, jpeg

from .augment import random_transform

PARTS = {"eyes": range(36, 48), "nose": range(27, 36), "mouth": range(48, 68)}
HALVES = ("left", "right", "upper", "lower")


def part_mask(landmarks, part, size, margin=0.25):
    """The pixels of one part of an aligned face: the hull of its landmarks, enlarged.

    Args:
        landmarks: [68, 2] in pixels of the face.
        part: A key of PARTS, or one of HALVES.
        size: Side of the face, pixels.
        margin: By which fraction of its width the hull grows.
    Returns:
        bool [size, size].
    Raises:
        ValueError: For another part.
    Lesson 13.
    """
    points, mask = np.asarray(landmarks, np.float32), np.zeros((size, size), np.uint8)
    if part in PARTS:
        points = points[list(PARTS[part])]
        wide = np.ptp(points[:, 0]) if part != "eyes" else np.ptp(points[:6, 0])  # of one eye
        cv2.fillConvexPoly(mask, np.round(cv2.convexHull(points)[:, 0]).astype(np.int32), 1)
        reach = 2 * max(1, round(margin * float(wide))) + 1
        return cv2.dilate(mask, np.ones((reach, reach), np.uint8)) > 0
    if part not in HALVES:
        raise ValueError(f"part is {part!r}; expected one of {', '.join((*PARTS, *HALVES))}")
    column, row = np.round(points[27:36].mean(0)).astype(int)
    where = {"left": np.s_[:, :column], "right": np.s_[:, column:], "upper": np.s_[:row], "lower": np.s_[row:]}
    mask[where[part]] = 1
    return mask > 0


def cut_parts(faces, landmarks, rng, probability=0.7):
    """Blacks out a part of a face, or half of it, so that no single part can carry the decision.

    Args:
        faces: f32 RGB [N, S, S, 3] in [0, 1], aligned.
        landmarks: [68, 2] in pixels, the same for all: the faces are aligned.
        rng: numpy Generator.
        probability: Of a face's being cut; one time in four it loses a half, otherwise eyes, nose or mouth.
    Returns:
        f32 [N, S, S, 3], new arrays.
    References:
        Seferbekov 2020, the winning entry of the DeepFake Detection Challenge (cut-outs of parts; the shares of parts
        and halves are the course's).
    Lesson 13.
    """
    out = np.array(faces, np.float32)
    for image in out:
        if rng.random() < probability:
            part = rng.choice(HALVES) if rng.random() < 0.25 else rng.choice(list(PARTS))
            image[part_mask(landmarks, str(part), len(image))] = 0
    return out


def blur_and_jpeg(faces, rng, probability=0.5, sigma=1.5, qualities=(30, 100)):
    """Blurs and compresses faces, each with its own probability.

    Args:
        faces: f32 RGB [N, S, S, 3] in [0, 1].
        rng: numpy Generator.
        probability: Of each of the two.
        sigma: Largest standard deviation of the blur, pixels.
        qualities: Lowest and highest quality of JPEG.
    Returns:
        f32 [N, S, S, 3], new arrays.
    References:
        Wang et al. 2020, "CNN-generated images are surprisingly easy to spot... for now", section 4.1: sigma up to 3
        at 256 pixels, quality 30 to 100, each with probability 0.5 or 0.1.
    Lesson 13.
    """
    out = np.array(faces, np.float32)
    for k, image in enumerate(out):
        if rng.random() < probability:
            image = blur(image, "isotropic", sigma=float(rng.uniform(0.1, sigma)))
        if rng.random() < probability:
            image = jpeg(image, int(rng.integers(qualities[0], qualities[1] + 1)))
        out[k] = image
    return out


def dfdc_winner(faces, landmarks, rng):
    """The augmentation of the DFDC winner on aligned faces: rotation, JPEG, grey, cut-outs.

    Args:
        faces: f32 RGB [N, S, S, 3] in [0, 1], aligned.
        landmarks: As for cut_parts.
        rng: numpy Generator.
    Returns:
        f32 [N, S, S, 3], new arrays.
    References:
        Seferbekov 2020: rotation by up to 10 degrees, JPEG of quality 60 to 100 with probability 0.5, grey with 0.2,
        cut-outs with 0.7. Resizing with changing kernels is left out: crops here have one size.
    Lesson 13.
    """
    out = cut_parts(faces, landmarks, rng)
    turned = rng.random(len(out)) < 0.5
    if turned.any():
        out[turned] = random_transform(out[turned], rng, rotation=10.0, zoom=0.0, shift=0.0, flip=0.0)
    out = np.stack([jpeg(face, int(rng.integers(60, 101))) if rng.random() < 0.5 else face for face in out])
    grey = rng.random(len(out)) < 0.2
    out[grey] = (out[grey] @ np.float32([0.299, 0.587, 0.114]))[..., None]
    return out
