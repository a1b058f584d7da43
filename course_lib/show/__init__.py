"""One visual style for every figure of the course, and the source code that a lesson explains."""
from .clip import Clip
from .colours import LABEL_COLOURS, colour_depth, colour_flow, colour_labels, colour_normals
from .diagrams import block_diagram
from .figures import bars, curve, differences, grid, scatter, strip
from .page import COLOURS, GREY, INK, PALE, PALETTE, WIDTH, Picture, Png, use_style
from .rates import proportions
from .sheets import decode_sheet, encode_sheet, image_sheet
from .source import Source, show_source
from .tables import heat_map

__all__ = [
    "COLOURS", "Clip", "GREY", "INK", "LABEL_COLOURS", "PALE", "PALETTE", "WIDTH", "Picture", "Png", "Source", "bars",
    "block_diagram", "colour_depth", "colour_flow", "colour_labels", "colour_normals", "curve", "decode_sheet",
    "differences", "encode_sheet", "grid", "heat_map", "image_sheet", "proportions", "scatter", "show_source", "strip",
    "use_style",
]
