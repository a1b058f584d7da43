"""A drawing of boxes and arrows says in words what it shows, and its arrows end at the boxes."""
import io

import numpy as np
import pytest
from matplotlib.image import imread

from course_lib.show import block_diagram

BOXES = {"a face": (0, 0), "an\nencoder": (1, 0), "a code": (2, 0)}


def test_every_arrow_is_told():
    drawn = block_diagram(BOXES, [("a face", "an\nencoder")], dashed=[("a face", "a code")], title="A title")
    assert drawn.alt == "A title: a face to an encoder; a face to a code"
    assert block_diagram(BOXES, [], alt="as I say").alt == "as I say"


def test_an_arrow_reaches_from_box_to_box_at_any_resolution():
    def ink(arrows, dpi):
        return imread(io.BytesIO(block_diagram(BOXES, arrows).png(dpi)))[..., :3].min(-1) < 0.9

    for dpi in (60, 150):
        new = ink([("a face", "an\nencoder")], dpi) & ~ink([], dpi)
        at = np.flatnonzero(new.any(0)) / new.shape[1]
        assert 0.18 < at[0] < 0.26 and 0.40 < at[-1] < 0.47  # the boxes' middles are at 1/6 and 1/2
        assert len(at) > 0.95 * (at[-1] - at[0]) * new.shape[1]  # without a gap


def test_a_box_that_is_not_there_is_named():
    with pytest.raises(KeyError, match="a mouth"):
        block_diagram(BOXES, [("a face", "a mouth")])
