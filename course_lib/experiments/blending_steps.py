"""An ablation of blending: a held-out clip, its perfect swap, and the effect of each step. Lesson 03.

`python -m course_lib.experiments.blending_steps` prints the table for a few pairs of the cast.
"""
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from course_lib.blending import Steps, masks, swap_frames
from course_lib.blending.frames import COLOUR_CUTOFF
from course_lib.cast import Frames, clip, people
from course_lib.cast.optical_flow import optical_flow
from course_lib.data import render_cached
from course_lib.metrics.video import measure, table
from course_lib.pipelines.swap import swapper, track_landmarks

# what stays A's when the face is swapped: the outline of the head, the tone of the skin, hair, glasses and clothes
OUTER = ("face_w", "face_l", "jaw_w", "chin_w", "chin_z", "forehead", "ear", "neck", "skin", "seed", "glasses",
         "hair_r", "hair_g", "hair_b", "hair_side", "hair_top", "hair_line", "hair_open", "hair_fringe", "hair_long",
         "hair_curl", "hair_bun", "hair_part", "hair_quiff", "hair_fade", "cloth_r", "cloth_g", "cloth_b")
VISIBLE = ("skin", "eyes", "mouth", "lips")  # labels of the unoccluded face
TRACK = 2.0  # Hz, cutoff of the smoothing of detected landmarks; exact ones need less
FPS = 25.0


def perfect_swap(a, b):
    """The person in A's clip after a perfect swap: b's features in a's head, hair and skin tone.

    A swap changes the inner face alone, and its colour is matched to the frame.

    Args:
        a, b: cast.Person.
    Returns:
        A Person.
    Lesson 03.
    """
    return replace(b, **{name: getattr(a, name) for name in OUTER})


@dataclass(eq=False)
class HeldOut:
    """A clip of A, and the same clip after a perfect swap.

    Args:
        frames, truth: the cast's Frames.
        b: the person whose shipped decoder swaps.
    Lesson 03.
    """

    frames: Frames
    truth: Frames
    b: str

    @cached_property
    def landmarks(self):
        """Landmarks f32 [T, 68, 2] of the cascade, which jitter; nan where no face was detected."""
        return track_landmarks(self.frames.rgb, "haar")

    @cached_property
    def motion(self):
        """Exact optical flow of the truth."""
        return optical_flow(self.truth)

    @cached_property
    def visible(self):
        """Mask of A's visible face, f32 [T, H, W], from the true labels."""
        return np.stack([masks.from_labels(labels, VISIBLE) for labels in self.frames.labels])


def held_out(a="Elif", b="Kavya", seconds=2.0, size=192, seed=5):
    """Renders a held-out clip, or takes it from the cache.

    Args:
        a, b: names of the cast.
        seconds: length of the clip.
        size: side of the frames in pixels.
        seed: of the scenes.
    Returns:
        HeldOut.
    Lesson 03.
    """
    cast = people()
    scenes = clip(cast[a], seconds, FPS, seed=seed).scenes
    both = cast[a], perfect_swap(cast[a], cast[b])
    return HeldOut(*(render_cached(person, scenes, size=size) for person in both), b)


def swap_into(film, swap, steps=None, *, landmarks=None, cutoff=TRACK, visible=None, **options):
    """Swaps the face in a held-out clip.

    Args:
        film: HeldOut.
        swap: as pipelines.swap.swapper returns it.
        steps: blending.Steps; all of them when left out.
        landmarks: f32 [T, 68, 2]; the detected ones when left out.
        cutoff: of the landmarks' smoothing, Hz; None for no smoothing.
        visible: masks of the visible face; from the true labels when left out.
        **options: as for blending.swap_frames.
    Returns:
        (frames f32 [T, H, W, 3], weights f32 [T, H, W]).
    Lesson 03.
    """
    done = list(swap_frames(film.frames.rgb, film.landmarks if landmarks is None else landmarks, swap,
                            steps=steps, rate=FPS, cutoff=cutoff, visible=film.visible if visible is None else visible,
                            **options))
    shape = film.frames.rgb.shape[1:3]
    weights = [np.zeros(shape, np.float32) if d.layer is None else d.layer.weights(shape) for d in done]
    return np.stack([d.frame for d in done]), np.stack(weights)


BARE = Steps(shape="crop", grow=0, feather=0, visible=False, colour="none")
STEPS = {  # each step: what it sets in Steps, and its options of swap_into
    "hull": (dict(shape=Steps.shape, grow=Steps.grow), {}),
    "soft edge": (dict(feather=Steps.feather), {}),
    "occluders in front": (dict(visible=True), {}),
    "colour": (dict(colour=Steps.colour), {}),
    "steady track": ({}, dict(cutoff=TRACK)),
    "steady colour": ({}, dict(colour_cutoff=COLOUR_CUTOFF)),
}


def with_steps(film, swap, names):
    """The clip with a choice of the steps.

    Args:
        film, swap: as for swap_into.
        names: keys of STEPS.
    Returns:
        (frames, weights) as swap_into.
    Raises:
        ValueError: for another name.
    Lesson 03.
    """
    wrong = [name for name in names if name not in STEPS]
    if wrong:
        raise ValueError(f"no step is called {wrong[0]!r}; there are {', '.join(STEPS)}")
    steps, options = BARE, dict(cutoff=None, colour_cutoff=None)
    for name in names:
        steps, options = replace(steps, **STEPS[name][0]), options | STEPS[name][1]
    everywhere = None if steps.visible else np.ones_like(film.visible)
    return swap_into(film, swap, steps, visible=everywhere, **options)


def score(film, frames, weights):
    """The metrics of a swapped clip against the perfect swap.

    Args:
        film: HeldOut.
        frames, weights: as swap_into returns them.
    Returns:
        A dict, as metrics.video.measure.
    Lesson 03.
    """
    return measure(frames, film.truth.rgb, film.truth.face_mask, weights, film.motion)


def ablation(film, swap):
    """The effect of each step: scores with no step, with one more each time, and with all but one.

    Args:
        film, swap: as for swap_into.
    Returns:
        A dict, title -> scores.
    Lesson 03.
    """
    every = list(STEPS)
    plans = {"paper mask": []} | {f"+ {name}": every[:n] for n, name in enumerate(every, 1)}
    plans |= {f"all but {name}": [n for n in every if n != name] for name in every[:-1]}
    return {title: score(film, *with_steps(film, swap, names)) for title, names in plans.items()}


def main():
    """Prints the table of steps for four pairs of the cast."""
    for a, b, seed in (("Elif", "Kavya", 5), ("Ada", "Kavya", 41), ("Ines", "Kavya", 9), ("Hiro", "Bruno", 11)):
        film = held_out(a, b, seconds=1.0, seed=seed)
        rows = ablation(film, swapper(b))
        rows["exact landmarks"] = score(film, *swap_into(film, swapper(b), landmarks=film.frames.landmarks))
        print(f"{b}'s face in a clip of {a}\n{table(rows)}\n", flush=True)


if __name__ == "__main__":
    main()
