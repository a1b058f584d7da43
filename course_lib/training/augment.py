"""Augmentation of faces: random transforms, the random warp and its target, colour shift. Lesson 02."""
import cv2
import numpy as np

from course_lib.faces import umeyama
from course_lib.values import unit_range

COVERAGE = 160 / 256  # the warp looks at the middle 160 of 256 pixels, so that shifted nodes stay inside the image
SIGMA = 5 / 256  # the standard deviation of a node's shift, as a fraction of the image's side


def random_transform(images, rng, rotation=10.0, zoom=0.05, shift=0.05, flip=0.4):
    """Rotates, zooms, shifts and mirrors each image at random; borders are repeated.

    Args:
        images: f32 RGB [N, S, S, 3] in [0, 1].
        rng: numpy Generator.
        rotation: largest angle, degrees.
        zoom: largest change of scale.
        shift: largest shift, as a fraction of the side.
        flip: probability of a mirror image.
    Returns:
        f32 [N, S, S, 3], new arrays.
    References:
        deepfakes/faceswap, random_transform.
    Lesson 02.
    """
    n, side = _check(images)
    transformed = np.empty_like(images)
    angles, scales = rng.uniform(-rotation, rotation, n), rng.uniform(1 - zoom, 1 + zoom, n)
    shifts, mirrored = rng.uniform(-shift, shift, (n, 2)) * side, rng.random(n) < flip
    centre = ((side - 1) / 2, (side - 1) / 2)
    for k in range(n):
        matrix = cv2.getRotationMatrix2D(centre, angles[k], scales[k])
        matrix[:, 2] += shifts[k]
        image = cv2.warpAffine(images[k], matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
        transformed[k] = image[:, ::-1] if mirrored[k] else image
    return transformed


def warp_grid(side):
    """The 5 x 5 nodes of the random warp, before they are shifted.

    Args:
        side: of the images, pixels.
    Returns:
        (x, y) in pixels, two arrays [5, 5].
    Lesson 02.
    """
    middle, half = side / 2, side * COVERAGE / 2
    return np.meshgrid(np.linspace(middle - half, middle + half, 5), np.linspace(middle - half, middle + half, 5))


def random_warp(images, rng, size=64, sigma=SIGMA):
    """The training pairs of the swap: warped faces and their undistorted targets.

    The nodes of a 5 x 5 grid over the middle 160/256 of the image are shifted by N(0, sigma S). The warped face is
    sampled along the shifted grid (resized to 5/4 size, its middle kept). The target is the same crop under the
    similarity transform that best maps the shifted nodes back to the regular ones: it moves with the warp as a whole,
    so that the network learns to undo the distortion alone. With sigma = 0 the two are equal (the original leaves half
    a pixel between them).

    Args:
        images: f32 RGB [N, S, S, 3] in [0, 1].
        rng: numpy Generator.
        size: side of the pairs, a multiple of 16.
        sigma: standard deviation of a node's shift, as a fraction of S.
    Returns:
        (warped, target), f32 [N, size, size, 3] each.
    Raises:
        ValueError: for another shape or size.
    References:
        deepfakes/faceswap, random_warp; Umeyama 1991.
    Lesson 02.
    """
    n, side = _check(images)
    if size % 16 or size < 16:
        raise ValueError(f"the warp makes faces whose side is a multiple of 16; got size={size}")
    x, y = warp_grid(side)
    shifts = rng.normal(0, sigma * side, (2, n, 5, 5))
    regular = np.stack(np.meshgrid(np.arange(5), np.arange(5)), -1).reshape(25, 2) * (size / 4) - 0.5
    full, edge = size * 5 // 4, size // 8
    keep = slice(edge, edge + size)
    warped, target = (np.empty((n, size, size, 3), np.float32) for _ in range(2))
    for k in range(n):
        nodes = np.stack([x + shifts[0, k], y + shifts[1, k]])
        column, row = (cv2.resize(m.astype(np.float32), (full, full))[keep, keep] for m in nodes)
        warped[k] = cv2.remap(images[k], column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        matrix = umeyama(nodes.reshape(2, 25).T, regular)
        target[k] = cv2.warpAffine(images[k], matrix, (size, size), borderMode=cv2.BORDER_REPLICATE)
    return warped, target


def jitter(images, rng, rotation=4.0, zoom=0.03, shift=1 / 64):
    """Jitter: small random rotations, zooms and shifts, like a landmark detector's errors.

    Args:
        images, rng, rotation, zoom, shift: as for random_transform.
    Returns:
        f32 [N, S, S, 3], new arrays.
    Lesson 02.
    """
    return random_transform(images, rng, rotation, zoom, shift, flip=0.0)


def shift_colour(images, like):
    """Adds one colour to all images, so that their mean equals that of `like`; clipped to [0, 1].

    Applied once to all images of A before training, so that the encoder cannot tell A from B by the mean colour.

    Args:
        images, like: f32 RGB [N, S, S, 3] in [0, 1].
    Returns:
        f32 [N, S, S, 3].
    References:
        deepfakes/faceswap, train.
    Lesson 02.
    """
    _check(images)
    _check(like)
    return np.clip(images + (like.mean((0, 1, 2)) - images.mean((0, 1, 2))), 0, 1).astype(np.float32)


def _check(images):
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3 or images.dtype != np.float32:
        raise ValueError(f"images are float32 RGB [N, S, S, 3]; got {images.dtype} {images.shape}")
    unit_range(images, "the batch")
    return images.shape[0], images.shape[1]
