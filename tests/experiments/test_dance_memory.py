"""The stored comparison of dancers with and without the frame before, and how it is read."""
import numpy as np

from course_lib.experiments import dance_memory as experiment
from course_lib.metrics.dance import COLUMNS


def test_every_run_is_stored_with_its_settings():
    record = experiment.read()
    assert record["settings"] == experiment.SETTINGS
    assert {(run["network"], run["seed"]) for run in record["runs"]} == {
        (name, seed) for name in (*experiment.NETWORKS, experiment.SWITCHED_OFF) for seed in experiment.SEEDS}
    assert all(len(run[joints][measure]) == experiment.DRIVERS for run in record["runs"] for joints in experiment.JOINTS
               for measure in COLUMNS)


def test_changes_are_paired_by_driver():
    names = (*experiment.NETWORKS, experiment.SWITCHED_OFF)
    runs = [{"network": name, "seed": seed, **{joints: {"flicker": [3.0 + k + seed, 5.0 + k + seed]} for joints in
                                               experiment.JOINTS}} for k, name in enumerate(names) for seed in (0, 2)]
    assert experiment.by_network({"runs": runs}, "flicker")["with the frame before"].tolist() == [4, 6]
    moved = experiment.changes({"runs": runs}, "flicker")
    assert [row.tolist() for row, _ in moved.values()] == [[1, 1], [2, 2]]
    assert np.allclose([half for _, half in moved.values()], 0)
