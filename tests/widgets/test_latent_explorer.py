"""The explorer's picture is a function of its State; the controls describe one; what is saved can be made again."""
import io
import json
from dataclasses import replace

import keras
import numpy as np
import pytest
from PIL import Image

from course_lib.metrics.latents import fit_directions
from course_lib.models.stylegan import Config, Handles, generator
from course_lib.widgets.latent_explorer import LatentExplorer, State, face, render, styles

CONFIG = Config(latent=6, depth=2, rate=1.0, widths=(6, 6, 4, 4, 4), discriminator_widths=(4,) * 5, modulated=True)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    made = generator(CONFIG)
    for layer in made.get_layer("synthesis").layers:
        if layer.name.startswith("noise_"):
            layer.strength.assign(0.3 * np.ones(layer.strength.shape))
    return made


@pytest.fixture(scope="module")
def handles(model):
    return Handles(model)


@pytest.fixture
def view(model):
    w = Handles(model).w(np.random.default_rng(0).standard_normal((60, 6)))
    return LatentExplorer(model, fit_directions(w, np.stack([w[:, 0], w[:, 1] - w[:, 2]], 1), ["one", "two"]))


def test_the_same_state_gives_the_same_picture(handles):
    picture = Image.open(io.BytesIO(render(State(handles))))
    assert picture.size == (128 + 8 + 384, 384) and render(State(handles)) == render(State(handles))


def test_ends_and_layers_are_the_parents(handles):
    state = State(handles, 3, 4, psi=1.0)
    first, second = face(state), face(replace(state, first=4, second=3))
    assert np.abs(first - second).max() > 0.01
    assert np.allclose(face(replace(state, between=1.0)), second, atol=1e-5)
    assert np.allclose(face(replace(state, swapped=tuple(range(10)))), second, atol=1e-5)
    mixed = styles(replace(state, swapped=(8, 9)))
    assert np.allclose(mixed[:, :8], styles(state)[:, :8])
    assert np.allclose(mixed[:, 8:], styles(replace(state, between=1.0))[:, 8:], atol=1e-6)


def test_psi_noise_and_shift(handles):
    mean = handles.pictures(handles.mean[None])[0]
    assert np.allclose(face(State(handles, 3, psi=0.0)), mean, atol=1e-6)
    noisy = [face(State(handles, noise=seed)) for seed in (0, 0, 1)]
    assert np.array_equal(noisy[0], noisy[1]) and np.abs(noisy[0] - noisy[2]).max() > 1e-3
    shift = np.arange(6, dtype=np.float32)
    assert np.allclose(styles(State(handles, shift=shift)) - styles(State(handles)), shift, atol=1e-5)


@pytest.mark.parametrize(("wrong", "message"), [(dict(swapped=(10,)), "0 to 9"), (dict(between=1.5), "between"),
                                                (dict(shift=np.zeros(5)), r"expected \(6,\)")])
def test_what_cannot_be_shown(handles, wrong, message):
    with pytest.raises(ValueError, match=message):
        State(handles, **wrong)


def test_the_controls_describe_a_state(view, handles):
    view.controls["first"].value, view.controls["psi"].value = 7, 1.0
    view.controls["layer 9"].value = True
    view.controls["noise"].value = True
    state = view.state()
    assert (state.first, state.psi, state.swapped, state.noise, state.shift) == (7, 1.0, (9,), 0, None)
    view.controls["one"].value = 2.0
    sample = view.handles.w(np.random.default_rng(0).standard_normal((500, 6)))
    moved = (styles(view.state()) - styles(state))[0, 0]
    assert moved[0] == pytest.approx(2 * sample[:, 0].std(), rel=0.02)
    assert np.allclose(moved, 2 * view.steps["one"], atol=1e-5)
    view.forget()
    assert view.state().shift is None and view.image.value == render(view.state())
    assert "drawn in" in view.status.value


def test_a_snapshot_is_labelled_and_holds_what_makes_it_again(view, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    view.controls["two"].value = 1.0
    path = view.snapshot()
    record = json.loads(path.with_name(path.name + ".json").read_text())
    made = view.handles.pictures(np.float32(record["parameters"]["styles"])[None])[0]
    assert np.allclose(made, face(view.state()), atol=1e-4) and record["label"]["text"]
    assert record["parameters"]["edits"] == {"one": 0.0, "two": 1.0} and str(path) in view.status.value


def test_what_would_change_nothing_cannot_be_used(view):
    assert view.controls["noise seed"].disabled and view.reset.disabled
    view.controls["noise"].value, view.controls["one"].value = True, 1.0
    assert not view.controls["noise seed"].disabled and not view.reset.disabled
    view.reset.click()
    assert view.controls["one"].value == 0.0 and view.reset.disabled
