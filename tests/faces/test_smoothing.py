"""Over time: stillness stays still, motion is not delayed, cuts and absences are respected."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.faces import MEAN_FACE, tracking
from course_lib.faces import smoothing as smooth

FACE = MEAN_FACE * 60 + 20
TIMES = np.arange(100) / 25


def noisy(seed=0, spread=1.0):
    slow = np.sin(2 * np.pi * 0.5 * TIMES) * 10
    return slow, slow + np.random.default_rng(seed).normal(0, spread, len(TIMES))


@settings(max_examples=20, deadline=None)
@given(st.floats(-1e3, 1e3), st.integers(1, 60))
def test_a_still_series_stays_still_to_the_last_digit(value, count):
    series = np.full((count, 2), value)
    np.testing.assert_array_equal(smooth.zero_phase(series, 25), series)
    np.testing.assert_array_equal(smooth.one_euro(series, 25), series)


def test_both_filters_take_out_jitter_and_only_one_of_them_lags():
    slow, series = noisy()
    still, live = smooth.zero_phase(series, 25, cutoff=2), smooth.one_euro(series, 25, min_cutoff=1, beta=0.02)
    for out in (still, live):
        assert np.abs(np.diff(out)).mean() < 0.7 * np.abs(np.diff(series)).mean()
    lag = [np.argmax([np.corrcoef(slow[10:-10], np.roll(out, -k)[10:-10])[0, 1] for k in range(8)])
           for out in (still, live)]
    assert lag[0] == 0 and lag[1] >= 1
    assert np.sqrt(((still - slow) ** 2).mean()) < 0.6


def test_one_euro_follows_fast_motion_the_better_the_larger_beta():
    ramp = np.r_[np.zeros(20), np.arange(40) * 5.0]
    errors = [np.abs(smooth.one_euro(ramp, 25, beta=beta) - ramp)[-1] for beta in (0, 0.01, 0.1)]
    assert errors[0] > errors[1] > errors[2]


def test_one_euro_by_hand():
    filtered = smooth.OneEuro(rate=10, min_cutoff=1.0, beta=0.5, d_cutoff=1.0)
    assert filtered(2.0) == 2.0
    share = 1 / (1 + 10 / (2 * np.pi * 1.0))  # of the speed, 10 a second in the first step
    cutoff = 1.0 + 0.5 * (share * 10)
    share = 1 / (1 + 10 / (2 * np.pi * cutoff))
    assert filtered(3.0) == pytest.approx(2 + share * 1.0)


def test_nothing_crosses_a_cut_or_an_absence():
    series = np.r_[np.zeros(30), np.full(30, 100.0)]
    cuts = np.arange(60) == 30
    for method in (smooth.zero_phase, smooth.one_euro):
        np.testing.assert_array_equal(method(series, 25, cuts), series)
        gone = series.copy()
        gone[28:32] = np.nan
        np.testing.assert_array_equal(method(gone, 25), gone)
    values = np.array([np.nan, 1, 1, np.nan, 1, 1, 1])
    assert list(smooth.segments(values, np.arange(7) == 5)) == [(1, 3), (4, 5), (5, 7)]


def test_a_similarity_stays_one():
    angle, scale = noisy(1, 0.02)[1] / 50, 1 + noisy(2, 0.02)[1] / 100
    a, b = scale * np.cos(angle), scale * np.sin(angle)
    matrices = np.stack([np.stack([a, -b, noisy(3)[1]], 1), np.stack([b, a, noisy(4)[1]], 1)], 1)
    out = smooth.zero_phase(matrices, 25, cutoff=3)
    np.testing.assert_allclose(out[:, 0, 0], out[:, 1, 1], atol=1e-9)
    np.testing.assert_allclose(out[:, 0, 1], -out[:, 1, 0], atol=1e-9)


def test_a_jump_is_broken_motion_is_not():
    landmarks = FACE + np.stack([3.0 * np.arange(40), np.zeros(40)], 1)[:, None]
    assert not smooth.tracking_failures(landmarks).any()
    landmarks[17] += (25, 10)
    assert np.flatnonzero(smooth.tracking_failures(landmarks)).tolist() == [17]
    errors = np.full(40, 0.1)
    errors[[5, 30]] = 0.5
    assert np.flatnonzero(smooth.tracking_failures(landmarks, errors)).tolist() == [5, 17, 30]
    assert not smooth.outliers(np.full(5, np.nan)).any() and not smooth.outliers(np.full(9, 0.2)).any()


def test_broken_frames_are_interpolated_and_long_absences_stay():
    series = np.arange(60, dtype=float)[:, None] * np.ones((1, 3))
    hurt = series.copy()
    hurt[10:13] = 999
    hurt[30:50] = np.nan
    bad = np.zeros(60, bool)
    bad[10:13] = True
    out = smooth.fill_gaps(hurt, bad)
    np.testing.assert_allclose(out[:30], series[:30])
    assert np.isnan(out[30:50]).all() and np.isfinite(out[50:]).all()
    ends = series.copy()
    ends[:3] = ends[-2:] = np.nan
    out = smooth.fill_gaps(ends, None)
    np.testing.assert_array_equal(out[:3], series[[3, 3, 3]])
    np.testing.assert_array_equal(out[-1], series[-3])


def test_nothing_is_mended_across_a_cut():
    series = np.r_[np.zeros(10), np.full(10, 50.0)][:, None]
    series[8:12] = np.nan
    out = smooth.fill_gaps(series, None, np.arange(20) == 10)
    np.testing.assert_array_equal(out[:, 0], np.r_[np.zeros(10), np.full(10, 50.0)])


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_short_films_are_no_error(count):
    landmarks = np.repeat(FACE[None], count, 0)
    np.testing.assert_allclose(smooth.smooth_track(landmarks, 25), landmarks)
    assert np.isnan(smooth.smooth_track(np.full((count, 68, 2), np.nan), 25)).all()


def test_a_cut_is_seen_and_motion_and_a_flickering_lamp_are_not():
    rng = np.random.default_rng(0)
    one, other = (rng.random((36, 64, 3)).astype(np.float32).repeat(4, 0).repeat(4, 1) for _ in range(2))
    film = [np.roll(one, i, 1) for i in range(12)] + [np.roll(other, i, 1) for i in range(12)]
    film = [frame * (1 + 0.03 * (-1) ** i) for i, frame in enumerate(film)]
    cuts = tracking.Cuts()
    assert np.flatnonzero([cuts(frame) for frame in film]).tolist() == [12]


def test_one_of_several_faces_is_kept():
    large, small = FACE * 1.2, FACE * 0.8 + (150, 0)
    follow = tracking.FaceTracker()
    np.testing.assert_allclose(follow([small, large]), large, atol=1e-4)
    grown = small + (30, 0), large * 0.7 + 15
    np.testing.assert_allclose(follow(list(grown)), grown[1], atol=1e-4)  # near where it was, though now the smaller
    assert np.isnan(follow([small])).all()  # the other person is not taken for the one who left
    np.testing.assert_allclose(follow([small], cut=True), small, atol=1e-4)  # a new shot, a new choice
    near = tracking.FaceTracker(near=(190, 50))
    np.testing.assert_allclose(near([large, small]), small, atol=1e-4)
    assert np.isnan(tracking.FaceTracker()([])).all()


def test_following_through_frames():
    frames = [np.zeros((20, 20, 3), np.float32)] * 3
    answers = iter([[FACE], [], [FACE + 1]])
    out = list(tracking.track(frames, lambda frame: next(answers)))
    assert [np.isfinite(points).all() for points, _ in out] == [True, False, True] and not any(cut for _, cut in out)


def test_bad_settings_are_named():
    with pytest.raises(ValueError, match="rate=0"):
        smooth.OneEuro(0)
    with pytest.raises(ValueError, match="cutoff=-1"):
        smooth.zero_phase(np.zeros(5), 25, cutoff=-1)
