"""How long a learner waits for a widget after moving a control: each widget's own example, state after state."""
import time

import numpy as np

from course_lib.blending import compose
from course_lib.widgets.blend_inspector import BlendInspector, composed
from course_lib.widgets.page import views

ROUNDS = 9


def latency(view):
    """Milliseconds from a state to its picture with its numbers, median, over the view's own slider or as it stands."""
    control = next((c for c in view.controls.values() if hasattr(c, "min")), None)
    view.refresh()
    took = []
    for k in range(ROUNDS):
        if control is not None:
            control.value = type(control.value)(control.min + (control.max - control.min) * k / (ROUNDS - 1))
        began = time.perf_counter()
        view.refresh()
        took.append(1000 * (time.perf_counter() - began))
    assert "view-error" not in view.status.value, view.status.value
    return float(np.median(took))


def rows():
    """[(name, value, unit, target)] for the benchmark's table."""
    found = [(f"widget {view.__name__}, one picture", latency(view.example()), "ms", "<= 150") for view in views()]
    view, took = BlendInspector.example(), []
    for blend in compose.BLENDS:
        view.controls["blend"].value = blend
        for frame in range(1, view.controls["frame"].max + 1):
            view.controls["frame"].value = frame
            composed.cache_clear()
            began = time.perf_counter()
            view.refresh()
            took.append(1000 * (time.perf_counter() - began))
    return [*found, ("blend inspector, all ways to blend, nothing kept", float(np.median(took)), "ms", "<= 150")]
