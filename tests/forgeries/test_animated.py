"""Reenacted clips and animated pictures: labelled, changed where they say so, other people in every split."""
import numpy as np
import pytest

from course_lib.forgeries import animated, join, leaks, reenacted
from course_lib.forgeries.animated import FRAME, reenact
from course_lib.forgeries.build import close_clip


def test_a_reenactment_changes_the_face_alone():
    own, driver = close_clip(10_048, 5, 2), close_clip(10_049, 6, 2)
    frames, weights, points, _ = reenact(own, driver)
    assert frames.shape == (2, FRAME, FRAME, 3) and weights.max() <= 1 and points.shape == (2, 68, 2)
    from course_lib import cast

    truth = cast.render(own.person, own.scenes, FRAME)
    change = np.abs(frames - truth.rgb).mean(-1)
    assert change[weights < 1e-3].max() < 1e-3 < change[weights > 0.9].mean()


@pytest.mark.parametrize("make", [reenacted, animated])
def test_rows_say_what_they_are(make):
    rows = make(2, 2)
    assert rows.images.shape == (4, 128, 128, 3) and rows.fake.all() and set(rows.method) == {make.__name__}
    assert (rows.masks.max((1, 2)) > 200).all() and rows.images.std() > 10
    assert leaks(join([rows, reenacted(2, 2, split="val")])) == []
    assert len(set(rows.video)) == 2
    with pytest.raises(ValueError, match="expected one of"):
        make(1, 2)
