"""Fine-tuning the motion: the picture comes nearer to the frames, and the animator stays as it was."""
import keras
import numpy as np

from course_lib.models.first_order import Size, animator
from course_lib.models.first_order_inference import drive, find_keypoints
from course_lib.training.animation_tuning import tune_motion

TINY = Size(32, 4, 2, (4, 8, 2), (4, 8, 2), (4, 8, 1, 1), skips=True)


def test_a_tuned_motion_comes_nearer_to_the_frames():
    keras.utils.set_random_seed(3)
    model = animator(TINY)
    colours = np.random.default_rng(0).random((1, 4, 4, 3))
    source = np.kron(colours, np.ones((1, 8, 8, 1)))[0].astype(np.float32)
    frames = np.stack([np.roll(source, k, 1) for k in range(5)])
    before = [np.array(w) for w in model.get_weights()]
    tuned, history = tune_motion(model, source, frames, learning_rate=5e-3, steps=80, quiet=True)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    mine, found = (find_keypoints(model, x) for x in (source[None], frames))
    errors = [np.abs(drive(network, source, mine, found).images - frames).mean() for network in (model, tuned)]
    assert errors[1] < 0.9 * errors[0] and len(history.steps) == 80
    averages = [[w for layer in g.layers if isinstance(layer, keras.layers.BatchNormalization)
                 for w in layer.get_weights()] for g in (x.get_layer("dense_motion") for x in (model, tuned))]
    assert all(np.array_equal(a, b) for a, b in zip(*averages, strict=True))
    assert model.get_layer("generator").trainable and tuned.get_layer("generator") is model.get_layer("generator")
