"""The time explorer's page is a function of its State alone; each forgery changes what it says it changes."""
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from course_lib import audio
from course_lib.faces import canonical
from course_lib.forensics import pulse, sync
from course_lib.widgets import time_explorer as explorer
from course_lib.widgets.time_explorer import CODECS, FORGERIES, State, TimeExplorer, chance, render, traces

COUNT, SIDE = 300, 48


def made(blinking=True, beats=explorer.BEATS):
    """A clip that needs no renderer: a face whose skin pulses, whose eyes blink and whose mouth follows a sound."""
    rng, times = np.random.default_rng(0), np.arange(COUNT) / explorer.RATE
    beat = 0.01 * np.sin(2 * np.pi * explorer.BEATS / 60 * times) * bool(beats)
    image = rng.uniform(0.3, 0.7, (SIDE, SIDE, 3))
    rgb = image * (1 + beat[:, None, None, None] * np.array([-0.3, -1.0, -0.6]))
    loudness = np.repeat(rng.uniform(0, 1, 120), 800)
    samples = (loudness * rng.normal(0, 0.1, loudness.size)).astype(np.float32)
    points = np.stack([canonical(SIDE, 1.3)] * COUNT).astype(float)
    points[:, 65:68, 1] += 60 * sync.envelope(samples, 8000, times)[:, None]
    closed = (np.abs(times[:, None] - [2.28, 7.0]) < 0.1).any(1) & blinking
    for lower, upper in (((40, 41), (38, 37)), ((46, 47), (44, 43))):
        for a, b in zip(lower, upper):
            points[closed, a] = points[closed, b]
    frames = SimpleNamespace(rgb=rgb.astype(np.float32), landmarks=points,
                             mask=lambda *_: np.ones((COUNT, SIDE, SIDE), bool))
    return SimpleNamespace(clip=SimpleNamespace(times=times), frames=frames,
                           speech=audio.Speech(samples, 8000, []))


@pytest.fixture(scope="module", autouse=True)
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explorer, "clip", made)
        traces.cache_clear()
        yield
    traces.cache_clear()


def test_the_same_state_gives_the_same_picture_and_time_moves_the_mark():
    state = State(2.0)
    assert render(state) == render(replace(state)) != render(replace(state, seconds=5.0))


def test_each_forgery_changes_one_trace():
    real = traces("real", "none")
    assert abs(real.rate - explorer.BEATS) < 3 and real.snr > chance(300) and len(real.spans) == 2
    assert len(traces("no blinks", "none").spans) == 0 and (traces("no blinks", "none").pulse == real.pulse).all()
    dead = traces("no pulse", "none")
    assert dead.snr < real.snr - 3 and (dead.lids == real.lids).all()
    assert np.nanmean(traces("jitter", "none").jitter) > np.nanmean(real.jitter) * 1.2
    dubbed = traces("another voice", "none")
    assert dubbed.confidence < real.confidence and (dubbed.mouth == real.mouth).all() and real.lag == 0


def test_a_codec_removes_the_pulse_of_the_real_clip():
    assert traces("real", "H.264, CRF 40").snr < traces("real", "none").snr - 3
    assert traces("real", "H.264, CRF 40").frames.shape == traces("real", "none").frames.shape


def test_the_chance_level_is_that_of_noise():
    rng = np.random.default_rng(1)
    above = [pulse.snr(pulse.band_pass(rng.normal(size=300), 25), 25) > chance(300) for _ in range(200)]
    assert np.mean(above) < 0.12


@pytest.mark.parametrize("wrong", [dict(forgery="magic"), dict(codec="GIF"), dict(seconds=-1), dict(seconds=99)])
def test_a_state_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        State(**wrong)


def test_the_controls_describe_a_state():
    view = TimeExplorer()
    view.controls["seconds"].value = 3.0
    view.controls["forgery"].value = "jitter"
    view.controls["codec"].value = "H.264, CRF 23"
    state = view.state()
    assert (state.seconds, state.forgery, state.codec) == (3.0, "jitter", "H.264, CRF 23")
    assert view.image.value == render(state) and "view-error" not in view.status.value
    assert len(FORGERIES) == 5 and len(CODECS) == 3
