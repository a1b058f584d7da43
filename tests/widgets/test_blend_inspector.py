"""The inspector's picture and numbers are functions of its State alone; the controls describe a State."""
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from course_lib.blending import Steps
from course_lib.experiments import blending_steps as films
from course_lib.widgets.blend_inspector import BlendInspector, State, numbers, render


@pytest.fixture(scope="module")
def film():
    return films.held_out(seconds=0.2, size=128)


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png))).astype(int)


def test_the_same_state_gives_the_same_picture(film):
    state = State(film, 1)
    picture = pixels(render(state))
    assert picture.shape == (448, 448, 3) and render(state) == render(replace(state))


def test_the_wipe_shows_the_original_and_the_swap_after(film):
    before, after, half = (pixels(render(State(film, 2, wipe=x))) for x in (1, 0, 0.5))
    assert np.array_equal(half[:, :220], before[:, :220]) and np.array_equal(half[:, 230:], after[:, 230:])
    changed = np.abs(before - after).max(-1) > 20
    face = film.frames.face_mask[2].repeat(4, 0).repeat(4, 1)[:448, :448]
    assert changed.any() and np.array_equal(before[:20], after[:20]) and face.any()
    perfect = pixels(render(State(film, 2, wipe=1, beside="a perfect swap")))
    assert not np.array_equal(perfect, before)


@pytest.mark.parametrize("steps", [Steps(shape="ellipse"), Steps(grow=10), Steps(feather=0), Steps(colour="mkl"),
                                   Steps(blend="poisson"), Steps(visible=False), Steps(sharpen=1), Steps(opacity=0.5)])
def test_every_option_changes_the_picture(film, steps):
    assert render(State(film, 1, steps, wipe=0)) != render(State(film, 1, wipe=0))


def test_the_overlay_shows_the_mask(film):
    plain, over = (pixels(render(State(film, 1, wipe=0, overlay=x))) for x in (False, True))
    assert np.array_equal(plain[:40], over[:40]) and (np.abs(plain - over).max(-1) > 20).mean() > 0.02


def test_the_numbers_tell_good_from_bad(film):
    good, bad = (numbers(State(film, 1, steps, track="exact")) for steps in (Steps(), films.BARE))
    assert set(good) == {"PSNR in, dB", "Delta E", "seam", "flicker"}
    assert good["PSNR in, dB"] > bad["PSNR in, dB"] and good["Delta E"] < bad["Delta E"] and good["seam"] < bad["seam"]
    assert numbers(State(film, 4)).keys() == good.keys() and numbers(State(film, 1, Steps(opacity=0))) == {}


def test_what_is_no_state_is_refused(film):
    for wrong in (dict(frame=5), dict(track="wild"), dict(wipe=2), dict(beside="x")):
        with pytest.raises(ValueError, match="expected"):
            State(film, **wrong)


def test_the_controls_describe_the_state(film, monkeypatch):
    drawn, view = [], BlendInspector(film)
    monkeypatch.setattr(view, "draw", lambda state: drawn.append(state) or b"")
    assert view.state() == State(film)
    view.controls["frame"].value, view.controls["colour"].value = 3, "mkl"
    assert drawn[-1].frame == 3 and drawn[-1].steps.colour == "mkl" and "flicker" in view.status.value
    assert len(drawn) == 2 and "ms" in view.status.value
