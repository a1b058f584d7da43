"""The stored ablation of the First Order Motion Model, and how it is read."""
import numpy as np
import pytest

from course_lib.experiments import animation_ablation as experiment
from course_lib.metrics.animation_table import COLUMNS
from course_lib.models.animation_baselines import METHODS
from course_lib.models.first_order_inference import as_flow, displacement


def test_every_run_is_stored_with_its_settings():
    record = experiment.read()
    assert record["settings"] == experiment.SETTINGS
    assert {(run["variant"], run["seed"]) for run in record["runs"]} == {
        (variant, seed) for variant in experiment.VARIANTS for seed in experiment.SEEDS}
    rows = [*record["runs"], *record["baselines"].values(),
            *(run[experiment.ORACLE] for run in record["runs"] if run["variant"] == experiment.FULL)]
    assert all(len(row[measure]) == experiment.MEASURED for row in rows for measure in COLUMNS)
    assert set(record["baselines"]) == {*METHODS, "exact flow"}


def record_of(**l1):
    """A record of two people, from the mean of each variant: half below it, half above."""
    runs = [{"variant": variant, "seed": seed, "l1": [l1.get(name, 2.0) - 1 + seed, l1.get(name, 2.0) + 1 + seed]}
            for variant, name in zip(experiment.VARIANTS, ("full", "jacobians", "occlusion", "pyramid", "skips"),
                                     strict=True)
            for seed in experiment.SEEDS]
    for run in runs:
        if run["variant"] == experiment.FULL:
            run[experiment.ORACLE] = {"l1": [0.5, 0.5]}
    return {"runs": runs, "baselines": {"exact flow": {"l1": [0.0, 0.2]}}}


def test_means_are_over_seeds_and_changes_are_paired_with_the_full_model():
    record = record_of(jacobians=3.0)
    means = experiment.by_variant(record, "l1")
    shift = np.mean(experiment.SEEDS)
    assert means[experiment.FULL].tolist() == [1 + shift, 3 + shift] and means["exact flow"].tolist() == [0, 0.2]
    moved = experiment.changes(record, "l1")
    assert moved["no Jacobians"][0].tolist() == [1, 1] and moved["no Jacobians"][1] == 0
    assert moved["no pyramid"][0].tolist() == [0, 0] and experiment.FULL not in moved
    assert means[experiment.ORACLE].tolist() == [0.5, 0.5]
    assert experiment.by_seed(record, "l1")["no Jacobians"] == pytest.approx([1] * len(experiment.SEEDS))


def test_a_displacement_becomes_the_flow_that_it_came_from():
    columns, rows = np.meshgrid(np.linspace(0, 3, 64), np.linspace(-2, 1, 64))
    shift = np.stack([columns, rows], -1).astype(np.float32)
    assert np.abs(displacement(as_flow(shift, 32), 64) - shift).max() < 5e-3
