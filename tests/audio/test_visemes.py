"""Visemes: what must close closes, what must touch touches, and neighbours reach into each other."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course_lib import audio
from course_lib.audio.visemes import VISEMES, dominance
from course_lib.cast.parameters import Expression

TIMES = np.arange(0, 4, 0.01)


def test_lips_are_closed_for_every_p_b_and_m():
    speech = audio.say("My baby bought a map, but Pam may buy more.")
    times = np.arange(0, speech.phones[-1][2], 0.005)
    jaw = audio.mouth(speech.phones, times)[:, 0]
    spans = audio.closures(speech.phones)
    assert len(spans) == 12
    for start, end in spans:
        assert jaw[(times >= start) & (times < end)].max() < 0.01
    assert jaw.max() > 0.4


def test_teeth_show_for_f_and_the_jaw_nearly_closes():
    phones = [("AA", 0.0, 0.2), ("F", 0.2, 0.3), ("AA", 0.3, 0.5)]
    jaw, _, _, teeth = audio.mouth(phones, np.array([0.1, 0.25])).T
    assert jaw[1] == pytest.approx(VISEMES["FF"].jaw) and teeth[1] == pytest.approx(VISEMES["FF"].teeth)
    assert jaw[0] > 0.5


def test_lips_are_rounded_before_the_vowel_that_rounds_them():
    early = np.array([0.17])
    rounded, plain = (audio.mouth([("S", 0.0, 0.2), (v, 0.2, 0.4)], early)[0, 2] for v in ("UW", "IY"))
    assert rounded > plain + 0.1


def test_a_diphthong_has_two_shapes():
    assert audio.visemes([("AY", 1.0, 1.5)]) == [("AA", 1.0, 1.3), ("IY", 1.3, 1.5)]


def test_dominance_is_largest_at_the_middle_and_falls_to_both_sides():
    weight = dominance(TIMES, 1.0, 1.2, vowel=True)
    assert TIMES[weight.argmax()] == pytest.approx(1.1, abs=0.06)
    assert (np.diff(weight[TIMES < 1.0]) > 0).all() and (np.diff(weight[TIMES > 1.2]) < 0).all()


@given(st.lists(st.sampled_from(["AA", "IY", "UW", "P", "M", "F", "S", "T", "SIL", "OW"]), min_size=1, max_size=15))
def test_the_mouth_is_one_that_the_cast_can_make(names):
    speech = audio.say_phones(names)
    shape = audio.mouth(speech.phones, TIMES)
    assert np.isfinite(shape).all() and shape.min() >= 0 and shape.max() <= 1
    Expression(**dict(zip(("jaw", "smile", "pucker", "teeth"), map(float, shape[3]))))


def test_an_unknown_phone_is_refused():
    with pytest.raises(ValueError, match="no viseme"):
        audio.visemes([("Q9", 0, 1)])
