"""The detector's numbers against scikit-learn, against cases worked by hand, and where they have no answer."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from course_lib.metrics.detection import (
    POOLINGS,
    auc,
    average_precision,
    bootstrap,
    confusion,
    eer,
    per_video,
    pool,
    roc,
    tpr_at_fpr,
)

ALL = [auc, eer, average_precision, tpr_at_fpr, roc]


def sample(seed, n=300, ties=False):
    rng = np.random.default_rng(seed)
    fake = rng.integers(0, 2, n)
    scores = 1 / (1 + np.exp(-rng.normal(1.2 * fake - 0.6, 1)))
    return fake, scores.round(1) if ties else scores


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_curves_and_areas_are_scikit_learns(seed, ties):
    fake, scores = sample(seed, ties=ties)
    assert auc(fake, scores) == pytest.approx(sk.roc_auc_score(fake, scores), abs=1e-12)
    assert average_precision(fake, scores) == pytest.approx(sk.average_precision_score(fake, scores), abs=1e-12)
    for ours, theirs in zip(roc(fake, scores), sk.roc_curve(fake, scores, drop_intermediate=False), strict=True):
        np.testing.assert_allclose(ours, theirs)
    matrix = confusion(fake, scores, 0.4)
    predicted = scores >= 0.4
    assert sk.confusion_matrix(fake, predicted).ravel().tolist() == [matrix.tn, matrix.fp, matrix.fn, matrix.tp]
    assert matrix.accuracy == pytest.approx(sk.accuracy_score(fake, predicted))
    assert matrix.precision == pytest.approx(sk.precision_score(fake, predicted))
    assert matrix.recall == pytest.approx(sk.recall_score(fake, predicted))
    assert matrix.balanced_accuracy == pytest.approx(sk.balanced_accuracy_score(fake, predicted))


def test_by_hand():
    # real .1 .3 .5 .7, fake .2 .6 .8 .9: of 16 pairs the fake is higher in 1 + 3 + 4 + 4
    fake, scores = [0, 0, 0, 0, 1, 1, 1, 1], [0.1, 0.3, 0.5, 0.7, 0.2, 0.6, 0.8, 0.9]
    assert auc(fake, scores) == 12 / 16
    # the curve runs (0, 0) (0, 1/4) (0, 1/2) (1/4, 1/2) (1/4, 3/4) ...: fpr = 1 - tpr at (1/4, 3/4)
    assert eer(fake, scores) == pytest.approx(0.25)
    assert [tpr_at_fpr(fake, scores, fpr) for fpr in (0.01, 0.25, 1)] == [0.5, 0.75, 1]
    # precision 1, 1, 3/4 and 4/7 where the four fakes are reached
    assert average_precision(fake, scores) == pytest.approx((1 + 1 + 3 / 4 + 4 / 7) / 4)


def test_the_equal_error_rate_is_interpolated():
    # three real, two fake: the curve goes from (0, 1/2) to (1/3, 1/2) to (1/3, 1); fpr = 1 - tpr is met at (1/3, 2/3)
    assert eer([0, 1, 0, 1, 0], [0.6, 0.7, 0.2, 0.4, 0.1]) == pytest.approx(1 / 3)
    # all scores alike: from (0, 0) straight to (1, 1)
    assert eer([0, 0, 0, 1], [0.5] * 4) == pytest.approx(0.5)
    fake, scores = sample(3, n=20_000)  # two normals 1.2 apart: the error at the middle is that of -0.6
    assert eer(fake, scores) == pytest.approx(0.2743, abs=0.01)


def test_perfect_wrong_and_guessing():
    fake = np.array([0] * 50 + [1] * 50)
    assert (auc(fake, fake), eer(fake, fake), average_precision(fake, fake), tpr_at_fpr(fake, fake)) == (1, 0, 1, 1)
    assert (auc(fake, -fake), eer(fake, -fake), tpr_at_fpr(fake, -fake)) == (0, 1, 0)
    same = np.full(100, 0.3)
    assert (auc(fake, same), average_precision(fake, same), tpr_at_fpr(fake, same)) == (0.5, 0.5, 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12)), min_size=2, max_size=40))
def test_only_the_order_counts_and_swapping_the_classes_mirrors(rows):
    fake, scores = np.array(rows).T
    if fake.min() == fake.max():
        return
    assert auc(fake, np.exp(scores / 4)) == pytest.approx(auc(fake, scores))
    assert auc(1 - fake, -scores) == pytest.approx(auc(fake, scores))
    assert eer(1 - fake, -scores) == pytest.approx(eer(fake, scores))
    assert 0 <= eer(fake, scores) <= 1


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(("fake", "scores", "says"), [
    ([1, 1], [0.2, 0.3], "all 2 samples are fake"),
    ([0, 0, 0], [0.2, 0.3, 0.4], "all 3 samples are real"),
    ([0, 1], [0.2, np.nan], "1 of 2 scores are not finite"),
    ([0, 2], [0.2, 0.3], r"0 \(real\) or 1 \(fake\); got \[0, 2\]"),
    ([0, 1, 1], [0.2, 0.3], r"\(3,\) and \(2,\)"),
    ([], [], "one length"),
    ([[0], [1]], [[0.1], [0.9]], r"\[N\]"),
])
def test_what_has_no_answer_is_said(metric, fake, scores, says):
    with pytest.raises(ValueError, match=says):
        metric(fake, scores)


def test_a_bad_false_positive_rate():
    with pytest.raises(ValueError, match="fpr is 1.5"):
        tpr_at_fpr([0, 1], [0.1, 0.9], 1.5)


def test_confusion_of_one_class():
    matrix = confusion([1, 1, 1], [0.9, 0.5, 0.1])
    assert (matrix.tp, matrix.fn, matrix.fp, matrix.tn) == (2, 1, 0, 0)
    assert matrix.precision == 1 and np.isnan(matrix.fpr) and np.isnan(matrix.balanced_accuracy)


def test_pooling_by_hand():
    scores, videos = [0.9, 0.1, 0.8, 0.2, 0.6], [7, 3, 7, 3, 7]
    wanted = {"mean": (0.15, 2.3 / 3), "median": (0.15, 0.8), "max": (0.2, 0.9), "top": (0.2, 0.9), "vote": (0, 1),
              "logit": (1 / 7, 0.7908)}  # odds 1/9 and 1/4: the root of 1/36; 9, 4 and 1.5: the third root of 54
    assert wanted.keys() == POOLINGS.keys()
    for how, values in wanted.items():
        numbers, pooled = pool(scores, videos, how)
        assert numbers.tolist() == [3, 7]
        np.testing.assert_allclose(pooled, values, atol=1e-3, err_msg=how)
    assert np.isfinite(pool([0.0, 1.0], [1, 1], "logit")[1]).all()


def test_pooling_of_bad_input():
    with pytest.raises(ValueError, match="mean, median, max, top, logit, vote; got 'avg'"):
        pool([0.1], [1], "avg")
    with pytest.raises(ValueError, match=r"videos has the shape \(1,\)"):
        pool([0.1, 0.2], [1])


def test_a_video_has_one_label():
    assert per_video([1, 0, 1, 0], [9, 2, 9, 2]).tolist() == [0, 1]
    with pytest.raises(ValueError, match="video 9 holds both"):
        per_video([1, 0, 0, 0], [9, 2, 9, 2])


def test_the_interval_covers_as_often_as_it_says_and_knows_that_frames_repeat():
    """People differ; with ten frames each, redrawing frames gives an interval too narrow for the truth."""
    truth, grouped, single, rounds = 0.8023, 0, 0, 60  # P(N(1.2, sqrt 2) > 0)
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        fake = np.repeat(np.arange(40) % 2, 10)
        scores = np.repeat(rng.normal(1.2 * (np.arange(40) % 2), 1), 10)
        a = bootstrap(auc, fake, scores, np.repeat(np.arange(40), 10), rounds=200, seed=seed)
        b = bootstrap(auc, fake, scores, np.arange(400), rounds=200, seed=seed)
        grouped += a.low <= truth <= a.high
        single += b.low <= truth <= b.high
    assert grouped >= 0.85 * rounds > single


def test_the_interval_holds_its_value_and_repeats_by_seed():
    fake, scores = sample(0)
    people = np.arange(300) % 12
    a, b = (bootstrap(eer, fake, scores, people, rounds=100, seed=4) for _ in "ab")
    assert a == b and a.low <= a.value <= a.high and a.value == eer(fake, scores)
    assert str(a).count("to") == 1


def test_intervals_that_cannot_be_had():
    with pytest.raises(ValueError, match="got 1; at least 2"):
        bootstrap(auc, [0, 1], [0.1, 0.9], [5, 5])
    with pytest.raises(ValueError, match="all 2 samples are fake"):
        bootstrap(auc, [1, 1], [0.1, 0.9], [5, 6])
