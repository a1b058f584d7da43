"""The explorer's page is a function of its State alone; the controls describe a State."""
from dataclasses import replace

import ipywidgets as w
import numpy as np
import pytest

from course_lib.faces import canonical
from course_lib.forensics.evidence import Evidence
from course_lib.forgeries import moving
from course_lib.forgeries.photographs import Photographs
from course_lib.widgets import evidence_explorer as explorer
from course_lib.widgets.evidence_explorer import EvidenceExplorer, State, found, picture, render

N = 3


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Forgeries and evidence whose answer is known: a swap is black, and the texture's score is the mean brightness."""
    monkeypatch.setattr(explorer, "forge", lambda photo, *_: {
        m: (np.zeros_like(photo.rgb), None) for m in explorer.FORGERIES})
    monkeypatch.setitem(explorer.KINDS, "texture", lambda image, points: Evidence(
        "texture", float(image.mean()), {}, True, "", image))
    monkeypatch.setitem(explorer.KINDS, "light", lambda image, points: Evidence("light", 0.0, {}, False, "too dark"))
    monkeypatch.setattr(explorer, "clean_scores", lambda kind: np.linspace(0, 1, 101))
    monkeypatch.setattr(explorer, "percentile", lambda kind, score: 100 * score)
    explorer._kept.clear()
    explorer._clips.clear()
    prepared = []

    def forge_frame(number, driver, seed, method, size):
        """Untouched white, forged black, in two amounts for an animation; the landmarks tell the amount."""
        prepared.append((number, driver, method))
        amounts = moving.AMOUNTS if method == "animated" else (1.0,)
        return {"real": np.ones((size, size, 3), np.float16),
                "forged": np.stack([np.full((size, size, 3), 1 - a, np.float16) for a in amounts]),
                "landmarks": np.stack([np.full((68, 2), 50 + a, np.float32) for a in amounts])}

    monkeypatch.setattr(explorer.moving, "forge_frame", forge_frame)
    return prepared


@pytest.fixture(scope="module")
def photos():
    images = np.stack([np.full((128, 128, 3), 60 * (k + 1), np.uint8) for k in range(N)])
    return Photographs(images, np.stack([canonical(128, 1.3)] * N), np.zeros((N, 128, 128), np.uint8),
                       np.zeros((N, 128, 128, 3), np.float16), np.zeros((N, 3), np.float32),
                       np.zeros((N, 3), np.float32), np.arange(N) + 10_048, np.arange(N))


def test_the_same_state_gives_the_same_picture(photos):
    state = State(photos, 1, "real")
    assert render(state) == render(replace(state)) != render(replace(state, number=2))


def test_strength_mixes_the_forgery_in(photos):
    values = [picture(State(photos, 0, strength=s)).mean() for s in (0.0, 0.5, 1.0)]
    assert values == pytest.approx([60 / 255, 30 / 255, 0], abs=0.003)
    assert picture(State(photos, 0, "real")).mean() == pytest.approx(60 / 255, abs=1e-3)
    assert found(State(photos, 0, strength=0.0)).score == pytest.approx(60 / 255, abs=1e-3)


def test_what_abstains_says_so_and_shows_no_percentile(photos):
    assert render(State(photos, kind="light")) != render(State(photos, kind="texture"))


def test_a_codec_leaves_the_size(photos):
    assert picture(State(photos, 1, "real", history="H.264, CRF 40")).shape == (128, 128, 3)


@pytest.mark.parametrize("method", moving.METHODS)
def test_a_forged_clip_is_prepared_once_and_strength_changes_the_picture(photos, known, method):
    values = [picture(State(photos, 1, method, strength=s)).mean() for s in (0.0, 0.5, 1.0)]
    assert values == pytest.approx([1, 0.5, 0], abs=0.003)
    render(State(photos, 1, method, kind="light"))
    assert [(number, of) for number, _, of in known] == [(10_049, method)], "one person, once"
    assert known[0][1] != 10_049, "somebody else drives"


def test_an_animation_has_its_own_landmarks_and_moves_in_quarters(photos, monkeypatch):
    seen = []
    monkeypatch.setitem(explorer.KINDS, "gaze", lambda image, points: seen.append(points) or Evidence(
        "gaze", 0.5, {}, True, "", image))
    for strength in (0.0, 0.6, 1.0):
        found(State(photos, 0, "animated", strength=strength, kind="gaze"))
    assert [float(points[0, 0]) for points in seen] == [50, 50.5, 51]
    found(State(photos, 0, "swap", kind="gaze"))
    np.testing.assert_array_equal(seen[-1], photos.landmarks[0])


@pytest.mark.parametrize("wrong", [dict(forgery="magic"), dict(kind="smell"), dict(history="GIF"), dict(number=N),
                                   dict(strength=1.5)])
def test_a_state_that_cannot_be_is_refused(photos, wrong):
    with pytest.raises(ValueError, match="expected"):
        State(photos, **wrong)


def test_the_controls_describe_a_state(photos):
    view = EvidenceExplorer(photos)
    view.controls["number"].value = 2
    view.controls["strength"].value = 0.25
    view.controls["forgery"].value = "warped"
    state = view.state()
    assert (state.number, state.strength, state.forgery) == (2, 0.25, "warped") and view.image.value == render(state)
    assert "view-error" not in view.status.value


def test_every_forgery_can_be_chosen_and_the_caption_says_what_it_is(photos):
    view = EvidenceExplorer(photos)
    assert set(view.controls["forgery"].options) == set(explorer.MEANING)
    for forgery in explorer.FORGERIES:
        view.controls["forgery"].value = forgery
        assert "view-error" not in view.status.value and explorer.MEANING[forgery] in view.status.value
    assert "body" not in explorer.FORGERIES, "it has no face that could be examined"


def test_every_control_has_a_label_and_takes_keys(photos):
    for name, control in EvidenceExplorer(photos).controls.items():
        assert control.description and not control.disabled and control.tabbable is not False, name
        assert isinstance(control, (w.Dropdown, w.IntSlider, w.FloatSlider)), "widgets that a keyboard can move"
