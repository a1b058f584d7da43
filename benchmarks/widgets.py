"""How long a learner waits for a widget after moving a slider."""
import time
from dataclasses import replace

import numpy as np

from course_lib.blending import Steps, compose
from course_lib.recipes import film as films
from course_lib.widgets.blend_inspector import State, composed, numbers, render


def rows():
    """[(name, value, unit, target)] for the benchmark's table."""
    film = films.held_out(seconds=0.4, size=256)
    state = State(film)
    render(state), numbers(state)
    took = []
    for blend in compose.BLENDS:
        for frame in range(1, len(film.frames)):
            composed.cache_clear()
            began = time.perf_counter()
            now = replace(state, frame=frame, steps=Steps(blend=blend))
            render(now), numbers(now)
            took.append(1000 * (time.perf_counter() - began))
    return [("blend inspector, one frame of 256 px with its numbers", float(np.median(took)), "ms", "<= 150")]
