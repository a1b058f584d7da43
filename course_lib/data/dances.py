"""Dancing clips: one target who is filmed for a while, and others who drive. Lesson 07."""
from dataclasses import dataclass

import numpy as np

from course_lib.cast.body import Body, Stage, dance, random_body, random_stage
from course_lib.cast.body_rendering import render_body
from course_lib.cast.people import people
from course_lib.data.cache import cached_chunks
from course_lib.profile import cache_dir

FRAMES, CHUNK, VERSION = 48, 8, 1  # frames of a clip (4 s), clips in a file of the cache
TARGET, TARGET_SEED = "Kavya", 1  # of the cast, whom the shipped network was trained on
HELD_OUT = 500  # dances from this number on are never trained on


@dataclass(frozen=True)
class Dancer:
    """Somebody on a stage, who dances as told.

    Args:
        body: Body.
        stage: Stage.
    Lesson 07.
    """

    body: Body
    stage: Stage

    def dancing(self, angles):
        """The dancer, dancing.

        Args:
            angles: [T, len(ANGLES)], a dance.
        Returns:
            BodyFrames.
        """
        return render_body(self.body, self.stage, angles)


def target_dancer():
    """The dancer whom the shipped network shows.

    Returns:
        Dancer.
    Lesson 07.
    """
    return Dancer(random_body(TARGET_SEED, people()[TARGET]), random_stage(TARGET_SEED))


def driving_dancer(seed):
    """Somebody else, in another room, before another camera.

    Args:
        seed: integer, at least 0.
    Returns:
        Dancer.
    Lesson 07.
    """
    return Dancer(random_body(100 + seed), random_stage(100 + seed))


def target_footage(clips=24, first=0, quiet=False):
    """Footage of the target dancer: what a network of one person is trained on.

    Args:
        clips, first: dances first to first + clips, FRAMES frames each; 24 are 96 seconds.
        quiet: whether to print no progress.
    Returns:
        (images uint8 [clips, T, 96, 64, 3], joints f32 [clips, T, 18, 2], face squares' labels uint8
        [clips, T, 96, 64]).
    Lesson 07.
    """
    dancer = target_dancer()

    def render_chunk(numbers):
        made = [dancer.dancing(dance(k, FRAMES)) for k in numbers]
        return {"images": np.stack([(m.rgb * 255 + 0.5).astype(np.uint8) for m in made]),
                "joints": np.stack([m.joints for m in made]), "labels": np.stack([m.labels for m in made])}

    folder = cache_dir() / "dances" / f"v{VERSION}"
    rows = cached_chunks(folder, first, clips, CHUNK, render_chunk, quiet, "dances")
    return rows["images"], rows["joints"], rows["labels"]
