"""The visible label: there, readable, and out of the way."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.provenance import label


@settings(max_examples=40, deadline=None)
@given(st.integers(64, 700), st.integers(64, 900), st.sampled_from([0.0, 0.5, 1.0]))
def test_it_stands_out_in_a_corner_and_leaves_the_middle_alone(height, width, tone):
    picture = np.full((height, width, 3), tone, np.float32)
    out = label.draw(picture)
    x0, y0, x1, y1 = label.box(height, width)
    changed = np.argwhere((out != picture).any(-1))
    assert (changed.min(0) >= (y0, x0)).all() and (changed.max(0) < (y1, x1)).all()
    assert (x0, y1) == (0, height) and y0 >= 0.75 * height and x1 <= 0.72 * width  # below the face, from the left
    plate = out[y0:y1, x0:x1]
    assert plate.min() <= 0.2 and plate.max() > 0.85  # white letters on dark, whatever is behind
    assert 9 <= y1 - y0 and 0.04 * min(height, width) <= y1 - y0
    assert (picture == tone).all()  # the picture given is left as it was


def test_it_shows_the_word_and_grows_with_the_picture():
    small, large = (label.draw(np.zeros((n, n, 3), np.float32)) for n in (64, 512))
    columns = (small[:, :, 0] > 0.3).any(0)
    strokes = np.count_nonzero(np.diff(columns.astype(int)) == 1)
    assert strokes >= 4  # letters stand apart even at 64 px
    assert label.box(512, 512)[2] > 2 * label.box(64, 64)[2] and large.max() > 0.9


def test_a_sliver_is_refused():
    with pytest.raises(ValueError, match="too small for the label 'synthetic'"):
        label.draw(np.zeros((400, 20, 3), np.float32))
