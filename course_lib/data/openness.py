"""Faces before and after somebody opens or closes eyes and mouth: landmarks alone, which take no rendering. Lesson 07.
"""
import numpy as np

from course_lib.cast import NAMES, random_person, random_scene, render_landmarks, to_vector

PEOPLE_SEED = 790_000  # none of the named cast, nobody of the other data sets
HELD_OUT = 9000  # people from this number on are never trained on
SIDE = 64  # pixels
JAW, LIDS = NAMES.index("expression.jaw"), [NAMES.index(f"expression.blink_{side}") for side in ("left", "right")]


def with_openness(vectors, jaw, blink):
    """People in their scenes, with another opening of mouth and eyes and all else as it was.

    Args:
        vectors: f32 [N, P] (cast.to_vector).
        jaw, blink: [N] or a number, 0 to 1: how far the jaw is open, how far both eyes are closed.
    Returns:
        f32 [N, P].
    Lesson 07.
    """
    vectors = np.array(vectors, np.float32)
    vectors[:, JAW] = jaw
    vectors[:, LIDS] = np.reshape(blink, (-1, 1))
    return vectors


def openness_vectors(count, first=0):
    """Random people, each in one scene, before and after.

    Args:
        count, first: people.
    Returns:
        (f32 [N, P], f32 [N, P]): person and scene, with eyes that are not closed at first (cast.from_vector).
    Lesson 07.
    """
    rngs = [np.random.default_rng([PEOPLE_SEED, first + k]) for k in range(count)]
    vectors = np.stack([to_vector(random_person(PEOPLE_SEED + first + k), random_scene(rng, 0.7))
                        for k, rng in enumerate(rngs)])
    drawn = np.stack([rng.uniform(0, 1, 6) for rng in rngs])
    start = with_openness(vectors, 0.9 * drawn[:, 0] * (drawn[:, 1] < 0.6), 0.6 * drawn[:, 2] * (drawn[:, 3] < 0.5))
    return start, with_openness(vectors, 0.9 * drawn[:, 4], drawn[:, 5])


def openness_pairs(count, first=0):
    """The landmarks of random people before and after.

    Args:
        count, first: people; from HELD_OUT on they are for measuring.
    Returns:
        (f32 [N, 68, 2], f32 [N, 68, 2]), pixels of 64.
    Lesson 07.
    """
    return tuple(render_landmarks(vectors, SIDE)[:, :68] for vectors in openness_vectors(count, first))
