"""A film that nobody trained on, its perfect swap, and what each step of putting a face back buys. Lesson 03.

`python -m course_lib.experiments.blending_steps` prints the table for a few pairs of the cast.
"""
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from course_lib.blending import Steps, masks, swap_frames
from course_lib.blending.frames import COLOUR_CUTOFF
from course_lib.cast import Frames, clip, people
from course_lib.cast.motion import optical_flow
from course_lib.data import render_cached
from course_lib.metrics.video import measure, table
from course_lib.pipelines.swap import swapper, track_landmarks

# what stays A's when the face is swapped: the outline of the head, the tone of the skin, hair, glasses and clothes
OUTER = ("face_w", "face_l", "jaw_w", "chin_w", "chin_z", "forehead", "ear", "neck", "skin", "seed", "glasses",
         "hair_r", "hair_g", "hair_b", "hair_side", "hair_top", "hair_line", "hair_open", "hair_fringe", "hair_long",
         "hair_curl", "hair_bun", "hair_part", "hair_quiff", "hair_fade", "cloth_r", "cloth_g", "cloth_b")
SEEN = ("skin", "eyes", "mouth", "lips")  # where nothing is in front of the face
TRACK = 2.0  # Hz up to which landmarks that a detector found may move; exact ones need less care
FPS = 25.0


def perfect(a, b):
    """Who would be seen in A's film after a perfect swap: a Person with b's features in a's head, hair and skin tone.

    a, b: cast.Person. A swap changes the inner face alone, and its colour is matched to the frame. Lesson 03.
    """
    return replace(b, **{name: getattr(a, name) for name in OUTER})


@dataclass(eq=False)
class HeldOut:
    """A film of A, and the same film as a perfect swap would show it. frames, truth: the cast's Frames. b: the name of
    the decoder that is shipped. landmarks: f32 [T, 68, 2] as a detector found them, nan where it found none."""

    frames: Frames
    truth: Frames
    b: str

    @cached_property
    def landmarks(self):
        return track_landmarks(self.frames.rgb)

    @cached_property
    def motion(self):
        return optical_flow(self.truth)

    @cached_property
    def visible(self):
        """Where A's face is seen, f32 [T, H, W]: by the true labels."""
        return np.stack([masks.from_labels(labels, SEEN) for labels in self.frames.labels])


def held_out(a="Elif", b="Kavya", seconds=2.0, size=192, seed=5):
    """A HeldOut clip of a in scenes of their own, rendered or from the cache. a, b: names of the cast. Lesson 03."""
    cast = people()
    made = clip(cast[a], seconds, FPS, seed=seed)
    both = cast[a], perfect(cast[a], cast[b])
    return HeldOut(*(render_cached(person, made.scenes, size=size) for person in both), b)


def put_into(film, swap, steps=None, *, landmarks=None, cutoff=TRACK, visible=None, **how):
    """A HeldOut film with the face swapped: (frames f32 [T, H, W, 3], weights f32 [T, H, W]).

    swap: as swapper gives it. landmarks: those that the detector found, when left out. visible: the true labels', when
    left out. The rest: as for blending.swap_frames. Lesson 03.
    """
    done = list(swap_frames(film.frames.rgb, film.landmarks if landmarks is None else landmarks, swap,
                            steps=steps, rate=FPS, cutoff=cutoff, visible=film.visible if visible is None else visible,
                            **how))
    shape = film.frames.rgb.shape[1:3]
    weights = [np.zeros(shape, np.float32) if d.layer is None else d.layer.weights(shape) for d in done]
    return np.stack([d.frame for d in done]), np.stack(weights)


BARE = Steps(shape="crop", grow=0, feather=0, visible=False, colour="none")
STEPS = {  # each step: what it sets in Steps, and what it asks of put_into
    "hull": (dict(shape=Steps.shape, grow=Steps.grow), {}),
    "soft edge": (dict(feather=Steps.feather), {}),
    "occluders in front": (dict(visible=True), {}),
    "colour": (dict(colour=Steps.colour), {}),
    "steady track": ({}, dict(cutoff=TRACK)),
    "steady colour": ({}, dict(colour_cutoff=COLOUR_CUTOFF)),
}


def with_steps(film, swap, names):
    """The film with these of STEPS alone: (frames, weights) as put_into gives them. Lesson 03."""
    wrong = [name for name in names if name not in STEPS]
    if wrong:
        raise ValueError(f"no step is called {wrong[0]!r}; there are {', '.join(STEPS)}")
    steps, how = BARE, dict(cutoff=None, colour_cutoff=None)
    for name in names:
        steps, how = replace(steps, **STEPS[name][0]), how | STEPS[name][1]
    everywhere = None if steps.visible else np.ones_like(film.visible)
    return put_into(film, swap, steps, visible=everywhere, **how)


def score(film, made, weights):
    """The row of metrics.video.measure for a swapped HeldOut film. Lesson 03."""
    return measure(made, film.truth.rgb, film.truth.face_mask, weights, film.motion)


def ladder(film, swap):
    """What each step buys: rows of measure for no step, one more each time, and everything but one. Lesson 03."""
    every = list(STEPS)
    plans = {"paper mask": []} | {f"+ {name}": every[:n] for n, name in enumerate(every, 1)}
    plans |= {f"all but {name}": [n for n in every if n != name] for name in every[:-1]}
    return {title: score(film, *with_steps(film, swap, names)) for title, names in plans.items()}


def main():
    for a, b, seed in (("Elif", "Kavya", 5), ("Ada", "Kavya", 41), ("Ines", "Kavya", 9), ("Hiro", "Bruno", 11)):
        film = held_out(a, b, seconds=1.0, seed=seed)
        rows = ladder(film, swapper(b))
        rows["exact landmarks"] = score(film, *put_into(film, swapper(b), landmarks=film.frames.landmarks))
        print(f"{b}'s face in a film of {a}\n{table(rows)}\n", flush=True)


if __name__ == "__main__":
    main()
