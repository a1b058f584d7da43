"""The inspector's picture is a function of its State; the controls describe one."""
import io
from dataclasses import replace

import keras
import numpy as np
import pytest
from PIL import Image

from course_lib import audio, cast, media
from course_lib.data.spoken import address, lip_points
from course_lib.models.lip_shapes import lip_space, shipped
from course_lib.models.lip_sync import audio_to_lips
from course_lib.widgets.lip_sync_inspector import LipSyncInspector, State, clip_with_sound, render, scene


@pytest.fixture(scope="module")
def shown():
    keras.utils.set_random_seed(0)
    space = lip_space(lip_points(cast.Person(), np.random.default_rng(0).uniform(0, 0.5, (60, 4))), 4)
    model = shipped(audio_to_lips(28, 4, 6), space, np.zeros(28), np.ones(28))
    leo, old = cast.people()["Leo"], audio.fitted(audio.say("Maps.", "Leo"), 0.6)
    frames = cast.render(leo, address(leo, old, 1), 48)
    with pytest.raises(ValueError, match="not longer"):
        scene(model, frames, audio.fitted(old, 2.0))
    return scene(model, frames, audio.fitted(audio.say("Five.", "Leo"), 0.5))


def test_the_same_state_gives_the_same_picture(shown):
    state = State(shown, time=5)
    assert Image.open(io.BytesIO(render(state))).size[0] == 672 and render(state) == render(state)
    for change in ({"lips": "exact"}, {"offset": 4}, {"time": 6}, {"candidates": 1}):
        assert render(replace(state, **change)) != render(state), change


@pytest.mark.parametrize(("wrong", "message"), [(dict(lips="magic"), "expected one of"), (dict(time=99), "a frame"),
                                                (dict(candidates=0), "candidates"), (dict(offset=11), "offset")])
def test_what_cannot_be_shown(shown, wrong, message):
    with pytest.raises(ValueError, match=message):
        State(shown, **{"time": 3, **wrong})


def test_the_controls_describe_a_state(shown):
    view = LipSyncInspector(shown)
    view.controls["time"].value, view.controls["lips"].value, view.controls["jaw"].value = 2, "exact", False
    state = view.state()
    assert (state.time, state.lips, state.jaw, state.offset) == (2, "exact", False, 0)


def test_the_clip_has_its_sound_and_shows_the_offset(shown, tmp_path):
    films = {}
    for offset in (0, 6):
        path = tmp_path / f"{offset}.mp4"
        path.write_bytes(clip_with_sound(State(shown, 0, "exact", offset=offset)))
        films[offset] = np.stack(list(media.read_video(path)))
        samples, rate = media.read_audio(path, 16_000)
        assert abs(len(samples) / rate - 0.5) < 0.1 and np.abs(samples).max() > 0.05
    assert films[0].shape == (12, 96, 96, 3) and np.abs(films[0] - films[6]).max() > 0.05
    view = LipSyncInspector(shown)
    view.play.click()
    assert view.player.children[0].format == "mp4" and "alert" not in view.status.value
