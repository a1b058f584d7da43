"""What every unit test starts from: the ci profile, figures that open no window, a quiet TensorFlow, and properties
that are tried on the same examples each time, so that a run that passed passes again."""
import os

import hypothesis
import matplotlib

os.environ.setdefault("COURSE_PROFILE", "ci")
import course_lib  # noqa: E402, F401  (silences TensorFlow before a test imports it)

matplotlib.use("agg")
hypothesis.settings.load_profile("ci")
