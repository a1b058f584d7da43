"""Clips with sound have captions, and a name."""
import base64
import io
import re
import wave

import numpy as np
import pytest

from course_lib.show import Clip
from course_lib.show.clip import webvtt


def test_captions_are_webvtt():
    assert webvtt([(0, 1.5, "Hello\nyou"), (3723.0456, 3724, "a <b> & c")]) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello you\n\n01:02:03.046 --> 01:02:04.000\na &lt;b&gt; &amp; c\n")
    assert webvtt([]) == "WEBVTT\n"


@pytest.mark.parametrize("caption", [(1, 1, "a"), (-1, 1, "a"), (0, 1, " ")])
def test_a_caption_that_cannot_be_shown_is_refused(caption):
    with pytest.raises(ValueError, match="expected a text"):
        webvtt([caption])


def test_a_sound_carries_its_samples_its_captions_and_its_name():
    tone = np.float32([0, 0.5, -1, 2])
    clip = Clip.sound(tone, 16000, [(0, 0.1, "Ah")], 'Ada says "Ah"')
    text = clip._repr_html_()
    data, captions = (base64.b64decode(found) for found in re.findall(r"base64,([^\"]+)", text))
    with wave.open(io.BytesIO(data)) as file:
        assert file.getframerate() == 16000 and file.getnframes() == 4
        np.testing.assert_allclose(np.frombuffer(file.readframes(4), "<i2") / 32767, [0, 0.5, -1, 1], atol=1e-4)
    assert captions.decode().endswith("\nAh\n") and 'aria-label="Ada says &quot;Ah&quot;"' in text
    assert repr(clip) == '[audio: Ada says "Ah"]'
