"""What cameras, codecs and networks do to an image, every parameter recorded. Lessons 09, 10, 11, 13 and 14."""

from .camera import PATTERNS, camera, colour_filter, demosaic, random_camera
from .chains import STEPS, degrade, first_order, in_words, second_order
from .coding import h264, h264_bytes, video
from .laundering import LAUNDERERS, frame_rate, launder, median, recapture, sharpen
from .operations import (
    FILTERS,
    KERNELS,
    blur,
    blur_kernel,
    crop,
    jpeg,
    jpeg_bytes,
    noise,
    resize,
    rotate,
)

__all__ = ["FILTERS", "KERNELS", "LAUNDERERS", "PATTERNS", "STEPS", "blur", "blur_kernel", "camera", "colour_filter",
           "crop", "degrade", "demosaic", "first_order", "frame_rate", "h264", "h264_bytes", "in_words", "jpeg",
           "jpeg_bytes", "launder", "median", "noise", "random_camera", "recapture", "resize", "rotate",
           "second_order", "sharpen", "video"]
