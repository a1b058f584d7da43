"""The visible label: the word "synthetic" on a plate in the lower left corner. Lesson 14."""

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WORD = "synthetic"
HEIGHT = 0.055  # of the letters, as a share of the shorter side
SMALLEST = 9  # pixels of the letters' size, the least that can be read
WIDTH = 0.7  # the most that the plate takes of the picture's width


def draw(image):
    """The picture with the label on it.

    image: f32 RGB [H, W, 3] in [0, 1]. Returns a copy. The label takes the lower left corner and never the middle
    half of the picture. Raises ValueError when the picture is too narrow for the word (about 64 px). Lesson 14.
    """
    height, width = image.shape[:2]
    plate = _plate(height, width)
    x0, y0, x1, y1 = box(height, width)
    out = image.copy()
    out[y0:y1, x0:x1] = 0.2 * out[y0:y1, x0:x1] * (1 - plate) + plate  # white on what shows darkly through
    return out


def box(height, width):
    """Where the label lies in a picture of that size: x0, y0, x1, y1 in pixels, the last two exclusive.

    A detector that is to learn from pictures, not from the label, leaves this out. Lesson 14.
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
        raise ValueError(f"a picture of {width} x {height} pixels is too small for the label {WORD!r}, which needs "
                         f"{wide} x {4 * high}; enlarge it first")
    plate = Image.new("L", (wide, high))
    ImageDraw.Draw(plate).text((edge - left, edge - top), WORD, fill=255, font=font)
    return np.asarray(plate, np.float32)[..., None] / 255
