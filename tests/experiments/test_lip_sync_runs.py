"""The stored run of lesson 08: complete, and what the page says about it holds."""
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
