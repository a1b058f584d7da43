"""The stored runs of lesson 08: complete, and what the page says about it holds."""
import numpy as np
import pytest

from course_lib.experiments import mouth_texture
from course_lib.show import decode_sheet


def test_a_found_mouth_and_a_drawn_one():
    stored = mouth_texture.read()
    rows = stored["rows"]
    assert stored["settings"]["steps"] == mouth_texture.STEPS
    assert rows["decoder"]["psnr"] > rows["nearest frame"]["psnr"]
    assert rows["nearest frame"]["sharpness"] > rows["median of 25"]["sharpness"] > rows["mean of 25"]["sharpness"]
    assert rows["decoder"]["flicker"] < rows["median of 6"]["flicker"] < rows["nearest frame"]["flicker"]
    assert decode_sheet(stored["sheet"]).shape == (64 * (1 + len(rows)), 8 * 64, 3)


def test_the_delay_study_is_complete():
    from course_lib.experiments import lip_delay

    runs = lip_delay.read()["runs"]
    assert [run["name"] for run in runs] == list(lip_delay.ORDER) and lip_delay.read()["settings"]
    for run in runs:
        assert run["error"] == pytest.approx(np.mean(run["errors"]), abs=1e-4) and run["losses"][-1] < run["losses"][0]
    found = lip_delay.summary()
    assert found["bidirectional"] < min(found[f"{ms} ms"] for ms in lip_delay.DELAYS)  # it hears the whole sentence
    assert all(found[f"{ms} ms, two layers"] < found[f"{ms} ms"] for ms in lip_delay.DELAYS)


def test_a_voice_is_fitted_from_seconds():
    from course_lib.experiments import voice_fitting

    stored = voice_fitting.read()
    rows = stored["rows"]
    assert set(rows) == {"0", *map(str, voice_fitting.SECONDS)} and "unfitted" in voice_fitting.table(stored)
    for key in voice_fitting.KEYS:
        assert all(len(row[key]) == stored["voices"] for row in rows.values())
        for seconds in voice_fitting.SECONDS:
            assert np.mean(np.abs(rows[str(seconds)][key])) < min(0.02, np.mean(np.abs(rows["0"][key]))), key
    again = voice_fitting.run((5,), 1)["rows"]["5"]  # on this machine
    assert again["heard"] >= 5 and all(abs(again[key][0]) < 0.06 for key in voice_fitting.KEYS)


def test_mouths_in_a_new_pose():
    from course_lib.experiments import mouth_pose as run

    stored = run.read()
    assert list(stored) == list(run.MOTIONS)
    for rows in stored.values():
        assert all(len(rows[way][key]) == len(run.PEOPLE) for way in run.WAYS for key in run.KEYS)
        plain, solid = (np.mean(rows[way]["flicker"]) for way in (run.WAYS[1], run.WAYS[-1]))
        assert solid < plain and "+-" in run.table(rows)
