"""The stored rounds of the arena are whole, and say what lesson 15 says of them."""
import json

import numpy as np
import pytest

from course_lib.arena import evolve, matrix, ratings
from course_lib.arena.creators import CREATORS
from course_lib.arena.entries import Clip
from course_lib.experiments import arena_rounds
from course_lib.show import decode_sheet


@pytest.fixture(scope="module")
def stored():
    return arena_rounds.read()


def test_every_detector_has_met_every_creator(stored):
    round_, pictures, _ = stored
    assert set(round_.creators) == set(CREATORS) and len(round_.detectors) >= 7 and not round_.problems
    assert {"Meso4", "MesoInception4", "boundary", "frequency", "evidence", "pulse", "ensemble"} <= set(round_.real)
    for detector in round_.detectors:
        assert len(round_.real[detector]) == arena_rounds.REALS == len(set(round_.people["real"]))
        for creator in round_.creators:
            scores = np.array(round_.fake[detector][creator])
            assert scores.shape == (arena_rounds.CLIPS,) and ((scores >= 0) & (scores <= 1)).all()
    assert not set(round_.people["real"]) & set(round_.people["swap"])
    for name, text in pictures.items():
        sheet = decode_sheet(text)
        assert sheet.shape[1] == sheet.shape[0] * (arena_rounds.REALS if name == "real" else arena_rounds.CLIPS)


def test_the_copy_is_stopped_by_the_floors_and_by_nothing_else(stored):
    round_, _, _ = stored
    assert all(any("change" in fault for fault in faults) for faults in round_.floors["copy"])
    assert np.abs(matrix.table(round_, creators=["copy"]) - 0.5).max() < 0.25
    players, outcomes, _ = ratings.games(round_)
    wins = ratings.win_matrix(outcomes, len(players))
    assert wins[players.index("copy")].sum() == 0


def test_the_ensemble_is_the_mean_of_the_others_log_odds(stored):
    round_, _, _ = stored
    members = [d for d in round_.detectors if d != "ensemble"]
    again = matrix.add_ensemble(matrix.Round(0, dict(round_.real), dict(round_.fake), round_.people, round_.floors),
                                members, "again")
    assert np.allclose(again.real["again"], round_.real["ensemble"], atol=2e-3)


def test_the_evolution_has_every_arm_in_every_round(stored):
    rows = stored[2]
    rounds = {arm: [r["round"] for r in rows if r["arm"] == arm] for arm in evolve.ARMS}
    assert len({tuple(v) for v in rounds.values()}) == 1 and rounds["frozen"][0] == 0
    first = [[r["now"], r["first"]] for r in rows if r["round"] == 0]
    assert first[0] == first[1] == first[2] and first[0][0] == first[0][1]  # before anybody has learned or adapted
    assert all("learned" in r for r in rows if r["arm"] != "frozen")


def test_the_quiz_is_balanced_and_its_people_are_in_no_other_round(stored):
    quiz = arena_rounds.read_quiz()
    assert sum(quiz["fake"]) == 12 and len(quiz["fake"]) == 24 == len(set(quiz["person"]))
    assert all((m == "real") == (f == 0) for m, f in zip(quiz["method"], quiz["fake"], strict=True))
    assert not set(quiz["person"]) & {p for people in stored[0].people.values() for p in people}
    shape = decode_sheet(quiz["sheets"][0]).shape
    assert shape == (arena_rounds.QUIZ_SIDE, arena_rounds.QUIZ_FRAMES * arena_rounds.QUIZ_SIDE, 3)


def test_a_sheet_holds_the_middle_frames():
    points = np.float32(np.random.default_rng(0).uniform(40, 100, (8, 68, 2)))
    clips = [Clip(np.full((8, 144, 144, 3), v, np.uint8), points, 8.0) for v in (50, 200)]
    sheet = decode_sheet(arena_rounds.sheet(clips))
    side = arena_rounds.THUMB
    assert sheet.shape == (side, 2 * side, 3)
    assert sheet[side // 2, side // 2].mean() < 0.4 < 0.6 < sheet[side // 2, -side // 2].mean()


def test_a_record_can_be_written_and_read(tmp_path, monkeypatch, stored):
    monkeypatch.setattr(arena_rounds, "RUNS", tmp_path / "arena.json")
    round_ = stored[0]
    monkeypatch.setattr(arena_rounds, "sheet", lambda clips: "x")
    arena_rounds._write({"matrix": arena_rounds.as_record(round_, {c: [] for c in round_.creators}, [])})
    again, pictures, evolution = arena_rounds.read()
    assert again.fake == round_.fake and again.floors == round_.floors and evolution == []
    assert json.loads(arena_rounds.RUNS.read_text())["matrix"]["seed"] == round_.seed
