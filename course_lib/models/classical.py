"""Restoration that was never trained: what every learned method has to beat. Lesson 09."""
import cv2
import numpy as np

from course_lib.values import unit_range

METHODS = ("bicubic", "unsharp", "non-local means")


def classical(pictures, scale=1, method="bicubic"):
    """Pictures enlarged and made clearer by rule: f32 of `scale` times the side, in [0, 1].

    pictures: f32 RGB [H, W, 3] or [N, H, W, 3] in [0, 1]. scale: a number from 1 on. method: "bicubic", interpolation
    by cubic polynomials and nothing else (Keys 1981); "unsharp", after it half of what a blur of 1.5 pixels takes away
    is added once more; "non-local means", each pixel is first replaced by the mean of those whose surroundings look
    alike, as far as the picture's own noise asks for (Buades, Coll & Morel 2005, equation 3, as OpenCV has it), then
    enlarged and made sharp. Raises ValueError for another shape, scale or method. Lesson 09.
    """
    pictures = np.asarray(pictures)
    if pictures.ndim == 4:
        return np.stack([classical(picture, scale, method) for picture in pictures])
    if pictures.ndim != 3 or pictures.shape[2] != 3 or pictures.dtype.kind != "f":
        raise ValueError("classical wants float RGB pictures [H, W, 3] or [N, H, W, 3] in [0, 1]; got "
                         f"{pictures.dtype} {pictures.shape}")
    if method not in METHODS or not scale >= 1:
        raise ValueError(f"method {method!r} and scale {scale!r}: expected one of {', '.join(METHODS)} and at least 1")
    picture = unit_range(pictures).astype(np.float32)
    if method == "non-local means":
        strength = 1.2 * 255 * noise_of(picture)
        levels = (picture.clip(0, 1) * 255 + 0.5).astype(np.uint8)
        picture = cv2.fastNlMeansDenoisingColored(levels, None, strength, strength, 5, 15).astype(np.float32) / 255
    height, width = picture.shape[:2]
    picture = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_CUBIC)
    if method != "bicubic":
        picture = picture + 0.5 * (picture - cv2.GaussianBlur(picture, (0, 0), 1.5))
    return picture.clip(0, 1)


def noise_of(picture):
    """The standard deviation of the noise in a picture [H, W, 3], estimated from it alone.

    A mask of 3 x 3 that is blind to slopes and edges, and the median of what it leaves, so that texture counts little.
    Source: Immerkaer 1996, Fast Noise Variance Estimation, with the median for the mean. Lesson 09.
    """
    blind = np.float32([[1, -2, 1], [-2, 4, -2], [1, -2, 1]])
    left = cv2.filter2D(np.asarray(picture, np.float32), -1, blind)[1:-1, 1:-1]
    return float(np.median(np.abs(left)) / 0.6745 / 6)
