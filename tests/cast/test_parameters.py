"""The records: ranges, the flat vector, and errors that say what to do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib import cast


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_a_flat_vector_gives_the_same_records_back(person_seed, scene_seed):
    vector = cast.to_vector(cast.random_person(person_seed), cast.random_scene(scene_seed))
    assert vector.shape == (len(cast.NAMES),) and vector.dtype == np.float32
    np.testing.assert_array_equal(cast.to_vector(*cast.from_vector(vector)), vector)


@pytest.mark.parametrize("value", [2.0, -2.0, float("nan"), "wide", None])
def test_a_value_out_of_range_is_named_with_its_range(value):
    with pytest.raises(ValueError, match=r"Pose.yaw.*\[-1.3, 1.3\].*radians"):
        cast.Pose(yaw=value)


def test_a_scene_refuses_a_wrong_record():
    with pytest.raises(ValueError, match="Scene.pose.*cast.Pose"):
        cast.Scene(pose=cast.Expression())


def test_a_vector_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="expected"):
        cast.from_vector(np.zeros(3))


def test_every_field_says_its_range_and_meaning():
    for record in (cast.Person, cast.Expression, cast.Pose, cast.Lighting, cast.Camera, cast.Background):
        for name, low, high, what in cast.describe(record):
            assert low < high and low <= getattr(record(), name) <= high and len(what) >= 5


def test_the_named_cast_is_twelve_distinct_people():
    people = cast.people()
    assert len(people) == 12 and len(set(people.values())) == 12
    skins = sorted(p.skin for p in people.values())
    assert skins[0] < 0.1 and skins[-1] > 0.9 and max(np.diff(skins)) < 0.2
    assert sum(p.glasses for p in people.values()) >= 2 and {p.age > 0.7 for p in people.values()} == {True, False}


def test_what_goes_together_in_people_is_drawn_together():
    crowd = [cast.random_person(i) for i in range(400)]
    old, young = [p for p in crowd if p.age > 0.75], [p for p in crowd if p.age < 0.4]
    grey = lambda some: np.mean([abs(p.hair_r - p.hair_b) < 0.05 and p.hair_r > 0.1 for p in some])  # noqa: E731
    assert grey(old) > 0.6 > 0.2 > grey(young)
    assert not any(p.hair_r > 0.2 and p.skin > 0.45 and p.age < 0.5 for p in crowd)  # no blond hair on the darkest skin
    assert not any(p.beard and p.lipstick for p in crowd)
