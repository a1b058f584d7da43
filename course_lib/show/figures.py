"""Images side by side, curves, bars and scatter plots, in one visual style.

Each function returns a Figure that shows itself, with its alternative text, when it is the last expression of a cell
(or by `display`). Titles say what to see. No line or bar is distinguished by colour alone.
"""

import math

import numpy as np
from matplotlib import rc_context
from matplotlib.ticker import LogLocator

from .page import COLOURS, DASHES, GREY, MARKERS, PALE, PALETTE, STYLE, WIDTH, Page


def grid(images, titles=None, rows=None, cols=None, title="", points=None, lines=None, size=None,
         alt=""):
    """Images in rows and columns, each under its own short title.

    Args:
        images: List or array of [H, W, 3] or [H, W] in [0, 1] (a single channel is shown in grey, black 0 and white 1).
        titles: One text per image.
        rows, cols: One of them, or neither (at most six columns).
        title: What to see, above the whole.
        points: List of [M, 2] (or None) in pixels, drawn on the images.
        lines: List of lists of [M, 2] (or None) in pixels, each drawn as one line.
        size: Width of one image in inches.
        alt: The alternative text, by default the title and the titles.
    Returns:
        A Figure.
    Raises:
        ValueError: For no images, or another number of titles.
    """
    images = list(images)
    if not images:
        raise ValueError("grid got no images: give at least one")
    cols = cols or (math.ceil(len(images) / rows) if rows else min(len(images), 6))
    titles = [str(t) for t in titles] if titles is not None else []
    if titles and len(titles) != len(images):
        raise ValueError(f"grid got {len(images)} images but {len(titles)} titles: give one for each")
    gap, label = 0.05, 0.17 * max((t.count("\n") + 1 for t in titles), default=0) + 0.05
    size = size or min(WIDTH / cols, 2.4) - gap
    tall = size * np.shape(images[0])[0] / np.shape(images[0])[1]
    alt = alt or ": ".join(t for t in (title, ", ".join(titles)) if t)
    with rc_context(STYLE):
        page = Page(cols * (size + gap), math.ceil(len(images) / cols) * (tall + label) + gap, title, alt)
        for k, image in enumerate(images):
            x, y = k % cols * (size + gap), k // cols * (tall + label)
            _show(page.axes(x, y + label, size, tall), image, points[k] if points is not None else None,
                  lines[k] if lines is not None else None)
            if titles:
                page.text(x + size / 2, y + label - 0.04, titles[k], size=9.5, ha="center", va="bottom")
    return page.figure


def strip(rows, titles=None, title="", alt="", height=None):
    """Rows of images without gaps, each row named at its left: for comparing images that stand above each other.

    Args:
        rows: Dict of name -> list or array of images [H, W, 3] or [H, W] of one size (or one such list without a name).
        titles: One text per column.
        title: What to see.
        alt: The alternative text, by default the title and the names.
        height: Of one row, in inches.
    Returns:
        A Figure.
    Raises:
        ValueError: For no images.
    """
    rows = rows if isinstance(rows, dict) else {"": rows}
    longest = max((len(images) for images in rows.values()), default=0)
    if not longest:
        raise ValueError("strip got no images: give at least one row with at least one")
    names = 0.16 + 0.08 * max(len(line) for name in rows for line in name.split("\n")) if any(rows) else 0.0
    first = next(images[0] for images in rows.values() if len(images))
    ratio = np.shape(first)[1] / np.shape(first)[0]
    height = height or min((WIDTH - names) / longest / ratio, 1.6)
    top, wide = 0.2 if titles is not None else 0.0, height * ratio
    with rc_context(STYLE):
        alt = alt or f"{title}. Rows: {', '.join(rows)}"
        page = Page(names + wide * longest, top + height * len(rows), title, alt)
        for k, (name, images) in enumerate(rows.items()):
            page.text(names - 0.08, top + (k + 0.5) * height, name, size=9.5, ha="right", va="center")
            if len(images):
                row = np.concatenate([_rgb(image) for image in images], 1)
                _show(page.axes(names, top + k * height, wide * len(images), height), row)
        for k, text in enumerate(titles if titles is not None else []):
            page.text(names + (k + 0.5) * wide, top - 0.04, str(text), size=9, ha="center", va="bottom")
    return page.figure


