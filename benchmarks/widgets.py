"""How long a learner waits for a widget after moving a control: each widget's own example, state after state."""
import time

import numpy as np

from course_lib.blending import compose
from course_lib.widgets.blend_inspector import BlendInspector, composed
from course_lib.widgets.evidence_explorer import EvidenceExplorer
from course_lib.widgets.page import views

ROUNDS = 9


def latency(view, name=None, rounds=ROUNDS):
    """Milliseconds from a state to its picture with its numbers, median, over one of the view's sliders.

    name: which control; the first slider when left out, and the view as it stands where it has none.
    rounds: states.
    """
    control = next((c for c in view.controls.values() if hasattr(c, "min")), None) if name is None else (
        view.controls[name])
    view.refresh()
    took = []
    for k in range(rounds):
        if control is not None:
            control.value = type(control.value)(control.min + (control.max - control.min) * k / (rounds - 1))
        began = time.perf_counter()
        view.refresh()
        took.append(1000 * (time.perf_counter() - began))
    assert "view-error" not in view.status.value, view.status.value
    return float(np.median(took))


def blend_row():
    """The blend inspector, every way to blend, nothing kept from one picture to the next."""
    view, took = BlendInspector.example(), []
    for blend in compose.BLENDS:
        view.controls["blend"].value = blend
        for frame in range(1, view.controls["frame"].max + 1):
            view.controls["frame"].value = frame
            composed.cache_clear()
            began = time.perf_counter()
            view.refresh()
            took.append(1000 * (time.perf_counter() - began))
    return "blend inspector, all ways to blend, nothing kept", float(np.median(took)), "ms", "<= 150"


def evidence_rows():
    """The evidence explorer's strength moved, for every kind of evidence, forgery and history."""
    view, found = EvidenceExplorer.example(), []
    for name in ("kind", "forgery", "history"):
        control = view.controls[name]
        usual, slowest = control.value, (0.0, "")
        for value in control.options:
            control.value = value
            slowest = max(slowest, (latency(view, "strength", 5), value))
        control.value = usual
        found.append((f"evidence explorer, slowest {name} ({slowest[1]})", slowest[0], "ms", "<= 150"))
    return found


def rows():
    """[(name, value, unit, target)] for the benchmark's table."""
    found = [(f"widget {view.__name__}, one picture", latency(view.example()), "ms", "<= 150") for view in views()]
    return [*found, blend_row(), *evidence_rows()]
