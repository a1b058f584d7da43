"""Pictures side by side, curves, bars and clouds of points, in one visual voice.

Each function returns a Figure that shows itself, with its alternative text, when it is the last thing in a cell
(or by `display`). Titles say what to see. Colours are Okabe and Ito's, which colour-blind people can tell apart, and
no line or bar is told from another by colour alone.
"""

import base64
import html
import io
import math

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

INK, GREY, PALE = "#1b1f24", "#6e7781", "#e6e8eb"
PALETTE = {
    "blue": "#0072B2", "orange": "#E69F00", "green": "#009E73", "red": "#D55E00",
    "sky": "#56B4E9", "pink": "#CC79A7", "yellow": "#F0E442", "ink": INK,
}  # fmt: skip
COLOURS = list(PALETTE.values())
DASHES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 2)), (0, (8, 3)), (0, (3, 1, 1, 1))]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]
HATCHES = ["", "//", "..", "xx", "\\\\", "++", "oo", "--"]
# one colour a part: background, skin, eyes, mouth, hair, clothes, lips, glasses
LABEL_COLOURS = np.array(
    [[.93, .94, .95], [.90, .62, 0], [.34, .71, .91], [.35, .05, .10], [.33, .34, .36], [0, .45, .70], [.84, .37, 0],
     [0, .62, .45]], np.float32
)  # fmt: skip
WIDTH = 9.0  # inches; the text column of a notebook
_STYLE = {
    "font.family": "DejaVu Sans", "font.size": 10, "text.color": INK, "axes.edgecolor": GREY, "axes.labelcolor": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10, "axes.grid": True, "grid.color": PALE,
    "axes.axisbelow": True, "xtick.color": INK, "ytick.color": INK, "lines.linewidth": 2.2, "legend.frameon": False,
    "figure.facecolor": "white", "savefig.facecolor": "white",
}  # fmt: skip


def use_style():
    """Gives the course's style to what is drawn with matplotlib's own functions."""
    import matplotlib
    from cycler import cycler

    matplotlib.rcParams.update(_STYLE)
    matplotlib.rcParams["axes.prop_cycle"] = cycler(color=COLOURS) + cycler(linestyle=DASHES)


class Picture(Figure):
    """A Figure that a notebook shows once, at double resolution, with alternative text for screen readers."""

    alt = ""

    def png(self, dpi=150):
        """The figure as the bytes of a PNG file."""
        out = io.BytesIO()
        with rc_context(_STYLE):
            self.savefig(out, format="png", dpi=dpi, pil_kwargs={"compress_level": 1})  # faster by half than 6
        return out.getvalue()

    def _ipython_display_(self):
        from IPython.display import display

        display(Png(self.png(), self.alt, round(self.get_figwidth() * 96)))


class Png:
    """The bytes of a PNG with alternative text, as a notebook's result; width in pixels, its own when left out.

    JupyterLab drops the text that IPython's Image sends along.
    """

    def __init__(self, data, alt, width=None):
        self.data, self.alt, self.width = data, alt, width

    def __repr__(self):
        return f"[figure: {self.alt}]"

    def _repr_html_(self):
        data, wide = base64.b64encode(self.data).decode(), f'width="{self.width}" ' * bool(self.width)
        return (f'<img alt="{html.escape(self.alt, quote=True)}" {wide}style="max-width:100%" '
                f'src="data:image/png;base64,{data}">')


