"""What happens to a face before the network sees it: transforms, the warp and its target, colour. Lesson 02.

All take f32 RGB pictures [N, S, S, 3] in [0, 1] and a numpy Generator, and return new arrays.
"""
import cv2
import numpy as np

from course_lib.faces import umeyama
from course_lib.values import unit_range

COVERAGE = 160 / 256  # the warp looks at the middle 160 of 256 pixels, so that shifted nodes find picture around them
SIGMA = 5 / 256  # the standard deviation of a node's shift, as a share of the picture's side


def random_transform(images, rng, rotation=10.0, zoom=0.05, shift=0.05, flip=0.4):
    """Turns each picture by up to +-rotation degrees, zooms by +-zoom, shifts by +-shift of its side, may mirror it.

    Borders are repeated; flip is the chance of a mirror image. Returns f32 [N, S, S, 3]. Source: the random
    transform of deepfakes/faceswap. Lesson 02.
    """
    n, side = _check(images)
    turned = np.empty_like(images)
    angles, scales = rng.uniform(-rotation, rotation, n), rng.uniform(1 - zoom, 1 + zoom, n)
    shifts, mirrored = rng.uniform(-shift, shift, (n, 2)) * side, rng.random(n) < flip
    centre = ((side - 1) / 2, (side - 1) / 2)
    for k in range(n):
        matrix = cv2.getRotationMatrix2D(centre, angles[k], scales[k])
        matrix[:, 2] += shifts[k]
        image = cv2.warpAffine(images[k], matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
        turned[k] = image[:, ::-1] if mirrored[k] else image
    return turned


def warp_grid(side):
    """The 5 x 5 nodes of the warp in a picture of the given side: x and y in pixels, two arrays [5, 5]."""
    middle, half = side / 2, side * COVERAGE / 2
    return np.meshgrid(np.linspace(middle - half, middle + half, 5), np.linspace(middle - half, middle + half, 5))


def random_warp(images, rng, size=64, sigma=SIGMA):
    """The training pairs of the swap: (warped, target), both f32 [N, size, size, 3], from pictures [N, S, S, 3].

    A 5 x 5 grid over the middle 160/256 of the picture; every node is shifted by N(0, sigma S). The warped face is
    sampled along the shifted grid (resized to 5/4 size, its middle kept). The target is the same crop, undistorted,
    under the similarity that best takes the shifted nodes back to the regular ones: it moves with the warp as a
    whole, so that the network learns to undo the bend alone. With sigma = 0 the two are the same picture (the
    original leaves half a pixel between them). Raises ValueError for other shapes, or size not a multiple of 16.
    Source: random_warp of deepfakes/faceswap; Umeyama 1991. Lesson 02.
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
        back = umeyama(nodes.reshape(2, 25).T, regular)
        target[k] = cv2.warpAffine(images[k], back, (size, size), borderMode=cv2.BORDER_REPLICATE)
    return warped, target


def jitter(images, rng, rotation=4.0, zoom=0.03, shift=1 / 64):
    """Small random turns, zooms and shifts, as a landmark detector's errors give them; same shape. Lesson 02."""
    return random_transform(images, rng, rotation, zoom, shift, flip=0.0)


def shift_colour(images, like):
    """Adds to every picture, per channel, the mean of `like` minus the mean of the images; clipped to [0, 1].

    Done once to all pictures of A before training, so that the encoder cannot tell A from B by the overall colour.
    Both [N, S, S, 3]. Source: deepfakes/faceswap, train. Lesson 02.
    """
    _check(images)
    _check(like)
    return np.clip(images + (like.mean((0, 1, 2)) - images.mean((0, 1, 2))), 0, 1).astype(np.float32)


def _check(images):
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3 or images.dtype != np.float32:
        raise ValueError(f"pictures are float32 RGB [N, S, S, 3]; got {images.dtype} {images.shape}")
    unit_range(images, "the batch")
    return images.shape[0], images.shape[1]
