"""What is stored of the measurements fits together, and says what the page says."""
import itertools

import numpy as np
import pytest

from course_lib import forgeries
from course_lib.experiments import (
    robustness_attacks,
    robustness_matrix,
    robustness_people,
    robustness_training,
)
from course_lib.experiments.robustness import laundered
from course_lib.experiments.robustness_matrix import CODECS, DETECTORS, NAMES, PAIRS


@pytest.fixture(scope="module")
def record():
    return robustness_matrix.read()


def test_every_cell_of_the_matrix_is_there(record):
    for detector, launderer, codec in itertools.product(DETECTORS, NAMES, CODECS):
        rows = record["scores"][detector][launderer][codec]
        assert set(rows) == {"real", *forgeries.METHODS}
        assert {len(values) for values in rows.values()} == {len(record["person"])}
        assert all(0 <= v <= 1 for values in rows.values() for v in values)
    assert all(set(pairs) == {" + ".join(pair) for pair in PAIRS} for pairs in record["pairs"].values())


def test_a_mean_comes_with_its_worst_cell(record):
    for detector in DETECTORS:
        mean, worst, where = robustness_matrix.summary(record["scores"][detector], record["person"], rounds=20)
        assert worst.value <= mean.value and worst.low <= worst.value
        assert worst.value == pytest.approx(robustness_matrix.cell(record, detector, *where, rounds=1).value)


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


def test_enhancement_keeps_a_face_and_replaces_its_finest_detail():
    face = forgeries.build("ci", quiet=True).where(split="test", method="real", crf=0).pictures()[:1]
    after = laundered(face, "enhance")
    assert after.shape == face.shape and 0.001 < np.abs(after - face).mean() < 0.05
    np.testing.assert_array_equal(laundered(face, "raw"), face)


def test_the_other_detectors_are_measured_on_the_same_cells(record):
    other = robustness_training.read()
    assert other["person"] == record["person"]
    assert set(other["logits"]) == {*robustness_training.FIXED, *robustness_training.ARMS}
    for tables in other["logits"].values():
        for rows, launderer, codec in itertools.product(tables, NAMES, CODECS):
            assert {len(v) for v in rows[launderer][codec].values()} == {len(record["person"])}
    mean, worst, _ = robustness_matrix.summary(other["logits"]["frequencies"], record["person"], rounds=20)
    assert 0.5 < mean.value < 1 and worst.value < mean.value


def test_arms_of_equal_budget_are_compared_in_pairs():
    found = robustness_training.read()
    person, arms = found["person"], {name: found["logits"][name] for name in robustness_training.ARMS}
    means = {name: robustness_matrix.summary(tables, person, rounds=20)[0].value for name, tables in arms.items()}
    for name, tables in arms.items():
        paired = robustness_matrix.difference(tables, arms["plain"], person, rounds=20)
        assert paired.value == pytest.approx(means[name] - means["plain"]) and paired.low <= paired.high
    assert robustness_matrix.difference(arms["self-blended"], arms["plain"], person).low > 0


def test_a_cloak_works_on_its_own_network_and_expires():
    found = robustness_people.read()["cloak"]
    rates = found["identified"]
    assert rates["not cloaked"] > 0.9 and rates["cloaked"] < 0.3
    assert rates["attribute network, cloaked"] > rates["cloaked"] + 0.3
    assert found["moved"][1] > found["moved"][0] + 0.3


def test_decoys_are_few_and_the_next_network_rejects_some():
    found = robustness_people.read()["decoys"]
    clean, planted = found["faces"]["8 bits"]
    assert clean == 1 < planted and 1 <= found["extracted"]["8 bits"][1] < planted
