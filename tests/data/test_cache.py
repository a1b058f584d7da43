"""The disk cache: same pictures, damage noticed, two writers, no disk."""

import threading

import numpy as np
import pytest

from course_lib import cast, data
from course_lib.data import cache

ADA = cast.people()["Ada"]
SCENES = [cast.random_scene(i) for i in range(3)]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    return tmp_path / "renders"


def test_the_second_call_reads_and_gives_the_same(folder, monkeypatch):
    first = data.render_cached(ADA, SCENES, 64)
    monkeypatch.setattr(cache, "render", None)  # a second rendering would fail
    second = data.render_cached(ADA, SCENES, 64)
    for name in cast.Frames.ARRAYS:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))
    assert len(list(folder.iterdir())) == 1


def test_it_is_the_rendered_picture_in_steps_of_a_camera():
    cached, direct = data.render_cached(ADA, SCENES, 64), cast.render(ADA, SCENES, 64)
    assert np.abs(cached.rgb - direct.rgb).max() <= 0.5 / 255 + 1e-6
    np.testing.assert_array_equal(cached.landmarks, direct.landmarks)
    np.testing.assert_array_equal(cached.labels, direct.labels)


@pytest.mark.parametrize("damage", [lambda d: d[: len(d) // 2], lambda d: b"", lambda d: d[:500] + b"x" + d[501:]])
def test_a_damaged_entry_is_noticed_and_rebuilt(folder, damage):
    first = data.render_cached(ADA, SCENES[0], 64)
    (file,) = folder.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    with pytest.warns(UserWarning, match="damaged"):
        again = data.render_cached(ADA, SCENES[0], 64)
    np.testing.assert_array_equal(first.rgb, again.rgb)
    assert cache._read(file) is not None


def test_chunks_are_rendered_once_and_any_rows_can_be_asked_for(tmp_path):
    rendered = []

    def chunk(rows):
        rendered.append(rows)
        return {"a": np.array(rows), "b": np.array(rows) / 2}

    got = data.cached_chunks(tmp_path, 3, 5, 4, chunk, quiet=True)
    assert got["a"].tolist() == [3, 4, 5, 6, 7] and got["b"].tolist() == [1.5, 2, 2.5, 3, 3.5]
    assert rendered == [range(0, 4), range(4, 8)]
    (tmp_path / "000004.npz").unlink()
    assert data.cached_chunks(tmp_path, 0, 8, 4, chunk, quiet=True)["a"].tolist() == list(range(8))
    assert rendered[2:] == [range(4, 8)]


def test_two_kernels_writing_the_same_entry_leave_a_whole_one(tmp_path):
    arrays = {"a": np.arange(200_000)}
    path = tmp_path / "renders" / "same.npz"
    writers = [threading.Thread(target=lambda: [cache._write(path, arrays) for _ in range(10)]) for _ in range(2)]
    for w in writers:
        w.start()
    for w in writers:
        w.join()
    np.testing.assert_array_equal(cache._read(path)["a"], arrays["a"])
    assert [p.name for p in path.parent.iterdir()] == ["same.npz"]


def test_a_cache_of_little_space_costs_a_warning_and_leaves_nothing(folder):
    """A limit on the size of files ends a write half-way, as a full disk does."""
    resource = pytest.importorskip("resource", reason="Windows has no limit on the size of files")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.warns(UserWarning, match="could not be cached .File too large.") as told:
            frames = data.render_cached(ADA, SCENES, 64)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert frames.rgb.std() > 0.05 and not list(folder.iterdir()) and "Errno" not in str(told[0].message)


def test_without_any_cache_pictures_come_all_the_same(tmp_path, monkeypatch):
    from course_lib import profile

    (tmp_path / "file").touch()
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "file" / "cache"))
    profile._instead.cache_clear()
    with pytest.warns(UserWarning, match="set COURSE_CACHE"):
        first = data.render_cached(ADA, SCENES[0], 64)
    np.testing.assert_array_equal(first.rgb, data.render_cached(ADA, SCENES[0], 64).rgb)


def test_a_full_disk_costs_a_warning_and_no_picture(folder, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.tempfile, "NamedTemporaryFile", full)
    with pytest.warns(UserWarning, match="No space left"):
        frames = data.render_cached(ADA, SCENES[0], 64)
    assert frames.rgb.std() > 0.05
