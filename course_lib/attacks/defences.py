"""Defences that change the image before the detector sees it, and why they fail against who knows them. Lesson 13."""
import numpy as np

from course_lib.degradation import jpeg, median


def _each(images, change):
    return np.stack([change(image) for image in np.asarray(images, np.float32)])


def fewer_levels(images, bits=4):
    """Feature squeezing: the images with fewer levels of brightness.

    Args:
        images: f32 [N, H, W, 3] in [0, 1].
        bits: Of each value, 1 to 8.
    Returns:
        f32, the same shape.
    Raises:
        ValueError: For other bits.
    References:
        Xu, Evans & Qi 2018, "Feature squeezing", section III-A.
    Lesson 13.
    """
    if not 1 <= bits <= 8:
        raise ValueError(f"bits is {bits}; expected 1 to 8")
    top = 2**bits - 1
    return (np.round(np.clip(images, 0, 1) * top) / top).astype(np.float32)


DEFENCES = {
    "none": lambda images: np.asarray(images, np.float32),
    "4 bits": fewer_levels,
    "JPEG 60": lambda images: _each(np.clip(images, 0, 1), lambda image: jpeg(image, 60)),
    "median": lambda images: _each(np.clip(images, 0, 1), lambda image: median(image, 3)),
}


def squeezing_distance(score, images, defences=("4 bits", "median")):
    """Detects attacks: how far the score moves when the image is squeezed.

    The idea: an attack is fragile, a clean image is not. It is a second detector, and can be attacked like the first.

    Args:
        score: Function from images to P(fake) [N].
        images: f32 [N, H, W, 3].
        defences: Keys of DEFENCES.
    Returns:
        f64 [N], the largest change of P(fake).
    References:
        Xu, Evans & Qi 2018, section V (joint detection).
    Lesson 13.
    """
    plain = np.asarray(score(images), np.float64)
    return np.max([np.abs(np.asarray(score(DEFENCES[name](images))) - plain) for name in defences], axis=0)
