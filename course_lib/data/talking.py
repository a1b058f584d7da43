"""People who speak: a clip with its sound, its exact landmarks, blinks, closures and pulse. Lessons 08 and 12."""

from dataclasses import dataclass, replace

import numpy as np

from course_lib import audio, cast
from course_lib.data.cache import render_cached

SENTENCES = (
    "Nobody has ever spoken this sentence. The mouth that says it belongs to nobody, and so does the voice.",
    "Please look at my lips: before every map, every boat and every apple, they have to close for a moment.",
    "A camera records thirty pictures in a second. What happens between them, nobody will ever see.",
    "My brother bought a big box of plums, but most people prefer apples, pears or a piece of plum pie.",
)


@dataclass(frozen=True)
class Talking:
    """A person who speaks.

    Args:
        clip: cast.Clip, with the true blinks and heart rate.
        frames: cast.Frames of its scenes.
        speech: audio.Speech.
        text: What is said.
    """

    clip: cast.Clip
    frames: cast.Frames
    speech: audio.Speech
    text: str


def talking(person, voice, text, seconds=12.0, fps=25.0, size=64, seed=0, heart_rate=70.0, blinking=True):
    """Renders a person who says a text, once.

    Args:
        person: cast.Person.
        voice: audio.Voice, or a name of the cast.
        text: English; said again and again until the clip is full.
        seconds, fps: Of the clip.
        size: Side of the frames, pixels.
        seed: Of motion and sound.
        heart_rate: Beats per minute, 0 for no pulse.
        blinking: Whether the eyes blink; everything else stays the same.
    Returns:
        A Talking; its speech is as long as the clip.
    Lessons 08 and 12.
    """
    one = audio.say(text, voice, seed=seed)
    length, count = len(one.samples), round(seconds * fps)
    times = np.arange(count) / fps
    turns = int(np.ceil(seconds * one.rate / length))
    samples = np.tile(one.samples, turns)[:round(seconds * one.rate)]
    phones = [(p, a + k * length / one.rate, b + k * length / one.rate) for k in range(turns) for p, a, b in one.phones]
    phones = [(p, a, min(b, seconds)) for p, a, b in phones if a < seconds]
    clip = cast.clip(person, seconds, fps, seed=seed, speech=audio.mouth(phones, times), heart_rate=heart_rate)
    if not blinking:
        still = [replace(s, expression=replace(s.expression, blink_left=0.0, blink_right=0.0)) for s in clip.scenes]
        clip = replace(clip, scenes=still, blinks=np.zeros(0))
    frames = render_cached(person, clip.scenes, size=size)
    return Talking(clip, frames, audio.Speech(samples, one.rate, phones), text)
