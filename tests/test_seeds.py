"""The random numbers of a test depend on its name alone, and not on the tests that ran before."""
import json
import random

import keras
import numpy as np
import pytest

pytest_plugins = ["pytester"]
TESTS = """
import json, random, pytest

def write(name, value):
    with open("drawn", "a") as file:
        file.write(json.dumps([name, value]) + "\\n")

@pytest.fixture(scope="module")
def shared():
    return random.random()

def test_one(shared):
    write("one", [shared, random.random()])

def test_two(shared):
    write("two", [shared, random.random()])
"""


@pytest.fixture
def drawn(pytester, request):
    """A function that runs tests and gives what they drew."""
    pytester.makeconftest((request.config.rootpath / "tests" / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile(test_drawing=TESTS)

    def run(*names):
        tests = [f"test_drawing.py::test_{name}" for name in names]
        pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", *tests).assert_outcomes(passed=len(names))
        lines = (pytester.path / "drawn").read_text().splitlines()
        (pytester.path / "drawn").unlink()
        return dict(map(json.loads, lines))

    return run


def test_what_a_test_draws_depends_on_its_name_alone(drawn):
    both = drawn("one", "two")
    assert both["one"][0] == both["two"][0] and both["one"][1] != both["two"][1]
    assert drawn("two")["two"] == both["two"]


def test_networks_begin_with_weights_that_python_has_drawn():
    def first():
        random.seed(5)
        layer = keras.layers.Dense(2)
        layer.build((None, 3))
        return np.asarray(layer.kernel)

    assert np.array_equal(first(), first())
