"""The lip-sync inspector: phones, the curve of the lips and the frame, with every stage of the dubbing on a switch.
Lesson 08.

`render(State(...))` gives the picture as the bytes of a PNG and needs no notebook, `clip_with_sound(State(...))` the
clip as those of a video; `LipSyncInspector(scene)` has the controls.
"""
import tempfile
from dataclasses import dataclass, field, replace

import ipywidgets as w
import numpy as np

from course_lib import audio, media
from course_lib.blending.compose import unalign
from course_lib.blending.jaw import composite
from course_lib.blending.mouth_texture import CANDIDATES, mouth_textures
from course_lib.cast import people
from course_lib.cast.frames import Frames
from course_lib.checkpoints import load
from course_lib.data.cache import render_cached
from course_lib.data.spoken import FPS, address, with_mouth
from course_lib.faces import align
from course_lib.faces.lips import lip_shape, rest_shape, retarget
from course_lib.metrics.lipsync import opening
from course_lib.pipelines.dub import lip_curve

from .drawing import GREY, INK, PALETTE, Canvas
from .view import View, slider

CELL, GAP, WIDE, TALL = 160, 8, 672, 120  # pixels: of a frame, between frames, of the curves
LIPS = ("from the sound", "exact", "old")


@dataclass(frozen=True, eq=False)
class Scene:
    """A clip, a sound, and what the pipeline needs of both; `scene` makes one.

    Args:
        old: cast.Frames of the old clip.
        speech: audio.Speech, at most as long.
        crops: f32 [M, S, S, 3], the old frames, aligned.
        matrices: f64 [M, 2, 3], from frame to crop.
        codes: f32 [M, 36], their lips.
        lips: dict of each of LIPS -> f32 [T, 36].
        truth: f32 [T, H, W, 3], the old clip with the exact mouth: rendered at once, so that no move waits for it.
        envelope: f64 [K], loudness of the sound, evenly over it.
    """

    old: Frames = field(repr=False)
    speech: audio.Speech = field(repr=False)
    crops: np.ndarray = field(repr=False)
    matrices: np.ndarray = field(repr=False)
    codes: np.ndarray = field(repr=False)
    lips: dict = field(repr=False)
    truth: np.ndarray = field(repr=False)
    envelope: np.ndarray = field(repr=False)


