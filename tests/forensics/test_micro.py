"""Spotting of a movement whose time is known."""
import numpy as np
import pytest

from course_lib import cast
from course_lib.experiments.micro import expression
from course_lib.forensics import micro


def test_a_raised_brow_is_spotted_at_its_time():
    times = np.arange(40) / 50
    raised = expression(times, 0.3, 0.2)
    scenes = [cast.Scene(expression=cast.Expression(brow=0.6 * b)) for b in raised]
    frames = cast.render(cast.people()["Ada"], scenes, size=96)
    moved = micro.movement(micro.stabilised(frames.rgb, frames.landmarks), 50.0)
    found = micro.spot(moved, 50.0, 0.5 * moved.max())
    assert len(found) and abs(found[0] - 0.3) <= 0.12
    assert moved[:8].max() < 0.2 * moved.max(), "nothing moves before it"


def test_spot_needs_an_absolute_threshold():
    still = np.full(100, 0.01)
    still[50] = 0.02
    assert len(micro.spot(still, 25.0, 0.5)) == 0
    assert micro.spot(50 * still, 25.0, 0.7) == pytest.approx([2.0])


def test_the_expression_rises_and_falls():
    curve = expression(np.linspace(0, 1, 101), 0.4, 0.2)
    assert curve[50] == pytest.approx(1) and curve[:40].max() == 0 and curve[61:].max() < 1e-12
