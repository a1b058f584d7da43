"""How a frame is forged, and where exactly: every method also gives how much of each pixel it replaced. Lesson 10.

A method takes a frame f32 RGB [H, W, 3], its landmarks [68, 2] and a numpy Generator, and returns the forged frame and
its weight f32 [H, W]: forged = weight * (something else) + (1 - weight) * frame, so weight 0 is untouched, exactly.
Called with generators of one seed, it treats all frames of a clip alike, as a forger's program would.
"""
import cv2
import numpy as np

from course_lib.blending import paste
from course_lib.blending.colour import reinhard
from course_lib.blending.masks import feather, from_grey, hull, intersect
from course_lib.faces import align


def swapped(frame, aligned, mask, face, blend=True):
    """A face swap: a created face blended into a frame. Lesson 03 teaches how, lesson 10 detects what is left of it.

    Args:
        frame: f32 RGB [H, W, 3].
        aligned: the frame's face (faces.Aligned of 64 px).
        mask: f32 [64, 64], of its inner part.
        face: the new face on grey, f32 [64, 64, 3].
        blend: with the frame's colours and a soft edge; otherwise as the decoder left it, with a hard edge.
    Returns:
        (frame, weight).
    Lesson 10.
    """
    region = intersect(from_grey(face), mask, hull(aligned.landmarks, mask.shape))
    region = cv2.morphologyEx(region, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))  # no pinholes
    if blend:
        face = reinhard(face, aligned.image, region)
    edge = 0.12 if blend else 0.0
    weight = paste(np.zeros_like(frame), np.ones_like(face), aligned.matrix, region, edge)[..., 0]
    return paste(frame, face, aligned.matrix, region, edge), weight


def self_blended(frame, landmarks, rng):
    """A self-blended image: the frame blended with a slightly changed copy of itself.

    The copy is shifted in colour and brightness, softened or sharpened, moved and scaled by a few percent; the mask is
    the face's hull, elastically warped, with a random soft edge.

    Args:
        frame, landmarks, rng: see the top of this file.
    Returns:
        (frame, weight).
    References:
        Shiohara & Yamasaki, "Detecting deepfakes with self-blended images", CVPR 2022, section 3.2; here the frame is
        always the untouched one of the two.
    Lesson 10.
    """
    height, width = frame.shape[:2]
    copy = (frame - 0.5) * rng.uniform(0.85, 1.15) + 0.5 + rng.uniform(-0.05, 0.05) + rng.uniform(-0.04, 0.04, 3)
    if rng.random() < 0.5:
        small = (int(width / rng.uniform(2, 4)), int(height / rng.uniform(2, 4)))
        copy = cv2.resize(cv2.resize(copy, small, interpolation=cv2.INTER_AREA), (width, height))
    else:
        copy = copy + rng.uniform(0.5, 1.5) * (copy - cv2.GaussianBlur(copy, (0, 0), 1.0))
    moved = _nudge(landmarks, rng, (0.97, 1.04), 0.0, 0.03)
    copy = cv2.warpAffine(copy, moved, (width, height), borderMode=cv2.BORDER_REPLICATE)
    weight = _bent(hull(landmarks, (height, width)), rng) * rng.choice([0.5, 0.75, 1.0, 1.0, 1.0])
    return _laid(frame, copy, weight.astype(np.float32))


def warped(frame, landmarks, rng):
    """Face warping artifacts: the face scaled down, blurred and warped back, as networks of fixed small size leave it.

    Args:
        frame, landmarks, rng: see the top of this file. No network is involved.
    Returns:
        (frame, weight).
    References:
        Li & Lyu, "Exposing deepfake videos by detecting face warping artifacts", CVPR workshops 2019, section 3.
    Lesson 10.
    """
    height, width = frame.shape[:2]
    aligned = align(frame, landmarks, int(rng.integers(48, 81)))
    small = cv2.GaussianBlur(aligned.image, (0, 0), 0.7)
    back = cv2.warpAffine(small, aligned.matrix, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REPLICATE)
    return _laid(frame, back, feather(hull(landmarks, (height, width)), percent=8))


def resampled(frame, landmarks, rng):
    """The face a few percent larger or smaller and slightly turned, as beauty filters do, resampled by cubic splines.

    Nothing is blurred on purpose; the traces of interpolation and a seam remain.

    Args:
        frame, landmarks, rng: see the top of this file.
    Returns:
        (frame, weight).
    References:
        Popescu & Farid, "Exposing digital forgeries by detecting traces of resampling", 2005.
    Lesson 10.
    """
    height, width = frame.shape[:2]
    sizes = (1.04, 1.12) if rng.random() < 0.5 else (0.90, 0.96)
    copy = cv2.warpAffine(frame, _nudge(landmarks, rng, sizes, 3.0, 0.01), (width, height), flags=cv2.INTER_CUBIC,
                          borderMode=cv2.BORDER_REPLICATE)
    return _laid(frame, copy, feather(hull(landmarks, (height, width)), percent=6))


def _laid(frame, copy, weight):
    return frame + weight[..., None] * (np.clip(copy, 0, 1).astype(np.float32) - frame), weight


def _nudge(landmarks, rng, sizes, degrees, shift):
    """A similarity [2, 3] about the face's middle; shift is a fraction of the face's height."""
    middle, tall = np.mean(landmarks, 0), np.ptp(landmarks[:, 1])
    turn, zoom = rng.uniform(-degrees, degrees), rng.uniform(*sizes)
    matrix = cv2.getRotationMatrix2D(tuple(float(v) for v in middle), turn, zoom)
    matrix[:, 2] += rng.uniform(-shift, shift, 2) * tall
    return matrix


def _bent(mask, rng):
    """A mask with its shape warped by a smooth random field and a soft edge inside it."""
    height, width = mask.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    reach = 0.06 * np.sqrt(mask.sum())
    bend = [cv2.resize(rng.normal(0, reach, (4, 4)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
            for _ in range(2)]
    shape = cv2.remap(mask, x + bend[0], y + bend[1], cv2.INTER_LINEAR, borderValue=0)
    return feather(shape, percent=rng.uniform(4, 20))