def scene(model, old, speech):
    """What the inspector shows of a clip and a sound.

    Args:
        model: of models.lip_shapes.shipped.
        old: cast.Frames, 25 a second.
        speech: audio.Speech that is not longer than the clip.
    Returns:
        Scene.
    Raises:
        ValueError: for a longer sound.
    Lesson 08.
    """
    count = int(len(speech.samples) / speech.rate * FPS)
    if not 1 <= count <= len(old):
        raise ValueError(f"the sound lasts {count} frames and the clip {len(old)}; expected a sound that is not longer")
    side, times = old.rgb.shape[1], np.arange(count) / FPS
    faces = [align(image, points, side) for image, points in zip(old.rgb, old.landmarks, strict=True)]
    codes, mouth = lip_shape(old.landmarks), audio.mouth(speech.phones, times)
    heard, rest = lip_curve(model, speech.samples, times)
    true = render_cached(old.persons[:count], with_mouth(old.scenes[:count], mouth), side)
    lips = {"from the sound": retarget(heard, rest, rest_shape(codes)), "exact": lip_shape(true.landmarks),
            "old": codes[:count]}
    edges = np.linspace(0, len(speech.samples), WIDE // 2 + 1).astype(int)
    loud = np.array([np.abs(speech.samples[a:max(b, a + 1)]).max() for a, b in zip(edges, edges[1:])])
    return Scene(old, speech, np.stack([f.image for f in faces]), np.stack([f.matrix for f in faces]), codes, lips,
                 true.rgb, loud)


@dataclass(frozen=True, eq=False)
class State:
    """What the inspector shows.

    Args:
        scene: a Scene.
        time: frame.
        lips: one of LIPS.
        candidates: of the weighted median, 1 to 30; see mouth_textures.
        offset: frames by which the lips are late, -10 to 10.
        jaw: whether the jaw line is corrected.
    Raises:
        ValueError: for another value.
    """

    scene: Scene = field(repr=False)
    time: int = 20
    lips: str = "from the sound"
    candidates: int = CANDIDATES
    offset: int = 0
    jaw: bool = True

    def __post_init__(self):
        last = len(self.scene.truth) - 1
        if self.lips not in LIPS:
            raise ValueError(f"lips={self.lips!r}: expected one of {', '.join(LIPS)}")
        if not (0 <= self.time <= last and 1 <= self.candidates <= 30 and -10 <= self.offset <= 10):
            raise ValueError(f"time={self.time}, candidates={self.candidates}, offset={self.offset}: expected a frame "
                             f"from 0 to {last}, 1 to 30 candidates and an offset from -10 to 10")


def _late(state):
    """The lips that are shown with each frame of the sound: those of an earlier one where they are late."""
    count = len(state.scene.truth)
    return state.scene.lips[state.lips][np.clip(np.arange(count) - state.offset, 0, count - 1)]


def _frame(state):
    """(the new mouth at its place, the composite) of one frame."""
    s, t = state.scene, state.time
    face = mouth_textures(s.crops, s.codes, _late(state)[t:t + 1], state.candidates)[0]
    placed = np.clip(unalign(face, s.matrices[t], s.old.rgb.shape[1:3], outside=None), 0, 1)
    return placed, composite(placed, s.old.rgb[t], s.old.landmarks[t], state.jaw)


def clip_with_sound(state):
    """The whole composite, with its sound: what an offset looks like is a matter of hearing, too.

    Args:
        state: a State; its time is not used.
    Returns:
        The bytes of a labelled .mp4, at twice the size of the frames.
    """
    s, count = state.scene, len(state.scene.truth)
    frames = (_frame(replace(state, time=t))[1].repeat(2, 0).repeat(2, 1) for t in range(count))
    with tempfile.TemporaryDirectory() as folder:
        return media.write_video(f"{folder}/clip.mp4", frames, FPS, what="a clip with another mouth",
                                 how="the lip-sync inspector", audio=(s.speech.samples, s.speech.rate)).read_bytes()


def render(state):
    """Draw the inspector.

    Args:
        state: a State.
    Returns:
        The bytes of a PNG.
    """
    s, t, count = state.scene, state.time, len(state.scene.truth)
    curves = {name: opening(shapes) for name, shapes in s.lips.items()}
    lips, (placed, made) = _late(state), _frame(state)
    old = s.old.rgb[t]
    page = Canvas(WIDE, TALL + 92 + CELL + 46)
    _phones(page, s, t)
    top = 84
    tallest = max(0.01, max(float(curve.max()) for curve in curves.values()))
    for name, colour, values in (("exact", GREY, curves["exact"]), (state.lips, PALETTE["blue"], opening(lips))):
        x = np.arange(count) / count * WIDE
        page.line(np.stack([x, top + TALL * (1 - values / tallest)], 1), colour, 2)
        page.text((WIDE - 4, top + (0 if name == "exact" else 16)), f"lips, {name}", 12, colour, anchor="ra")
        if name == state.lips == "exact":
            break
    page.line([(t / count * WIDE, 0), (t / count * WIDE, top + TALL)], PALETTE["red"], 1)
    for k, (name, image) in enumerate((("old frame", old), ("new mouth", placed), ("composite", made),
                                       ("truth", s.truth[t]))):
        x, y = k * (CELL + GAP), top + TALL + 8
        page.text((x, y), name, 13, INK, bold=k == 2)
        page.picture((x, y + 20), image, CELL)
    error = 100 * np.linalg.norm((lips[t] - s.lips["exact"][t]).reshape(18, 2), axis=-1).mean()
    page.text((0, top + TALL + CELL + 34), f"{t / FPS:.2f} s: error {error:.1f} % of the distance between the eyes; "
              f"lips {abs(state.offset) * 1000 / FPS:.0f} ms {'late' if state.offset >= 0 else 'early'}", 12, GREY)
    return page.png()


def _phones(page, s, t):
    """Waveform, and the phones below it, those that close the lips in red."""
    seconds = len(s.truth) / FPS
    for k, loud in enumerate(s.envelope / max(s.envelope.max(), 1e-6)):
        page.line([(2 * k, 24 - 22 * loud), (2 * k, 24 + 22 * loud)], GREY, 1)
    for name, start, end in s.speech.phones:
        colour = PALETTE["red"] if audio.visemes([(name, start, end)])[0][0] == "PP" else INK
        page.line([(start / seconds * WIDE, 52), (start / seconds * WIDE, 66)], GREY, 1)
        if name != "SIL":
            page.text(((start + end) / 2 / seconds * WIDE, 60), name, 9, colour, anchor="mm")


class LipSyncInspector(View):
    """The view: `controls` holds every control by name, `image` the picture, `state()` what is shown.

    Args:
        shown: a Scene; Ada, who says another sentence, when left out.
    """

    alt, strip = ("phones, and the opening of the lips over time; old frame, new mouth, composite and truth",
                  ("time", (10, 20, 30)))

    def __init__(self, shown=None):
        self.scene = shown or _example()
        super().__init__(render, {
            "time": slider("time", min(20, len(self.scene.truth) - 1), 0, len(self.scene.truth) - 1, 1, "frame"),
            "lips": w.ToggleButtons(options=LIPS, description="lips"),
            "candidates": slider("candidates", CANDIDATES, 1, 30, 1, "frames in the weighted median"),
            "offset": slider("offset", 0, -10, 10, 1, "frames by which the lips are late"),
            "jaw": w.Checkbox(True, description="jaw correction", indent=False)}, width=WIDE)

    def arrange(self):
        """Lay out controls and picture, and the player below them.

        Returns:
            List of ipywidgets.
        """
        self.play = w.Button(description="clip with sound", icon="play",
                             tooltip="make the clip with these settings and play it")
        self.play.on_click(self.make)
        self.player = w.VBox()
        return [*super().arrange(), self.play, self.player]

    def make(self, *_):
        """Make the clip of the present settings and show it with its sound."""
        try:
            film = clip_with_sound(self.state())
            self.player.children = [w.Video(value=film, format="mp4", loop=False, width=288)]
        except Exception as error:  # raised in a callback, it would end in a log that nobody reads
            self.fail(error, "No clip was made.")

    def state(self):
        """Read the controls.

        Returns:
            A State.
        """
        return State(self.scene, **self.values())


def _example():
    ada = people()["Ada"]
    said = audio.say("My brother bought a big box of plums for the house.", "Ada")
    old = address(ada, audio.fitted(said, 3.0), seed=3)
    return scene(load("audio_to_lips"), render_cached(ada, old, size=96),
                 audio.fitted(audio.say("Nobody has said this.", "Ada"), 2.0))
