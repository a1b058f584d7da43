"""Independent jobs one after another, or side by side on Dask's workers where the caller has a Client.

The library neither starts a cluster nor closes one: who has a `distributed.Client` passes it on. What a job gives must
not depend on who runs it, so every job carries its own seed. docs/scale.md shows the clusters.
"""
import os

# Each worker is one process with one thread; TensorFlow, OpenMP and the TFLite interpreter must not start more.
THREADS = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}


def prepare(client):
    """Have every worker of a cluster, also one that starts later, compute with one thread.

    Args:
        client: distributed.Client.
    Returns:
        int, how many workers there are now.
    Raises:
        ValueError: when a worker runs several jobs at once in one process, in which TensorFlow is not safe.
    """
    threads = client.nthreads()
    if any(count != 1 for count in threads.values()):
        raise ValueError(f"the workers have {sorted(set(threads.values()))} threads each; TensorFlow needs a process "
                         "for each job: start them with `dask worker --nthreads 1 --nworkers N`, or "
                         "LocalCluster(n_workers=N, threads_per_worker=1)")
    from distributed import WorkerPlugin

    class OneThread(WorkerPlugin):  # defined here, so that it travels whole and a worker need not import the course
        name = "course-one-thread"

        def setup(self, worker):
            os.environ.update(THREADS)

    client.register_plugin(OneThread())
    return len(threads)


def each(function, jobs, client=None):
    """The results of a function for each of some jobs, as they become available in the order of the jobs.

    Trainings side by side are `list(each(train_one, settings, client))`: one training for each seed or detector, never
    one training over several machines.

    Args:
        function: called with one job; with a client it must be importable on the workers, or be pickled by value.
        jobs: a list; each says all that its result depends on, its seed included.
        client: distributed.Client; None runs the jobs here.
    Returns:
        An iterator over the results.
    Raises:
        ValueError: as prepare.
        Exception: what the function raised, here or on a worker.
    """
    jobs = list(jobs)
    if client is None:
        return map(function, jobs)
    prepare(client)
    futures = client.map(function, jobs, pure=False, retries=1)
    return _in_turn(futures)


def _in_turn(futures):
    """The results of futures, each forgotten once it has been given: they can be large."""
    futures.reverse()
    while futures:
        yield futures.pop().result()
