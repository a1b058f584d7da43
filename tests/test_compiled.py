"""What was compiled ahead is read where it is intact, found again in a fresh process, and never needed."""
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from course_lib import compiled
from course_lib.cast import stages
from course_lib.cast.tracing import STAGES

FRESH = """
from course_lib import profile
profile.start()
import keras
keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])  # names that TensorFlow has given away before
from course_lib.cast import stages
stages.warm()
"""


@pytest.fixture
def ready(tmp_path, monkeypatch):
    """A folder as `build` leaves it, with one short file in it."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    where = compiled.folder()
    where.mkdir(parents=True)
    (where / "program.pb").write_bytes(b"code")
    listed = {"renderer": compiled.renderer_version(), "files": compiled._digests(where)}
    (where / compiled.LIST).write_text(json.dumps(listed))
    return where


def test_only_intact_programs_of_this_renderer_are_ready(ready, monkeypatch):
    assert compiled.fault() is None
    monkeypatch.setattr(compiled, "renderer_version", lambda: "another")
    assert compiled.fault() == "of an older renderer"
    (ready / "program.pb").write_bytes(b"cold")
    assert compiled.fault() == "damaged"
    (ready / "program.pb").unlink()
    assert compiled.fault() == "damaged"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3}', '{"files": {}, "renderer": '])
def test_a_damaged_list_is_noticed(ready, text):
    (ready / compiled.LIST).write_text(text)
    assert compiled.fault() == "damaged"
    (ready / compiled.LIST).unlink()
    assert compiled.fault() == "absent"


def test_an_environment_reached_through_another_link_has_its_own_programs(ready, tmp_path, monkeypatch):
    (tmp_path / "link").symlink_to(tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "link"))
    assert compiled.fault() == "absent"


def test_a_file_that_nobody_listed_is_not_read(ready):
    (ready / "planted.pb").write_bytes(b"code")
    assert compiled.fault() == "damaged"


def test_programs_are_read_only_and_flags_set_by_hand_stay(ready, monkeypatch):
    monkeypatch.setenv("TF_XLA_FLAGS", "--mine")
    compiled.use()
    assert os.environ["TF_XLA_FLAGS"] == "--mine"
    monkeypatch.delenv("TF_XLA_FLAGS")
    compiled.use()
    assert str(ready) in os.environ["TF_XLA_FLAGS"] and "read_only=true" in os.environ["TF_XLA_FLAGS"]


def test_programs_of_another_environment_are_not_read(ready, monkeypatch):
    """A course that starts another one leaves it its flags: `make release-check`, and its clone."""
    compiled.use()
    left = os.environ["TF_XLA_FLAGS"].replace(str(compiled.folder().parents[2]), "elsewhere")
    monkeypatch.setenv("TF_XLA_FLAGS", left)
    compiled.use()
    assert str(ready) in os.environ["TF_XLA_FLAGS"] and "elsewhere" not in os.environ["TF_XLA_FLAGS"]
    monkeypatch.setenv("TF_XLA_FLAGS", left)
    (ready / compiled.LIST).unlink()
    compiled.use()
    assert "TF_XLA_FLAGS" not in os.environ


def test_functions_get_the_same_names_whatever_came_before():
    def name():
        return tf.function(lambda a: a + 1).get_concrete_function(tf.TensorSpec([])).name

    with compiled.numbered():
        first = name()
    assert name() != first
    with compiled.numbered():
        assert name() == first


def test_an_environment_that_cannot_be_written_says_so(tmp_path, monkeypatch):
    (tmp_path / "share").write_text("in the way")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(OSError):
        compiled.build()


@pytest.mark.skipif(compiled.fault() is not None, reason="nothing is compiled ahead: `make setup` does it")
def test_a_fresh_kernel_reads_every_program():
    quiet = {k: v for k, v in os.environ.items() if k != "TF_XLA_FLAGS"}
    loud = {**quiet, "TF_CPP_MIN_LOG_LEVEL": "0", "TF_CPP_VMODULE": "device_executable_persistor=1"}
    done = subprocess.run([sys.executable, "-c", FRESH], env=loud, capture_output=True, text=True, check=True)
    programs = [name for name in compiled._digests(compiled.folder()) if name.endswith(".pb")]
    loaded = max(map(done.stderr.count, ("Loading cached entry", "Verifying loaded cache entry")))  # the latter by 2.20
    assert loaded == len(programs) == len(STAGES)


@pytest.mark.skipif(compiled.fault() is not None, reason="nothing is compiled ahead: `make setup` does it")
def test_stored_stages_give_the_traced_ones_values_and_columns():
    assert set(stages._stored()) == set(STAGES)
    given = stages.arguments()
    for name in ("march", "masks", "landmarks", "shade", "noise"):
        traced = tf.function(STAGES[name], jit_compile=True, autograph=False)
        expected, got = traced(*given[name]), stages.stage(name)(*given[name])
        tf.nest.assert_same_structure(tf.nest.flatten(expected), tf.nest.flatten(got))
        assert not isinstance(expected, dict) or set(expected) == set(got)
        for a, b in zip(tf.nest.flatten(expected), tf.nest.flatten(got), strict=True):
            np.testing.assert_allclose(a, b, atol=2e-5)
