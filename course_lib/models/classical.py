"""Restoration without training: the baselines that every learned method has to beat. Lesson 09."""
import cv2
import numpy as np

from course_lib.values import unit_range

METHODS = ("bicubic", "unsharp", "non-local means")


def classical(images, scale=1, method="bicubic"):
    """Enlarges and sharpens images by a fixed rule.

    "bicubic" interpolates by cubic polynomials (Keys 1981) and does nothing else. "unsharp" then adds half of what a
    blur of 1.5 pixels takes away. "non-local means" first replaces each pixel by the mean of those with similar
    surroundings, as strongly as the image's own noise asks for, then enlarges and sharpens.

    Args:
        images: f32 RGB [H, W, 3] or [N, H, W, 3] in [0, 1].
        scale: factor of the side, at least 1.
        method: one of METHODS.
    Returns:
        f32 of scale times the side, in [0, 1].
    Raises:
        ValueError: for another shape, scale or method.
    References:
        Buades, Coll & Morel 2005, A Non-Local Algorithm for Image Denoising, equation 3, as OpenCV implements it.
    Lesson 09.
    """
    images = np.asarray(images)
    if images.ndim == 4:
        return np.stack([classical(image, scale, method) for image in images])
    if images.ndim != 3 or images.shape[2] != 3 or images.dtype.kind != "f":
        raise ValueError("classical wants float RGB images [H, W, 3] or [N, H, W, 3] in [0, 1]; got "
                         f"{images.dtype} {images.shape}")
    if method not in METHODS or not scale >= 1:
        raise ValueError(f"method {method!r} and scale {scale!r}: expected one of {', '.join(METHODS)} and at least 1")
    image = unit_range(images).astype(np.float32)
    if method == "non-local means":
        strength = 1.2 * 255 * noise_std(image)
        levels = (image.clip(0, 1) * 255 + 0.5).astype(np.uint8)
        image = cv2.fastNlMeansDenoisingColored(levels, None, strength, strength, 5, 15).astype(np.float32) / 255
    height, width = image.shape[:2]
    image = cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_CUBIC)
    if method != "bicubic":
        image = image + 0.5 * (image - cv2.GaussianBlur(image, (0, 0), 1.5))
    return image.clip(0, 1)


def noise_std(image):
    """Estimates the standard deviation of the noise in an image from the image alone.

    A 3 x 3 filter that is zero on slopes and straight edges leaves the noise; the median of its absolute response
    counts texture little.

    Args:
        image: [H, W, 3] in [0, 1].
    Returns:
        A number, in units of the image.
    References:
        Immerkaer 1996, Fast Noise Variance Estimation, with the median in place of the mean.
    Lesson 09.
    """
    laplacian = np.float32([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    response = cv2.filter2D(np.asarray(image, np.float32), -1, laplacian)[1:-1, 1:-1]
    return float(np.median(np.abs(response)) / 0.6745 / 6)
