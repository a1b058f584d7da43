"""One visual voice for every figure of the course, and the source of what a lesson explains."""
from .figures import (
    COLOURS,
    GREY,
    INK,
    LABEL_COLOURS,
    PALE,
    PALETTE,
    WIDTH,
    Picture,
    Png,
    bars,
    colour_depth,
    colour_labels,
    colour_normals,
    curve,
    grid,
    scatter,
    strip,
    use_style,
)
from .flow import flow
from .sheets import decode_sheet, encode_sheet, image_sheet
from .source import Source, show_source

__all__ = [
    "COLOURS", "GREY", "INK", "LABEL_COLOURS", "PALE", "PALETTE", "WIDTH", "Picture", "Png", "bars", "colour_depth",
    "colour_labels", "colour_normals", "curve", "grid", "scatter", "strip", "use_style", "decode_sheet", "encode_sheet", "flow", "image_sheet", "Source",
    "show_source",
]
