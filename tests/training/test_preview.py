"""Previews of training."""
import keras
import numpy as np

from course_lib.training import swap_preview


def test_a_preview_has_a_row_for_each_part_that_is_given():
    same = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Activation("linear")])
    faces = np.full((2, 4, 4, 3), 0.5, np.float32)
    assert swap_preview(same, same, same, faces, zoom=1)().shape == (12, 8, 3)
    assert swap_preview(same, None, same, faces, faces, zoom=1)().shape == (12, 8, 3)
    assert swap_preview(same, None, same, faces, zoom=2)().shape == (16, 16, 3)
