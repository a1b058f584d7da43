"""Portraits of nobody: all fake, all made up, others for every split."""
import numpy as np
import pytest

from course_lib.forgeries import generated, join, leaks


def test_generated_faces_are_labelled_as_what_they_are():
    portraits, other = generated(3), generated(3, split="train", crf=40)
    assert portraits.images.shape == (3, 128, 128, 3) and portraits.images.dtype == np.uint8
    assert portraits.images.std() > 10
    assert portraits.fake.all() and set(portraits.method) == {"generated"} and (portraits.masks == 255).all()
    assert (portraits.source == -1).all() and np.isnan(portraits.yaw).all() and len(set(portraits.video)) == 3
    assert np.array_equal(portraits.images, generated(3).images) and set(other.crf) == {40}
    assert np.abs(portraits.pictures() - other.pictures()).mean() > 0.02
    assert leaks(join([portraits, other])) == []
    with pytest.raises(ValueError, match="at least 1"):
        generated(0)
