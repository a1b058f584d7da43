"""Jobs here and on Dask's workers: the same results in the same order, one thread for each worker."""
import os
import sys

import numpy as np
import pytest

from course_lib import cluster, forgeries

NO_DASK = "Dask is not installed: `make extras` brings it"


@pytest.fixture(scope="module")
def started():
    """A function that gives a Client of a new local cluster; all are closed in the end."""
    distributed = pytest.importorskip("distributed", reason=NO_DASK)
    made = []

    def start(workers, threads=1):
        made.append(distributed.LocalCluster(n_workers=workers, threads_per_worker=threads, dashboard_address=":0"))
        made.append(distributed.Client(made[-1]))
        return made[-1]

    yield start
    for one in reversed(made):
        one.close()


def draw(seed):
    return np.random.default_rng(seed).normal(size=3)


def test_without_a_client_jobs_run_here_when_they_are_asked_for():
    seen = []
    results = cluster.each(seen.append, [3, 1, 2])
    assert seen == []
    next(results)
    assert seen == [3]


def test_an_error_of_a_job_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        list(cluster.each(lambda n: 1 // n, [1, 0]))


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_give_what_the_loop_gives(started, workers):
    client = started(workers)

    def job(seed):
        return os.getpid(), os.environ["TF_NUM_INTRAOP_THREADS"], np.random.default_rng(seed).normal(size=3)

    results = list(cluster.each(job, range(6), client))
    assert os.getpid() not in {pid for pid, _, _ in results} and {threads for _, threads, _ in results} == {"1"}
    np.testing.assert_array_equal([values for _, _, values in results], list(map(draw, range(6))))


def test_workers_with_several_threads_are_refused(started):
    with pytest.raises(ValueError, match="threads_per_worker=1"):
        cluster.each(draw, [1], started(1, threads=2))


def test_a_labelled_set_is_the_same_whoever_builds_it(started, tmp_path, monkeypatch):
    build = sys.modules["course_lib.forgeries.build"]
    monkeypatch.setitem(build.AMOUNTS, "ci", ((2, 0, 0), 1, 2))
    sets = []
    for workers in (0, 1):
        monkeypatch.setenv("COURSE_CACHE", str(tmp_path / str(workers)))  # a worker takes it over when it starts
        sets.append(forgeries.build("ci", quiet=True, client=started(workers) if workers else None))
        assert list((tmp_path / str(workers)).rglob("*.npz"))
    for name in build.ROWS:
        np.testing.assert_array_equal(getattr(sets[0], name), getattr(sets[1], name))
