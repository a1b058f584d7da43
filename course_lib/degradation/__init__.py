"""What cameras, codecs and networks do to an image, every parameter recorded. Lessons 09, 10, 11, 13 and 14."""

from .camera import PATTERNS, camera, colour_filter, demosaic, random_camera
from .chains import STEPS, degrade, first_order, in_words, second_order
from .operations import (
    FILTERS,
    KERNELS,
    blur,
    blur_kernel,
    crop,
    h264,
    jpeg,
    jpeg_bytes,
    noise,
    resize,
    rotate,
    video,
)

__all__ = ["FILTERS", "KERNELS", "PATTERNS", "STEPS", "blur", "blur_kernel", "camera", "colour_filter", "crop",
           "degrade", "demosaic", "first_order", "h264", "in_words", "jpeg", "jpeg_bytes", "noise", "random_camera",
           "resize", "rotate", "second_order", "video"]
