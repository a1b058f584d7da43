"""A table of numbers as a figure: every cell is coloured by its value, which is also written in it."""
import numpy as np
from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap

from .page import GREY, PALETTE, STYLE, WIDTH, Page


def matrix(values, rows, columns, title="", low=0.0, high=1.0, middle=None, form="{:.2f}", alt=""):
    """Numbers in rows and columns, blue above the middle and orange below it, white at it.

    Args:
        values: [R, C]; nan is shown as a dash.
        rows, columns: Their names.
        title: What to see.
        low, high: Values of the full colours.
        middle: Value that is white; half way when left out. For an AUC: 0.5.
        form: Format of a value.
        alt: The alternative text, by default the title and all values.
    Returns:
        A Figure.
    Raises:
        ValueError: Where the names do not fit the values.
    Lesson 11.
    """
    values = np.asarray(values, float)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"{values.shape} values have {len(rows)} names of rows and {len(columns)} of columns")
    middle = (low + high) / 2 if middle is None else middle
    shade = np.where(values >= middle, 0.5 + 0.5 * (values - middle) / max(high - middle, 1e-9),
                     0.5 - 0.5 * (middle - values) / max(middle - low, 1e-9))
    colours = LinearSegmentedColormap.from_list("", [PALETTE["orange"], "#ffffff", PALETTE["sky"]])
    text = [["–" if np.isnan(v) else form.format(v) for v in row] for row in values]
    with rc_context(STYLE):
        in_words = "; ".join(f"{name}: " + ", ".join(f"{c} {t}" for c, t in zip(columns, line, strict=True))
                             for name, line in zip(rows, text, strict=True))
        left, top, tall = 0.2 + 0.085 * max(map(len, rows)), 0.95, 0.26
        page = Page(WIDTH, top + tall * len(rows), title, alt or f"{title}. {in_words}")
        ax = page.axes(left, top, WIDTH - left - 0.1, tall * len(rows))
        ax.imshow(np.ma.masked_invalid(shade), cmap=colours, vmin=0, vmax=1, aspect="auto")
        for y, line in enumerate(text):
            for x, cell in enumerate(line):
                ax.text(x, y, cell, ha="center", va="center", size=9, color=GREY if cell == "–" else "black")
        ax.set(yticks=range(len(rows)), yticklabels=list(rows), xticks=range(len(columns)))
        ax.xaxis.tick_top()
        ax.set_xticklabels(list(columns), rotation=35, ha="left", rotation_mode="anchor")
        ax.tick_params(length=0)
        ax.grid(False)
        for side in ax.spines.values():
            side.set_visible(False)
    return page.figure
