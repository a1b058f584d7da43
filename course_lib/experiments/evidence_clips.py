"""The forgeries of lessons 07 and 08 as photographs: animated by another person, or speaking another sentence.

The lips of that sentence are its exact ones (lip-synced), or those that a network hears (dubbed). Each clip goes
through a camera before it is forged, and the untouched frames of the same clips are the control. Lesson 11.
"""
from types import SimpleNamespace

import numpy as np

from course_lib import cast
from course_lib.checkpoints import load
from course_lib.degradation import degrade, random_camera
from course_lib.forgeries import SPLITS
from course_lib.forgeries.animated import animate
from course_lib.forgeries.build import FPS
from course_lib.forgeries.dubbed import SOURCE, spoken
from course_lib.forgeries.photographs import SIZE, portrait_scene

METHODS = ("animated", "lip_synced", "dubbed")
FRAMES = (8, 24)  # of a clip, which are examined


def moving(people=SPLITS["test"][:8], size=SIZE):
    """Frames of clips of the test people, untouched and forged.

    Args:
        people: Their numbers, at least two.
        size: Pixels per side.
    Returns:
        (a stand-in for Photographs with person, seed and landmarks; forged: method -> (images f32 [N, S, S, 3], weights
        f32 [N, S, S], landmarks f32 [N, 68, 2]), "real" first), as experiments.evidence.measure takes them.
    Lesson 11.
    """
    heard = load("audio_to_lips")
    numbers, out = list(people), {name: ([], [], []) for name in ("real", *METHODS)}
    seeds = [number * 1000 + 11 for number in numbers]
    clips = [cast.clip(cast.random_person(n), SOURCE / FPS, FPS, seed, base=portrait_scene(seed))
             for n, seed in zip(numbers, seeds, strict=True)]
    for k, (clip, seed) in enumerate(zip(clips, seeds, strict=True)):
        def taken(image, seed=seed):
            return degrade(image, [random_camera(seed)])

        driver = clips[(k + 1) % len(clips)]
        short = SimpleNamespace(person=driver.person, scenes=[driver.scenes[t] for t in (0, *FRAMES)])
        frames, weights, points = animate(clip, short, size, taken)
        _put(out["animated"], frames[1:], weights[1:], points[1:])
        frames, weights, points, untouched = spoken(clip, np.array(FRAMES), numbers[k], None, size, taken)
        _put(out["lip_synced"], frames, weights, points)
        frames, weights, points, _ = spoken(clip, np.array(FRAMES), numbers[k], heard, size, taken)
        _put(out["dubbed"], frames, weights, points)
        _put(out["real"], untouched, np.zeros_like(weights), points)
    forged = {name: tuple(np.stack(part) for part in parts) for name, parts in out.items()}
    stand_in = SimpleNamespace(person=np.repeat(numbers, len(FRAMES)), seed=np.repeat(seeds, len(FRAMES)),
                               landmarks=forged["real"][2])
    return stand_in, forged


def _put(lists, *parts):
    for rows, part in zip(lists, parts, strict=True):
        rows.extend(np.asarray(part, np.float32))
