"""The time explorer: a clip with its traces over time, as it is or forged, before and after a codec. Lesson 12.

`render(State(...))` gives the page as the bytes of a PNG and `traces(forgery, codec)` the numbers; neither needs a
notebook. `TimeExplorer()` puts them behind controls. The landmarks are the renderer's, exact in every case: a codec
changes what is measured in pixels (jitter, pulse), not the lids and the lips.
"""
from dataclasses import dataclass
from functools import lru_cache

import ipywidgets as w
import numpy as np

from course_lib import audio, cast
from course_lib.data.talking import SENTENCES, talking
from course_lib.degradation import h264
from course_lib.experiments.pulse_codec import sensor
from course_lib.forensics import blinks, jitter, pulse, sync
from course_lib.forgeries.temporal import shifted_faces

from .drawing import GREY, INK, PALE, PALETTE, Canvas
from .view import View, slider

WIDTH, HEIGHT, SIDE, LEFT, HIGH = 860, 486, 260, 300, 84  # pixels of the page, the frame, the traces
WHO, SECONDS, RATE, BEATS = "Ada", 12.0, 25.0, 66.0
FORGERIES = ("real", "no blinks", "no pulse", "jitter", "another voice")
CODECS = {"none": None, "H.264, CRF 23": 23, "H.264, CRF 40": 40}
NOISES = 200  # signals without a pulse, whose SNR is the chance level


@dataclass(frozen=True)
class State:
    """What the explorer shows.

    Args:
        seconds: Where in the clip, 0 to SECONDS.
        forgery: One of FORGERIES; each changes one thing.
        codec: A key of CODECS.
    Raises:
        ValueError: For another value.
    """

    seconds: float = 2.2
    forgery: str = "real"
    codec: str = "none"

    def __post_init__(self):
        if self.forgery not in FORGERIES or self.codec not in CODECS:
            raise ValueError(f"forgery={self.forgery!r}, codec={self.codec!r}: expected one of {', '.join(FORGERIES)} "
                             f"and of {', '.join(CODECS)}")
        if not 0 <= self.seconds <= SECONDS:
            raise ValueError(f"seconds={self.seconds}: expected 0 to {SECONDS:g}")


@dataclass(frozen=True)
class Traces:
    """What is measured in a clip.

    Args:
        frames: f32 RGB [T, S, S, 3], after the codec.
        lids: f64 [T], the eye aspect ratio.
        spans: f64 [K, 2], the blinks found, seconds.
        jitter: f64 [T], forensics.jitter.acceleration.
        pulse: f64 [T], by POS.
        spectrum: (beats per minute f64 [K], power f64 [K]).
        rate, snr: The heart rate in beats per minute, and its signal-to-noise ratio in dB.
        mouth, sound: f64 [T], opening of the lips and loudness.
        lag, confidence: Of the mouth against the sound, seconds; see forensics.sync.offset.
    """

    frames: np.ndarray
    lids: np.ndarray
    spans: np.ndarray
    jitter: np.ndarray
    pulse: np.ndarray
    spectrum: tuple
    rate: float
    snr: float
    mouth: np.ndarray
    sound: np.ndarray
    lag: float
    confidence: float


@lru_cache(3)
def clip(blinking=True, beats=BEATS):
    """The clip of the page, rendered once and kept on disk.

    Args:
        blinking: Whether the eyes blink.
        beats: Heart rate per minute, 0 for no pulse.
    Returns:
        data.talking.Talking.
    """
    return talking(cast.people()[WHO], WHO, SENTENCES[1], SECONDS, RATE, seed=0, heart_rate=beats, blinking=blinking)


@lru_cache(len(FORGERIES) * len(CODECS))
def traces(forgery, codec):
    """Measure a clip.

    Args:
        forgery: One of FORGERIES.
        codec: A key of CODECS.
    Returns:
        Traces.
    Lesson 12.
    """
    made = clip(forgery != "no blinks", 0.0 if forgery == "no pulse" else BEATS)
    frames, points, times = made.frames.rgb, made.frames.landmarks, made.clip.times
    if forgery == "jitter":
        frames = shifted_faces(frames, points, np.random.default_rng(0))
    frames = sensor(frames)
    if CODECS[codec] is not None:
        frames = h264(frames, CODECS[codec], round(RATE))
    speech = audio.say(SENTENCES[3] + " " + SENTENCES[2], WHO) if forgery == "another voice" else made.speech
    sound = sync.envelope(speech.samples, speech.rate, times)
    lids, mouth = blinks.eye_aspect_ratio(points), sync.mouth_opening(points)
    signal = pulse.pos(pulse.skin_means(frames, made.frames.mask("skin")), RATE)
    return Traces(frames, lids, blinks.find_blinks(lids, RATE), jitter.acceleration(frames, points), signal,
                  pulse.spectrum(signal, RATE), pulse.heart_rate(signal, RATE), pulse.snr(signal, RATE), mouth, sound,
                  *sync.offset(mouth, sound, RATE)[:2])


