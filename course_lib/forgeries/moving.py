"""The forgeries of lessons 07 and 08 as photographs: a face that another person moved, or that says something else.

They change a clip and not a picture. Here is one frame of each, forged from what the camera of a photograph has taken,
and the same frame untouched. The transferred body of lesson 07 is not among them: it is small, and evidence about a
face has nothing to look at. Lesson 11.
"""
import hashlib
from types import SimpleNamespace

import numpy as np

from course_lib import cast
from course_lib.compiled import renderer_version
from course_lib.degradation import degrade, random_camera
from course_lib.profile import cache_dir

from .animated import animate, reenact
from .build import FPS
from .dubbed import SOURCE, spoken
from .photographs import SIZE, portrait_scene

METHODS = ("animated", "reenacted", "lip_synced", "dubbed")
MEANING = {"animated": "a still picture moved by another person's clip; strength is the share of that motion",
           "reenacted": "the face redrawn with another person's expression; strength is how much of it is mixed in",
           "lip_synced": "the mouth of another sentence, its exact lips; strength is how much of it is mixed in",
           "dubbed": "the mouth that a network heard in a sentence; strength is how much of it is mixed in"}
AMOUNTS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the driver's motion, in which an animation is prepared
SHOWN = 8  # which frame of a clip
VERSION = 1  # raise it when what is made changes


def forge_frame(number, driver, seed, method, size=SIZE):
    """One frame of a forged clip of a person, prepared once and read from the cache afterwards.

    Args:
        number: Who is shown, cast.random_person(number).
        driver: Whose motion or expression is taken over; lip-synced and dubbed clips have none.
        seed: Of scene, camera and clip.
        method: One of METHODS.
        size: Pixels per side.
    Returns:
        Dict of real f16 [S, S, 3], the frame untouched; forged f16 [K, S, S, 3] and landmarks f32 [K, 68, 2], K = 5
        for the AMOUNTS of an animation, otherwise 1.
    Raises:
        ValueError: For another method.
    Lesson 11.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; expected one of {', '.join(METHODS)}")
    from course_lib.data.cache import cached  # here, because TensorFlow comes with it

    job = (int(number), int(driver), int(seed), method, int(size))
    key = hashlib.sha256(repr((VERSION, renderer_version(), job)).encode()).hexdigest()[:16]
    return cached(cache_dir() / "moving" / f"{key}.npz", lambda: _made(*job))


def at_strength(prepared, strength):
    """A prepared forgery at some strength.

    Args:
        prepared: Of forge_frame.
        strength: 0 to 1; for an animation the nearest of AMOUNTS is taken.
    Returns:
        (image f32 RGB [S, S, 3] in [0, 1], landmarks f32 [68, 2]).
    Lesson 11.
    """
    forged, marks = prepared["forged"], prepared["landmarks"]
    if len(forged) > 1:
        k = int(np.argmin(np.abs(np.array(AMOUNTS) - strength)))
        return forged[k].astype(np.float32), marks[k]
    real = prepared["real"].astype(np.float32)
    return np.clip(real + np.float32(strength) * (forged[0].astype(np.float32) - real), 0, 1), marks[0]


def _made(number, driver, seed, method, size):
    def taken(image):
        return degrade(image, [random_camera(seed)])

    clip, other = (cast.clip(cast.random_person(n), SOURCE / FPS, FPS, s, base=portrait_scene(s))
                   for n, s in ((number, seed), (driver, seed + 1)))
    one = lambda c, *frames: SimpleNamespace(person=c.person, scenes=[c.scenes[t] for t in frames])  # noqa: E731
    if method == "animated":
        frames, _, marks = animate(clip, one(other, 0, *[SHOWN] * len(AMOUNTS)), size, taken, (0.0, *AMOUNTS))
        still = taken(cast.render(clip.person, clip.scenes[:1], size).rgb[0])
        return _packed(still, frames[1:], marks[1:])
    if method == "reenacted":
        frames, _, marks, real = reenact(one(clip, SHOWN), one(other, SHOWN), size, taken)
        return _packed(real[0], frames, marks)
    heard = None
    if method == "dubbed":
        from course_lib.checkpoints import load

        heard = load("audio_to_lips")
    frames, _, marks, real = spoken(clip, np.array([SHOWN]), number, heard, size, taken)
    return _packed(real[0], frames, marks)


def _packed(real, forged, marks):
    return {"real": np.float16(real), "forged": np.float16(forged), "landmarks": np.float32(marks)}
