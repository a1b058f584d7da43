"""A table of numbers as colours, with every number written out."""
import numpy as np
from matplotlib import rc_context

from .page import INK, STYLE, WIDTH, Page


def heat_map(values, rows, columns, title="", alt="", low=None, high=None, form="{:.2f}", marked=()):
    """A table whose cells are coloured by their values, from dark (low) to light (high), each written out.

    Args:
        values: [R, C]; nan stays white.
        rows, columns: Names.
        title: What to see.
        alt: The alternative text, by default the title and the smallest and largest value with their places.
        low, high: Values of the ends of the colours; the smallest and largest when left out.
        form: Format of a value.
        marked: Pairs (row, column) of cells that get a frame.
    Returns:
        A Figure.
    Raises:
        ValueError: When the names do not fit the table.
    """
    values = np.asarray(values, float)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"the table is {values.shape}; got names for {len(rows)} rows and {len(columns)} columns")
    low = np.nanmin(values) if low is None else low
    high = np.nanmax(values) if high is None else high
    ends = [np.unravel_index(find(values), values.shape) for find in (np.nanargmin, np.nanargmax)]
    said = "; ".join(f"{word} {form.format(values[r, c])} at {rows[r]}, {columns[c]}"
                     for word, (r, c) in zip(("lowest", "highest"), ends, strict=True))
    left, tall = 0.2 + 0.085 * max(map(len, rows)), 0.32 * len(rows)
    with rc_context(STYLE):
        page = Page(WIDTH, tall + 0.75, title, alt or f"{title}. {said}")
        ax = page.axes(left, 0.7, WIDTH - left - 0.1, tall)
        ax.imshow(values, cmap="cividis", vmin=low, vmax=high, aspect="auto")
        for (r, c), value in np.ndenumerate(values):
            if np.isfinite(value):
                dark = value < (low + high) / 2
                ax.text(c, r, form.format(value), ha="center", va="center", size=9, color="white" if dark else INK)
        for r, c in marked:
            ax.add_patch(_frame(r, c))
        ax.set(xticks=range(len(columns)), yticks=range(len(rows)), yticklabels=list(rows))
        slanted = dict(rotation=20, ha="left", rotation_mode="anchor") if max(map(len, columns)) > 7 else {}
        ax.set_xticklabels(list(columns), **slanted)
        ax.tick_params(length=0, labeltop=True, labelbottom=False)
        ax.grid(False)
        for side in ax.spines.values():
            side.set_visible(False)
    return page.figure


def _frame(row, column):
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, fill=False, edgecolor="#D55E00", linewidth=2.5)
