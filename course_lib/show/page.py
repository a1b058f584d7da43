"""The style of all figures, and the page on which their axes are placed.

Colours are Okabe and Ito's, which colour-blind people can distinguish.
"""

import base64
import html
import io

from matplotlib import rc_context
from matplotlib.figure import Figure

INK, GREY, PALE = "#1b1f24", "#6e7781", "#e6e8eb"
PALETTE = {
    "blue": "#0072B2", "orange": "#E69F00", "green": "#009E73", "red": "#D55E00",
    "sky": "#56B4E9", "pink": "#CC79A7", "yellow": "#F0E442", "ink": INK,
}  # fmt: skip
COLOURS = list(PALETTE.values())
DASHES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2)), (0, (8, 3)), (0, (3, 1, 1, 1))]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]
WIDTH = 9.0  # inches; the text column of a notebook
STYLE = {
    "font.family": "DejaVu Sans", "font.size": 10, "text.color": INK, "axes.edgecolor": GREY, "axes.labelcolor": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10, "axes.grid": True, "grid.color": PALE,
    "axes.axisbelow": True, "xtick.color": INK, "ytick.color": INK, "lines.linewidth": 2.2, "legend.frameon": False,
    "figure.facecolor": "white", "savefig.facecolor": "white",
}  # fmt: skip


def use_style():
    """Apply the course's style to what is drawn with matplotlib's own functions."""
    import matplotlib
    from cycler import cycler

    matplotlib.rcParams.update(STYLE)
    matplotlib.rcParams["axes.prop_cycle"] = cycler(color=COLOURS) + cycler(linestyle=DASHES)


class Picture(Figure):
    """A Figure that a notebook shows once, at double resolution, with alternative text for screen readers."""

    alt = ""

    def png(self, dpi=150):
        """The figure as a PNG file.

        Args:
            dpi: Dots per inch.
        Returns:
            Its bytes.
        """
        out = io.BytesIO()
        with rc_context(STYLE):
            self.savefig(out, format="png", dpi=dpi, pil_kwargs={"compress_level": 1})  # faster by half than 6
        return out.getvalue()

    def _ipython_display_(self):
        from IPython.display import display

        display(Png(self.png(), self.alt, round(self.get_figwidth() * 96)))


class Png:
    """A PNG with alternative text, as a notebook's result; JupyterLab drops the text that IPython's Image sends along.

    Args:
        data: The bytes of the file.
        alt: The alternative text.
        width: Pixels; the image's own when left out.
    """

    def __init__(self, data, alt, width=None):
        self.data, self.alt, self.width = data, alt, width

    def __repr__(self):
        return f"[figure: {self.alt}]"

    def _repr_html_(self):
        data, wide = base64.b64encode(self.data).decode(), f'width="{self.width}" ' * bool(self.width)
        return (f'<img alt="{html.escape(self.alt, quote=True)}" {wide}style="max-width:100%" '
                f'src="data:image/png;base64,{data}">')


class Page:
    """A Picture with a bold title at the left, on which axes are placed in inches from the corner below the title.

    Args:
        width, height: Inches, of what lies below the title; a long title widens the page.
        title: What to see.
        alt: The alternative text, by default the title.
    """

    def __init__(self, width, height, title, alt):
        lines = title.split("\n") if title else []
        self.width = max([width, *(0.118 * len(line) for line in lines)])
        self.head = 0.14 + 0.23 * len(lines) if lines else 0.04
        self.height = height + self.head
        self.figure = Picture(figsize=(self.width, self.height))
        self.figure.alt = (alt or title).replace("\n", " ")
        if lines:
            self.text(0.03, 0.05 - self.head, title, size=12.5, weight="bold", va="top")

    def axes(self, x, y, width, height):
        """New axes.

        Args:
            x, y, width, height: Inches, y downwards.
        Returns:
            matplotlib Axes.
        """
        box = (x / self.width, 1 - (y + height + self.head) / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box)

    def text(self, x, y, text, **kind):
        """Text at a point.

        Args:
            x, y: Inches, y downwards.
            text: What to write.
        """
        self.figure.text(x / self.width, 1 - (y + self.head) / self.height, text, **kind)
