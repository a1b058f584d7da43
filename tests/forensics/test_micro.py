"""Spotting of a movement whose time is known."""
import cv2
import numpy as np
import pytest

from course_lib import cast
from course_lib.experiments.micro import expression
from course_lib.forensics import micro


@pytest.fixture(scope="module")
def raised():
    """A brow that is raised for a fifth of a second while the head turns steadily, at 50 frames per second."""
    times = np.arange(40) / 50
    scenes = [cast.Scene(expression=cast.Expression(brow=0.6 * b), pose=cast.Pose(yaw=0.3 * (t - 0.4)))
              for t, b in zip(times, expression(times, 0.3, 0.2))]
    frames = cast.render(cast.people()["Ada"], scenes, size=96)
    return micro.stabilised(frames.rgb, frames.landmarks)


def test_a_raised_brow_is_spotted_at_its_time(raised):
    moved = micro.movement(*raised, 50.0)
    found = micro.spot(moved, 50.0, 0.7 * moved.max())
    assert len(found) == 1 and abs(found[0] - 0.4) <= 0.05
    assert moved[6:9].max() < 0.3 * moved.max(), "the head turns, and nothing else moves yet"
    assert not moved[:6].any() and not moved[-6:].any(), "no frame to compare with"


def moving_texture(shift):
    """Faces that are noise, blurred; each is moved by shift(t) pixels along y, in the rows of the brows only."""
    texture = cv2.GaussianBlur(np.random.default_rng(0).uniform(0, 255, (160, 96)).astype(np.float32), (0, 0), 2)
    texture = (128 + 40 * (texture - texture.mean()) / texture.std()).clip(0, 255)
    out = []
    for t in range(40):
        moved = cv2.warpAffine(texture, np.float32([[1, 0, 0], [0, 1, shift(t)]]), (96, 160))
        out.append(np.vstack([moved[32:76], texture[76:128]]).astype(np.uint8))
    points = np.full((68, 2), 70, np.float32)
    points[17:27] = np.stack([np.linspace(20, 76, 10), np.full(10, 22)], 1)
    return np.stack(out), points


def test_what_goes_on_cancels_and_what_comes_back_remains():
    there_and_back = lambda t: 1.5 * (15 <= t < 20)  # noqa: E731
    steady = lambda t: 0.1 * t  # noqa: E731
    kept, gone = (micro.movement(*moving_texture(shift), 50.0) for shift in (there_and_back, steady))
    assert kept[17] == pytest.approx(1.5, abs=0.15) and gone.max() < 0.15
    assert micro.movement(*moving_texture(steady), 50.0, baseline=False)[20] == pytest.approx(0.6, abs=0.1)


def test_spot_needs_an_absolute_threshold():
    still = np.full(100, 0.01)
    still[50] = 0.02
    assert len(micro.spot(still, 25.0, 0.5)) == 0
    assert micro.spot(50 * still, 25.0, 0.7) == pytest.approx([2.0])


def test_the_expression_rises_and_falls():
    curve = expression(np.linspace(0, 1, 101), 0.4, 0.2)
    assert curve[50] == pytest.approx(1) and curve[:40].max() == 0 and curve[61:].max() < 1e-12