class _Page:
    """A Picture with a bold title at the left, on which axes are placed in inches from the corner below the title."""

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
        box = (x / self.width, 1 - (y + height + self.head) / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(box)

    def text(self, x, y, text, **kind):
        self.figure.text(x / self.width, 1 - (y + self.head) / self.height, text, **kind)


def grid(images, titles=None, rows=None, cols=None, title="", points=None, size=None, alt=""):
    """Pictures in rows and columns, each under its own short title.

    images: list or array of [H, W, 3] or [H, W] in [0, 1] (one plane is shown in grey, black 0 and white 1).
    titles: one text a picture. rows, cols: one of them, or neither (at most six columns). title: what to see, above
    the whole. points: list of [M, 2] (or None) in pixels, drawn on the pictures. size: width of one picture in
    inches. alt: the alternative text, by default the title and the titles. Returns a Figure.
    """
    images = list(images)
    if not images:
        raise ValueError("grid got no pictures: give at least one")
    cols = cols or (math.ceil(len(images) / rows) if rows else min(len(images), 6))
    titles = [str(t) for t in titles] if titles is not None else []
    if titles and len(titles) != len(images):
        raise ValueError(f"grid got {len(images)} pictures but {len(titles)} titles: give one for each")
    gap, label = 0.05, 0.17 * max((t.count("\n") + 1 for t in titles), default=0) + 0.05
    size = size or min(WIDTH / cols, 2.4) - gap
    tall = size * np.shape(images[0])[0] / np.shape(images[0])[1]
    alt = alt or ": ".join(t for t in (title, ", ".join(titles)) if t)
    with rc_context(_STYLE):
        page = _Page(cols * (size + gap), math.ceil(len(images) / cols) * (tall + label) + gap, title, alt)
        for k, image in enumerate(images):
            x, y = k % cols * (size + gap), k // cols * (tall + label)
            _show(page.axes(x, y + label, size, tall), image, points[k] if points is not None else None)
            if titles:
                page.text(x + size / 2, y + label - 0.04, titles[k], size=9.5, ha="center", va="bottom")
    return page.figure


def strip(rows, titles=None, title="", alt="", height=None):
    """Rows of pictures without gaps, each row named at its left: for comparing what stands above each other.

    rows: dict of name -> list or array of pictures [H, W, 3] or [H, W] of one size (or one such list without a name).
    titles: one text a column. title: what to see. height: of one row in inches. Returns a Figure.
    """
    rows = rows if isinstance(rows, dict) else {"": rows}
    most = max((len(pictures) for pictures in rows.values()), default=0)
    if not most:
        raise ValueError("strip got no pictures: give at least one row with at least one")
    names = 0.16 + 0.08 * max(len(line) for name in rows for line in name.split("\n")) if any(rows) else 0.0
    first = next(pictures[0] for pictures in rows.values() if len(pictures))
    ratio = np.shape(first)[1] / np.shape(first)[0]
    height = height or min((WIDTH - names) / most / ratio, 1.6)
    top, wide = 0.2 if titles is not None else 0.0, height * ratio
    with rc_context(_STYLE):
        alt = alt or f"{title}. Rows: {', '.join(rows)}"
        page = _Page(names + wide * most, top + height * len(rows), title, alt)
        for k, (name, pictures) in enumerate(rows.items()):
            page.text(names - 0.08, top + (k + 0.5) * height, name, size=9.5, ha="right", va="center")
            if len(pictures):
                row = np.concatenate([_rgb(p) for p in pictures], 1)
                _show(page.axes(names, top + k * height, wide * len(pictures), height), row)
        for k, text in enumerate(titles if titles is not None else []):
            page.text(names + (k + 0.5) * wide, top - 0.04, str(text), size=9, ha="center", va="bottom")
    return page.figure


def curve(series, title="", x="step", y="loss", log=False, marks=None, alt="", height=2.8):
    """Lines over one axis, each told by colour, dash and a name.

    series: dict of name -> values [N], or (x [N], values [N]); or one such line without a name. log: logarithmic y
    axis. marks: dict of name -> y value, thin level lines for comparison. Returns a Figure.
    """
    series = series if isinstance(series, dict) else {"": series}
    with rc_context(_STYLE):
        page = _Page(WIDTH, height + 0.6, title, alt or title + ". Lines: " * any(series) + ", ".join(series))
        ax = page.axes(0.9, 0.05, WIDTH - 1.1, height)
        for k, (name, values) in enumerate(series.items()):
            xs, ys = values if isinstance(values, tuple) else (np.arange(len(values)), values)
            dots = MARKERS[k % 8] if len(ys) <= 12 else None
            ax.plot(xs, ys, color=COLOURS[k % 8], linestyle=DASHES[k % 8], marker=dots, label=name)
        for name, level in (marks or {}).items():
            ax.axhline(level, color=GREY, linewidth=1)
            place = dict(xy=(1, level), xycoords=("axes fraction", "data"))
            ax.annotate(name, ha="right", va="bottom", size=9, color=GREY, **place)
        ax.set(xlabel=x, ylabel=y, yscale="log" if log else "linear")
        if log:
            ax.yaxis.set_major_formatter("{x:g}")
            ax.yaxis.set_minor_formatter("{x:g}")
            if ax.get_ylim()[1] > 8 * ax.get_ylim()[0]:  # more labels would lie on each other
                ax.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
        if len(series) > 1:
            ax.legend()
    return page.figure


def bars(values, title="", x="", alt="", best=None, form="{:.1f}"):
    """Horizontal bars with their numbers written out, in the order given.

    values: dict of name -> number. x: what is measured, with its unit. best: name of the bar to stress. form: how a
    number is written. Returns a Figure.
    """
    with rc_context(_STYLE):
        told = ", ".join(f"{name} {form.format(value)}" for name, value in values.items())
        left, tall = 0.2 + 0.085 * max(map(len, values)), 0.34 * len(values)
        page = _Page(WIDTH, tall + 0.55, title, alt or f"{title}. {told}")
        ax = page.axes(left, 0.05, WIDTH - left - 0.7, tall)
        for k, (name, value) in enumerate(values.items()):
            stressed = best in (None, name)
            kind = dict(color=COLOURS[0]) if stressed else dict(color=PALE, edgecolor=GREY, hatch="//")
            ax.barh(k, value, height=0.72, **kind)
            weight = "bold" if stressed else "normal"
            ax.text(max(value, 0), k, " " + form.format(value), va="center", weight=weight)
        ax.set(yticks=range(len(values)), yticklabels=list(values), xlabel=x)
        ax.tick_params(axis="y", length=0)
        ax.grid(False)
        ax.invert_yaxis()
        ax.spines["left"].set_visible(False)
    return page.figure


def scatter(panels, title="", x="", y="", alt="", height=3.0):
    """Clouds of points side by side.

    panels: dict of panel title -> dict of name -> points [N, 2]; each cloud has its own colour and marker, every
    second one hollow. Returns a Figure.
    """
    wide = WIDTH / len(panels)
    with rc_context(_STYLE):
        page = _Page(WIDTH, height + 0.6, title, alt or f"{title}. Panels: {', '.join(panels)}")
        for n, (name, clouds) in enumerate(panels.items()):
            ax = page.axes(n * wide + 0.35, 0.25, wide - 0.45, height)
            for k, (who, dots) in enumerate(clouds.items()):
                inside = "none" if k % 2 else COLOURS[k % 8]
                kind = dict(s=22, marker=MARKERS[k % 8], facecolor=inside, edgecolor=COLOURS[k % 8], alpha=0.85)
                ax.scatter(*np.asarray(dots).T, label=who, **kind)
            ax.set_title(name, size=10, loc="left")
            ax.set(xlabel=x, ylabel=y)
            ax.tick_params(labelbottom=False, labelleft=False, length=0)
            ax.legend(handletextpad=0.2)
    return page.figure


def _rgb(image):
    image = np.asarray(image, np.float32)
    return np.clip(image if image.ndim == 3 else np.repeat(image[..., None], 3, -1), 0, 1)


def _show(ax, image, points=None):
    ax.axis("off")
    ax.imshow(_rgb(image), interpolation="nearest" if len(image) <= 32 else "antialiased", aspect="auto")
    if points is not None:
        ax.plot(*np.asarray(points).T, ".", color="#ffffff", markersize=4.2)
        ax.plot(*np.asarray(points).T, ".", color=PALETTE["blue"], markersize=2.4)
        ax.set(xlim=(-0.5, len(image[0]) - 0.5), ylim=(len(image) - 0.5, -0.5))


def colour_labels(labels):
    """Part labels uint8 [..., H, W] as colours f32 [..., H, W, 3]. The parts' numbers are the cast's LABELS."""
    return LABEL_COLOURS[labels]


def colour_depth(depth, alpha):
    """Depth [..., H, W] as grey, near white and far dark; what alpha [..., H, W] leaves out is black."""
    seen = depth[alpha > 0.5]
    near, far = (seen.min(), np.percentile(seen, 99)) if seen.size else (0.0, 1.0)
    return np.where(alpha > 0.5, 1 - 0.85 * np.clip((depth - near) / max(far - near, 1e-6), 0, 1), 0).astype(np.float32)


def colour_normals(normals, alpha):
    """Surface normals [..., H, W, 3] as colours: red to the right, green up, blue towards the viewer."""
    return (np.where(alpha[..., None] > 0.5, normals * 0.5 + 0.5, 0)).astype(np.float32)