def curve(series, title="", x="step", y="loss", log=False, marks=None, alt="", height=2.8):
    """Lines over one axis, distinguished by colour, dash and name.

    Args:
        series: Dict of name -> values [N], or (x [N], values [N]); or one such line without a name. Values [runs, N]
            are shown as their mean, in a band from the lowest run to the highest.
        title: What to see.
        x, y: Labels of the axes.
        log: Whether the y axis is logarithmic.
        marks: Dict of name -> y value, thin horizontal lines for comparison.
        alt: The alternative text, by default the title and the names.
        height: Of the axes, in inches.
    Returns:
        A Figure.
    """
    series = series if isinstance(series, dict) else {"": series}
    with rc_context(STYLE):
        page = Page(WIDTH, height + 0.6, title, alt or title + ". Lines: " * any(series) + ", ".join(series))
        ax = page.axes(0.9, 0.05, WIDTH - 1.1, height)
        for k, (name, values) in enumerate(series.items()):
            xs, ys = values if isinstance(values, tuple) else (np.arange(np.shape(values)[-1]), values)
            if np.ndim(ys) == 2:
                ax.fill_between(xs, np.min(ys, 0), np.max(ys, 0), color=COLOURS[k % 8], alpha=0.12, linewidth=0)
                ys = np.mean(ys, 0)
            dots = MARKERS[k % 8] if len(ys) <= 12 else None
            ax.plot(xs, ys, color=COLOURS[k % 8], linestyle=DASHES[k % 8], marker=dots, label=name)
        for name, level in (marks or {}).items():
            ax.axhline(level, color=GREY, linewidth=1)
            anchor = dict(xy=(1, level), xycoords=("axes fraction", "data"))
            ax.annotate(name, ha="right", va="bottom", size=9, color=GREY, **anchor)
        ax.set(xlabel=x, ylabel=y, yscale="log" if log else "linear")
        if log:
            ax.yaxis.set_major_formatter("{x:g}")
            ax.yaxis.set_minor_formatter("{x:g}")
            if ax.get_ylim()[1] > 8 * ax.get_ylim()[0]:  # more labels would overlap
                ax.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
        if len(series) > 1:
            ax.legend()
    return page.figure


def bars(values, title="", x="", alt="", best=None, form="{:.1f}", intervals=None):
    """Horizontal bars with their values written out, in the order given.

    Args:
        values: Dict of name -> number.
        title: What to see.
        x: What is measured, with its unit.
        alt: The alternative text, by default the title and the values.
        best: Name of the bar to emphasise.
        form: Format of a value.
        intervals: Dict of name -> (low, high), drawn as lines; none when left out.
    Returns:
        A Figure.
    """
    with rc_context(STYLE):
        in_words = ", ".join(f"{name} {form.format(value)}" for name, value in values.items())
        if intervals:
            in_words = ", ".join(f"{name} {form.format(value)} ({form.format(intervals[name][0])} to "
                                 f"{form.format(intervals[name][1])})" for name, value in values.items())
        left, tall = 0.2 + 0.085 * max(map(len, values)), 0.34 * len(values)
        page = Page(WIDTH, tall + 0.55, title, alt or f"{title}. {in_words}")
        ax = page.axes(left, 0.05, WIDTH - left - 0.7, tall)
        for k, (name, value) in enumerate(values.items()):
            stressed = best in (None, name)
            kind = dict(color=COLOURS[0]) if stressed else dict(color=PALE, edgecolor=GREY, hatch="//")
            ax.barh(k, value, height=0.72, **kind)
            weight = "bold" if stressed else "normal"
            low, high = (intervals or {}).get(name, (value, value))
            if intervals:
                ax.plot([low, high], [k, k], color="black", linewidth=1.4, marker="|", markersize=7)
            ax.text(max(value, high, 0), k, " " + form.format(value), va="center", weight=weight)
        ax.set(yticks=range(len(values)), yticklabels=list(values), xlabel=x)
        ax.tick_params(axis="y", length=0)
        ax.grid(False)
        ax.invert_yaxis()
        ax.spines["left"].set_visible(False)
    return page.figure


