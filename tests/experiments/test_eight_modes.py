"""The stored runs on eight clusters, and the pieces that lesson 04 shows."""
import numpy as np

from course_lib.experiments import eight_modes


def test_modes_are_counted_by_the_points_near_them():
    centres = eight_modes.CENTRES
    assert eight_modes.count_modes(np.repeat(centres, 10, 0)) == 8
    assert eight_modes.count_modes(np.repeat(centres[:1], 10, 0) + 0.3) == 0  # further than 0.4
    assert eight_modes.count_modes(np.repeat(centres[:3], [98, 1, 1], 0)) == 1  # one in a hundred is not enough


def test_a_cloud_over_the_plane_reaches_every_mode_with_few_points_near_one():
    cloud = np.random.default_rng(0).uniform(-3, 3, (4000, 2))
    assert eight_modes.count_modes(cloud) == 8
    assert abs(eight_modes.fraction_near(cloud) - 8 * np.pi * 0.4**2 / 36) < 0.02  # the area of the circles
    assert eight_modes.fraction_near(eight_modes.CENTRES) == 1


def test_points_lie_around_all_centres():
    noise, cloud = next(eight_modes.points(np.random.default_rng(0), 512))
    assert noise.shape == (512, 8) and cloud.shape == (512, 2) and eight_modes.count_modes(cloud) == 8


def test_a_run_is_repeatable_and_moves():
    first, second = (eight_modes.clouds("fast generator", 0, (1, 3), 16) for _ in range(2))
    assert np.array_equal(first[3], second[3]) and not np.allclose(first[1], first[3])


def test_the_stored_runs_are_complete():
    record = eight_modes.read()
    assert set(record["modes"]) == set(eight_modes.SETTINGS) and tuple(record["seeds"]) == eight_modes.SEEDS
    shape = len(eight_modes.SEEDS), len(record["moments"])
    assert all(np.shape(runs) == shape for runs in record["modes"].values())
    assert len(eight_modes.table(record).splitlines()) == 1 + len(record["modes"])
