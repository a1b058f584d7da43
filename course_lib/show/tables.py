"""A table of numbers as colours, with every number written out."""
import numpy as np
from matplotlib import rc_context
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm

from .page import INK, PALETTE, STYLE, WIDTH, Page

WORDS = 80  # values that an alternative text lists


def heat_map(values, rows, columns, title="", alt="", low=None, high=None, form="{:.2f}", marked=(),
             middle=None):
    """A table whose cells are coloured by their values, each written out.

    The colours go from dark (low) to light (high), or, with a middle, from orange below it to blue above it.

    Args:
        values: [R, C]; nan stays white, with a dash.
        rows, columns: Names.
        title: What to see.
        alt: The alternative text, by default the title and all values; of more than WORDS, the least and the greatest.
        low, high: Values of the ends of the colours; the smallest and largest when left out.
        form: Format of a value.
        marked: Pairs (row, column) of cells that get a frame.
        middle: Value that is white, with orange below and blue above, between 0 and 1 unless low and high say
            otherwise; 0.5 for an AUC.
    Returns:
        A Figure.
    Raises:
        ValueError: When the names do not fit the table.
    """
    values, columns = np.asarray(values, float), list(columns)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"the table is {values.shape}; got names for {len(rows)} rows and {len(columns)} columns")
    low, high = [(fallback if middle is None else end) if given is None else given for given, fallback, end in
                 ((low, np.nanmin(values), 0.0), (high, np.nanmax(values), 1.0))]
    ends = [np.unravel_index(find(values), values.shape) for find in (np.nanargmin, np.nanargmax)]
    said = "; ".join(f"{word} {form.format(values[r, c])} at {rows[r]}, {columns[c]}"
                     for word, (r, c) in zip(("lowest", "highest"), ends, strict=True))
    if values.size <= WORDS:
        said = "; ".join(f"{name}: " + ", ".join(f"{column} {_written(value, form)}" for column, value in
                                                 zip(columns, line, strict=True))
                         for name, line in zip(rows, values, strict=True))
    left, tall = 0.2 + 0.085 * max(map(len, rows)), 0.32 * len(rows)
    slants = max(map(len, columns)) > 7
    beyond = 0.085 * len(columns[-1]) * slants - (WIDTH - left) / len(columns) / 2  # the last label, beside its column
    with rc_context(STYLE):
        page = Page(WIDTH, tall + 0.75, title, alt or f"{title}. {said}")
        ax = page.axes(left, 0.7, WIDTH - left - max(0.1, beyond), tall)
        if middle is None:
            ax.imshow(values, cmap="cividis", vmin=low, vmax=high, aspect="auto")
        else:
            sides = LinearSegmentedColormap.from_list("", [PALETTE["orange"], "#ffffff", PALETTE["sky"]])
            ax.imshow(values, cmap=sides, norm=TwoSlopeNorm(middle, low, high), aspect="auto")
        for (r, c), value in np.ndenumerate(values):
            dark = middle is None and value < (low + high) / 2
            ax.text(c, r, _written(value, form), ha="center", va="center", size=9, color="white" if dark else INK)
        for r, c in marked:
            ax.add_patch(_frame(r, c))
        ax.set(xticks=range(len(columns)), yticks=range(len(rows)), yticklabels=list(rows))
        ax.set_xticklabels(list(columns), **(dict(rotation=20, ha="left", rotation_mode="anchor") if slants else {}))
        ax.tick_params(length=0, labeltop=True, labelbottom=False)
        ax.grid(False)
        for side in ax.spines.values():
            side.set_visible(False)
    return page.figure


def _written(value, form):
    return form.format(value) if np.isfinite(value) else "–"


def _frame(row, column):
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, fill=False, edgecolor="#D55E00", linewidth=2.5)
