"""The stored measurement of the pulse is complete, and people are never divided between training and test."""
import numpy as np
import pytest

from course_lib import cast
from course_lib.experiments import fakecatcher, order_ladder, pulse_codec


def test_the_pulse_was_measured_on_the_whole_cast_with_and_without():
    rows = pulse_codec.read()["clips"]
    seen = {(r["person"], r["pulse"], r["crf"], r["method"]) for r in rows}
    assert len(seen) == len(rows) == len(cast.people()) * 2 * len(pulse_codec.CRFS) * 3


def test_pairs_are_split_by_person_and_share_their_frames():
    clips = np.random.default_rng(0).random((3, 8, 32, 32, 3)).astype(np.float32)
    points = np.random.default_rng(1).uniform(8, 24, (3, 8, 68, 2)).astype(np.float32)
    both, fake, people = order_ladder.pairs(clips, points, "flicker", 0)
    assert both.shape == (6, 8, 32, 32, 3) and fake.tolist() == [1, 0] * 3 and people.tolist() == [0, 0, 1, 1, 2, 2]
    assert not set(order_ladder.TRAIN) & set(order_ladder.TEST)


def test_a_clip_gets_the_mean_of_its_segments():
    assert fakecatcher.votes(np.array([0.2, 0.4, 0.9]), np.array([1, 1, 0])).tolist() == pytest.approx([0.9, 0.3])
    fold = fakecatcher.folds(np.repeat(np.arange(8), 3))
    assert (fold.reshape(8, 3) == fold.reshape(8, 3)[:, :1]).all(), "a person is in one fold"


def test_a_support_vector_machine_finds_what_is_there_and_nothing_else():
    rng = np.random.default_rng(0)
    fake, fold = np.tile([0, 1], 40), np.arange(80) // 20
    noise = rng.normal(size=(80, 5))
    scores = fakecatcher.svm_scores(noise + 2 * fake[:, None], fake, fold)
    assert ((scores > 0.5) == fake).mean() > 0.9
    assert 0.3 < ((fakecatcher.svm_scores(noise, fake, fold) > 0.5) == fake).mean() < 0.7
