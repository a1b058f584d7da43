"""The forgeries of lessons 07 and 08 as photographs: animated or reenacted by another person, or speaking another
sentence.

The lips of that sentence are its exact ones (lip-synced), or those that a network hears (dubbed). Each clip goes
through a camera before it is forged, and the untouched frames of the same clips are the control. Lesson 11.
"""
from types import SimpleNamespace

import numpy as np

from course_lib import cast
from course_lib.checkpoints import load
from course_lib.degradation import degrade, random_camera
from course_lib.forgeries import SPLITS
from course_lib.forgeries.animated import animate, reenact
from course_lib.forgeries.build import FPS
from course_lib.forgeries.dubbed import SOURCE, speaking, spoken
from course_lib.forgeries.photographs import SIZE, portrait_scene

METHODS = ("animated", "reenacted", "lip_synced", "dubbed")
FRAMES = (8, 24)  # of a clip, which are examined


def moving(people=SPLITS["test"][:8], size=SIZE, methods=METHODS):
    """Frames of clips of the test people, untouched and forged.

    Args:
        people: Their numbers, at least two.
        size: Pixels per side.
        methods: Of METHODS, in their order.
    Returns:
        (a stand-in for Photographs with person, seed and landmarks; forged: method -> (images f32 [N, S, S, 3], weights
        f32 [N, S, S], landmarks f32 [N, 68, 2]), "real" first), as experiments.evidence.measure takes them.
    Lesson 11.
    """
    heard = load("audio_to_lips") if "dubbed" in methods else None
    numbers, out = list(people), {name: ([], [], []) for name in ("real", *methods)}
    seeds = [number * 1000 + 11 for number in numbers]
    clips = [cast.clip(cast.random_person(n), SOURCE / FPS, FPS, seed, base=portrait_scene(seed))
             for n, seed in zip(numbers, seeds, strict=True)]
    for k, (clip, seed) in enumerate(zip(clips, seeds, strict=True)):
        def taken(image, seed=seed):
            return degrade(image, [random_camera(seed)])

        driver = clips[(k + 1) % len(clips)]
        talking = SimpleNamespace(person=clip.person, scenes=speaking(clip, numbers[k]))
        made = {"animated": lambda c=clip, d=driver: _without_first(animate(c, _frames(d, 0, *FRAMES), size, taken)),
                "reenacted": lambda c=talking, d=driver: reenact(_frames(c, *FRAMES), _frames(d, *FRAMES), size, taken),
                "lip_synced": lambda c=clip, n=numbers[k]: spoken(c, np.array(FRAMES), n, None, size, taken),
                "dubbed": lambda c=clip, n=numbers[k]: spoken(c, np.array(FRAMES), n, heard, size, taken)}
        for method in methods:
            frames, weights, points, *_ = made[method]()
            _put(out[method], frames, weights, points)
        truth = cast.render(clip.person, _frames(talking, *FRAMES).scenes, size)
        _put(out["real"], [taken(image) for image in truth.rgb], np.zeros(truth.rgb.shape[:3]), truth.landmarks)
    forged = {name: tuple(np.stack(part) for part in parts) for name, parts in out.items()}
    stand_in = SimpleNamespace(person=np.repeat(numbers, len(FRAMES)), seed=np.repeat(seeds, len(FRAMES)),
                               landmarks=forged["real"][2])
    return stand_in, forged


def _frames(clip, *times):
    return SimpleNamespace(person=clip.person, scenes=[clip.scenes[t] for t in times])


def _without_first(parts):
    return [part[1:] for part in parts]


def _put(lists, *parts):
    for rows, part in zip(lists, parts, strict=True):
        rows.extend(np.asarray(part, np.float32))
