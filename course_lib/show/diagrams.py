"""Block diagrams: how data flow through a network."""
from matplotlib import rc_context

from .page import GREY, PALETTE, STYLE, WIDTH, Page


def block_diagram(boxes, arrows, dashed=(), title="", alt=""):
    """A block diagram: named boxes with arrows between them.

    Args:
        boxes: Dict of text -> (column, row), row 0 at the top; fractions are allowed.
        arrows, dashed: Pairs of such texts; dashed arrows are arcs over the rest.
        title: What to see.
        alt: The alternative text, by default the title and every arrow in words.
    Returns:
        A Figure.
    Raises:
        KeyError: For an arrow to a box that is not there.
    Lesson 02.
    """
    across, down = (1 + max(position[k] for position in boxes.values()) for k in (0, 1))
    flat = {text: text.replace("\n", " ") for text in boxes}
    in_words = "; ".join(f"{flat[a]} to {flat[b]}" for a, b in [*arrows, *dashed])
    with rc_context(STYLE):
        page = Page(WIDTH, 0.62 * down, title, alt or ": ".join(x for x in (title, in_words) if x))
        ax = page.axes(0, 0, WIDTH, 0.62 * down)
        ax.set(xlim=(-0.5, across - 0.5), ylim=(down - 0.5, -0.5))
        ax.axis("off")
        box = dict(boxstyle="round,pad=0.45", facecolor="white", edgecolor=PALETTE["blue"], linewidth=1.4)
        drawn = {text: ax.text(*position, text, size=9, ha="center", va="center", bbox=box, zorder=3)
                 for text, position in boxes.items()}
        arc = dict(color=PALETTE["red"], linestyle="--", connectionstyle="arc3,rad=-0.3")
        for (start, end), line in [(pair, dict(color=GREY)) for pair in arrows] + [(pair, arc) for pair in dashed]:
            a, b = drawn[start], drawn[end]
            ax.annotate("", b.get_position(), a.get_position(), zorder=4, arrowprops=dict(  # after the boxes, whose
                arrowstyle="-|>", patchA=a.get_bbox_patch(), patchB=b.get_bbox_patch(),     # size it has to know
                shrinkA=1, shrinkB=1, **line))
    return page.figure
