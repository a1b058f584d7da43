"""The small Xception: its shapes, and that it can be attacked like the other detectors."""
import numpy as np
import pytest

from course_lib.attacks.gradients import logit_of, true_gradient
from course_lib.models.xception import small_xception


def test_a_face_becomes_a_probability_with_a_gradient():
    model = small_xception(32, (8, 16), 1)
    images = np.random.default_rng(0).random((2, 32, 32, 3)).astype(np.float32)
    score = np.asarray(model(images, training=False))
    assert score.shape == (2, 1) and ((score > 0) & (score < 1)).all()
    assert np.abs(true_gradient(logit_of(model))(images)).max() > 0


def test_most_weights_of_a_separable_block_are_pointwise():
    model = small_xception()
    layer = model.get_layer("entry2_a_conv")
    depthwise, pointwise = (int(np.prod(w.shape)) for w in layer.get_weights())
    assert depthwise == 9 * 24 and pointwise == 24 * 48 and model.count_params() == 65_537
    with pytest.raises(ValueError, match="multiple of 8"):
        small_xception(60)
