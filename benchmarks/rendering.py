"""Speed of the cast's renderer: how long a learner waits for the first picture, and how fast sets are made."""
import os
import subprocess
import sys
import time

import numpy as np

from course_lib.cast import random_person, random_scene, render
from course_lib.compiled import fault

ROUNDS = 3
FIRST = """
import time
began = time.perf_counter()
from course_lib.cast import people, random_scene, render
render(next(iter(people().values())), random_scene(0), size=128)
print(time.perf_counter() - began)
"""


def seconds(persons, scenes, **how):
    """The median of three runs after compilation, seconds."""
    render(persons, scenes, **how)
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        render(persons, scenes, **how)
        took.append(time.perf_counter() - began)
    return float(np.median(took))


def first_picture():
    """Seconds from a fresh Python to the first picture, imports included: the median of three."""
    runs = [subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True, env=os.environ)
            for _ in range(ROUNDS)]
    return float(np.median([float(run.stdout) for run in runs]))


def rows():
    """[(name, value, unit, target)] for the benchmark's table."""
    persons, scenes = [random_person(i) for i in range(256)], [random_scene(i) for i in range(256)]
    ready = "nothing compiled ahead" if fault() else "compiled ahead"
    return [
        ("render 256 pictures, 64 px, 2x supersampled", 256 / seconds(persons, scenes, size=64, supersample=2),
         "pictures/s", {"AVX-512": ">= 150", "AVX2": ">= 85"}),
        ("render 128 pictures, 128 px", 128 / seconds(persons[:128], scenes[:128], size=128), "pictures/s",
         {"AVX-512": ">= 90", "AVX2": ">= 60"}),
        ("render one picture, 128 px", 1000 * seconds(persons[0], scenes[0], size=128), "ms", "<= 100"),
        (f"first picture in a fresh Python, {ready}", first_picture(), "s", "<= 12"),
    ]
