"""StyleGAN's handles on a processor: how fast a face is drawn from its styles, and how long a projection takes."""
import time

import numpy as np

from course_lib.checkpoints import load
from course_lib.models.evaluators import feature_pyramid
from course_lib.models.stylegan import Handles
from course_lib.training.projection import project

FACES = 40


def rows():
    """[(name, value, unit, target)] for the benchmark's table."""
    handles, network = Handles(load("portrait_stylegan")), feature_pyramid(load("identity_evaluator"))
    w = handles.w(np.random.default_rng(0).standard_normal((FACES, handles.latent)))
    face = handles.pictures(w[:1])
    began = time.perf_counter()
    for row in w:
        handles.pictures(row[None])
    each = (time.perf_counter() - began) / FACES
    found = [(f"projection of one face into {space}, 200 steps", project(handles, face, network, space).seconds, "s",
              "<= 30") for space in ("w", "w+")]
    return [("StyleGAN, one face from its styles", 1 / each, "pictures/s", ">= 10"), *found]


if __name__ == "__main__":
    for row in rows():
        print(*row)
