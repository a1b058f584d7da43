"""A run's size, seed and cache: chosen by the environment, said in one line, wrong values refused."""
import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from course_lib import profile


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(profile, "_started", None)


def test_start_says_profile_device_and_seed_in_one_line(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_PROFILE", "laptop")
    started = profile.start(seed=7)
    assert capsys.readouterr().out == f"profile laptop · {profile.device()} · seed 7\n"
    assert (started.name, started.seed) == ("laptop", 7) and profile.current() is started


def test_start_seeds_what_keras_draws():
    draws = [(profile.start(3), keras.random.normal((4,)))[1] for _ in range(2)]
    np.testing.assert_array_equal(*draws)
    profile.start(4)
    assert not np.array_equal(draws[0], keras.random.normal((4,)))


@pytest.mark.parametrize("unset", [True, False])
def test_laptop_is_the_default(monkeypatch, unset):
    if unset:
        monkeypatch.delenv("COURSE_PROFILE", raising=False)
    else:
        monkeypatch.setenv("COURSE_PROFILE", "")
    assert profile.current().name == "laptop"


def test_unknown_profile_names_the_known(monkeypatch):
    monkeypatch.setenv("COURSE_PROFILE", "big")
    with pytest.raises(ValueError, match="ci, laptop, gpu"):
        profile.start()


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "0", True, None])
def test_bad_seed_is_refused(seed):
    with pytest.raises(ValueError, match="seed"):
        profile.start(seed)


def test_each_profile_is_at_least_as_large_as_the_one_before():
    small, middle, large = profile.PROFILES.values()
    for field in dataclasses.fields(profile.Profile):
        if field.name not in ("name", "seed", "train_seconds"):
            a, b, c = (getattr(p, field.name) for p in (small, middle, large))
            assert 0 < a <= b <= c, field.name
    assert middle.train_seconds <= large.train_seconds


def test_ci_counts_training_in_steps_and_the_others_by_the_clock():
    budgets = {name: p.budget(ci_steps=20, fraction=1 / 2) for name, p in profile.PROFILES.items()}
    assert budgets == {"ci": {"steps": 20}, "laptop": {"seconds": 30.0}, "gpu": {"seconds": 90.0}}
    assert profile.PROFILES["laptop"].budget(20) == {"seconds": 60.0}


def test_other_seeds_can_be_asked_for_from_outside(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_SEED_OFFSET", "3")
    assert profile.start(seed=2).seed == 5 and capsys.readouterr().out.endswith("seed 5\n")


def test_a_profile_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        profile.current().pictures = 3


def test_cache_folder_is_made_where_it_was_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "a" / "b"))
    assert profile.cache_dir() == tmp_path / "a" / "b" and profile.cache_dir().is_dir()


def unusable(tmp_path):
    """A place for a cache where none can be: below a file. (Root may write into folders that are read-only.)"""
    (tmp_path / "file").write_text("in the way")
    return tmp_path / "file" / "cache"


def test_without_a_cache_the_lesson_goes_on_in_a_temporary_folder(tmp_path, monkeypatch, recwarn):
    monkeypatch.setenv("COURSE_CACHE", str(unusable(tmp_path)))
    profile._instead.cache_clear()
    folder = profile.cache_dir()
    assert folder.is_dir() and profile.cache_dir() == folder and tmp_path not in folder.parents
    assert len(recwarn) == 1 and "set COURSE_CACHE" in str(recwarn[0].message)
    with pytest.raises(ValueError, match="cannot be made"):
        profile.usable_cache()


def test_what_replaces_the_cache_is_gone_when_the_process_ends(tmp_path):
    code = "from course_lib import profile; print(profile.cache_dir())"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True,
                          env={**os.environ, "COURSE_CACHE": str(unusable(tmp_path))})
    assert done.stdout.strip() and not Path(done.stdout.strip()).exists()


def test_bfloat16_needs_the_processor_to_say_so(tmp_path, monkeypatch):
    for name in ("ONEDNN_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS"):
        monkeypatch.delenv(name, raising=False)
    cpuinfo = tmp_path / "cpuinfo"
    monkeypatch.setattr(profile, "gpus", lambda: [])
    monkeypatch.setattr(profile.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(profile, "Path", lambda _: cpuinfo)
    assert not profile.bfloat16_fast()
    for flags, fast in (("fpu avx512f", False), ("fpu avx512_bf16", True), ("amx_bf16", True), ("avx512_bf16x", False)):
        cpuinfo.write_text(f"flags : {flags} sse\n")
        assert profile.bfloat16_fast() is fast, flags
    cpuinfo.write_text("flags : avx512_bf16\n")
    for name, value, fast in (("ONEDNN_MAX_CPU_ISA", "AVX2", False), ("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_BF16", True),
                              ("TF_ENABLE_ONEDNN_OPTS", "0", False), ("TF_ENABLE_ONEDNN_OPTS", "1", True)):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert profile.bfloat16_fast() is fast, (name, value)
    monkeypatch.setattr(profile, "gpus", lambda: ["some GPU"])
    assert profile.bfloat16_fast()


def test_a_full_disk_is_no_place_for_a_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "full"))
    monkeypatch.setattr(profile.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1 << 20))
    with pytest.raises(ValueError, match="is full"):
        profile.usable_cache()
    with pytest.warns(UserWarning, match="only while this process runs"):
        folder = profile.cache_dir()
    assert folder.is_dir() and folder != tmp_path / "full"
