"""Proportions with their intervals, in small panels that share one axis."""
import math

from matplotlib import rc_context

from .page import COLOURS, DASHES, MARKERS, STYLE, WIDTH, Page


def proportions(panels, title="", alt="", cols=4, marks=None):
    """Panels of lines from 0 to 1 over levels, each value with its interval.

    Args:
        panels: Dict of panel title -> dict of line -> dict of level -> (value, low, high); the levels of a panel are
            evenly spaced, in their order.
        title: What to see.
        alt: The alternative text, by default the title and all values.
        cols: Panels in a row.
        marks: Heights of thin horizontal lines.
    Returns:
        A Figure.
    Lesson 14.
    """
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    in_words = "; ".join(f"{panel}, {name}: " + ", ".join(f"{level} {value[0]:.0%}" for level, value in line.items())
                         for panel, lines in panels.items() for name, line in lines.items())
    wide, tall, rows = WIDTH / cols, 1.5, math.ceil(len(panels) / cols)
    with rc_context(STYLE):
        page = Page(WIDTH, rows * (tall + 0.75) + 0.3, title, alt or f"{title}. {in_words}")
        for n, (panel, lines) in enumerate(panels.items()):
            ax = page.axes(0.62 + n % cols * (wide - 0.1), 0.3 + n // cols * (tall + 0.75), wide - 0.55, tall)
            for height in marks or ():
                ax.axhline(height, color="black", linewidth=0.8, linestyle=":")
            for name, line in lines.items():
                k, values = names.index(name), list(line.values())
                x = [place + 0.08 * (k - (len(names) - 1) / 2) for place in range(len(values))]
                kind = dict(color=COLOURS[k % 8], linestyle=DASHES[k % 8], marker=MARKERS[k % 8], markersize=5)
                ax.plot(x, [value[0] for value in values], label=name, **kind)
                ax.vlines(x, [value[1] for value in values], [value[2] for value in values], color=COLOURS[k % 8],
                          linewidth=1.2)
            levels = list(next(iter(lines.values())))
            ax.set(xticks=range(len(levels)), xticklabels=levels, ylim=(-0.04, 1.04), xlim=(-0.4, len(levels) - 0.6))
            ax.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"] if n % cols == 0 else [])
            ax.set_title(panel, size=10, loc="left")
        handles = {handle.get_label(): handle for axes in page.figure.axes for handle in axes.get_lines()
                   if not handle.get_label().startswith("_")}
        page.figure.legend(handles.values(), handles, ncols=len(names), loc="lower center", fontsize=10)
    return page.figure
