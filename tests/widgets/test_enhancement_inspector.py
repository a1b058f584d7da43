"""The inspector's page and numbers are functions of its State alone; the controls describe a State."""
import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from course_lib.data.large_portraits import LargePortraits
from course_lib.faces import canonical
from course_lib.models.dictionary import PARTS, STRIDES
from course_lib.pipelines import enhancers as enhance
from course_lib.widgets import enhancement_inspector as inspector
from course_lib.widgets.enhancement_inspector import LARGE, TOP, EnhancementInspector, State, numbers, render


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Networks whose answer is known: white by the dictionary, which takes atom 3, and black by the U-Net."""
    monkeypatch.setattr(enhance, "restore", lambda faces, *_: np.zeros_like(faces))
    monkeypatch.setattr(enhance, "restore_with_atoms",
                        lambda faces, _: (np.ones_like(faces), {p: np.array([3]) for p in PARTS}))
    shelf = {(part, stride): np.stack([np.full((high, wide, 3), 40 * k, np.uint8) for k in range(5)])
             for part, (wide, high) in PARTS.items() for stride in STRIDES}
    monkeypatch.setattr(inspector, "_atom_images", lambda: shelf)
    inspector._restored.cache_clear()
    yield
    inspector._restored.cache_clear()


@pytest.fixture(scope="module")
def portraits():
    rng, n = np.random.default_rng(3), 3
    faces = np.stack([cv2.GaussianBlur(rng.integers(0, 256, (128, 128, 3)).astype(np.uint8), (0, 0), 2)] * n)
    plane = np.full((n, 128, 128), 255, np.uint8)
    return LargePortraits(faces, plane, plane, np.stack([canonical(128, 1.3)] * n), np.zeros((n, 2, 2), np.float32),
                          np.zeros((n, 3), np.float32))


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_the_same_state_gives_the_same_picture(portraits):
    state = State(portraits, 1, noise=9.0)
    assert render(state) == render(replace(state))


def test_the_wipe_shows_what_was_before_and_what_came_after(portraits):
    before, after, half = (pixels(render(State(portraits, wipe=x, smaller=8)))[TOP:TOP + LARGE, :LARGE]
                           for x in (1, 0, 0.5))
    assert (after == 255).all() and before.mean() < 200
    assert np.array_equal(half[:, :220], before[:, :220]) and np.array_equal(half[:, 228:], after[:, 228:])
    true = pixels(render(State(portraits, wipe=1, beside="truth")))[TOP:TOP + LARGE, :LARGE]
    wanted = cv2.resize(portraits.images[0], (LARGE, LARGE), interpolation=cv2.INTER_CUBIC)
    assert np.abs(true - wanted.astype(int)).mean() < 2 < np.abs(before - wanted.astype(int)).mean()


def test_every_kind_of_damage_is_done_in_its_order(portraits):
    state = State(portraits, blur=1.0, motion=6.0, smaller=2, noise=5.0, jpeg=40)
    assert [step["do"] for step in state.record] == ["blur", "blur", "resize", "noise", "jpeg"]
    assert State(portraits, smaller=1).record == ()
    close = [numbers(State(portraits, **change))["before"][0]
             for change in (dict(smaller=1), dict(smaller=2), dict(smaller=8), dict(smaller=8, noise=30.0))]
    assert close[0] == np.inf and close == sorted(close, reverse=True) and len(set(close)) == 4


def test_numbers_are_those_of_what_is_shown(portraits):
    found = numbers(State(portraits, method="U-Net"))
    truth = portraits.pictures()[0].astype(np.float64)
    assert found["after"][0] == pytest.approx(-10 * np.log10(np.mean(truth**2)))


def test_the_atoms_are_shown_where_the_method_has_any(portraits):
    looked, none = (pixels(render(State(portraits, method=m)))[:, LARGE + 10:] for m in ("dictionary", "unsharp"))
    assert (looked == 120).all(-1).sum() > 4000 > 500 > (none == 120).all(-1).sum()  # atom 3 is a grey of 120


def test_zoom_shows_the_part_and_stays_inside(portraits):
    whole = pixels(render(State(portraits, wipe=1, beside="truth")))
    for zoom in ("left eye", "mouth"):
        assert not np.array_equal(pixels(render(State(portraits, wipe=1, beside="truth", zoom=zoom))), whole)
    off = replace(State(portraits), portraits=LargePortraits(*(getattr(portraits, n) for n in (
        "images", "masks", "labels")), portraits.landmarks + 200, portraits.pupils, portraits.vectors), zoom="mouth")
    assert render(off)


@pytest.mark.parametrize("wrong", [dict(method="magic"), dict(beside="after"), dict(zoom="ear"), dict(number=3),
                                   dict(wipe=1.5), dict(smaller=0)])
def test_a_state_that_cannot_be_is_refused(portraits, wrong):
    with pytest.raises(ValueError, match="expected"):
        State(portraits, **wrong)


def test_the_controls_describe_a_state(portraits):
    view = EnhancementInspector(portraits)
    view.controls["method"].value = "U-Net"
    view.controls["number"].value = 2
    view.controls["wipe"].value = 0.25
    state = view.state()
    assert (state.method, state.number, state.wipe) == ("U-Net", 2, 0.25) and view.image.value == render(state)
    assert "view-error" not in view.status.value
