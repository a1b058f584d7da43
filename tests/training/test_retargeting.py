"""Training the retargeter: exact offsets, and a network that opens eyes and mouths of people it has never seen."""
import numpy as np
import pytest

from course_lib.cast import NAMES, from_vector
from course_lib.data.openness import HELD_OUT, JAW, LIDS, openness_pairs, openness_vectors, with_openness
from course_lib.models.retargeting import face_units, in_pixels, move_landmarks, open_ratios
from course_lib.training.retargeting import retargeting_set, train_retargeter


@pytest.fixture(scope="module")
def pairs():
    return openness_pairs(256)


def test_nothing_but_the_openness_differs():
    before, after = openness_vectors(6, 3)
    other = [k for k in range(len(NAMES)) if k not in (JAW, *LIDS)]
    assert np.array_equal(before[:, other], after[:, other]) and not np.array_equal(before, after)
    assert np.array_equal(openness_vectors(2, 5)[0], before[2:4])
    person, scene = from_vector(with_openness(before, 0.25, [0, 0.5, 1, 0, 0, 0])[1])
    assert scene.expression.jaw == 0.25 and scene.expression.blink_left == scene.expression.blink_right == 0.5


def test_the_offsets_lead_from_one_to_the_other(pairs):
    (points, ratios, wanted), offsets = retargeting_set(*pairs)
    _, _, axis = face_units(pairs[0])
    assert np.allclose(pairs[0] + in_pixels(offsets, axis), pairs[1], atol=1e-3)
    assert np.allclose(wanted, open_ratios(pairs[1])) and points.shape == offsets.shape == (256, 68, 2)
    assert np.allclose(ratios, open_ratios(pairs[0]))


def test_training_reaches_what_was_asked_for(pairs):
    model, history = train_retargeter(*pairs, steps=150, quiet=True)
    before, after = openness_pairs(40, HELD_OUT)
    asked = open_ratios(after)
    reached = open_ratios(move_landmarks(model, before, asked))
    assert np.mean(history.losses[-10:]) < 0.7 * history.losses[0]
    assert np.abs(reached - asked).mean() < 0.7 * np.abs(open_ratios(before) - asked).mean()
