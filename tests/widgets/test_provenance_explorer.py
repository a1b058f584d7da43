"""The provenance explorer: each step takes from the evidence what the lesson says that it takes."""
import io

import numpy as np
import pytest
from PIL import Image

from course_lib.widgets import provenance_explorer as explorer


def verdicts(*steps):
    return [verdict for _, verdict, _ in explorer.examine(steps)[1]]


@pytest.mark.parametrize(("steps", "expected"), [
    ((), ["holds", "holds", "holds", "holds", "holds"]),
    (("save again",), ["fails", "silent", "holds", "holds", "holds"]),
    (("paint, keep the manifest",), ["fails", "fails", "holds", "holds"]),
    (("append a byte",), ["fails", "fails", "holds", "holds", "holds"]),
    (("crop and JPEG", "mirror"), ["fails", "silent", "holds"]),
    (("strip the manifest", "sign as a stranger of the same name"), ["fails", "silent", "holds", "holds", "holds"]),
    (("save again", "sign"), ["fails", "holds", "holds", "holds", "holds"]),
])
def test_what_survives_is_what_the_lesson_says(steps, expected):
    assert verdicts(*steps)[:len(expected)] == expected


def test_the_page_is_a_function_of_the_state_and_every_menu_counts():
    view = explorer.ProvenanceExplorer()
    assert view.state().steps == ("crop and JPEG", explorer.NOTHING, explorer.NOTHING)
    pages = {explorer.render(explorer.State(steps)) for steps in ((), ("append a byte",), ("save again", "sign"))}
    assert len(pages) == 3 and explorer.render(explorer.State(())) in pages
    assert np.asarray(Image.open(io.BytesIO(next(iter(pages))))).shape == (400, 860, 3)


def test_unknown_steps_are_refused():
    with pytest.raises(ValueError, match="unknown: .'fly'"):
        explorer.State(("fly",))
    with pytest.raises(ValueError, match="at most three"):
        explorer.State(("sign",) * 4)
