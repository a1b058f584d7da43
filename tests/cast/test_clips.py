"""People in motion, deterministic and within what people do."""

import numpy as np
import pytest

from course_lib import audio, cast

ADA = cast.people()["Ada"]


def test_a_clip_is_deterministic_by_seed():
    a, b, c = (cast.clip(ADA, 2, seed=s) for s in (1, 1, 2))
    assert a.scenes == b.scenes and a.scenes != c.scenes and len(a) == 50


def test_people_blink_about_as_often_and_as_long_as_people_do():
    made = cast.clip(ADA, 300, fps=25, seed=5)
    assert 12 <= len(made.blinks) / 5 <= 22  # a minute
    closed = np.array([s.expression.blink_left for s in made.scenes]) > 0.5
    lengths = np.diff(np.flatnonzero(np.diff(np.r_[0, closed, 0]))[::1])[::2] / 25
    assert 0.04 <= np.median(lengths) <= 0.4


def test_motion_is_smooth_and_gaze_jumps():
    made = cast.clip(ADA, 20, seed=3)
    yaw = np.array([s.pose.yaw for s in made.scenes])
    gaze = np.array([s.expression.gaze_x for s in made.scenes])
    assert 0.02 < yaw.std() and np.abs(np.diff(yaw)).max() < 0.08  # radians from frame to frame
    assert 10 < (np.diff(gaze) != 0).sum() < 60


def test_the_pulse_has_the_given_rate():
    made = cast.clip(ADA, 20, fps=30, seed=2, heart_rate=84)
    flush = np.array([s.expression.flush for s in made.scenes])
    peak = np.fft.rfftfreq(len(flush), 1 / 30)[np.abs(np.fft.rfft(flush - flush.mean())).argmax()]
    assert abs(peak * 60 - 84) < 2
    assert not any(s.expression.flush for s in cast.clip(ADA, 1, heart_rate=0).scenes)


def test_speech_moves_the_mouth_and_silence_does_not():
    jaw = lambda c: np.ptp([s.expression.jaw for s in c.scenes])  # noqa: E731
    assert jaw(cast.clip(ADA, 4, seed=1)) > 0.3
    assert jaw(cast.clip(ADA, 4, seed=1, speaking=False)) == 0
    assert {name for _, name in cast.clip(ADA, 4, seed=1).visemes} <= set(cast.VISEMES)


@pytest.mark.parametrize("given", [dict(seconds=0), dict(seconds=1, fps=0), dict(seconds=1, heart_rate=300)])
def test_impossible_clips_are_refused(given):
    with pytest.raises(ValueError, match="expected"):
        cast.clip(ADA, **given)


def test_a_clip_says_what_it_is_given_and_changes_nothing_else():
    speech = audio.say("My map.", "Ada")
    seconds = speech.phones[-1][2]
    times = np.arange(round(seconds * 25)) / 25
    mouth = audio.mouth(speech.phones, times)
    spoken, silent = (cast.clip(cast.people()["Ada"], seconds, seed=3, **more)
                      for more in ({"speech": mouth}, {"speaking": False}))
    np.testing.assert_allclose([s.expression.jaw for s in spoken.scenes], mouth[:, 0])
    assert [s.pose for s in spoken.scenes] == [s.pose for s in silent.scenes]
    assert [s.expression.gaze_x for s in spoken.scenes] == [s.expression.gaze_x for s in silent.scenes]
    with pytest.raises(ValueError, match=r"expected finite numbers of shape \(25, 4\)"):
        cast.clip(cast.people()["Ada"], 1, speech=mouth[:3])


def jaws(clip):
    return np.array([s.expression.jaw for s in clip.scenes])


def test_a_person_says_a_sentence_in_her_own_voice_for_as_long_as_it_takes():
    made, said = cast.clip(ADA, speech="Bob, my map.", seed=3), audio.say("Bob, my map.", "Ada")
    assert np.array_equal(made.speech.samples, said.samples) and made.speech.phones == said.phones
    assert len(made) == round(25 * len(said.samples) / said.rate)
    np.testing.assert_allclose(jaws(made), audio.mouth(said.phones, made.times)[:, 0])
    for start, end in audio.closures(said.phones):
        assert jaws(made)[(made.times >= start) & (made.times <= end)].max() < 0.02, "the lips close"
    assert cast.clip(ADA, 1).speech is None


def test_the_sound_can_be_given_and_fits_the_clip():
    said = audio.say("Hola.", "Bruno", "es")
    other = cast.clip(cast.random_person(5), speech="My map.")
    assert np.array_equal(other.speech.samples, audio.say("My map.", audio.Voice()).samples), "the default voice"
    long, short = (cast.clip(ADA, seconds, speech=said) for seconds in (3, 0.2))
    assert (len(long), len(short)) == (75, 5) and len(long.speech.samples) == 3 * said.rate
    assert jaws(long)[-10:].max() < 0.03 < jaws(long).max(), "the mouth rests after the sentence"
    assert long.speech.phones[-1][0] == "SIL" and short.speech.phones[-1][2] == 0.2


@pytest.mark.parametrize("given, why", [({}, "expected seconds"), ({"speech": ""}, "no word"),
                                        ({"speech": "a" * 3000}, "at most")])
def test_a_clip_without_a_length_or_words_is_refused(given, why):
    with pytest.raises(ValueError, match=why):
        cast.clip(ADA, **given)
