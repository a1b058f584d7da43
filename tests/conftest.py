"""What every unit test starts from: the ci profile, figures that open no window, a quiet TensorFlow, and properties
that are tried on the same examples each time, so that a run that passed passes again."""
import os
from pathlib import Path

import hypothesis
import matplotlib
import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("COURSE_PROFILE", "ci")
import course_lib  # noqa: E402, F401  (silences TensorFlow before a test imports it)

matplotlib.use("agg")
hypothesis.settings.load_profile("ci")


@pytest.fixture(scope="session")
def cast_pictures():
    """24 people of the cast at 128 px. Kept as a file, since rendering them takes a minute: cast.render of
    random_person(i) in random_scene(i), i = 0 to 23, at 256 px, halved, tiled 6 x 4, JPEG quality 92."""
    sheet = np.asarray(Image.open(Path(__file__).with_name("cast_unmarked.jpg"))).astype(np.float32) / 255
    return [sheet[y:y + 128, x:x + 128] for y in range(0, 512, 128) for x in range(0, 768, 128)]
