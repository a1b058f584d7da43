"""People in motion: a scene over time, with head motion, blinks, gaze shifts, speech, changing light and a pulse."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from course_lib import audio
from course_lib.cast.parameters import Person, Scene
from course_lib.cast.people import people
from course_lib.cast.sampling import random_scene

# mouth shapes of speech: (jaw, smile, pucker, teeth)
VISEMES = {
    "rest": (0, 0, 0, 0),
    "aa": (0.75, 0.10, 0, 0.10),
    "eh": (0.42, 0.35, 0, 0.25),
    "ee": (0.16, 0.70, 0, 0.55),
    "oh": (0.48, 0, 0.60, 0),
    "oo": (0.20, 0, 1.0, 0),
    "mm": (0, 0.05, 0.10, 0),
    "ff": (0.08, 0.10, 0, 0.45),
    "th": (0.20, 0.12, 0, 0.35),
    "sh": (0.14, 0, 0.65, 0.35),
}
BLINK_SECONDS, BLINKS_A_MINUTE = 0.25, 17.0  # people: 0.1 to 0.4 s, 15 to 20 a minute at rest (Stern et al. 1984)


@dataclass(frozen=True)
class Clip:
    """A person's scenes over time; `render(clip.person, clip.scenes)` renders them.

    Args:
        person: Who is shown.
        scenes: T scenes.
        times: f64 [T], seconds.
        fps: Frames per second.
        blinks: The seconds at which a blink begins.
        visemes: (start in seconds, key of VISEMES).
        heart_rate: Beats per minute, 0 for none.
        speech: The sound, as long as the clip; None where no sentence was given.
    """

    person: Person
    scenes: list[Scene]
    times: np.ndarray
    fps: float
    blinks: np.ndarray
    visemes: list[tuple[float, str]]
    heart_rate: float
    speech: audio.Speech | None = None

    def __len__(self) -> int:
        return len(self.scenes)


def _drift(rng, times, seconds_per_knot: float, spread: float) -> np.ndarray:
    """A smooth random path with zero mean: independent normal values, one at each knot, joined monotonically."""
    from scipy.interpolate import PchipInterpolator  # here, because its import takes half a second

    knots = np.arange(-1, int(np.ceil(times[-1] / seconds_per_knot)) + 3) * seconds_per_knot
    return PchipInterpolator(knots, rng.normal(0, spread, len(knots)))(times)


def _blinks(rng, times) -> tuple[np.ndarray, np.ndarray]:
    """(starts, closing [T] in [0, 1]): closes in a third of the time and opens slower, as lids do."""
    starts, t = [], rng.uniform(0.3, 60 / BLINKS_A_MINUTE)
    while t < times[-1]:
        starts.append(t)
        t += BLINK_SECONDS * 2 + rng.gamma(2.0, (60 / BLINKS_A_MINUTE - 2 * BLINK_SECONDS) / 2)
    closing = np.zeros(len(times))
    for s in starts:
        x = (times - s) / BLINK_SECONDS
        closing = np.maximum(closing, np.interp(x, [0, 0.3, 0.45, 1], [0, 1, 1, 0], 0, 0))
    return np.array(starts), closing


def _speech(rng, times) -> tuple[list, np.ndarray]:
    """(events, mouth [T, 4]): syllables of 0.12 to 0.3 s in phrases, blended into each other."""
    events, t, names = [(0.0, "rest")], rng.uniform(0.1, 0.4), [n for n in VISEMES if n != "rest"]
    while t < times[-1]:
        for _ in range(rng.integers(4, 12)):
            events.append((t, str(rng.choice(names))))
            t += rng.uniform(0.12, 0.30)
        events.append((t, "rest"))
        t += rng.uniform(0.3, 0.9)
    from scipy.interpolate import PchipInterpolator

    times_of_events = np.array([e[0] for e in events] + [max(t, times[-1]) + 1.0])
    shape = np.array([VISEMES[e[1]] for e in events] + [VISEMES["rest"]], float)
    return events, PchipInterpolator(times_of_events, shape)(times)


def voice_of(person: Person) -> audio.Voice:
    """The voice of a person: a member of the named cast has one; anybody else gets the plain default.

    Args:
        person: Who speaks.
    Returns:
        A Voice.
    Lesson 08.
    """
    return next((audio.VOICES[name] for name, member in people().items() if member == person), audio.Voice())


def clip(
    person: Person,
    seconds: float | None = None,
    fps: float = 25.0,
    seed: int = 0,
    *,
    base: Scene | None = None,
    speaking: bool = True,
    speech: str | audio.Speech | np.ndarray | None = None,
    heart_rate: float = 70.0,
) -> Clip:
    """A clip of one person: the head moves by a few degrees, the gaze jumps, the eyes blink, the mouth speaks, the
    light varies, and the skin pulses by 1 % in green.

    Args:
        person: Who is shown.
        seconds: Duration, above 0 and at most 600; that of the sound when left out. A longer clip ends in silence, a
            shorter one cuts the sound off.
        fps: Frames per second, 1 to 120.
        seed: Seed of all that is random; the same seed gives the same clip.
        base: The scene to start from; a calm random one by default.
        speaking: Whether the mouth speaks; otherwise it keeps the expression of `base`.
        speech: What the mouth does instead of random syllables; the rest of the clip stays as without it. A sentence,
            spoken in the person's own voice; or what audio.say returns, for another voice or language; or f [T, 4],
            jaw, smile, pucker and teeth in [0, 1] for each of the T = seconds * fps frames.
        heart_rate: Beats per minute, 40 to 180, or 0 for no pulse.
    Returns:
        A Clip; with a sentence or its sound, `speech` holds the sound and the exact times of its phones.
    Raises:
        ValueError: For a duration, frame rate or heart rate outside these ranges, no duration where there is no sound
            to give one, a text that cannot be spoken, or speech of another shape.
    Lessons 03, 08 and 12.
    """
    if isinstance(speech, str):
        speech = audio.say(speech, voice_of(person))
    sound = speech if isinstance(speech, audio.Speech) else None
    if seconds is None:
        if sound is None:
            raise ValueError("without a sentence there is no sound that could give the duration; expected seconds")
        seconds = len(sound.samples) / sound.rate
    if not 0 < seconds <= 600 or not 1 <= fps <= 120:
        raise ValueError(f"seconds={seconds}, fps={fps}: expected up to 600 seconds at 1 to 120 frames a second.")
    if heart_rate and not 40 <= heart_rate <= 180:
        raise ValueError(f"heart_rate={heart_rate}: expected 0 (no pulse) or 40 to 180 beats a minute.")
    rng = np.random.default_rng(seed)
    base = random_scene(rng, wild=0.4) if base is None else base
    times = np.arange(max(1, round(seconds * fps))) / fps
    yaw, pitch, roll = (_drift(rng, times, s, a) for s, a in ((1.4, 0.13), (1.1, 0.06), (1.7, 0.045)))
    azimuth, strength = _drift(rng, times, 4.0, 0.15), _drift(rng, times, 3.0, 0.04)
    jumps = np.cumsum(rng.uniform(0.4, 1.8, int(seconds / 0.4) + 2))  # gaze: still, then a jump (saccade)
    gaze = rng.uniform((-0.55, -0.3), (0.55, 0.3), (len(jumps) + 1, 2))[np.searchsorted(jumps, times)]
    starts, closing = _blinks(rng, times)
    events, mouth = _speech(rng, times) if speaking else ([(0.0, "rest")], np.zeros((len(times), 4)))
    if sound is not None:
        sound = audio.fitted(sound, seconds)
        speech = audio.mouth(sound.phones, times)
    if speech is not None:
        mouth, speaking, events = np.asarray(speech, float), True, [(0.0, "rest")]
        if mouth.shape != (len(times), 4) or not np.isfinite(mouth).all():
            raise ValueError(f"speech has the shape {mouth.shape}; expected finite numbers of shape ({len(times)}, 4): "
                             "jaw, smile, pucker and teeth for each frame")
    flush = np.sin(2 * np.pi * heart_rate / 60.0 * times + rng.uniform(0, 2 * np.pi)) * bool(heart_rate)
    e, p, li = base.expression, base.pose, base.lighting
    limit = lambda x, low, high: float(np.clip(x, low, high))  # noqa: E731
    scenes = []
    for i in range(len(times)):
        jaw, smile, pucker, teeth = mouth[i] if speaking else (e.jaw, e.smile, e.pucker, e.teeth)
        expression = replace(
            e,
            jaw=limit(jaw, 0, 1),
            smile=limit(max(smile, 0.6 * e.smile), 0, 1),
            pucker=limit(pucker, 0, 1),
            teeth=limit(teeth, 0, 1),
            blink_left=max(closing[i], 0.0),
            blink_right=max(closing[i], 0.0),
            gaze_x=gaze[i, 0],
            gaze_y=gaze[i, 1],
            flush=flush[i],
        )
        pose = replace(
            p,
            yaw=limit(p.yaw + yaw[i], -1.2, 1.2),
            pitch=limit(p.pitch + pitch[i], -0.6, 0.6),
            roll=limit(p.roll + roll[i], -0.6, 0.6),
        )
        light = replace(
            li,
            azimuth=limit(li.azimuth + azimuth[i], -3.0, 3.0),
            intensity=limit(li.intensity * (1 + strength[i]), 0, 3),
        )
        scenes.append(replace(base, expression=expression, pose=pose, lighting=light))
    return Clip(person, scenes, times, float(fps), starts, events, float(heart_rate), sound)
