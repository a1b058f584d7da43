"""What is stored of the measurements fits together, and says what the page says."""
import itertools

import numpy as np
import pytest

from course_lib import forgeries
from course_lib.degradation import LAUNDERERS
from course_lib.experiments import robustness_attacks, robustness_matrix
from course_lib.experiments.robustness_matrix import CODECS, DETECTORS, NAMES


@pytest.fixture(scope="module")
def record():
    return robustness_matrix.read()


def test_every_cell_of_the_matrix_is_there(record):
    for detector, launderer, codec in itertools.product(DETECTORS, NAMES, CODECS):
        rows = record["scores"][detector][launderer][codec]
        assert set(rows) == {"real", *forgeries.METHODS}
        assert {len(values) for values in rows.values()} == {len(record["person"])}
        assert all(0 <= v <= 1 for values in rows.values() for v in values)
    assert all(len(pairs) == len(LAUNDERERS) * (len(LAUNDERERS) - 1) for pairs in record["pairs"].values())


def test_a_mean_comes_with_its_worst_cell(record):
    for detector in DETECTORS:
        mean, worst, where = robustness_matrix.mean_and_worst(record, detector)
        assert worst <= mean and worst == robustness_matrix.cell(record, detector, *where, rounds=1).value


def test_training_on_degraded_faces_halves_the_false_positives(record):
    for launderer in ("blur", "c40"):
        plain, cured = (robustness_matrix.false_positives(record, name, "raw", launderer)
                        for name in ("meso64_plain", "meso64_degraded"))
        assert cured <= plain / 2


def test_an_attack_in_memory_succeeds_and_the_codec_undoes_a_small_one():
    attacks = robustness_attacks.read()["attacks"]
    assert attacks["PGD 2/255"]["memory"]["rate"] > 0.9 > 0.3 > attacks["PGD 2/255"]["c23"]["rate"]
    for row in attacks.values():
        assert set(row) == {"queries", *robustness_attacks.WAYS}
        assert all(row[way]["fooled"] <= row[way]["caught"] for way in robustness_attacks.WAYS)


def test_crops_are_taken_as_each_detector_takes_them():
    images = np.random.default_rng(0).random((2, 128, 128, 3)).astype(np.float32)
    assert {robustness_matrix.as_taken(images, how).shape[1] for how in DETECTORS.values()} == {128, 96, 64}
    np.testing.assert_array_equal(robustness_matrix.as_taken(images, "centre"), images[:, 40:104, 32:96])
