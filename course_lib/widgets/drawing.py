"""A plain canvas for widgets that must answer within a tenth of a second: pictures, text and lines, as a PNG.

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
    """A white page; positions are (x, y) from its upper left corner.

    Args:
        width, height: pixels.
    """

    def __init__(self, width, height):
        self.image = Image.new("RGB", (width, height), "white")
        self.draw = ImageDraw.Draw(self.image)

    def text(self, at, text, size=13, colour=INK, bold=False, anchor="la"):
        """Write one line.

        Args:
            at: (x, y).
            text: the line.
            size: of the font, pixels.
            colour: a Pillow colour.
            bold: whether the font is bold.
            anchor: as in Pillow: "la" left and top, "mm" in the middle, "ra" right and top.
        """
        self.draw.text(at, text, fill=colour, font=_font(size, bold), anchor=anchor)

    def picture(self, at, image, side, frame=None, width=3):
        """Draw an image.

        Args:
            at: (x, y) of its upper left corner.
            image: uint8 or f32 in [0, 1], [S, S, 3].
            side: pixels on the page.
            frame: colour of a frame, or None.
            width: of the frame, pixels.
        """
        if np.asarray(image).dtype != np.uint8:
            image = (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
        scaled = Image.fromarray(np.ascontiguousarray(image)).resize((side, side), Image.Resampling.BILINEAR)
        self.image.paste(scaled, tuple(int(v) for v in at))
        if frame:
            x, y = at
            self.draw.rectangle((x, y, x + side - 1, y + side - 1), outline=frame, width=width)

    def line(self, points, colour=INK, width=2):
        """Draw a polyline.

        Args:
            points: [N, 2].
            colour: a Pillow colour.
            width: pixels.
        """
        self.draw.line([tuple(map(float, p)) for p in points], fill=colour, width=width)

    def box(self, x, y, width, height, fill=None, outline=None):
        """Draw a rectangle.

        Args:
            x, y, width, height: pixels.
            fill, outline: Pillow colours, or None.
        """
        self.draw.rectangle((x, y, x + width, y + height), fill=fill, outline=outline)

    def dot(self, at, radius=5, colour=INK):
        """Draw a disc with a white rim.

        Args:
            at: (x, y) of its centre.
            radius: pixels.
            colour: a Pillow colour.
        """
        x, y = at
        for r, c in ((radius + 1.5, "white"), (radius, colour)):
            self.draw.ellipse((x - r, y - r, x + r, y + r), fill=c)

    def png(self):
        """Encode the page.

        Returns:
            The bytes of a PNG.
        """
        out = io.BytesIO()
        self.image.save(out, format="PNG", compress_level=1)
        return out.getvalue()
