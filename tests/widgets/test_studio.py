"""The cast studio: the pure picture, and the sliders that stand before it (driven by `.value`)."""
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from course_lib import cast
from course_lib.widgets import studio


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)), float) / 255


@pytest.fixture(scope="module")
def plain():
    return studio.State(person=cast.people()["Ada"], size=64)


@pytest.fixture
def view():
    made = studio.Studio(size=64)
    made.refresh()
    return made


def test_the_picture_is_a_function_of_the_state(plain):
    assert studio.render(plain) == studio.render(plain)
    assert pixels(studio.render(plain)).shape == (384, 384, 3)


@pytest.mark.parametrize("layer", studio.LAYERS)
def test_every_layer_shows_something_else(plain, layer):
    shown = pixels(studio.render(replace(plain, layer=layer)))
    others = [pixels(studio.render(replace(plain, layer=other))) for other in studio.LAYERS if other != layer]
    assert all(np.abs(shown - other).mean() > 0.02 for other in others)


def test_landmarks_lie_where_the_truth_has_them(plain):
    drawn = pixels(studio.render(replace(plain, landmarks=True)))
    changed = np.abs(drawn - pixels(studio.render(plain))).max(-1) > 0.1
    frames = cast.render(plain.person, plain.scene, size=64)
    places = np.round((frames.landmarks[0] + 0.5) * 384 / 64).astype(int)
    near = [changed[y - 5 : y + 6, x - 5 : x + 6].any() for x, y in places]
    assert np.mean(near) > 0.95 and 0 < changed.mean() < 0.1


def test_an_unknown_layer_names_the_known_ones():
    with pytest.raises(ValueError, match="depth"):
        studio.State(layer="bones")


def test_the_untouched_studio_shows_the_first_person_unchanged(view):
    name, person = next(iter(cast.people().items()))
    assert view.controls["person"].value == name and view.state().person == person
    assert view.image.value == studio.render(view.state()) and "ms" in view.status.value


def test_every_slider_is_heard_and_explained(view, monkeypatch):
    drawn = []
    monkeypatch.setattr(view, "draw", lambda state: drawn.append(state) or b"")
    for names in studio.SLIDERS.values():
        for name in names:
            control = view.controls[name]
            before = view.state()
            kept, control.value = control.value, control.min if control.value > control.min else control.max
            assert view.state() != before and drawn[-1] == view.state(), name
            assert control.description_tooltip
            control.value = kept
            assert drawn[-1] == before


def test_moving_a_slider_draws_a_new_picture(view):
    before = view.image.value
    view.controls["yaw"].value = 0.6
    assert view.image.value != before
    assert view.state().scene.pose.yaw == pytest.approx(0.6)
    view.controls["blink"].value = 1.0
    assert view.state().scene.expression.blink_left == view.state().scene.expression.blink_right == 1
    view.controls["yaw"].value = view.controls["blink"].value = 0.0


def test_choosing_a_person_moves_the_identity_sliders_and_draws_once(view, monkeypatch):
    drawn = []
    monkeypatch.setattr(view, "draw", lambda state: drawn.append(state) or b"")
    view.controls["person"].value = "Leo"
    assert view.state().person == cast.people()["Leo"] and len(drawn) == 1
    view.controls["person"].value = studio.RANDOM
    view.controls["seed"].value = 5
    assert not view.controls["seed"].disabled and view.state().person == cast.random_person(5) and len(drawn) == 3
    view.controls["person"].value = "Ada"
    assert view.controls["seed"].disabled


def test_a_snapshot_is_labelled_and_has_its_manifest(view, monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    path = view.snapshot()
    assert path.is_file() and path.name.startswith("ada") and str(path) in view.status.value
    manifest = next(p for p in path.parent.iterdir() if p.suffix == ".json")
    assert json.loads(manifest.read_text())
    assert Image.open(path).size[0] == 384
