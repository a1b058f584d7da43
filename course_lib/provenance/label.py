"""The visible label: the word "synthetic" on a plate in the lower left corner. Lesson 14."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from course_lib.values import unit_range

WORD = "synthetic"
HEIGHT = 0.055  # of the letters, as a fraction of the shorter side
SMALLEST = 9  # pixels, the smallest legible size of the letters
WIDTH = 0.7  # of the plate, at most, as a fraction of the image's width


def draw(image):
    """The image with the label on it.

    The label covers the lower left corner and never the middle half of the image. ValueError when the image is too
    narrow for the word (about 64 px).

    Args:
        image: f32 RGB [H, W, 3] in [0, 1].
    Returns:
        A copy.
    Lesson 14.
    """
    height, width = unit_range(image).shape[:2]
    plate = _plate(height, width)
    x0, y0, x1, y1 = box(height, width)
    out = image.copy()
    out[y0:y1, x0:x1] = 0.2 * out[y0:y1, x0:x1] * (1 - plate) + plate  # white on the darkened image
    return out


def box(height, width):
    """Where the label lies in an image of that size.

    A detector that is to learn from images, not from the label, leaves this area out.

    Args:
        height, width: Pixels.
    Returns:
        (x0, y0, x1, y1) in pixels, the last two exclusive.
    Lesson 14.
    """
    high, wide = _plate(height, width).shape[:2]
    return 0, height - high, wide, height


@lru_cache(16)
def _plate(height, width):
    """The word in white on black, f32 [h, w, 1]."""
    size = max(SMALLEST, round(HEIGHT * min(height, width)))
    font = ImageFont.load_default(size)
    while size > SMALLEST and font.getlength(WORD) + size > WIDTH * width:
        size -= 1
        font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(WORD)
    edge = max(1, size // 5)
    wide, high = int(right - left) + 2 * edge, int(bottom - top) + 2 * edge
    if wide > width or high > height // 4:
        raise ValueError(f"an image of {width} x {height} pixels is too small for the label {WORD!r}, which needs "
                         f"{wide} x {4 * high}; enlarge it first")
    plate = Image.new("L", (wide, high))
    ImageDraw.Draw(plate).text((edge - left, edge - top), WORD, fill=255, font=font)
    return np.asarray(plate, np.float32)[..., None] / 255
