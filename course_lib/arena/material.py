"""What a round is played with: people whom no entry has seen, drawn afresh from the round's seed. Lesson 15."""
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from course_lib import audio, cast
from course_lib.blending.masks import hull
from course_lib.data.cache import render_cached
from course_lib.faces import align, warp
from course_lib.models.autoencoder import cut_out

SIZE, FPS, SECONDS = 144, 8.0, 5.0  # pixels; five seconds are the least from which a pulse can be read
FIRST, PER_ROUND = 5_000_000, 1000  # numbers of the people of a round: beyond those of every training set
DONORS = range(10_048, 10_064)  # whom the course's swaps can put in: the test people of lesson 10
REFERENCES = 4  # pictures by which a person is recognised


@dataclass(frozen=True, eq=False)
class Source:
    """A real clip with its truth, as a creator gets it.

    Args:
        rgb: f32 RGB [T, S, S, 3] in [0, 1].
        landmarks: f32 [T, 68, 2], pixels.
        masks: bool [T, S, S], the face.
        person: Who is shown: cast.random_person(person).
        donor: Whose face a swap is to put in, one of DONORS.
        clip: cast.Clip, the scenes.
        fps: Frames per second.
    """

    rgb: np.ndarray = field(repr=False)
    landmarks: np.ndarray = field(repr=False)
    masks: np.ndarray = field(repr=False)
    person: int
    donor: int
    clip: object = field(repr=False)
    fps: float = FPS

    def faces(self):
        """The aligned faces.

        Returns:
            (list of Aligned of 64 px, masks f32 [T, 64, 64]).
        """
        aligned = [align(image, points, 64) for image, points in zip(self.rgb, self.landmarks, strict=True)]
        return aligned, np.stack([warp(m.astype(np.float32), a.matrix, 64)
                                  for m, a in zip(self.masks, aligned, strict=True)])


def sources(seed, count, seconds=SECONDS, first=0, *, fps=FPS, talks=None):
    """Real clips of people whom nobody has met, one of each.

    Args:
        seed: Of the round; another seed draws other people, poses, light and donors.
        count: How many.
        seconds: Of each clip.
        first: Number of the first one within the round, at most 1000 - count.
        fps: Frames per second.
        talks: What each says, a list of audio.Speech; random syllables without sound when left out.
    Returns:
        List of Source.
    Raises:
        ValueError: For more people than a round has.
    Lesson 15.
    """
    if not 0 <= first <= PER_ROUND - count:
        raise ValueError(f"first={first}, count={count}: a round has {PER_ROUND} people")
    numbers = [FIRST + seed * PER_ROUND + first + k for k in range(count)]
    clips = []
    for k, number in enumerate(numbers):
        base = cast.random_scene(np.random.default_rng(number), wild=0.4)
        base = replace(base, camera=replace(base.camera, scale=1.08))
        mouth = None if talks is None else audio.mouth(talks[k].phones, np.arange(max(1, round(seconds * fps))) / fps)
        clips.append(cast.clip(cast.random_person(number), seconds, fps, number, base=base, speech=mouth,
                               heart_rate=60 + number % 30))
    persons, scenes = [c.person for c in clips for _ in range(len(c))], [s for c in clips for s in c.scenes]
    frames, out, length = render_cached(persons, scenes, size=SIZE), [], len(clips[0])
    for k, (number, clip) in enumerate(zip(numbers, clips, strict=True)):
        part = slice(k * length, (k + 1) * length)
        donor = DONORS[int(np.random.default_rng([number, 7]).integers(len(DONORS)))]
        out.append(Source(frames.rgb[part], frames.landmarks[part], frames.face_mask[part], number, donor, clip,
                          fps))
    return out


@cache
def references(person):
    """Pictures of a person by which he or she is recognised: faces on grey.

    Args:
        person: Number of cast.random_person, or a name of the cast.
    Returns:
        f32 [REFERENCES, 64, 64, 3].
    Lesson 15.
    """
    who = cast.people()[person] if isinstance(person, str) else cast.random_person(person)
    rng = np.random.default_rng(17)
    frames = render_cached([who] * REFERENCES, [cast.random_scene(rng, wild=0.3) for _ in range(REFERENCES)], size=SIZE)
    return on_grey(frames.rgb, frames.landmarks)


def on_grey(images, landmarks):
    """Faces inside the hull of their landmarks, aligned, on grey: what the evaluators take.

    Args:
        images: f32 RGB [N, H, W, 3] in [0, 1].
        landmarks: f32 [N, 68, 2].
    Returns:
        f32 [N, 64, 64, 3].
    Lesson 15.
    """
    aligned = [align(np.asarray(image, np.float32), points, 64)
               for image, points in zip(images, landmarks, strict=True)]
    masks = np.stack([hull(a.landmarks, (64, 64)) for a in aligned])
    return cut_out(np.stack([a.image for a in aligned]), masks)