def scatter(panels, title="", x="", y="", alt="", height=3.0, equal=False, identity=False):
    """Scatter plots side by side.

    Args:
        panels: Dict of panel title -> dict of name -> points [N, 2]; each group has its own colour and marker, every
            second one hollow. The first panel has a legend, and each whose groups are others.
        title: What to see.
        x, y: Labels of the axes.
        alt: The alternative text, by default the title and the panels.
        height: Of the axes, in inches.
        equal: One unit is as long on both axes, so that distances can be compared.
        identity: Both axes have one scale, with its numbers, and the line on which x = y is drawn, dashed.
    Returns:
        A Figure.
    """
    wide, first, left = WIDTH / len(panels), next(iter(panels.values())), 0.6 if identity else 0.35
    with rc_context(STYLE):
        page = Page(WIDTH, height + 0.6, title, alt or f"{title}. Panels: {', '.join(panels)}")
        for n, (name, groups) in enumerate(panels.items()):
            ax = page.axes(n * wide + left, 0.25, wide - left - 0.1, height)
            for k, (group, points) in enumerate(groups.items()):
                inside = "none" if k % 2 else COLOURS[k % 8]
                kind = dict(s=22, marker=MARKERS[k % 8], facecolor=inside, edgecolor=COLOURS[k % 8], alpha=0.85)
                ax.scatter(*np.asarray(points).T, label=group, **kind)
            ax.set_title(name, size=10, loc="left")
            ax.set(xlabel=x, ylabel=y)
            ax.tick_params(labelbottom=identity, labelleft=identity, length=0)
            if identity:
                ends = np.concatenate(list(groups.values()))
                low, high = ends.min() - 0.05 * np.ptp(ends), ends.max() + 0.05 * np.ptp(ends)
                ax.set(xlim=(low, high), ylim=(low, high))
                ax.axline((low, low), (high, high), color=GREY, linestyle="--", linewidth=1, zorder=0)
            if equal:
                ax.set_aspect("equal", "datalim")
            if not n or list(groups) != list(first):
                ax.legend(handletextpad=0.2)
    return page.figure


def differences(panels, title="", alt="", cols=3):
    """Panels of paired differences: a dot for each pair, a line for the interval of their mean, dashed at zero.

    Args:
        panels: Dict of panel title -> dict of row -> (differences [N], half of the interval of their mean); all panels
            have the same rows.
        title: What to see.
        alt: The alternative text, by default the title, the panels and the rows.
        cols: Panels in a row.
    Returns:
        A Figure.
    Lesson 05.
    """
    rows = list(next(iter(panels.values())))
    left, tall = 0.2 + 0.075 * max(map(len, rows)), 0.24 * len(rows)
    wide = (WIDTH - left) / cols
    with rc_context(STYLE):
        page = Page(WIDTH, math.ceil(len(panels) / cols) * (tall + 0.75), title, alt or
                    f"{title}. Panels: {', '.join(panels)}. Rows: {', '.join(rows)}")
        for n, (name, pairs) in enumerate(panels.items()):
            ax = page.axes(left + n % cols * wide, 0.3 + n // cols * (tall + 0.75), wide - 0.35, tall)
            for k, (values, half) in enumerate(pairs.values()):
                mean = np.mean(values)
                many = len(values) > 12  # dots that would hide the interval
                ax.plot([mean - half, mean + half], [k, k], color="black" if many else GREY, linewidth=3 if many else 2,
                        zorder=3 if many else 2)
                ax.plot(values, [k] * len(values), "o", color=COLOURS[0], markersize=5, alpha=0.2 if many else 0.7)
            ax.axvline(0, color=GREY, linestyle="--", linewidth=1)
            ax.set_title(name, size=10, loc="left")
            ax.set(ylim=(len(rows) - 0.5, -0.5), yticks=range(len(rows)), yticklabels=[] if n % cols else rows)
            ax.locator_params(axis="x", nbins=4)
            ax.tick_params(axis="y", length=0)
    return page.figure


def _rgb(image):
    image = np.asarray(image, np.float32)
    return np.clip(image if image.ndim == 3 else np.repeat(image[..., None], 3, -1), 0, 1)


def _show(ax, image, points=None, lines=None):
    ax.axis("off")
    ax.imshow(_rgb(image), interpolation="nearest" if len(image) <= 32 else "antialiased", aspect="auto")
    for line in lines if lines is not None else []:
        ax.plot(*np.asarray(line).T, color="#ffffff", linewidth=1.8)
        ax.plot(*np.asarray(line).T, color=PALETTE["blue"], linewidth=0.8)
    if points is not None:
        ax.plot(*np.asarray(points).T, ".", color="#ffffff", markersize=4.2)
        ax.plot(*np.asarray(points).T, ".", color=PALETTE["blue"], markersize=2.4)
    if points is not None or lines is not None:
        ax.set(xlim=(-0.5, len(image[0]) - 0.5), ylim=(len(image) - 0.5, -0.5))
