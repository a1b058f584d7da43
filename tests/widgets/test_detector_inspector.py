"""The detector inspector: a pure page of a state, whose parts all follow the threshold and the filters."""
import io

import numpy as np
import pytest
from PIL import Image

from course_lib.forgeries import Labelled
from course_lib.widgets import detector_inspector as inspector


def labelled(n=60, seed=0):
    rng = np.random.default_rng(seed)
    fake = np.arange(n) % 2
    masks = np.zeros((n, 32, 32), np.uint8)
    masks[fake == 1, 8:24, 8:24] = 255
    return Labelled(
        images=rng.integers(0, 255, (n, 32, 32, 3), dtype=np.uint8), masks=masks, fake=fake,
        method=np.where(fake == 1, np.where(np.arange(n) % 4 == 1, "swap", "warped"), "real"), source=np.arange(n),
        target=np.arange(n), video=np.arange(n), frame=np.zeros(n, int), crf=np.array([0, 23, 40])[np.arange(n) % 3],
        split=np.full(n, "test"), yaw=np.radians(rng.uniform(-50, 50, n)).astype(np.float32), seed=np.arange(n))


@pytest.fixture(scope="module")
def evidence():
    faces = labelled()
    scores = np.clip(0.5 + 0.3 * (faces.fake - 0.5) + np.random.default_rng(1).normal(0, 0.2, len(faces)), 0, 1)
    return inspector.Evidence(faces, scores.astype(np.float32), np.random.default_rng(2).random((60, 32, 32)))


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)), int)


def test_the_page_is_a_function_of_the_state(evidence):
    state = inspector.State(evidence, 0.4, "swap", 23)
    assert inspector.render(state) == inspector.render(inspector.State(evidence, 0.4, "swap", 23))
    assert pixels(inspector.render(state)).shape == (600, 960, 3)


@pytest.mark.parametrize("change", [dict(threshold=0.7), dict(method="warped"), dict(crf=40), dict(overlay=True),
                                    dict(angle="frontal, under 15°")], ids=lambda c: next(iter(c)))
def test_every_control_is_seen(evidence, change):
    plain, other = (pixels(inspector.render(inspector.State(evidence, **c))) for c in ({}, change))
    moved = np.abs(plain - other).max(-1) > 30
    assert moved[:, 318:].mean() > 0.005  # the gallery
    assert "overlay" in change or moved[280:420, :300].any()  # the confusion
    assert "overlay" in change or moved[:260, :300].any()  # the ROC, or the point on it


def test_counts_are_those_of_the_field(evidence, monkeypatch):
    told = []
    monkeypatch.setattr(inspector, "_confusion", lambda page, counts: told.append(counts))
    inspector.render(inspector.State(evidence, 0.45, "swap"))
    faces, keep = evidence.faces, np.isin(evidence.faces.method, ("real", "swap"))
    found = inspector.detection.confusion(faces.fake[keep], evidence.scores[keep], 0.45)
    assert list(told[0].values()) == [found.tp, found.fn, found.fp, found.tn]


def test_filters_choose_rows(evidence):
    faces = evidence.faces
    assert inspector.methods_of(evidence) == ("all", "swap", "warped")
    assert inspector.crfs_of(evidence) == ("all", 0, 23, 40)
    assert inspector.chosen(inspector.State(evidence)).all()
    assert set(faces.method[inspector.chosen(inspector.State(evidence, method="swap"))]) == {"real", "swap"}
    assert set(faces.crf[inspector.chosen(inspector.State(evidence, crf=23))]) == {23}
    names = [name for name in inspector.ANGLES if name != "all"]
    rows = [inspector.chosen(inspector.State(evidence, angle=name)) for name in names]
    assert (np.sum(rows, 0) == 1).all()  # the angles part the faces without gap or overlap


def test_one_class_alone_and_no_face_at_all_are_drawn():
    faces = labelled(6)
    for rows in (faces.fake == 0, faces.fake == 1, np.zeros(6, bool)):
        some = inspector.Evidence(faces[rows], np.full(rows.sum(), 0.3))
        assert inspector.render(inspector.State(some, overlay=True))[:4] == b"\x89PNG"


def test_wrong_states_name_what_is_there(evidence):
    for wrong, says in ((dict(method="magic"), "warped"), (dict(crf=18), "23"), (dict(angle="up"), "frontal")):
        with pytest.raises(ValueError, match=says):
            inspector.State(evidence, **wrong)
    with pytest.raises(ValueError, match="one for each face"):
        inspector.Evidence(evidence.faces, evidence.scores[:3])


def test_the_view_follows_its_controls(evidence):
    view = inspector.Inspector(evidence)
    view.refresh()
    assert view.image.value == inspector.render(view.state()) and "ms" in view.status.value
    for name, value in dict(threshold=0.8, method="warped", crf=23, angle="turned, over 30°", overlay=True).items():
        before = view.image.value
        view.controls[name].value = value
        assert getattr(view.state(), name) == value and view.image.value != before, name
    assert view.image.value == inspector.render(view.state())
    bare = inspector.Inspector(inspector.Evidence(evidence.faces, evidence.scores))
    assert bare.controls["overlay"].disabled
