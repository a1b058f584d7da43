"""Spot the fake: questions one by one, then the learner's AUC beside the detector's."""
import io

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import roc_auc_score

from course_lib.forgeries import Labelled
from course_lib.widgets import quiz

N = 40


@pytest.fixture(scope="module")
def labelled():
    rng, fake = np.random.default_rng(0), np.arange(N) % 2
    same = {name: np.arange(N) for name in ("source", "target", "video")}
    return Labelled(images=rng.integers(0, 255, (N, 32, 32, 3), dtype=np.uint8), masks=np.zeros((N, 32, 32), np.uint8),
                    fake=fake, method=np.where(fake == 1, "swap", "real"), frame=np.zeros(N, int), crf=np.zeros(N, int),
                    split=np.full(N, "test"), yaw=np.zeros(N, np.float32), seed=np.arange(N) // 4, **same)


@pytest.fixture(scope="module")
def drawn(labelled):
    return quiz.draw_faces(labelled, 20, seed=1)


def test_the_draw_is_fair_mixed_and_repeatable(labelled, drawn):
    assert len(drawn) == 20 and drawn.fake.sum() == 10 and len(set(drawn.video)) == 20
    assert np.array_equal(drawn.video, quiz.draw_faces(labelled, 20, seed=1).video)
    assert not np.array_equal(drawn.video, quiz.draw_faces(labelled, 20, seed=2).video)
    assert 0 < np.abs(np.diff(drawn.fake)).sum() < 19  # neither sorted nor alternating
    assert len(set(drawn.seed[drawn.fake == 0])) == 10  # every clip once before any comes again
    with pytest.raises(ValueError, match="25 real faces are wanted; there are 20"):
        quiz.draw_faces(labelled, 50)


def test_the_result_is_the_fields(drawn):
    rng = np.random.default_rng(0)
    marks = tuple(rng.choice(list(quiz.MARKS.values()), 20))
    scores = rng.random(20)
    yours, theirs = quiz.result(quiz.State(drawn, scores, marks))
    assert yours == pytest.approx(roc_auc_score(drawn.fake, marks))
    assert theirs == pytest.approx(roc_auc_score(drawn.fake, scores))
    assert np.isnan(quiz.result(quiz.State(drawn, scores, marks[:1]))).all()


def test_the_page_shows_the_next_face_and_at_the_end_all(drawn):
    scores = np.linspace(0, 1, 20)
    pages = [quiz.render(quiz.State(drawn, scores, (0.0,) * k)) for k in (0, 1, 20)]
    assert pages[0] == quiz.render(quiz.State(drawn, scores)) and len(set(pages)) == 3
    sizes = [Image.open(io.BytesIO(page)).size for page in pages]
    assert sizes[0] == sizes[1] != sizes[2]
    shown = np.asarray(Image.open(io.BytesIO(pages[1])), int)[40:360, 20:340]
    wanted = np.asarray(Image.fromarray(drawn.images[1]).resize((320, 320), Image.Resampling.BILINEAR), int)
    assert np.array_equal(shown, wanted)


def test_states_that_do_not_fit_are_refused(drawn):
    for faces, scores, marks in ((drawn, np.zeros(3), ()), (drawn, np.zeros(20), (0.0,) * 21),
                                 (drawn, np.zeros(20), (0.5,)), (drawn[drawn.fake == 1], np.zeros(10), ())):
        with pytest.raises(ValueError, match="marks"):
            quiz.State(faces, scores, marks)


def test_buttons_mark_go_on_go_back_and_end(drawn):
    view = quiz.Quiz(drawn, np.linspace(0, 1, 20))
    view.buttons["surely fake"].click()
    view.buttons["rather real"].click()
    assert view.marks == (1.0, 1 / 3)
    view.back.click()
    assert view.marks == (1.0,) and view.image.value == quiz.render(view.state())
    for _ in range(30):
        view.mark(0.0)
    assert view.state().done and len(view.marks) == 20 and all(b.disabled for b in view.buttons.values())
    view.back.click()
    assert not view.state().done and not any(b.disabled for b in view.buttons.values())