@lru_cache(4)
def chance(count):
    """The SNR that signals without any pulse reach.

    Args:
        count: Frames.
    Returns:
        The 95th percentile, dB.
    """
    rng = np.random.default_rng(0)
    return float(np.percentile([pulse.snr(pulse.band_pass(rng.normal(size=count), RATE), RATE)
                                for _ in range(NOISES)], 95))


def render(state):
    """Draw a frame of the clip, its four traces with a mark at this moment, and the spectrum of the pulse.

    The same state gives the same bytes.

    Args:
        state: A State.
    Returns:
        The bytes of a PNG, 860 x 486.
    """
    seen = traces(state.forgery, state.codec)
    count = len(seen.frames)
    now = min(round(state.seconds * RATE), count - 1)
    page = Canvas(WIDTH, HEIGHT)
    page.text((14, 8), f"{state.forgery}, codec: {state.codec}", 15, bold=True)
    page.picture((14, 36), seen.frames[now], SIDE, GREY, 1)
    page.text((14, 44 + SIDE), f"{now / RATE:.2f} s, frame {now} of {count}", 13)
    level = chance(count)
    rows = (("lids", f"{len(seen.spans)} blinks in {count / RATE:.0f} s", (seen.lids,)),
            ("jitter", f"mean {np.nanmean(seen.jitter):.2f} times the background's", (seen.jitter,)),
            ("pulse (POS)", f"{seen.rate:.0f} per minute, SNR {seen.snr:.1f} dB; 95 % of pure noise below {level:.1f}",
             (seen.pulse,)),
            ("mouth and sound (dashed)", f"mouth {1000 * seen.lag:+.0f} ms late, confidence {seen.confidence:.2f}",
             (seen.mouth, seen.sound)))
    for k, (name, said, curves) in enumerate(rows):
        top = 30 + k * (HIGH + 28)
        page.text((LEFT, top - 20), name, 13, bold=True)
        page.text((WIDTH - 14, top - 20), said, 13, anchor="ra")
        page.box(LEFT, top, WIDTH - 14 - LEFT, HIGH, outline=PALE)
        for curve, colour in zip(curves, (PALETTE["blue"], PALETTE["orange"])):
            _trace(page, curve, top, colour, dashed=colour != PALETTE["blue"])
        x = LEFT + now / (count - 1) * (WIDTH - 14 - LEFT)
        page.line([(x, top), (x, top + HIGH)], PALETTE["red"], 1)
    _spectrum(page, seen)
    page.text((14, HEIGHT - 18), "No trace proves a clip real: a forger can get each of them right.", 12, GREY)
    return page.png()


def _trace(page, values, top, colour, dashed=False):
    """A curve scaled to its own range, with gaps where nothing was measured."""
    low, high = np.nanmin(values), np.nanmax(values)
    x = LEFT + np.arange(len(values)) / (len(values) - 1) * (WIDTH - 14 - LEFT)
    y = top + HIGH - 4 - (values - low) / max(high - low, 1e-9) * (HIGH - 8)
    for k in range(len(values) - 1):
        if np.isfinite(y[k:k + 2]).all() and not (dashed and k % 4 > 1):
            page.line([(x[k], y[k]), (x[k + 1], y[k + 1])], colour, 2)


def _spectrum(page, seen):
    """The power of the pulse signal over heart rates, with the true one."""
    beats, power = seen.spectrum
    top, bottom = HEIGHT - 140, HEIGHT - 48
    x = lambda b: 14 + (b - beats[0]) / (beats[-1] - beats[0]) * SIDE  # noqa: E731
    page.text((14, top - 16), "spectrum of the pulse", 13, bold=True)
    page.line([(x(BEATS), top), (x(BEATS), bottom)], PALETTE["orange"], 1)
    page.line(np.stack([x(beats), bottom - power / max(power.max(), 1e-30) * (bottom - top)], 1), PALETTE["blue"], 2)
    page.line([(14, bottom), (14 + SIDE, bottom)], GREY, 1)
    for mark in (60, 120, 180):
        page.text((x(mark), bottom + 2), f"{mark}", 11, INK, anchor="ma")
    page.text((14 + SIDE, top), f"heart rate of the real clip: {BEATS:.0f}", 11, GREY, anchor="ra")


class TimeExplorer(View):
    """The view: `controls` holds every control by name, `image` the page, `state()` what is shown."""

    alt = "a frame of a clip, and its lids, jitter, pulse, and mouth and sound over time"
    strip = "seconds", (2.0, 2.28, 2.6)

    def __init__(self):
        super().__init__(render, {
            "seconds": slider("seconds", 2.2, 0.0, SECONDS, 1 / RATE, "where in the clip"),
            "forgery": w.Dropdown(options=FORGERIES, description="forgery"),
            "codec": w.Dropdown(options=tuple(CODECS), description="codec"),
        }, notice="The first picture of a forgery takes some seconds: its clip is rendered.", width=WIDTH)

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        return State(**self.values())
