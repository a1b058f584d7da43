"""Portraits of nobody: all fake, all made up, others for every split."""
import numpy as np
import pytest

from course_lib.forgeries import generated, join, leaks


def test_generated_faces_are_labelled_as_what_they_are():
    some, other = generated(3), generated(3, split="train", crf=40)
    assert some.images.shape == (3, 128, 128, 3) and some.images.dtype == np.uint8 and some.images.std() > 10
    assert some.fake.all() and set(some.method) == {"generated"} and (some.masks == 255).all()
    assert (some.source == -1).all() and np.isnan(some.yaw).all() and len(set(some.video)) == 3
    assert np.array_equal(some.images, generated(3).images) and set(other.crf) == {40}
    assert np.abs(some.pictures() - other.pictures()).mean() > 0.02
    assert leaks(join([some, other])) == []
    with pytest.raises(ValueError, match="at least 1"):
        generated(0)
