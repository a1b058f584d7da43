"""A plain canvas for widgets that must answer within a tenth of a second: pictures, text, lines, and out as a PNG.

matplotlib draws the course's figures and takes several times as long.
"""
import io
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from course_lib.show import GREY, INK, PALE, PALETTE

__all__ = ["GREY", "INK", "PALE", "PALETTE", "Canvas"]


@cache
def _font(size, bold):
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name), size)


class Canvas:
    """A white page of width x height pixels; places are (x, y) from its upper left corner."""

    def __init__(self, width, height):
        self.image = Image.new("RGB", (width, height), "white")
        self.draw = ImageDraw.Draw(self.image)

    def text(self, at, text, size=13, colour=INK, bold=False, anchor="la"):
        """Writes one line; anchor as in Pillow: "la" left and top, "mm" in the middle, "ra" right and top."""
        self.draw.text(at, text, fill=colour, font=_font(size, bold), anchor=anchor)

    def picture(self, at, image, side, frame=None, width=3):
        """Lays a picture, uint8 or f32 in [0, 1], [S, S, 3], with a coloured frame around it."""
        if np.asarray(image).dtype != np.uint8:
            image = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
        small = Image.fromarray(np.ascontiguousarray(image)).resize((side, side), Image.Resampling.BILINEAR)
        self.image.paste(small, tuple(int(v) for v in at))
        if frame:
            x, y = at
            self.draw.rectangle((x, y, x + side - 1, y + side - 1), outline=frame, width=width)

    def line(self, points, colour=INK, width=2):
        """A broken line through points (x, y)."""
        self.draw.line([tuple(map(float, p)) for p in points], fill=colour, width=width)

    def box(self, x, y, width, height, fill=None, outline=None):
        """A rectangle."""
        self.draw.rectangle((x, y, x + width, y + height), fill=fill, outline=outline)

    def dot(self, at, radius=5, colour=INK):
        """A disc with a white rim."""
        x, y = at
        for r, c in ((radius + 1.5, "white"), (radius, colour)):
            self.draw.ellipse((x - r, y - r, x + r, y + r), fill=c)

    def png(self):
        """The page as the bytes of a PNG file."""
        out = io.BytesIO()
        self.image.save(out, format="PNG", compress_level=1)
        return out.getvalue()
