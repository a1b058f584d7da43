"""Frames of people in motion, 64 x 64 with their background: the training set of image animation. Lesson 07."""
from dataclasses import dataclass, replace

import numpy as np

from course_lib.cast import (
    Camera,
    Expression,
    Pose,
    clip,
    describe,
    from_vector,
    random_person,
    random_scene,
    render,
    to_vector,
)
from course_lib.data.cache import cached_chunks
from course_lib.profile import cache_dir

SIDE, FRAMES = 64, 16  # of an image, pixels; frames of a clip
PEOPLE_SEED, SCENE_SEED = 700_000, 710_000  # none of the named cast, nobody of the other data sets
HELD_OUT = 5000  # clips from this number on are never trained on
WILD, LIVELY = 0.5, 1.6  # scale of the poses that clips start from (see cast.random_scene), of the head's motion
CHUNK, RATE, SUPERSAMPLE = 20, 2.0, 2  # clips in a file of the cache; frames a second: far apart, so that poses differ
VERSION = 1
LIMITS = {(record, name): (low, high) for record, kind in (("pose", Pose), ("expression", Expression),
                                                              ("camera", Camera))
          for name, low, high, _ in describe(kind)}  # what an animation transfers, and its range


@dataclass
class Clips:
    """N clips of N different people, T frames each, in order of time.

    Args:
        images: uint8 [N, T, 64, 64, 3].
        landmarks: f32 [N, T, 68, 2], pixels.
        vectors: f32 [N, T, P], person and scene (cast.from_vector).
    Lesson 07.
    """

    images: np.ndarray
    landmarks: np.ndarray
    vectors: np.ndarray

    def __len__(self):
        return len(self.images)

    def __getitem__(self, which):
        """The chosen clips: a slice or an integer list."""
        return Clips(self.images[which], self.landmarks[which], self.vectors[which])

    def pictures(self, which=slice(None)):
        """The chosen frames as floats.

        Args:
            which: index of the first two axes.
        Returns:
            f32 RGB [..., 64, 64, 3] in [0, 1].
        """
        return self.images[which].astype(np.float32) / 255

    def truth(self, clip_number, frame):
        """Who is in a frame, and how.

        Args:
            clip_number, frame: integers.
        Returns:
            (Person, Scene).
        """
        return from_vector(self.vectors[clip_number, frame])


def lively_scenes(person, seed, frames=FRAMES, rate=RATE, base=None):
    """The scenes of a clip in which the head turns, speaks and blinks, and drifts through a still background.

    Args:
        person: a Person.
        seed: integer.
        frames: their number, at least 1.
        rate: frames per second.
        base: the Scene to start from; a random one when left out.
    Returns:
        List of Scene.
    Lesson 07.
    """
    base = random_scene(seed, wild=WILD) if base is None else base
    drawn = clip(person, frames / rate, rate, seed, base=base, speaking=seed % 4 != 0, heart_rate=0)
    rng = np.random.default_rng([7, seed])
    x, y, zoom = _drift(rng, frames, rate, 0.05), _drift(rng, frames, rate, 0.035), _drift(rng, frames, rate, 0.03)
    scenes = []
    for t, scene in enumerate(drawn.scenes):
        far = {name: float(np.clip(getattr(base.pose, name)
                                   + LIVELY * (getattr(scene.pose, name) - getattr(base.pose, name)), -low, low))
               for name, low in (("yaw", 1.0), ("pitch", 0.45), ("roll", 0.4))}
        camera = Camera(float(np.clip(base.camera.scale * (1 + zoom[t]), 0.8, 1.25)), float(base.camera.x + x[t]),
                        float(base.camera.y + y[t]))
        light = replace(base.lighting, intensity=scene.lighting.intensity)
        scenes.append(replace(scene, pose=replace(scene.pose, **far), camera=camera, lighting=light))
    return scenes


def _drift(rng, frames, rate, spread):
    """A smooth path with zero mean: one normal value every 1.5 s, joined by a cosine."""
    at = np.arange(frames) / rate / 1.5
    knots = rng.normal(0, spread, int(at[-1]) + 2)
    part = (1 - np.cos(np.pi * (at % 1))) / 2
    return knots[at.astype(int)] * (1 - part) + knots[at.astype(int) + 1] * part


def motion_clips(count=300, first=0, quiet=False):
    """Clips first to first + count, each of another random person; from HELD_OUT on they are for measuring.

    Rendered once, about 5 minutes of one core for 300, and cached in chunks of 20.

    Args:
        count, first: at least 1 and 0, with a sum of at most 10,000.
        quiet: whether to print no progress.
    Returns:
        Clips.
    Raises:
        ValueError: for another count or first.
    Lesson 07.
    """
    if count < 1 or first < 0 or first + count > 10_000:
        raise ValueError(f"motion_clips wants count >= 1, first >= 0 and a sum of at most 10000; got {count}, {first}")
    folder = cache_dir() / "motion_clips" / f"v{VERSION}"
    return Clips(**cached_chunks(folder, first, count, CHUNK, _render_chunk, quiet, "clips"))


def _render_chunk(numbers):
    persons, scenes = [], []
    for k in numbers:
        person = random_person(PEOPLE_SEED + k)
        persons += [person] * FRAMES
        scenes += lively_scenes(person, SCENE_SEED + k)
    frames = render(persons, scenes, size=SIDE, supersample=SUPERSAMPLE)
    shape = (len(numbers), FRAMES)
    vectors = np.stack([to_vector(p, s) for p, s in zip(persons, scenes, strict=True)])
    return {"images": (frames.rgb * 255 + 0.5).astype(np.uint8).reshape(*shape, SIDE, SIDE, 3),
            "landmarks": frames.landmarks.reshape(*shape, 68, 2), "vectors": vectors.reshape(*shape, -1)}


def transferred(source, driving, first=None):
    """The scene that a perfect animation shows: the source's person, light, background and place; the driver's motion.

    Args:
        source: the source's Scene.
        driving: the driver's Scene now.
        first: the driver's Scene in the first frame, for relative transfer; None for absolute transfer.
    Returns:
        A Scene.
    Lesson 07.
    """
    def moved(record, name):
        value = getattr(getattr(driving, record), name)
        if first is not None:
            value = getattr(getattr(source, record), name) + value - getattr(getattr(first, record), name)
        low, high = LIMITS[record, name]
        return float(np.clip(value, low, high))

    pose = Pose(*(moved("pose", name) for name in ("yaw", "pitch", "roll")))
    expression = replace(source.expression, **{n: moved("expression", n) for r, n in LIMITS if r == "expression"})
    camera = replace(source.camera, x=moved("camera", "x"), y=moved("camera", "y"), scale=moved("camera", "scale"))
    return replace(source, pose=pose, expression=expression, camera=camera)
