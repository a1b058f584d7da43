"""The explorer's page is a function of its State alone; the controls describe a State."""
from dataclasses import replace

import numpy as np
import pytest
from keras import ops

from course_lib.widgets import attack_explorer as explorer
from course_lib.widgets.attack_explorer import AttackExplorer, State, outcome, render


@pytest.fixture(autouse=True)
def bright(monkeypatch):
    """A detector whose answer is known: it calls bright images fake."""
    monkeypatch.setattr(explorer, "detector", lambda name: lambda x: 200 * (ops.mean(x, axis=(1, 2, 3)) - 0.5))


@pytest.fixture(scope="module")
def faces():
    return np.random.default_rng(0).uniform(0.4, 0.64, (3, 64, 64, 3)).astype(np.float32)


def test_the_same_state_gives_the_same_picture(faces):
    state = State(faces, 1)
    assert render(state) == render(replace(state)) != render(replace(state, number=2))


def test_the_attack_moves_the_score_by_epsilon_and_the_picture_by_no_more(faces):
    result = outcome(State(faces, 0, epsilon=8, steps=10))
    assert result.before > 0.9 > 0.2 > result.after and result.certificate is None
    assert np.abs(result.attacked - faces[0]).max() <= 8 / 255 + 1e-6 and 30 < result.decibel < 34
    untouched = outcome(State(faces, 0, epsilon=0))
    assert untouched.before == untouched.after and np.isinf(untouched.decibel)


def test_codec_and_defence_stand_before_both_scores(faces):
    for codec in explorer.CODECS:
        for defence in explorer.DEFENCES:
            result = outcome(State(faces, 0, epsilon=0, codec=codec, defence=defence, adaptive=True))
            assert result.before == result.after


def test_a_network_trained_with_noise_has_a_certificate(faces):
    proof = outcome(State(faces, 0, network="with noise")).certificate
    assert proof.answer == 1 and proof.radius > 0.1
    assert render(State(faces, 0, network="with noise")) != render(State(faces, 0))


@pytest.mark.parametrize("wrong", [dict(codec="GIF"), dict(network="magic"), dict(defence="hope"), dict(number=3),
                                   dict(epsilon=99), dict(steps=0)])
def test_a_state_that_cannot_be_is_refused(faces, wrong):
    with pytest.raises(ValueError, match="expected"):
        State(faces, **wrong)


def test_the_controls_describe_a_state(faces):
    view = AttackExplorer(faces)
    view.controls["number"].value = 2
    view.controls["epsilon"].value = 6
    view.controls["codec"].value = "8 bits"
    state = view.state()
    assert (state.number, state.epsilon, state.codec) == (2, 6, "8 bits") and view.image.value == render(state)
    assert "view-error" not in view.status.value
