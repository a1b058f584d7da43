"""A lesson opens without TensorFlow's noise, and errors are still heard."""
import subprocess
import sys


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


def test_import_is_silent_and_standard_error_comes_back():
    done = run("import course_lib, os, sys; early = 'tensorflow' in sys.modules; import tensorflow as tf\n"
               "os.write(2, b'heard'); print(early, float(tf.reduce_sum(tf.ones(3))))")
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["False", "3.0"], "heard")


def test_a_failing_import_is_still_explained():
    done = run("import course_lib, sys; sys.modules['numpy'] = None; import tensorflow")
    assert done.returncode == 1 and "numpy" in done.stderr
