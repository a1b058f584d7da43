"""What every unit test starts from: the ci profile, figures that open no window, and a quiet TensorFlow."""
import os

import matplotlib

os.environ.setdefault("COURSE_PROFILE", "ci")
import course_lib  # noqa: E402, F401  (silences TensorFlow before a test imports it)

matplotlib.use("agg")
