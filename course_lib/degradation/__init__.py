"""What cameras, codecs and networks do to an image, every parameter recorded. Lessons 09, 10 and 13."""

from .chains import STEPS, degrade, first_order, in_words, second_order
from .operations import FILTERS, KERNELS, blur, blur_kernel, h264, jpeg, noise, resize, video

__all__ = ["FILTERS", "KERNELS", "STEPS", "blur", "blur_kernel", "degrade", "first_order", "h264", "in_words", "jpeg",
           "noise", "resize", "second_order", "video"]
