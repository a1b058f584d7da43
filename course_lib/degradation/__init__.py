"""What cameras, codecs and networks do to an image, every parameter recorded. Lessons 09, 10, 11 and 13."""

from .camera import PATTERNS, camera, colour_filter, demosaic, random_camera
from .chains import STEPS, degrade, first_order, in_words, second_order
from .laundering import LAUNDERERS, frame_rate, launder, median, recapture, sharpen
from .operations import FILTERS, KERNELS, blur, blur_kernel, h264, jpeg, noise, resize, video

__all__ = ["FILTERS", "KERNELS", "LAUNDERERS", "PATTERNS", "STEPS", "blur", "blur_kernel", "camera", "colour_filter",
           "degrade", "demosaic", "first_order", "frame_rate", "h264", "in_words", "jpeg", "launder", "median", "noise",
           "random_camera", "recapture", "resize", "second_order", "sharpen", "video"]
