"""A lesson opens without TensorFlow's noise, and errors are still heard."""
import os
import platform
import subprocess
import sys

import pytest


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


def test_import_is_silent_and_standard_error_comes_back():
    done = run("import course_lib, os, sys; early = 'tensorflow' in sys.modules; import tensorflow as tf\n"
               "os.write(2, b'heard'); print(early, float(tf.reduce_sum(tf.ones(3))))")
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["False", "3.0"], "heard")


@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="oneDNN is for x86 processors")
def test_convolutions_use_onednn_unless_the_user_says_otherwise():
    code = "import course_lib, os; print(os.environ['TF_ENABLE_ONEDNN_OPTS'])"
    for given, expected in ({}, "1"), ({"TF_ENABLE_ONEDNN_OPTS": "0"}, "0"):
        known = {k: v for k, v in os.environ.items() if k != "TF_ENABLE_ONEDNN_OPTS"} | given
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=known, check=True)
        assert done.stdout.split() == [expected]


def test_a_failing_import_is_still_explained():
    done = run("import course_lib, sys; sys.modules['numpy'] = None; import tensorflow")
    assert done.returncode == 1 and "numpy" in done.stderr


def test_a_predicted_image_is_the_one_that_the_layers_define():
    """TensorFlow's graph optimiser must not change a LeakyReLU's slope; see course_lib._exactly."""
    import keras
    import numpy as np
    from keras import layers

    keras.utils.set_random_seed(0)
    image = keras.Input((8, 8, 16))
    x = layers.Conv2D(16, 3, padding="same", bias_initializer="random_normal")(image)
    model = keras.Model(image, layers.LeakyReLU(negative_slope=0.1)(layers.Add()([x, image])))
    batch = np.random.default_rng(0).standard_normal((2, 8, 8, 16)).astype(np.float32)
    np.testing.assert_allclose(model.predict_on_batch(batch), np.asarray(model(batch)), atol=1e-5)
