"""What cameras, codecs and networks do to an image, every parameter recorded. Lessons 09, 10, 11 and 13."""

from .camera import PATTERNS, camera, colour_filter, demosaic, random_camera
from .chains import STEPS, degrade, first_order, in_words, second_order
from .operations import FILTERS, KERNELS, blur, blur_kernel, h264, jpeg, noise, resize, video

__all__ = ["FILTERS", "KERNELS", "PATTERNS", "STEPS", "blur", "blur_kernel", "camera", "colour_filter", "degrade",
           "demosaic", "first_order", "h264", "in_words", "jpeg", "noise", "random_camera", "resize", "second_order",
           "video"]
