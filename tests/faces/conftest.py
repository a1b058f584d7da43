"""Rendered faces that the tests of this room share."""
from dataclasses import replace

import pytest

from course_lib import cast, media


@pytest.fixture(scope="session")
def neutral_people():
    """16 random people from the front, at rest, in random light and before random backgrounds, at 192 px."""
    persons = [cast.random_person(9000 + i) for i in range(16)]
    scenes = [replace(cast.random_scene(400 + i), expression=cast.Expression(), pose=cast.Pose()) for i in range(16)]
    return cast.render(persons, scenes, size=192)


@pytest.fixture(scope="session")
def many_scenes():
    """One person without glasses in 24 random scenes at 128 px."""
    person = replace(cast.random_person(4), glasses=0)
    return cast.render(person, [cast.random_scene(7000 + i) for i in range(24)], size=128)


@pytest.fixture(scope="session")
def hopper():
    """The photograph of Grace Hopper that ships with matplotlib (public domain), f32 RGB [600, 512, 3]."""
    return media.grace_hopper()
