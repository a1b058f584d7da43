"""What every unit test starts from: the ci profile, figures that open no window, a quiet TensorFlow, and properties
that are tried on the same examples each time, so that a run that passed passes again.

Every test and every fixture starts Python's random numbers, from which Keras draws the seeds of its layers, from a seed
made of its own name: networks begin with the same weights whatever ran before.

COURSE_TEST_SEED=7 tries other examples and other weights, and shuffles the files and the tests within each file;
--order-seed=7 only shuffles. This shows a test that passes in one order alone, or on the usual examples alone.
"""
import os
import random
import signal
import zlib
from pathlib import Path

import hypothesis
import matplotlib
import numpy as np
import pytest
from PIL import Image

os.environ.setdefault("COURSE_PROFILE", "ci")
import course_lib  # noqa: E402, F401  (silences TensorFlow before a test imports it)

matplotlib.use("agg")
SEED = os.environ.get("COURSE_TEST_SEED")
hypothesis.settings.register_profile("seeded", hypothesis.settings.get_profile("ci"), derandomize=False)
hypothesis.settings.load_profile("seeded" if SEED else "ci")


def pytest_addoption(parser):
    parser.addoption("--order-seed", type=int, default=SEED and int(SEED), help="shuffle the files and their tests")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    if SEED and config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = SEED  # before Hypothesis reads it


def pytest_report_header(config):
    return f"examples: {SEED or 'the usual'} · order: {config.option.order_seed or 'the usual'}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    if config.option.order_seed is None:
        return
    rng, files = random.Random(config.option.order_seed), {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    for path, tests in files.items():
        if path.suffix == ".py":  # the cells of a notebook stay in order
            rng.shuffle(tests)
    files = list(files.values())
    rng.shuffle(files)
    items[:] = [item for tests in files for item in tests]


def _seed(name):
    random.seed(zlib.crc32(f"{name} {SEED or ''}".encode()))


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef):
    _seed(fixturedef.argname)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    _seed(pyfuncitem.name)
    return (yield)


@pytest.fixture(scope="session")
def cast_pictures():
    """24 people of the cast at 128 px. Kept as a file, since rendering them takes a minute: cast.render of
    random_person(i) in random_scene(i), i = 0 to 23, at 256 px, halved, tiled 6 x 4, JPEG quality 92."""
    sheet = np.asarray(Image.open(Path(__file__).with_name("cast_unmarked.jpg"))).astype(np.float32) / 255
    return [sheet[y:y + 128, x:x + 128] for y in range(0, 512, 128) for x in range(0, 768, 128)]


@pytest.fixture
def ctrl_c():
    """SIGINT interrupts, as in a terminal: what a shell starts in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
