"""Spoken clips: words that are held out, sound and frames that belong together, an exact mouth."""
import numpy as np

from course_lib import audio, cast
from course_lib.data import sentences, spoken


def test_held_out_words_are_in_no_training_sentence():
    train, held = (set(" ".join(words.values()).split()) for words in (sentences.WORDS, sentences.HELD_OUT))
    assert not train & held
    said = sentences.sentence(3, held_out=True)
    assert said == sentences.sentence(3, held_out=True) != sentences.sentence(4, held_out=True)


def test_the_phones_are_known_without_the_sound():
    for number in (7, spoken.HELD_OUT + 7):
        speech = spoken.speech_of(number, 2.0)
        assert len(speech.samples) == 32_000 and speech.phones[-1][2] == 2.0
        quick = spoken.phones_of(number, 2.0)
        assert [p for p, *_ in quick] == [p for p, *_ in speech.phones][:len(quick)]


def test_landmarks_need_no_rendering():
    person, mouth = cast.people()["Ada"], np.array([[0.5, 0.1, 0.0, 0.2], [0.0, 0.0, 0.8, 0.0]])
    scenes = spoken.with_mouth([cast.Scene()] * 2, mouth)
    frames = cast.render(person, scenes, 64)
    assert np.abs(spoken.landmarks([person] * 2, scenes, 64) - frames.landmarks).max() < 1e-3
    lips = spoken.lip_points(person, mouth)
    assert lips.shape == (2, 36) and np.isfinite(lips).all() and lips[0].reshape(18, 2)[9, 1] > 1


def test_four_rows_of_sound_for_each_frame():
    rows = spoken.mel_rows(audio.say("Maps.", "Ada").samples, 16_000, 30)
    assert rows.shape == (120, 40) and -1.01 <= rows.min() and np.isfinite(rows).all()


def test_an_address_has_studio_light_and_a_calm_head():
    ada, speech = cast.people()["Ada"], audio.fitted(audio.say("Maps.", "Ada"), 1.0)
    scenes = spoken.address(ada, speech, 3)
    assert len(scenes) == 25 and len({s.lighting for s in scenes}) == 1
    assert np.ptp([s.pose.yaw for s in scenes]) < 0.3


def test_lips_go_back_to_their_place_in_an_image():
    from course_lib.faces.lips import LIPS, head_place, lip_shape, lips_in_image

    scenes = [cast.Scene(cast.Expression(jaw=0.4), cast.Pose(roll=0.3, yaw=yaw)) for yaw in (-0.3, 0.0, 0.3)]
    points = spoken.landmarks([cast.people()["Ada"]] * 3, scenes, 200)
    assert np.allclose(lips_in_image(lip_shape(points), points), points[:, LIPS], atol=1e-2)
    place = head_place(points)
    assert np.allclose(head_place(2 * points + 7), place) and np.ptp(place[:, 0]) > 0.05
