"""The loss explorer: which stored run is nearest, the pure picture, and the sliders before it."""
import io
from dataclasses import asdict, replace

import numpy as np
import pytest
from PIL import Image

from course_lib.experiments.faceswap_ablation import OURS, STAGES, read
from course_lib.show import encode_sheet, image_sheet
from course_lib.training.faceswap import Weights
from course_lib.widgets.loss_explorer import LEFT, SIDE, TOP, LossExplorer, State, faces, multiples, nearest, render

NONE = {name: 0.0 for name in ("adversarial", "perceptual", "edge", "hinge", "small")}
SCORES = {"psnr": 25.0, "ssim": 0.8, "perceptual": 0.5, "edges": 0.05, "sharpness": 0.9, "likeness": 0.8}


def sheet(level, n=3):
    return encode_sheet(image_sheet(np.full((n, 64, 64, 3), level, np.float32)))


def run(stage, weights, seed=0, level=0.5, verdict=""):
    return {"stage": stage, "seed": seed, "weights": asdict(weights) if weights else None, "sheet": sheet(level),
            "masks": sheet(1.0), "picture": SCORES, "mask IoU": 0.9, "verdict": verdict}


@pytest.fixture(scope="module")
def record():
    runs = [run("reconstruction", STAGES["reconstruction"], level=0.2), run("mask", OURS, level=0.4),
            run("mask", OURS, seed=1, level=0.6), run("dfaker", None),
            run("too strong", replace(OURS, adversarial=10.0), verdict="its faces are all alike")]
    return {"runs": runs, "truth": {"sheet": sheet(0.5), "masks": sheet(1.0)}, "source": {"sheet": sheet(0.1)},
            "lesson 02": {"picture": SCORES, "mask IoU": 0.8}}


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), float) / 255


def test_the_nearest_run_is_found_and_its_distance_told(record):
    assert nearest(State(record))[0]["stage"] == "mask" and nearest(State(record))[1] == 0
    assert nearest(State(record, seed=1))[0]["seed"] == 1
    assert nearest(State(record, **NONE))[0]["stage"] == "reconstruction"
    found, away = nearest(State(record, adversarial=30))
    assert found["stage"] == "too strong" and away > 0
    assert np.array_equal(multiples(asdict(Weights())), [1, 0, 1, 1, 1, 1, 1, 1])
    assert np.array_equal(multiples(asdict(STAGES["reconstruction"])), [1, 1, 1, 0, 0, 0, 0, 0])


def test_the_picture_shows_that_run_and_its_difference(record):
    page = pixels(render(State(record)))
    assert render(State(record)) == render(State(record))

    def row(k):
        return page[TOP + k * SIDE + 8:TOP + (k + 1) * SIDE - 8, LEFT + 8:LEFT + 3 * SIDE - 8]

    for k, level in enumerate((0.1, 0.4, 1.0, 3 * (0.5 - 0.4), 0.5)):
        assert np.abs(row(k) - level).max() < 0.04, k
    collapsed = pixels(render(State(record, adversarial=100)))
    red = (np.abs(collapsed - np.array([0xD5, 0x5E, 0]) / 255).max(-1) < 0.1).sum()
    assert red > 100 and not (np.abs(page - np.array([0xD5, 0x5E, 0]) / 255).max(-1) < 0.1).any()


def test_bad_states_say_what_is_expected(record):
    with pytest.raises(ValueError, match="at least 0"):
        State(record, edge=-1)
    with pytest.raises(ValueError, match="course_lib.experiments.faceswap_ablation"):
        State(record | {"runs": [run("dfaker", None)]})


def test_the_sliders_choose(record):
    view = LossExplorer(record)
    assert not view.controls["seed"].disabled
    view.refresh()
    assert view.image.value == render(State(record))
    for name, value in NONE.items():
        view.controls[name].value = value
    assert view.controls["seed"].disabled, "there is one run with these weights"
    assert view.state().wanted == (1, 1, 1, 0, 0, 0, 0, 0) and view.image.value == render(State(record, **NONE))
    view.controls["seed"].value = 1
    assert view.state().seed == 1


def test_the_shipped_runs_can_be_explored():
    shown = read()
    assert faces(shown["truth"], "sheet").shape[1:] == (64, 64, 3)
    ends = State(shown, **NONE), State(shown), State(shown, whole=0.0), State(shown, **NONE | {"adversarial": 1.0})
    assert [nearest(state)[0]["stage"] for state in ends] == ["reconstruction", "mask", "as published", "adversarial"]
    assert pixels(render(State(shown))).shape[2] == 3
