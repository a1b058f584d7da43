"""People who speak: sound, mouth, blinks and pulse have one truth."""
import numpy as np

from course_lib import audio, cast
from course_lib.data.talking import SENTENCES, talking

SHORT = dict(voice="Ada", text=SENTENCES[0], seconds=1.2, size=32, seed=3)


def test_sound_frames_and_phones_are_equally_long():
    made = talking(cast.people()["Ada"], **SHORT)
    assert len(made.frames) == 30 and len(made.speech.samples) == round(1.2 * made.speech.rate)
    assert made.speech.phones[-1][2] <= 1.2
    expected = audio.mouth(made.speech.phones, made.clip.times)[:, 0]
    found = np.array([s.expression.jaw for s in made.clip.scenes])
    assert np.abs(found - expected)[:20].max() < 0.02  # the last phone is cut off


def test_a_long_clip_repeats_the_text():
    made = talking(cast.people()["Ada"], "Ada", "Yes.", seconds=3, size=32, seed=3)
    starts = [a for p, a, _ in made.speech.phones if p == "Y"]
    assert len(starts) > 2 and np.allclose(np.diff(starts), np.diff(starts)[0])


def test_without_blinks_everything_else_stays():
    person = cast.people()["Ada"]
    long = dict(SHORT, seconds=4, size=32)
    some, none = talking(person, **long), talking(person, **long, blinking=False)
    assert len(some.clip.blinks) > 0 == len(none.clip.blinks)
    assert max(s.expression.blink_left for s in none.clip.scenes) == 0
    assert [s.pose for s in some.clip.scenes] == [s.pose for s in none.clip.scenes]
