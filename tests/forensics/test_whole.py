"""Evidence about a whole picture, on scenes whose history is known: a camera's, none, or a codec's."""
import numpy as np
import pytest

from course_lib.degradation import degrade, h264, random_camera
from course_lib.forensics import whole
from course_lib.forensics.examine import KINDS

SEEDS = range(6)


def scene(seed, size=(96, 64)):
    """A floor, a wall and a few coloured boxes, without a trace of noise."""
    rng = np.random.default_rng(seed)
    image = np.full((*size, 3), 0.45, np.float32)
    image[70:] = 0.3
    for _ in range(12):
        y, x = rng.integers(0, size[0] - 12), rng.integers(0, size[1] - 12)
        image[y:y + 12, x:x + 5] = rng.uniform(0.1, 0.9, 3)
    return image


def photographed(seed):
    return degrade(scene(seed), [random_camera(seed)])


@pytest.mark.parametrize("kind", whole.KINDS)
def test_a_picture_that_no_camera_took_scores_higher(kind):
    taken = [whole.KINDS[kind](photographed(s)) for s in SEEDS]
    painted = [whole.KINDS[kind](0.5 * scene(s) + 0.5 * np.roll(scene(s), 1, (0, 1))) for s in SEEDS]
    assert all(e.valid and e.drawing.shape[2] == 3 for e in taken)
    assert min(e.score for e in painted) > max(e.score for e in taken) or kind == "whole spectrum"
    assert np.mean([e.score for e in painted]) > np.mean([e.score for e in taken])


def test_two_cameras_differ_little_beside_a_missing_one():
    first, second = (np.mean([whole.whole_interpolation(degrade(scene(s), [random_camera(s + k)])).score
                              for s in SEEDS]) for k in (0, 100))
    assert abs(first - second) < 0.5 * abs(first)


def test_a_codec_removes_the_trace_and_without_noise_there_is_no_score():
    saved = [h264(photographed(s)[None], 40)[0] for s in SEEDS]
    assert max(whole.whole_interpolation(x).features["trace"] for x in saved) < 0.5
    flat = whole.whole_noise(np.full((64, 64, 3), 0.5, np.float32))
    assert not flat.valid and "no noise" in flat.why


def test_a_picture_below_its_square_has_no_spectrum():
    e = whole.whole_spectrum(np.full((40, 90, 3), 0.5, np.float32))
    assert not e.valid and "48" in e.why


@pytest.mark.parametrize("kind", KINDS)
def test_a_face_of_a_few_pixels_makes_every_other_kind_abstain(kind):
    rng = np.random.default_rng(0)
    points = np.float32([30, 20]) + rng.uniform(0, 6, (68, 2)).astype(np.float32)
    e = KINDS[kind](photographed(1), points)
    assert not e.valid and e.why
