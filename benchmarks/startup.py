"""How long a learner waits before anything happens: a lesson's first cell, and the answers of the `course` command.

Seconds of the clock, the median of three fresh processes. A lesson's first cell, whatever it imports, waits for
TensorFlow; a question or a refusal must not.
"""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from course_lib import media

ROUNDS = 3


def seconds(*arguments, processor=False):
    """The median time of `python ARGUMENTS` in fresh processes: of the clock, or of the processor, all threads."""
    took = []
    for _ in range(ROUNDS):
        before, began = os.times(), time.perf_counter()
        subprocess.run([sys.executable, *arguments], capture_output=True)
        now = os.times()
        took.append(now.children_user + now.children_system - before.children_user - before.children_system
                    if processor else time.perf_counter() - began)
    return float(np.median(took))


def rows():
    """[(name, value, unit, target)] for the benchmark's table."""
    course = "-m", "course_lib"
    with tempfile.TemporaryDirectory() as folder:
        alone, photograph = Path(folder, "a.mp4"), Path(folder, "a.png")
        alone.write_text("nobody agreed to this")
        Image.fromarray((media.grace_hopper() * 255 + 0.5).astype(np.uint8)).save(photograph)
        swap = *course, "swap", str(alone), "--person", "kavya", "-o", str(Path(folder, "b.mp4"))
        return [
            ("import of TensorFlow alone", seconds("-c", "import course_lib, tensorflow"), "s", ""),
            ("start() in a fresh Python", seconds("-c", "from course_lib.profile import start; start()"), "s", "<= 4"),
            ("course --help", seconds(*course, "--help"), "s", "<= 1.5"),
            ("course swap without consent", seconds(*swap), "s", "<= 1.5"),
            ("course detect of a missing file", seconds(*course, "detect", f"{photograph}.png"), "s", "<= 1.5"),
            ("course detect of one photograph, processor time",
             seconds(*course, "detect", str(photograph), processor=True), "s", "<= 5"),
        ]


if __name__ == "__main__":
    for row in rows():
        print(*row)
