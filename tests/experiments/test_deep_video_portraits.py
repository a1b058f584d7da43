"""The stored runs of Deep Video Portraits, and how they are read."""
import numpy as np
import pytest

from course_lib.experiments import deep_video_portraits as experiment
from course_lib.metrics.portrait_video import COLUMNS


def test_every_run_is_stored_with_its_settings():
    record = experiment.read()
    assert record["settings"] == experiment.SETTINGS
    assert {(run["window"], run["seed"]) for run in record["runs"]} == {
        (window, seed) for window in experiment.WINDOWS for seed in experiment.SEEDS}
    for run in record["runs"]:
        assert all(len(run[given][name]) == experiment.MEASURED for given in ("tracked", "exact") for name in COLUMNS)


def test_means_are_over_seeds_and_gains_are_paired():
    runs = [{"window": w, "seed": s, "tracked": {"psnr": [20.0 + w + s, 30.0 + 2 * w + s]}} for w in (1, 3)
            for s in (0, 2)]
    means = experiment.by_window({"runs": runs}, "psnr")
    assert means[1].tolist() == [22, 33] and means[3].tolist() == [24, 37]
    (name, (row, half)), = experiment.gains({"runs": runs}, "psnr").items()
    assert name == "3 frames" and row.tolist() == [2, 4]
    assert half == pytest.approx(12.706 * np.std(row, ddof=1) / np.sqrt(2), rel=1e-3)


def test_exact_conditions_flicker_less_than_tracked_ones():
    record = experiment.read()
    for window in experiment.WINDOWS:
        flicker = {given: experiment.by_window(record, "flicker", given)[window].mean() for given in
                   ("tracked", "exact")}
        assert flicker["exact"] < flicker["tracked"]
