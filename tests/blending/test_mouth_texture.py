"""Mouths from old frames: weights, weighted median, retiming, the jaw, and a composite that changes what it says."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.blending.jaw import composite, correct_jaw, estimated_flow, jaw_band, lower_face
from course_lib.blending.mouth_texture import candidate_weights, mouth_textures, weighted_median
from course_lib.blending.retiming import head_motion, path_cost, retime, speaking
from course_lib.faces import align


def face(size=96):
    from course_lib import cast
    from course_lib.cast import Camera, Expression, Scene

    person = cast.people()["Ada"]
    scenes = [Scene(Expression(jaw=j, teeth=t), camera=Camera(1.3, 0, 0.1)) for j, t in ((0, 0), (0.7, 0.3), (0.3, 0))]
    return cast.render(person, scenes, size)


def test_the_nearest_frames_hold_the_weight():
    distances = np.random.default_rng(0).uniform(0, 1, 200)
    which, weights = candidate_weights(distances, 12, 0.9)
    order = np.argsort(distances)[:12]
    assert np.array_equal(which, order) and np.isclose(weights.sum(), 1) and (np.diff(weights) <= 0).all()
    sigma2 = -(distances[order[-1]] - distances[order[0]]) / (2 * np.log(weights[-1] / weights[0]))
    every = np.exp(-np.sort(distances) / (2 * sigma2))
    assert abs(every[:12].sum() / every.sum() - 0.9) < 1e-3
    assert np.array_equal(candidate_weights(distances, 1)[0], order[:1])
    with pytest.raises(ValueError, match="1 to the number of frames"):
        candidate_weights(distances, 201)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9))
def test_a_weighted_median_halves_the_weight(seed, count):
    rng = np.random.default_rng(seed)
    values, weights = rng.normal(size=(count, 3)).astype(np.float32), rng.uniform(0.01, 1, count)
    median = weighted_median(values, weights)
    for column, m in zip(values.T, median):
        assert m in column
        assert weights[column < m].sum() <= weights.sum() / 2 + 1e-9 >= weights[column > m].sum()
    assert np.array_equal(weighted_median(values, np.ones(count)), np.sort(values, 0)[(count - 1) // 2])


def test_a_frame_of_its_own_is_found_again():
    rng = np.random.default_rng(1)
    crops, codes = rng.uniform(0, 1, (9, 8, 8, 3)).astype(np.float32), rng.normal(size=(9, 5))
    assert np.array_equal(mouth_textures(crops, codes, codes[[4, 2]], 1), crops[[4, 2]])
    assert mouth_textures((crops * 255).astype(np.uint8), codes, codes[:1], 3).max() <= 1


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_retiming_skips_nothing_and_repeats_once(seed):
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(4, 12)), int(rng.integers(8, 14))
    active, motion = rng.random(n) < 0.6, rng.uniform(0, 1, m)
    path, cost = retime(active, motion)
    steps = np.diff(path)
    assert set(steps) <= {0, 1} and not (np.r_[steps, 1][:-1][steps == 0] + np.r_[steps[1:], 1][steps == 0] == 0).any()
    assert abs(cost - by_hand(path, active, motion)) < 1e-9 and abs(cost - path_cost(path, active, motion)) < 1e-9
    for _ in range(200):  # no legal path is cheaper
        other, last = [int(rng.integers(m))], 1
        while len(other) < n:
            last = int(rng.integers(2)) if last else 1
            other.append(other[-1] + last)
        if other[-1] < m:
            assert by_hand(np.array(other), active, motion) >= cost - 1e-9


def by_hand(path, active, motion):
    total = motion[path[0]] * (not active[0])
    for i in range(1, len(path)):
        v = motion[path[i]]
        total += v * (not active[i]) - 2 * v * (i >= 3 and active[i - 2] and not active[i - 3])
        total += 2 * v * (path[i] == path[i - 1])
    return total


def test_a_clip_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match="expected at least 6"):
        retime(np.ones(11, bool), np.zeros(5))


def test_pauses_shorter_than_half_a_second_count_as_speech():
    tone = 0.3 * np.sin(np.arange(16_000) / 9).astype(np.float32)
    quiet = lambda seconds: np.zeros(int(16_000 * seconds), np.float32)  # noqa: E731
    active = speaking(np.r_[quiet(0.4), tone, quiet(0.2), tone, quiet(1.0), tone], 16_000, 115, 25)
    assert not active[:9].any() and active[11:63].all() and not active[67:88].any() and active[91:].all()


def test_a_still_head_has_no_motion():
    points = np.tile(np.random.default_rng(0).uniform(0, 60, (68, 2)), (4, 1, 1))
    assert (head_motion(points) == 0).all()
    assert head_motion(points, np.array([0, 1, 0, 0], bool)).tolist() == [0, 1, 0, 0]


def test_the_composite_of_a_frame_with_itself_is_the_frame():
    frames = face()
    same = composite(frames.rgb[0], frames.rgb[0], frames.landmarks[0])
    assert np.abs(same - frames.rgb[0]).max() < 0.02
    other = composite(frames.rgb[1], frames.rgb[0], frames.landmarks[0])
    outside = lower_face(frames.landmarks[0], (96, 96)) == 0
    assert np.array_equal(other[outside], frames.rgb[0][outside])
    assert np.abs(other - frames.rgb[0]).max() > 0.1


def test_the_jaw_comes_nearer_and_the_mouth_stays():
    frames = face()
    opened, shut, points = frames.rgb[1], frames.rgb[0], frames.landmarks[0]
    fixed = correct_jaw(opened, shut, points)
    near = jaw_band(points, (96, 96), 0.06) > 0.5
    assert np.abs(fixed - shut)[near].mean() < 0.8 * np.abs(opened - shut)[near].mean()
    mouth = points[48:68].mean(0).round().astype(int)
    inside = np.s_[mouth[1] - 2:mouth[1] + 2, mouth[0] - 4:mouth[0] + 4]
    assert np.abs(fixed - opened)[inside].mean() < 0.5 * np.abs(shut - opened)[inside].mean()
    none = correct_jaw(opened, shut, points, np.full((96, 96, 2), np.nan, np.float32))
    assert np.abs(none - opened).max() < 1e-6 and estimated_flow(opened, shut).shape == (96, 96, 2)


def test_what_is_aligned_can_be_a_candidate():
    frames = face()
    crops = np.stack([align(i, p, 96).image for i, p in zip(frames.rgb, frames.landmarks)])
    made = mouth_textures(crops, np.arange(3.0)[:, None], np.array([[1.1]]), 2)
    assert made.shape == (1, 96, 96, 3) and np.isfinite(made).all()


def test_a_short_clip_still_moves_its_mouth():
    rng = np.random.default_rng(2)
    crops, codes = rng.uniform(0, 1, (12, 8, 8, 3)).astype(np.float32), 10.0 * np.arange(12)[:, None]
    first, last = mouth_textures(crops, codes, codes[[0, -1]])  # the default asks for more frames than there are
    assert np.abs(first - last).max() > 0.1
    assert np.array_equal(first, mouth_textures(crops, codes, codes[:1], 4)[0])
