"""Lip scores on mouths whose truth is known: exact ones are perfect, silent ones never miss a closure."""
import keras
import numpy as np
import pytest

from course_lib import audio
from course_lib.cast import Person
from course_lib.data.spoken import lip_points
from course_lib.metrics import lipsync
from course_lib.models.lip_sync import sync_expert

SPEECH = audio.timing(audio.text_to_phones("Very happy people move beyond five big maps.")[0], audio.VOICES["Ada"])
TIMES = np.arange(0, SPEECH[-1][2], 0.01)
EXACT = lip_points(Person(), audio.mouth(SPEECH, TIMES))


def shapes(mouth):
    return lip_points(Person(), mouth)


def test_the_exact_mouth_is_perfect():
    row = lipsync.score(EXACT[None], EXACT[None], [SPEECH])
    assert row["error"] == 0 and row["closures"] == 1 and row["touches"] == 1
    names = [p for p, *_ in SPEECH]
    alone = [p for p, a, b in zip(names, ["SIL", *names], [*names[1:], "SIL"]) if not {a, b} & set("PBM")]
    assert row["counts"] == (sum(p in "PBM" for p in names), sum(p in "FV" for p in alone)) and row["counts"][1] > 0


def test_baselines_are_wrong_in_their_own_ways():
    other = shapes(audio.mouth(audio.timing(audio.text_to_phones("Today we hear a yellow horse again.")[0]), TIMES))
    found = lipsync.baselines(np.stack([EXACT, other]), [SPEECH, SPEECH], shapes, TIMES)
    rows = {name: lipsync.score(x[:1], EXACT[None], [SPEECH]) for name, x in found.items()}
    assert rows["silent mouth"]["closures"] == 1 and rows["silent mouth"]["touches"] == 0
    assert np.array_equal(found["another sentence"][0], other) and rows["another sentence"]["closures"] < 0.9
    assert 0 < rows["viseme lookup"]["error"] < rows["another sentence"]["error"]
    assert "lip error" in lipsync.table(rows)


def test_an_error_is_a_distance_in_face_units():
    assert np.isclose(lipsync.lip_error(EXACT + np.tile([0.03, 0.04], 18), EXACT), 0.05, atol=1e-6)


def test_a_mouth_that_only_nearly_closes_misses():
    ajar = shapes(np.clip(audio.mouth(SPEECH, TIMES), [0.25, 0, 0, 0], 1))
    hits, chances = lipsync.closures(ajar, SPEECH, 100)
    assert hits == 0 < chances
    assert lipsync.closures(EXACT[::4], SPEECH, 25)[0] <= chances  # a slow clip may have no frame in a closure


def test_a_mouth_that_passes_by_does_not_touch():
    span = next((a, b) for p, a, b in SPEECH if p in "FV")
    moving = EXACT.copy()
    at = (TIMES >= span[0]) & (TIMES <= span[1])
    opened = shapes(np.array([[0.6, 0, 0, 0.4]]))[0]
    moving[at] += np.linspace(0, 1, at.sum())[:, None] * (opened - moving[at])
    assert lipsync.touches(moving, SPEECH, 100)[0] == lipsync.touches(EXACT, SPEECH, 100)[0] - 1


def test_lse_finds_the_delay_and_forgives_it():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)

    class Oracle:
        """Reads the same number from a mouth and from its sound."""

        def predict(self, inputs, **_):
            lips, mel = inputs
            angle = [lips[:, 0, 0, 0], mel[:, 0, 0, 0]]
            return [np.stack([np.cos(3 * a), np.sin(3 * a)], 1) for a in angle]

    numbers = rng.random(40).astype(np.float32)
    faces = np.zeros((40, 64, 64, 3), np.float32) + numbers[:, None, None, None]
    mel = np.repeat(numbers, 4)[:, None] * np.ones((1, 40), np.float32)
    row = lipsync.lse(Oracle(), faces, mel, 8)
    late = lipsync.lse(Oracle(), np.roll(faces, 3, 0), mel, 8)
    assert row["offset"] == 0 and row["distance"] < 1e-6 and row["confidence"] > 0.5
    assert late["offset"] == 3 and abs(late["confidence"] - row["confidence"]) < 0.1 * row["confidence"]
    assert np.isfinite(lipsync.lse(sync_expert(8), faces, mel, 8)["confidence"])
    with pytest.raises(ValueError, match="four rows"):
        lipsync.lse(Oracle(), faces, mel[:-1])
